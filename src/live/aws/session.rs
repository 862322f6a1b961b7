//! One named session: its credentials, Region and endpoint, and a client of each service.

use super::asked::Asked;
use super::{Mode, Surroundings};
use super::{retry, sdk_config, sts};
use crate::domain::settings::SessionSettings;
use crate::effects::fault::{Fault, FaultKind};
use crate::effects::reply::Identity;
use aws_config::timeout::TimeoutConfig;
use aws_config::{Region, SdkConfig};
use aws_sdk_ecs::config::retry::{RetryPartition, TokenBucket};
use std::borrow::Cow;
use std::time::Duration;
use tokio::sync::OnceCell;

/// A session that can be used.
pub struct Session {
    name: String,
    settings: SessionSettings,
    region: String,
    endpoint: Option<String>,
    config: SdkConfig,
    /// Asked for once; a failure is not kept.
    identity: OnceCell<Identity>,
    /// Amazon ECS.
    pub ecs: aws_sdk_ecs::Client,
    /// Amazon ECR, in the session's own Region.
    pub ecr: aws_sdk_ecr::Client,
    /// AWS STS.
    pub sts: aws_sdk_sts::Client,
}

/// How long one attempt of a read may take.
pub fn read_timeouts() -> TimeoutConfig {
    TimeoutConfig::builder().operation_attempt_timeout(Duration::from_secs(30)).build()
}

/// How long one attempt of a write may take: longer, because a write that was given up is in doubt.
pub fn write_timeouts() -> TimeoutConfig {
    TimeoutConfig::builder().operation_attempt_timeout(Duration::from_mins(1)).build()
}

impl Session {
    /// Loads what a session is made of. Nothing is asked of AWS itself here, but a profile may ask an SSO or metadata
    /// service.
    ///
    /// # Errors
    /// `Usage` where no Region is known, or a rehearsed world has no such account.
    pub async fn open(name: &str, settings: SessionSettings, surroundings: &Surroundings) -> Result<Self, Fault> {
        let (config, settings) = match &surroundings.mode {
            Mode::Real => (sdk_config::real(&settings, surroundings).await, settings),
            Mode::Rehearsal(accounts) => (sdk_config::rehearsed(name, accounts, surroundings)?, rehearsed(settings)),
        };
        let Some(region) = config.region().map(ToString::to_string) else {
            return Err(no_region(name, &settings));
        };
        let endpoint = config.endpoint_url().map(str::to_owned);
        let ecs = aws_sdk_ecs::config::Builder::from(&config).retry_partition(partition(name));
        let sts = aws_sdk_sts::config::Builder::from(&config).retry_partition(partition(name));
        Ok(Self {
            name: name.to_owned(),
            settings,
            endpoint,
            identity: OnceCell::new(),
            ecs: aws_sdk_ecs::Client::from_conf(ecs.build()),
            ecr: ecr_client(name, &config, &region),
            sts: aws_sdk_sts::Client::from_conf(sts.build()),
            region,
            config,
        })
    }

    /// What is set for it.
    pub fn settings(&self) -> &SessionSettings {
        &self.settings
    }

    /// What its clients are made of.
    pub fn config(&self) -> &SdkConfig {
        &self.config
    }

    /// An ECR client in `region`.
    pub fn ecr_in(&self, region: &str) -> aws_sdk_ecr::Client {
        if region == self.region { self.ecr.clone() } else { ecr_client(&self.name, &self.config, region) }
    }

    /// A read about `thing`, as its faults tell it.
    pub fn reads(&self, action: impl Into<Cow<'static, str>>, thing: impl Into<String>) -> Asked {
        Asked {
            action: action.into(),
            thing: thing.into(),
            when_missing: None,
            write: false,
            session: self.name.clone(),
            profile: self.settings.profile.clone(),
            role: self.settings.assume_role.clone(),
            account: self.identity.get().and_then(|identity| identity.account.clone()),
            region: self.region.clone(),
        }
    }

    /// A write about `thing`, as its faults tell it.
    pub fn writes(&self, action: impl Into<Cow<'static, str>>, thing: impl Into<String>) -> Asked {
        Asked { write: true, ..self.reads(action, thing) }
    }

    /// Who it is: asked for once, and compared with the account that is expected.
    ///
    /// # Errors
    /// `Account`, code `WrongAccount`, where it is another account than expected; else what STS fails with.
    pub async fn identify(&self) -> Result<&Identity, Fault> {
        self.identity
            .get_or_try_init(|| async {
                let account = sts::account(self, self.may_lack_sts()).await.map_err(|fault| self.unchecked(fault))?;
                self.expect(account.as_deref())?;
                Ok(Identity { account, region: self.region.clone(), endpoint: self.endpoint.clone() })
            })
            .await
    }

    /// Where its calls are counted against AWS's limits: its account, as far as that is known by now, and Region, at its
    /// endpoint.
    pub fn place(&self, name: &str) -> String {
        let account = self.identity.get().and_then(|identity| identity.account.clone());
        let account = account.unwrap_or_else(|| format!("session {name}"));
        format!("{account} {} {}", self.region, self.endpoint.as_deref().unwrap_or_default())
    }

    /// Only an emulator has no STS, and only where no account is expected nothing depends on it.
    fn may_lack_sts(&self) -> bool {
        self.endpoint.is_some() && self.settings.expect_account.is_none()
    }

    /// What else to do about a session that cannot say who it is.
    fn unchecked(&self, fault: Fault) -> Fault {
        if fault.hint.is_some() || self.settings.expect_account.is_none() {
            return fault;
        }
        fault
            .hint(format!("the expect_account of `[sessions.{}]` can only be checked where there is an STS", self.name))
    }

    fn expect(&self, actual: Option<&str>) -> Result<(), Fault> {
        let Some(expected) = self.settings.expect_account.as_deref() else { return Ok(()) };
        if actual == Some(expected) {
            return Ok(());
        }
        let (name, actual) = (&self.name, actual.unwrap_or("one that STS does not name"));
        let message = format!("session `{name}` belongs to account {actual}, but {expected} is expected");
        Err(Fault::new(FaultKind::Account, "WrongAccount", message).hint(format!(
            "check profile, role and credentials of `[sessions.{name}]`, or its expect_account, in gantry.toml"
        )))
    }
}

/// What of the settings holds in a rehearsal.
fn rehearsed(settings: SessionSettings) -> SessionSettings {
    let SessionSettings { expect_account, echo, .. } = settings;
    SessionSettings { expect_account, echo, ..SessionSettings::default() }
}

fn ecr_client(name: &str, config: &SdkConfig, region: &str) -> aws_sdk_ecr::Client {
    let builder = aws_sdk_ecr::config::Builder::from(config).retry_partition(partition(name));
    aws_sdk_ecr::Client::from_conf(builder.region(Region::new(region.to_owned())).build())
}

/// The SDK counts retries in buckets shared by the whole process: what one run may retry would then depend on what
/// another one in this process met. Attempts are bounded by the call already.
fn partition(name: &str) -> RetryPartition {
    RetryPartition::custom(format!("gantry-{name}-{}", retry::ATTEMPTS)).token_bucket(TokenBucket::unlimited()).build()
}

fn no_region(name: &str, settings: &SessionSettings) -> Fault {
    let profile = settings
        .profile
        .as_deref()
        .map_or_else(String::new, |profile| format!(", and profile `{profile}` has none or does not exist"));
    Fault::usage(format!("session `{name}` has no Region: none is set{profile}")).hint(format!(
        "set `region` under `[sessions.{name}]` in gantry.toml, or AWS_REGION, or `region` in the AWS profile"
    ))
}
