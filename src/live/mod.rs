//! The outside world, behind one trait; the only room with SDK clients and sockets.

mod answers;
pub mod aws;
mod build;
mod code_deploy;
mod counts;
mod exec;
pub mod host;
pub mod local;
pub mod logins;
mod logs;
pub mod network;
pub mod registry;
mod rollouts;
pub mod serve;
pub mod stall;
mod tasks;
pub mod transport;
mod waits;

use crate::domain::copy_options::CopyOptions;
use crate::domain::rollout::Judge;
use crate::domain::settings::RegistrySettings;
use crate::effects::asker::Asker;
use crate::effects::call::{Call, ImageCall};
use crate::effects::event::Events;
use crate::effects::fault::Fault;
use crate::effects::intent::{Intent, Kept};
use crate::effects::redact::Redactor;
use crate::effects::reply::Reply;
use crate::effects::world::{Boxed, World};
use aws::Aws;
use host::files::ProjectFiles;
use host::locks::Locks;
use host::surroundings::Surroundings;
use local::LocalImages;
use logins::ProjectLogins;
use registry::{Content, Registries};
use rollouts::Watchers;
use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use std::sync::Arc;
use transport::Transport;

/// The live adapters, over the network or over a rehearsal: the transport decides.
pub struct Live {
    aws: Arc<Aws>,
    registries: Registries,
    files: ProjectFiles,
    surroundings: Surroundings,
    watchers: Watchers,
    asker: Arc<dyn Asker>,
    /// Keeps the secrets that are fetched.
    redactor: Redactor,
    /// Hosts whose registry is elsewhere than their name says.
    mirrored: BTreeSet<String>,
    /// None in a rehearsal, which has its world for itself.
    locks: Option<Locks>,
    /// Whether programs of this machine are started, which build images and speak with containers: not in a rehearsal.
    programs: bool,
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
        let elsewhere = registries.iter().filter(|(_, settings)| settings.endpoint.is_some());
        let mirrored = elsewhere.map(|(host, _)| host.clone()).collect();
        let logins = ProjectLogins {
            settings: registries,
            aws: aws.clone(),
            surroundings: surroundings.clone(),
            redactor: redactor.clone(),
            helped: tokio::sync::Mutex::default(),
        };
        let local = LocalImages::of(files.clone());
        let registries = Registries::new(transport, Arc::new(logins), Arc::new(files.clone())).with_local(local);
        let watchers = Watchers::new(aws.clone(), surroundings.clone());
        Self { aws, registries, files, surroundings, watchers, asker, redactor, mirrored, locks: None, programs: false }
    }

    /// The same, holding the services it releases against other processes.
    #[must_use]
    pub fn with_locks(self, locks: Locks) -> Self {
        Self { locks: Some(locks), ..self }
    }

    /// The same, whose rollouts another judge judges: for tests that show what a worse one would have said.
    #[must_use]
    pub fn judged_by(self, judge: Judge) -> Self {
        Self { watchers: self.watchers.judged_by(judge), ..self }
    }

    /// The same, that writes no image to this machine: what it would write is remembered.
    #[must_use]
    pub fn with_nothing_written(self) -> Self {
        Self { registries: self.registries.with_nothing_written(), ..self }
    }

    /// The same, with the programs that this machine has: engines that build images, and AWS's own for sessions.
    #[must_use]
    pub fn with_programs(self) -> Self {
        Self { programs: true, ..self }
    }

    async fn make(&self, call: &Call, events: &Events) -> Result<Reply, Fault> {
        match call {
            Call::Host(call) => self.host(call, events).await,
            Call::Ecs(call) => self.ecs(call, events).await,
            Call::CodeDeploy(call) => self.code_deploy(call, events).await,
            Call::Ecr(call) => self.ecr(call).await,
            Call::Image(call) => self.image(call, events, &Kept).await,
            Call::Scaling(call) => self.scaling(call).await,
            Call::Secret(call) => self.secret(call).await,
            Call::Task(call) => self.task(call, events).await,
        }
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

    fn push<'a>(
        &'a self,
        call: &'a Call,
        events: &'a Events,
        intent: &'a dyn Intent,
    ) -> Boxed<'a, Result<Reply, Fault>> {
        Box::pin(async move {
            match call {
                Call::Image(call) => self.image(call, events, intent).await,
                other => {
                    intent.kept().await?;
                    self.make(other, events).await
                }
            }
        })
    }

    fn foresee<'a>(&'a self, call: &'a Call) -> Boxed<'a, Result<Reply, Fault>> {
        Box::pin(async move {
            let pushed = match call {
                Call::Image(ImageCall::CopyImage { from, to, replace, platforms, referrers, mount_from }) => {
                    let (platforms, mount_from) = (platforms.clone(), mount_from.clone());
                    let options = CopyOptions { replace: *replace, platforms, referrers: *referrers, mount_from };
                    self.registries.foresee_copy(from, to, &options).await?
                }
                Call::Image(ImageCall::RebuildImage { from, to, edit, replace, .. }) => {
                    self.registries.foresee_rebuild(from, to, edit, *replace).await?
                }
                Call::Image(ImageCall::RetagImage { from, to, replace }) => {
                    self.registries.foresee_retag(from, to, *replace).await?
                }
                Call::Image(ImageCall::DeleteImage { at, tags }) => {
                    self.check_tags(at, *tags).await?;
                    let deleted = self.registries.foresee_delete(at).await?;
                    return Ok(Reply::Document(serde_json::json!({ "deleted": deleted })));
                }
                Call::Image(ImageCall::ReadImage { at, manifest_only, .. }) => {
                    return Ok(Reply::Image(self.registries.foresee_read(at, *manifest_only).await?));
                }
                Call::Image(ImageCall::FindImage { at }) => {
                    let found = self.registries.foresee_find(at).await?;
                    return Ok(Reply::Text(found.map(|digest| digest.to_string())));
                }
                Call::Image(ImageCall::ReadPlatform { at, platform }) => {
                    return Ok(Reply::Image(self.registries.foresee_read_for(at, platform).await?));
                }
                other => return Err(Fault::internal(format!("only images are foreseen, not {other:?}"))),
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
