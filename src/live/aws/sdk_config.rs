//! The SDK's configuration of a session: of the real world, or of a rehearsed one.

use super::http_client::TransportClient;
use super::session::read_timeouts;
use super::{Assigned, Surroundings, retry};
use crate::domain::settings::SessionSettings;
use crate::effects::fault::Fault;
use aws_config::identity::IdentityCache;
use aws_config::meta::region::ProvideRegion;
use aws_config::profile::{ProfileFileCredentialsProvider, ProfileFileRegionProvider};
use aws_config::provider_config::ProviderConfig;
use aws_config::stalled_stream_protection::StalledStreamProtectionConfig;
use aws_config::sts::AssumeRoleProvider;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use std::collections::BTreeMap;

/// The name under which a session's assumed role stands in `CloudTrail`.
const ROLE_SESSION: &str = "gantry";

/// The configuration that AWS's own defaults give (environment, profile, SSO, container and instance role), with what
/// `gantry.toml` says on top.
pub async fn real(settings: &SessionSettings, surroundings: &Surroundings) -> SdkConfig {
    let mut loader = aws_config::defaults(BehaviorVersion::latest())
        .http_client(http_client(surroundings))
        .time_source(surroundings.time.clone())
        .sleep_impl(surroundings.sleep.clone())
        .retry_config(retry::config())
        .timeout_config(read_timeouts())
        .stalled_stream_protection(StalledStreamProtectionConfig::disabled());
    let mut region = settings.region.clone().map(Region::new);
    if let Some(profile) = &settings.profile {
        if region.is_none() {
            region = profile_region(profile, surroundings).await;
        }
        let credentials = profile_credentials(profile, region.clone(), surroundings);
        loader = loader.profile_name(profile).credentials_provider(credentials);
    }
    if region.is_some() {
        loader = loader.region(region);
    }
    let mut config = loader.load().await;
    // Made anew, because `AWS_ENDPOINT_URL_ECS` and its like would win over an endpoint that is only added; and not given
    // to the loader, because the profile's SSO login must not be sent there.
    if let (Some(endpoint), Some(credentials)) = (&settings.endpoint, config.credentials_provider()) {
        config = assemble(config.region().cloned(), credentials, Some(endpoint), surroundings);
    }
    if let Some(role) = &settings.assume_role {
        let mut assumed = AssumeRoleProvider::builder(role).configure(&config).session_name(ROLE_SESSION);
        if let Some(id) = &settings.external_id {
            assumed = assumed.external_id(id);
        }
        let provider = SharedCredentialsProvider::new(assumed.build().await);
        config = config.into_builder().credentials_provider(provider).build();
    }
    config
}

/// The credentials of a profile and of nothing else: AWS's default chain would prefer an `AWS_ACCESS_KEY_ID` that
/// happens to be set, and every session would be the same account.
fn profile_credentials(
    profile: &str,
    region: Option<Region>,
    surroundings: &Surroundings,
) -> ProfileFileCredentialsProvider {
    let config = provider_config(surroundings).with_region(region);
    ProfileFileCredentialsProvider::builder().configure(&config).profile_name(profile).build()
}

/// The Region of a profile, before `AWS_REGION`, so that sessions of two profiles keep their own.
async fn profile_region(profile: &str, surroundings: &Surroundings) -> Option<Region> {
    let config = provider_config(surroundings);
    ProfileFileRegionProvider::builder().configure(&config).profile_name(profile).build().region().await
}

fn provider_config(surroundings: &Surroundings) -> ProviderConfig {
    ProviderConfig::without_region()
        .with_http_client(http_client(surroundings))
        .with_time_source(surroundings.time.clone())
        .with_sleep_impl(surroundings.sleep.clone())
        .with_retry_config(retry::config())
        .with_timeout_config(read_timeouts())
}

/// The configuration of a session in a rehearsed world: the account of its name. Neither environment nor files are
/// looked at.
///
/// # Errors
/// `Usage` where the world has no such account; the session `default` is also the only account there is.
pub fn rehearsed(
    session: &str,
    accounts: &BTreeMap<String, Assigned>,
    surroundings: &Surroundings,
) -> Result<SdkConfig, Fault> {
    let only = if accounts.len() == 1 { accounts.values().next() } else { None };
    let fallback = if session == "default" { only } else { None };
    let Some(assigned) = accounts.get(session).or(fallback) else {
        let names: Vec<_> = accounts.keys().map(|name| format!("`{name}`")).collect();
        let known = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
        return Err(Fault::usage(format!(
            "the rehearsed world has no account for session `{session}`: it has {known}"
        ))
        .hint("name an account in the world file like the session, or the session like an account"));
    };
    let credentials = Credentials::new(&assigned.access_key_id, &assigned.secret_access_key, None, None, "rehearsal");
    let region = Some(Region::new(assigned.region.clone()));
    Ok(assemble(region, SharedCredentialsProvider::new(credentials), None, surroundings))
}

fn assemble(
    region: Option<Region>,
    credentials: SharedCredentialsProvider,
    endpoint: Option<&String>,
    surroundings: &Surroundings,
) -> SdkConfig {
    let mut builder = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .http_client(http_client(surroundings))
        .time_source(surroundings.time.clone())
        .sleep_impl(surroundings.sleep.clone())
        .retry_config(retry::config())
        .timeout_config(read_timeouts())
        .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
        .identity_cache(IdentityCache::lazy().build())
        .credentials_provider(credentials);
    builder.set_region(region);
    builder.set_endpoint_url(endpoint.cloned());
    builder.build()
}

fn http_client(surroundings: &Surroundings) -> TransportClient {
    TransportClient::new(surroundings.transport.clone(), surroundings.sleep.clone())
}
