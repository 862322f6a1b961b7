//! `ecs::run_task(#{…})`: its options.

use super::rollout::TIMEOUT;
use crate::domain::duration::Span;
use crate::domain::image_reference::Reference;
use crate::effects::fault::Fault;
use crate::release::definition::{Base, Edits};
use crate::release::one_off::{self, OneOff, Otherwise, Overrides};
use crate::release::service::Service;
use crate::script::host::{Host, Outcome};
use crate::script::json::to_dynamic;
use crate::script::options::options;
use crate::script::thrown::raise;
use rhai::plugin::*;
use rhai::{Dynamic, Map};
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;

type Document = serde_json::Map<String, Value>;

/// What is run.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RunTaskOptions {
    like: Option<Service>,
    session: Option<String>,
    cluster: Option<String>,
    task_definition: Option<Base>,
    images: BTreeMap<String, Reference>,
    keep_tags: bool,
    secrets: BTreeMap<String, BTreeMap<String, Option<String>>>,
    command: BTreeMap<String, Vec<String>>,
    env: BTreeMap<String, BTreeMap<String, String>>,
    cpu: Option<u64>,
    memory: Option<u64>,
    task_role: Option<String>,
    execution_role: Option<String>,
    overrides: Document,
    network: Option<Document>,
    capacity_providers: Option<Vec<Value>>,
    launch_type: Option<String>,
    platform_version: Option<String>,
    execute_command: Option<bool>,
    group: Option<String>,
    tags: BTreeMap<String, String>,
    must_succeed: Vec<String>,
    wait: Option<bool>,
    timeout: Option<Span>,
    logs: Option<bool>,
    on_timeout: Otherwise,
    on_interrupt: Otherwise,
}

impl RunTaskOptions {
    /// What is wanted.
    ///
    /// # Errors
    /// Nothing says in which cluster.
    fn wanted(self) -> Result<OneOff, Fault> {
        let like = self.like;
        let session = self.session.or_else(|| like.as_ref().map(|service| service.session.clone()));
        let Some(cluster) = self.cluster.or_else(|| like.as_ref().map(|service| service.cluster.clone())) else {
            let hint = "name the `cluster`, or a service that the task is `like`";
            return Err(Fault::usage("run_task: nothing says where to run it").hint(hint));
        };
        let timeout = self.timeout.map_or(TIMEOUT, Span::get);
        Ok(OneOff {
            session: session.unwrap_or_else(|| "default".to_owned()),
            cluster,
            like,
            base: self.task_definition,
            edits: Edits { images: self.images, keep_tags: self.keep_tags, secrets: self.secrets, ..Edits::default() },
            overrides: Overrides {
                command: self.command,
                env: self.env,
                cpu: self.cpu,
                memory: self.memory,
                task_role: self.task_role,
                execution_role: self.execution_role,
                more: self.overrides,
            },
            network: self.network.map(Value::Object),
            capacity_providers: self.capacity_providers.map(Value::Array),
            launch_type: self.launch_type,
            platform_version: self.platform_version,
            execute_command: self.execute_command,
            group: self.group,
            tags: self.tags,
            deciding: self.must_succeed,
            wait: self.wait.unwrap_or(true),
            timeout_millis: u64::try_from(timeout.as_millis()).unwrap_or(u64::MAX),
            follow: self.logs.unwrap_or(true),
            on_timeout: self.on_timeout,
            on_interrupt: self.on_interrupt,
        })
    }
}

/// Tasks that run once.
#[export_module]
pub mod running {
    use super::*;

    /// Runs one task, tells what its containers log, waits until it has ended, and gives `task`, `arn`, `cluster`,
    /// `task_definition`, `status`, `exit_codes` (by container), `stop_code`, `stopped_reason`, `started_at` and
    /// `stopped_at`. A task that does not start, whose essential containers do not all end with 0, or that is stopped, is
    /// thrown as a failure with its reasons and the last lines of its log.
    ///
    /// A run that is gone on with finds the task that it has started: it is never run twice.
    ///
    /// * `like`: a service, whose session, cluster, task definition, network and capacity it has where nothing else is said
    /// * `session`, `cluster`, `task_definition`: where it runs, and what: a definition, or `family:revision`
    /// * `images`: container → image, and `secrets`: these are changes of the definition, and register a revision, which
    ///   `task_definition` of the result names; `keep_tags` as with `deploy`
    /// * `command`: container → list; `env`: container → variable → value; `cpu`, `memory`, `task_role`, `execution_role`,
    ///   and `overrides` in ECS's own words: these are of this task alone
    /// * `network`: `#{ subnets, securityGroups, assignPublicIp }`, `capacity_providers`, `launch_type`, `platform_version`,
    ///   `execute_command`, `group`, `tags`
    /// * `must_succeed`: the containers whose exit codes decide, where these are not the essential ones
    /// * `wait`: whether to wait for its end, and `timeout`: how long at the most, `"10m"`; `logs`: whether its log is told
    /// * `on_timeout`: what becomes of it then, `"leave"` or `"stop"`
    /// * `on_interrupt`: what becomes of it at Ctrl-C or SIGTERM, `"stop"` (then the run is over) or `"leave"`: it goes on,
    ///   and so can the run
    ///
    /// ```rhai
    /// let web = ecs::service(aws::session("prod"), "prod", "web");
    /// let image = image::parse("shop:1.4.2");
    /// let migrated = ecs::run_task(#{ like: web, images: #{ app: image }, command: #{ app: ["bin/migrate"] } });
    /// web.deploy(#{ task_definition: migrated.task_definition }).wait("drained");
    /// ```
    #[rhai_fn(return_raw, volatile)]
    pub fn run_task(ctx: NativeCallContext, task: Map) -> Outcome<Dynamic> {
        let given: RunTaskOptions = options(&ctx, task)?;
        let wanted = given.wanted().map_err(|fault| raise(&ctx, fault))?;
        let host = Host::of(&ctx)?;
        host.run(&ctx, move |gateway| async move { one_off::run(&gateway, &wanted).await }).map(to_dynamic)
    }
}
