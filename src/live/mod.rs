//! The outside world, behind one trait; the only room with SDK clients and sockets.

pub mod aws;
pub mod host;
mod logins;
pub mod network;
pub mod registry;
mod rollouts;
pub mod serve;
pub mod transport;
mod waits;

use crate::domain::settings::RegistrySettings;
use crate::effects::asker::{Answer, Asker};
use crate::effects::call::Call;
use crate::effects::event::Events;
use crate::effects::fault::Fault;
use crate::effects::redact::Redactor;
use crate::effects::reply::{Approval, Reply};
use crate::effects::world::{Boxed, World};
use aws::Aws;
use host::files::ProjectFiles;
use host::locks::Locks;
use host::surroundings::Surroundings;
use logins::ProjectLogins;
use registry::{Content, Registries};
use std::collections::BTreeMap;
use std::io::Read;
use std::sync::Arc;
use std::time::Duration;
use transport::Transport;

/// The live adapters, over the network or over a rehearsal: the transport decides.
pub struct Live {
    aws: Arc<Aws>,
    registries: Registries,
    files: ProjectFiles,
    surroundings: Surroundings,
    asker: Arc<dyn Asker>,
    /// None in a rehearsal, which has its world for itself.
    locks: Option<Locks>,
}

impl Live {
    /// The adapters of a project.
    pub fn new(
        transport: Arc<dyn Transport>,
        aws: Aws,
        registries: BTreeMap<String, RegistrySettings>,
        files: ProjectFiles,
        surroundings: Surroundings,
        redactor: Redactor,
        asker: Arc<dyn Asker>,
    ) -> Self {
        let aws = Arc::new(aws);
        let logins =
            ProjectLogins { settings: registries, aws: aws.clone(), surroundings: surroundings.clone(), redactor };
        let registries = Registries::new(transport, Arc::new(logins), Arc::new(files.clone()));
        Self { aws, registries, files, surroundings, asker, locks: None }
    }

    /// The same, holding the services it releases against other processes.
    #[must_use]
    pub fn with_locks(self, locks: Locks) -> Self {
        Self { locks: Some(locks), ..self }
    }

    async fn make(&self, call: &Call, events: &Events) -> Result<Reply, Fault> {
        let aws = &self.aws;
        Ok(match call {
            Call::Now => Reply::Instant(self.surroundings.now()),
            Call::Pause { millis } => {
                tokio::time::sleep(Duration::from_millis(*millis)).await;
                Reply::Nothing
            }
            Call::WaitUntil { at_millis, told } => {
                waits::until(*at_millis, told, &self.surroundings, events).await;
                Reply::Nothing
            }
            Call::Approve { question } => match self.asker.ask(question, events).await {
                Answer::Approved { by } => Reply::Approval(Approval { by, at_millis: self.surroundings.now() }),
                Answer::Refused { by } => return Err(waits::refused(question, &by)),
                Answer::Nobody => return Err(waits::nobody(question)),
            },
            Call::Environment { name } => Reply::Text(self.surroundings.variable(name)),
            Call::ScanFiles { path, folder } => {
                let (files, path, folder) = (self.files.clone(), path.clone(), *folder);
                Reply::Tree(aside(move || files.scan(&path, folder)).await?)
            }
            Call::ReadText { path } => {
                let (files, path) = (self.files.clone(), path.clone());
                Reply::Text(Some(aside(move || files.text(&path)).await?))
            }
            Call::Hold { place, by, wait } => {
                if let Some(locks) = &self.locks {
                    locks.hold(place, by, *wait, events).await?;
                }
                Reply::Nothing
            }
            Call::Identify { session } => Reply::Identity(aws.identify(session).await?),
            Call::DescribeServices { session, cluster, services } => {
                Reply::Document(aws.describe_services(session, cluster, services).await?)
            }
            Call::DescribeTaskDefinition { session, task_definition } => {
                Reply::Document(aws.describe_task_definition(session, task_definition).await?)
            }
            Call::ListTasks { session, cluster, service, desired_status } => {
                Reply::Document(aws.list_tasks(session, cluster, service, desired_status).await?)
            }
            Call::DescribeTasks { session, cluster, tasks } => {
                Reply::Document(aws.describe_tasks(session, cluster, tasks).await?)
            }
            Call::RegisterTaskDefinition { session, document } => {
                Reply::Document(aws.register_task_definition(session, document, events).await?)
            }
            Call::UpdateService { session, document, .. } => {
                Reply::Document(aws.update_service(session, document, events).await?)
            }
            Call::WatchRollout { session, cluster, service, target, policy, timeout_millis } => {
                let watch = rollouts::Watch { session, cluster, service, target, policy };
                let watched = watch.until(aws, Duration::from_millis(*timeout_millis), events);
                Reply::Rollout(Box::pin(watched).await?)
            }
            Call::DescribeRepository { session, name } => {
                Reply::Document(aws.describe_repository(session, name).await?)
            }
            Call::CreateRepository { session, document } => {
                Reply::Document(aws.create_repository(session, document).await?)
            }
            Call::DescribeImages { session, repository, images } => {
                Reply::Document(aws.describe_images(session, repository, images).await?)
            }
            Call::ReadImage { at } => Reply::Image(self.registries.read(at).await?),
            Call::CopyImage { from, to, replace } => {
                Reply::Pushed(self.registries.copy(from, to, *replace, events).await?)
            }
            Call::RebuildImage { from, to, edit, replace } => {
                Reply::Pushed(self.registries.rebuild(from, to, edit, *replace, events).await?)
            }
        })
    }
}

/// Work that blocks, on a thread that may.
async fn aside<T: Send + 'static>(work: impl FnOnce() -> Result<T, Fault> + Send + 'static) -> Result<T, Fault> {
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or_else(|error| Err(Fault::internal(format!("a thread of ours ended early: {error}"))))
}

impl World for Live {
    fn perform<'a>(&'a self, call: &'a Call, events: &'a Events) -> Boxed<'a, Result<Reply, Fault>> {
        Box::pin(self.make(call, events))
    }

    fn foresee<'a>(&'a self, call: &'a Call) -> Boxed<'a, Result<Reply, Fault>> {
        Box::pin(async move {
            let pushed = match call {
                Call::CopyImage { from, to, replace } => self.registries.foresee_copy(from, to, *replace).await?,
                Call::RebuildImage { from, to, edit, replace } => {
                    self.registries.foresee_rebuild(from, to, edit, *replace).await?
                }
                other => return Err(Fault::internal(format!("only pushes are foreseen, not {other:?}"))),
            };
            Ok(Reply::Pushed(pushed))
        })
    }

    fn clock(&self) -> i64 {
        self.surroundings.now()
    }
}

impl Content for ProjectFiles {
    fn open<'a>(&'a self, root: &'a str, entry: &'a str) -> Result<Box<dyn Read + Send>, Fault> {
        ProjectFiles::open(self, root, entry)
    }
}
