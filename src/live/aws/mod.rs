//! AWS: named sessions, and the few operations that a release needs, JSON in and JSON out: of ECS, ECR and STS through
//! their SDK clients, of other services carried by these.

mod asked;
mod carrier;
mod create;
mod credentials;
mod deployments;
mod echo;
mod ecr;
mod ecr_images;
mod ecr_public;
mod ecs;
mod fault;
mod hints;
mod http_client;
mod json;
mod limits;
mod look;
mod pages;
mod query;
mod retry;
mod sdk_config;
mod services;
mod session;
mod sts;
mod tasks;
mod token;

#[cfg(test)]
mod tests;

pub use ecr_images::EcrRepository;
pub use services::Service;
pub use token::RegistryToken;

use crate::domain::settings::SessionSettings;
use crate::effects::event::Events;
use crate::effects::fault::Fault;
use crate::effects::reply::Identity;
use crate::live::transport::Transport;
use aws_smithy_async::rt::sleep::SharedAsyncSleep;
use aws_smithy_async::time::SharedTimeSource;
use limits::{Category, Limits};
use retry::Again;
use serde_json::Value;
use session::Session;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::OnceCell;

/// What differs between the world and a rehearsal.
#[derive(Clone, Debug)]
pub struct Surroundings {
    /// How requests leave.
    pub transport: Arc<dyn Transport>,
    /// The clock: signatures, the expiry of credentials and tokens.
    pub time: SharedTimeSource,
    /// Pauses and timeouts.
    pub sleep: SharedAsyncSleep,
    /// Where credentials come from.
    pub mode: Mode,
}

/// Where credentials come from.
#[derive(Clone, Debug)]
pub enum Mode {
    /// From gantry.toml and AWS's own defaults.
    Real,
    /// From a rehearsed world, by session name. Profiles, roles, endpoints, files and the environment are not looked
    /// at; `expect_account` still holds.
    Rehearsal(BTreeMap<String, Assigned>),
}

/// The account of a rehearsed world that a session is given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assigned {
    /// Twelve digits.
    pub account: String,
    /// Where its calls go.
    pub region: String,
    /// By which the world knows who calls.
    pub access_key_id: String,
    /// Signs; worth nothing outside the rehearsal.
    pub secret_access_key: String,
}

/// A session that is opened by the first who needs it; a failure is not kept.
type Slot = Arc<OnceCell<Session>>;

/// All sessions of a run. Where a session has an `expect_account`, that is checked before its first other call.
///
/// Every call fails with `Usage` for a session that is not set up, `Account` for one of another account, `Denied` for
/// credentials and permissions, `Missing` for what is not there, `Network` where no answer came, and `Refused` else, code
/// `BadAnswer` where an answer cannot be understood. A write is `in_doubt` where it can have happened all the same.
pub struct Aws {
    settings: BTreeMap<String, SessionSettings>,
    surroundings: Surroundings,
    sessions: Mutex<BTreeMap<String, Slot>>,
    tokens: token::Tokens,
    limits: Limits,
}

impl Aws {
    /// The sessions of gantry.toml, and `default` where it is not among them.
    pub fn new(settings: BTreeMap<String, SessionSettings>, surroundings: Surroundings) -> Self {
        Self {
            settings,
            surroundings,
            sessions: Mutex::default(),
            tokens: token::Tokens::default(),
            limits: Limits::default(),
        }
    }

    /// Who a session is: STS `GetCallerIdentity`, once a session.
    ///
    /// # Errors
    /// `Account`, code `WrongAccount`, where it is not the account that is expected.
    pub async fn identify(&self, session: &str) -> Result<Identity, Fault> {
        let slot = self.slot(session);
        self.open(session, &slot).await?.identify().await.cloned()
    }

    /// ECS `DescribeServices` with tags, at most 10: AWS's answer, in whose `failures` stands what is not there.
    pub async fn describe_services(&self, session: &str, cluster: &str, services: &[String]) -> Result<Value, Fault> {
        let slot = self.slot(session);
        ecs::describe_services(self.in_turn(session, &slot, Category::Services).await?, cluster, services).await
    }

    /// ECS `DescribeTaskDefinition` with tags: AWS's answer.
    pub async fn describe_task_definition(&self, session: &str, name: &str) -> Result<Value, Fault> {
        let slot = self.slot(session);
        ecs::describe_task_definition(self.in_turn(session, &slot, Category::Definitions).await?, name).await
    }

    /// ECS `ListTasks` of one service, all pages: `{"taskArns": […]}`.
    pub async fn list_tasks(
        &self,
        session: &str,
        cluster: &str,
        service: &str,
        desired_status: &str,
    ) -> Result<Value, Fault> {
        let slot = self.slot(session);
        ecs::list_tasks(self.in_turn(session, &slot, Category::Tasks).await?, cluster, service, desired_status).await
    }

    /// ECS `DescribeTasks`, in hundreds: `{"tasks": […], "failures": […]}`.
    pub async fn describe_tasks(&self, session: &str, cluster: &str, tasks: &[String]) -> Result<Value, Fault> {
        let slot = self.slot(session);
        ecs::describe_tasks(self.in_turn(session, &slot, Category::Tasks).await?, cluster, tasks).await
    }

    /// ECS `DescribeServiceDeployments`, at most 20, by ARN: AWS's answer. Only throttling is tried again.
    pub async fn describe_service_deployments(&self, session: &str, arns: &[String]) -> Result<Value, Fault> {
        let slot = self.slot(session);
        look::describe_service_deployments(self.in_turn(session, &slot, Category::Deployments).await?, arns).await
    }

    /// ECS `ListServiceDeployments` of one service, the newest page: AWS's answer. Only throttling is tried again.
    pub async fn list_service_deployments(&self, session: &str, cluster: &str, service: &str) -> Result<Value, Fault> {
        let slot = self.slot(session);
        look::list_service_deployments(self.in_turn(session, &slot, Category::Deployments).await?, cluster, service)
            .await
    }

    /// ECS `RegisterTaskDefinition`. Writes. AWS's answer, once every member that was asked for has come back.
    ///
    /// # Errors
    /// `Refused`, code `NotEchoed`, where one has not, unless the session only warns: the revision is registered then.
    pub async fn register_task_definition(
        &self,
        session: &str,
        document: &Value,
        notices: &Events,
    ) -> Result<Value, Fault> {
        let slot = self.slot(session);
        let session = self.in_turn(session, &slot, Category::Registrations).await?;
        let answer = ecs::register_task_definition(session, document).await?;
        echo::registered(document, &answer, session.settings().echo, notices)?;
        Ok(answer)
    }

    /// ECS `UpdateService`. Writes. AWS's answer, checked like that of a registration.
    ///
    /// # Errors
    /// As for a registration: the service is updated where `NotEchoed` is raised.
    pub async fn update_service(&self, session: &str, document: &Value, notices: &Events) -> Result<Value, Fault> {
        let slot = self.slot(session);
        let session = self.in_turn(session, &slot, Category::Updates).await?;
        let answer = ecs::update_service(session, document).await?;
        echo::updated(document, &answer, session.settings().echo, notices)?;
        Ok(answer)
    }

    /// ECR `DescribeRepositories` for one name: the repository.
    pub async fn describe_repository(&self, session: &str, name: &str) -> Result<Value, Fault> {
        let slot = self.slot(session);
        ecr::describe_repository(self.checked(session, &slot).await?, name).await
    }

    /// ECR `CreateRepository`. Writes. The repository.
    pub async fn create_repository(&self, session: &str, document: &Value) -> Result<Value, Fault> {
        let slot = self.slot(session);
        ecr::create_repository(self.checked(session, &slot).await?, document).await
    }

    /// ECR `DescribeImages`, all pages: `{"imageDetails": […]}`; all images where `images` is empty.
    pub async fn describe_images(&self, session: &str, repository: &str, images: &[Value]) -> Result<Value, Fault> {
        let slot = self.slot(session);
        ecr::describe_images(self.checked(session, &slot).await?, None, repository, images).await
    }

    /// ECR `GetAuthorizationToken`: the login of the registry of `account` and `region`, or of the session's own. Kept
    /// until shortly before it expires; `fresh` forces a new one, for a registry that no longer takes the old one.
    pub async fn registry_token(
        &self,
        session: &str,
        account: Option<&str>,
        region: Option<&str>,
        fresh: bool,
    ) -> Result<RegistryToken, Fault> {
        let slot = self.slot(session);
        let key = (session.to_owned(), account.map(str::to_owned), region.map(str::to_owned));
        let session = self.checked(session, &slot).await?;
        self.tokens.get(session, key, fresh, &self.surroundings.time).await
    }

    /// The login of Amazon ECR Public, as [`Aws::registry_token`] of private ones.
    pub async fn public_registry_token(&self, session: &str, fresh: bool) -> Result<RegistryToken, Fault> {
        self.registry_token(session, Some(ecr_public::ACCOUNT), None, fresh).await
    }

    /// A read of another service: the document as it is, about `thing`, and AWS's answer. An answer of the Query protocol
    /// is read from its XML: its numbers are text, and empty lists are empty text.
    pub async fn ask(
        &self,
        session: &str,
        service: Service,
        operation: &str,
        document: &Value,
        thing: &str,
    ) -> Result<Value, Fault> {
        self.carry(session, (service, operation), document, thing, false).await
    }

    /// A write of another service, whose answer is AWS's. Only throttling is tried again.
    pub async fn tell(
        &self,
        session: &str,
        service: Service,
        operation: &str,
        document: &Value,
        thing: &str,
    ) -> Result<Value, Fault> {
        self.carry(session, (service, operation), document, thing, true).await
    }

    /// A request of another service, asked again as reads are or as writes are.
    async fn carry(
        &self,
        session: &str,
        (service, operation): (Service, &str),
        document: &Value,
        thing: &str,
        writes: bool,
    ) -> Result<Value, Fault> {
        let slot = self.slot(session);
        let session = self.checked(session, &slot).await?;
        let what = format!("{}:{operation}", service.name());
        let (asked, again) = if writes {
            (session.writes(what, thing), Again::write())
        } else {
            (session.reads(what, thing), Again::read())
        };
        session.ask(service, operation, document, &asked, again).await
    }

    fn slot(&self, session: &str) -> Slot {
        let mut sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        sessions.entry(session.to_owned()).or_default().clone()
    }

    async fn open<'a>(&self, name: &str, slot: &'a OnceCell<Session>) -> Result<&'a Session, Fault> {
        slot.get_or_try_init(|| async {
            let settings = self.settings_of(name)?;
            Session::open(name, settings, &self.surroundings).await
        })
        .await
    }

    /// The session, whose account is the expected one where one is expected.
    async fn checked<'a>(&self, name: &str, slot: &'a OnceCell<Session>) -> Result<&'a Session, Fault> {
        let session = self.open(name, slot).await?;
        if session.settings().expect_account.is_some() {
            session.identify().await?;
        }
        Ok(session)
    }

    /// The same, once it is its turn for a call of this category.
    async fn in_turn<'a>(
        &self,
        name: &str,
        slot: &'a OnceCell<Session>,
        category: Category,
    ) -> Result<&'a Session, Fault> {
        let session = self.checked(name, slot).await?;
        self.limits.turn(&session.place(name), category).await;
        Ok(session)
    }

    /// Where the limits of a session's calls are counted: its account and Region, at its endpoint.
    pub async fn place(&self, name: &str) -> String {
        let slot = self.slot(name);
        match self.open(name, &slot).await {
            Ok(session) => {
                // without an account it is counted for itself; what is wrong with the session, its calls will tell
                let _ = session.identify().await;
                session.place(name)
            }
            Err(_) => format!("session {name}"),
        }
    }

    fn settings_of(&self, name: &str) -> Result<SessionSettings, Fault> {
        if let Some(settings) = self.settings.get(name) {
            return Ok(settings.clone());
        }
        // A rehearsed world's accounts are sessions by themselves.
        if name == "default" || matches!(self.surroundings.mode, Mode::Rehearsal(_)) {
            return Ok(SessionSettings::default());
        }
        let known: Vec<_> = self.settings.keys().map(|name| format!("`{name}`")).collect();
        let known = if known.is_empty() { "none but `default`".to_owned() } else { known.join(", ") };
        Err(Fault::usage(format!("there is no session `{name}`: gantry.toml has {known}"))
            .hint(format!("add `[sessions.{name}]` to gantry.toml, or check the spelling")))
    }
}
