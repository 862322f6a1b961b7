//! `ecs`: services and their rollouts.

use super::aws::Session;
use super::image::ImageReference;
use super::taskdef::TaskDefinition;
use super::{Handle, Property, text};
use crate::domain::duration::Span;
use crate::domain::image_reference::Reference;
use crate::domain::rollout::Until;
use crate::domain::task_definition::short_name;
use crate::effects::fault::Fault;
use crate::release::deploy::{self, Changes, InProgress};
use crate::release::service;
use crate::release::wait::{self, OnFailure};
use crate::script::host::{Host, Outcome};
use crate::script::options::{TakesOptions, fields, options};
use crate::script::thrown::raise;
use rhai::Map;
use rhai::plugin::*;
use serde::Deserialize;
use std::collections::BTreeMap;

/// A service, as scripts hold it.
#[derive(Clone, Debug, PartialEq)]
pub struct Service(service::Service);

impl Handle for Service {
    const NAME: &'static str = "Service";
    const PROPERTIES: &'static [Property<Self>] = &[
        Property { name: "cluster", help: "name or ARN of its cluster", get: |one| text(&one.0.cluster) },
        Property { name: "name", help: "its name", get: |one| text(&one.0.name) },
        Property { name: "session", help: "the session's name", get: |one| text(&one.0.session) },
    ];

    fn text(&self) -> String {
        self.0.to_string()
    }
}

/// A deployment of ours, as scripts hold it.
#[derive(Clone, Debug, PartialEq)]
pub struct Rollout(deploy::Rollout);

impl Handle for Rollout {
    const NAME: &'static str = "Rollout";
    const PROPERTIES: &'static [Property<Self>] = &[
        Property { name: "service", help: "`CLUSTER/SERVICE`", get: |one| one.0.service.to_string().into() },
        Property {
            name: "deployment",
            help: "its id; `()` where the endpoint tells none",
            get: |one| super::optional(one.0.deployment.as_deref()),
        },
        Property {
            name: "task_definition",
            help: "the definition it brings: `web:8`",
            get: |one| text(short_name(&one.0.task_definition)),
        },
        Property { name: "previous", help: "the one before: `web:7`", get: |one| text(short_name(&one.0.previous)) },
        Property { name: "unchanged", help: "whether nothing had to be done", get: |one| one.0.unchanged.into() },
    ];

    fn text(&self) -> String {
        format!("{} {} → {}", self.0.service, short_name(&self.0.previous), short_name(&self.0.task_definition))
    }
}

/// What a deployment changes.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct DeployOptions {
    images: BTreeMap<String, Reference>,
    env: BTreeMap<String, BTreeMap<String, Option<String>>>,
    secrets: BTreeMap<String, BTreeMap<String, Option<String>>>,
    command: BTreeMap<String, Vec<String>>,
    cpu: Option<u64>,
    memory: Option<u64>,
    task_definition: Option<crate::domain::task_definition::TaskDefinition>,
    desired_count: Option<i64>,
    force: bool,
    in_progress: InProgress,
}

/// How a rollout is waited for.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct WaitOptions {
    timeout: Option<Span>,
    on_failure: OnFailure,
}

/// How long is waited where nothing is said.
const TIMEOUT: std::time::Duration = std::time::Duration::from_mins(10);

/// The functions here that take options.
pub const OPTIONS: &[TakesOptions] = &[
    TakesOptions { function: ".deploy", keys: fields::<DeployOptions> },
    TakesOptions { function: ".wait", keys: fields::<WaitOptions> },
];

/// Services of Amazon ECS.
#[export_module]
pub mod ecs {
    use super::*;

    /// A service by name. Nothing is asked of AWS here.
    ///
    /// ```rhai
    /// let web = ecs::service(aws::session("prod"), "prod", "web");
    /// ```
    pub fn service(session: Session, cluster: &str, name: &str) -> Service {
        Service(crate::release::service::Service {
            session: session.0,
            cluster: cluster.to_owned(),
            name: name.to_owned(),
        })
    }

    /// The task definition that the service is meant to run now.
    ///
    /// ```rhai
    /// let running = ecs::service(aws::session("prod"), "prod", "web").task_definition();
    /// ```
    #[rhai_fn(global, return_raw, volatile, pure)]
    pub fn task_definition(ctx: NativeCallContext, service: &mut Service) -> Outcome<TaskDefinition> {
        let service = service.0.clone();
        let current = Host::of(&ctx)?.run(&ctx, |gateway| async move { service.current(&gateway).await })?;
        Ok(TaskDefinition(current))
    }

    /// The image that a container of the service is meant to run now.
    ///
    /// ```rhai
    /// let running = ecs::service(aws::session("prod"), "prod", "web").image("app");
    /// ```
    #[rhai_fn(global, return_raw, volatile, pure)]
    pub fn image(ctx: NativeCallContext, service: &mut Service, container: &str) -> Outcome<ImageReference> {
        let (service, container) = (service.0.clone(), container.to_owned());
        Host::of(&ctx)?.run(&ctx, |gateway| async move {
            let current = service.current(&gateway).await?;
            let Some(image) = current.image(&container) else {
                let message = format!("{} has no container `{container}`", current.short_name());
                return Err(Fault::usage(message).hint(format!("it has: {}", current.containers().join(", "))));
            };
            Reference::parse(image).map(ImageReference).map_err(|error| super::super::image::malformed(&error))
        })
    }

    /// Deploys: registers the running task definition with changes in it, and puts the service on it. What is not named
    /// stays as it runs; where nothing differs, nothing is registered.
    ///
    /// * `images`: container → image; one with a digest is pinned by it
    /// * `env`, `secrets`: container → variable → value; `()` removes one
    /// * `command`: container → list
    /// * `cpu`, `memory`: of the task
    /// * `task_definition`: a whole definition to start from
    /// * `desired_count`: the number of tasks, which auto scaling owns otherwise
    /// * `force`: new tasks even where nothing differs
    /// * `in_progress`: `"refuse"` or `"wait"` while another run of this project releases the service
    ///
    /// ```rhai
    /// let web = ecs::service(aws::session("prod"), "prod", "web");
    /// let rollout = web.deploy(#{ images: #{ app: image::parse("shop:1.4.2") } });
    /// rollout.wait("drained");
    /// ```
    #[rhai_fn(global, return_raw, volatile, pure)]
    pub fn deploy(ctx: NativeCallContext, service: &mut Service, changes: Map) -> Outcome<Rollout> {
        let given: DeployOptions = options(&ctx, changes)?;
        let service = service.0.clone();
        let changes = Changes {
            base: given.task_definition,
            images: given.images,
            env: given.env,
            secrets: given.secrets,
            command: given.command,
            cpu: given.cpu,
            memory: given.memory,
            desired_count: given.desired_count,
            force: given.force,
            in_progress: given.in_progress,
        };
        let host = Host::of(&ctx)?;
        host.run(&ctx, |gateway| async move { deploy::deploy(&gateway, &service, &changes).await }).map(Rollout)
    }

    /// Waits ten minutes at the most; a failed deployment is rolled back. See `wait` with options.
    ///
    /// ```rhai
    /// let web = ecs::service(aws::session("prod"), "prod", "web");
    /// web.deploy(#{ force: true }).wait("deployed");
    /// ```
    #[rhai_fn(global, return_raw, volatile, pure)]
    pub fn wait(ctx: NativeCallContext, rollout: &mut Rollout, until: &str) -> Outcome<()> {
        wait_as(ctx, rollout, until, Map::new())
    }

    /// Waits until the rollout is where it is wanted: `none` (not at all), `traffic` (as many new tasks serve as should),
    /// `deployed` (the deployment is completed) or `drained` (and no task of an earlier one is left). A success is
    /// claimed for our own deployment only; a failure is thrown with its reasons.
    ///
    /// * `timeout`: how long to wait at the most, `"15m"`
    /// * `on_failure`: `"rollback"` or `"leave"`
    ///
    /// ```rhai
    /// let web = ecs::service(aws::session("prod"), "prod", "web");
    /// web.deploy(#{ force: true }).wait("drained", #{ timeout: "15m", on_failure: "leave" });
    /// ```
    #[rhai_fn(global, name = "wait", return_raw, volatile, pure)]
    pub fn wait_as(ctx: NativeCallContext, rollout: &mut Rollout, until: &str, how: Map) -> Outcome<()> {
        let how: WaitOptions = options(&ctx, how)?;
        let until: Until = until
            .parse()
            .map_err(|error: crate::domain::rollout::UntilError| raise(&ctx, Fault::usage(error.to_string())))?;
        let timeout = how.timeout.map_or(TIMEOUT, Span::get);
        let millis = u64::try_from(timeout.as_millis()).unwrap_or(u64::MAX);
        let rollout = rollout.0.clone();
        Host::of(&ctx)?.run(&ctx, move |gateway| async move {
            wait::wait(&gateway, &rollout, until, millis, how.on_failure).await
        })
    }
}
