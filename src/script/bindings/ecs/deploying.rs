//! `service.deploy(#{…})`: its options, and an edit that is a function of the script.

use super::{Rollout, Service};
use crate::domain::image_reference::Reference;
use crate::effects::fault::Fault;
use crate::release::code_deploy::CodeDeployOptions;
use crate::release::definition::{Base, Edits};
use crate::release::deploy::{self, Changes};
use crate::release::hold::{self, InProgress};
use crate::release::interruption::OnInterrupt;
use crate::script::bindings::taskdef::TaskDefinition;
use crate::script::host::{Host, Outcome};
use crate::script::options::options;
use crate::script::thrown::raise;
use rhai::plugin::*;
use rhai::{Dynamic, FnPtr, Map};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;
use std::collections::BTreeMap;

type Document = serde_json::Map<String, Value>;

/// What a deployment changes.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DeployOptions {
    images: BTreeMap<String, Reference>,
    keep_tags: bool,
    env: BTreeMap<String, BTreeMap<String, Option<String>>>,
    secrets: BTreeMap<String, BTreeMap<String, Option<String>>>,
    command: BTreeMap<String, Vec<String>>,
    cpu: Option<u64>,
    memory: Option<u64>,
    task_definition: Option<Base>,
    /// A function, which no document can hold: it is taken out before.
    edit: Option<IgnoredAny>,
    service_definition: Document,
    create: Option<Document>,
    network: Option<Document>,
    capacity_providers: Option<Vec<Value>>,
    deployment: Option<Document>,
    platform_version: Option<String>,
    execute_command: Option<bool>,
    health_check_grace_period: Option<u64>,
    load_balancers: Option<Vec<Value>>,
    service_registries: Option<Vec<Value>>,
    desired_count: Option<i64>,
    code_deploy: CodeDeployOptions,
    force: bool,
    in_progress: InProgress,
    on_interrupt: OnInterrupt,
}

impl DeployOptions {
    /// The members of the service: its definition, and over it what is named by itself.
    fn service(&mut self) -> Document {
        let mut document = std::mem::take(&mut self.service_definition);
        let network = self.network.take().map(|network| serde_json::json!({ "awsvpcConfiguration": network }));
        let named = [
            ("networkConfiguration", network),
            ("capacityProviderStrategy", self.capacity_providers.take().map(Value::Array)),
            ("deploymentConfiguration", self.deployment.take().map(Value::Object)),
            ("platformVersion", self.platform_version.take().map(Value::String)),
            ("enableExecuteCommand", self.execute_command.map(Value::Bool)),
            ("healthCheckGracePeriodSeconds", self.health_check_grace_period.map(Value::from)),
            ("loadBalancers", self.load_balancers.take().map(Value::Array)),
            ("serviceRegistries", self.service_registries.take().map(Value::Array)),
        ];
        document.extend(named.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))));
        document
    }

    fn changes(mut self) -> Changes {
        let service = self.service();
        Changes {
            // a definition names what it runs
            base: self.task_definition.or_else(|| {
                let named = service.get("taskDefinition")?.as_str()?;
                Some(Base::Named(named.to_owned()))
            }),
            edits: Edits {
                images: self.images,
                keep_tags: self.keep_tags,
                env: self.env,
                secrets: self.secrets,
                command: self.command,
                cpu: self.cpu,
                memory: self.memory,
            },
            service,
            create: self.create,
            desired_count: self.desired_count,
            code_deploy: self.code_deploy,
            force: self.force,
            in_progress: self.in_progress,
            on_interrupt: self.on_interrupt,
        }
    }
}

/// What `function` makes of the definition that a deployment starts from.
fn edited(ctx: &NativeCallContext, service: &Service, changes: &Changes, function: &FnPtr) -> Outcome<Base> {
    let (service, base) = (service.0.clone(), changes.base.clone());
    let from = Host::of(ctx)?.run(ctx, |gateway| async move {
        match base {
            None => service.current(&gateway).await,
            Some(Base::Given(document)) => Ok(document),
            Some(Base::Named(name)) => service.task_definition(&gateway, &name).await,
        }
    })?;
    let made: Dynamic = function.call_within_context(ctx, (TaskDefinition(from),))?;
    let kind = made.type_name();
    let made = made.try_cast::<TaskDefinition>().ok_or_else(|| {
        let fault = Fault::usage(format!("deploy: `edit` gave no task definition back, but {kind}"));
        raise(ctx, fault.hint("end it with the definition: `|td| { td.set_cpu(512); td }`"))
    })?;
    Ok(Base::Given(made.0))
}

/// Deployments.
#[export_module]
pub mod deploying {
    use super::*;

    /// Deploys: registers the running task definition with changes in it, and puts the service on it. What is not named
    /// stays as it runs; where nothing differs, nothing is registered and nothing begins.
    ///
    /// * `images`: container → image; a tag is resolved to the digest that it names now, and the image pinned by it
    /// * `keep_tags`: tags stay tags, where the registry cannot be reached from here
    /// * `env`, `secrets`: container → variable → value; `()` removes one
    /// * `command`: container → list
    /// * `cpu`, `memory`: of the task
    /// * `edit`: a function of the task definition that gives back the one that is wanted
    /// * `task_definition`: what to start from instead: a definition, or `family:revision`, which is not registered again
    /// * `desired_count`: the number of tasks, which auto scaling owns otherwise
    /// * `network`: `#{ subnets, securityGroups, assignPublicIp }`, and `deployment`: `#{ strategy, maximumPercent,
    ///   bakeTimeInMinutes, lifecycleHooks… }`, `capacity_providers`, `load_balancers`, `service_registries`: in ECS's own
    ///   words
    /// * `platform_version`, `execute_command`, `health_check_grace_period` (seconds)
    /// * `service_definition`: a whole definition of the service in ECS's own words; only what differs is sent, and its
    ///   `desiredCount` is left to `desired_count`
    /// * `create`: a service that is not there is created, of all this and what stands here, in ECS's own words (`#{
    ///   launchType: "FARGATE" }`, or `#{}`); `task_definition` and `desired_count`, or those of `service_definition`, say
    ///   what it runs and how often. For one that is there it says nothing
    /// * `code_deploy`: where `CodeDeploy` deploys the service, `#{ application, group, configuration, hooks, rollback_on }`:
    ///   names that are not those of the console (`AppECS-CLUSTER-SERVICE`, `DgpECS-CLUSTER-SERVICE`), and Lambda functions
    ///   by lifecycle event
    /// * `force`: new tasks even where nothing differs
    /// * `on_interrupt`: at Ctrl-C or SIGTERM while the rollout is under way, `"rollback"` (it is taken back), `"stop"` (where
    ///   it stands; both are asked for, not waited for, and the run is over) or `"leave"`: it goes on, and so can the run
    /// * `in_progress`: `"refuse"` or `"wait"` while another run of this project releases the service
    ///
    /// ```rhai
    /// let web = ecs::service(aws::session("prod"), "prod", "web");
    /// let rollout = web.deploy(#{
    ///     images: #{ app: image::parse("shop:1.4.2") },
    ///     edit: |td| { td.containerDefinitions[0].stopTimeout = 90; td },
    ///     deployment: #{ maximumPercent: 150 },
    /// });
    /// rollout.wait("drained");
    /// ```
    #[rhai_fn(global, return_raw, volatile, pure)]
    pub fn deploy(ctx: NativeCallContext, service: &mut Service, changes: Map) -> Outcome<Rollout> {
        let mut changes = changes;
        let edit = changes.remove("edit");
        let given: DeployOptions = options(&ctx, changes)?;
        let mut changes = given.changes();
        if let Some(edit) = edit {
            let kind = edit.type_name();
            let function = edit.try_cast::<FnPtr>().ok_or_else(|| {
                let fault = Fault::usage(format!("deploy: `edit` is no function, but {kind}"));
                raise(&ctx, fault.hint("write `edit: |td| { …; td }`"))
            })?;
            changes.base = Some(edited(&ctx, service, &changes, &function)?);
        }
        let service = service.0.clone();
        let host = Host::of(&ctx)?;
        host.run(&ctx, |gateway| async move { deploy::deploy(&gateway, &service, &changes).await }).map(Rollout)
    }

    /// Holds the service for this run, before anything is made for its release: a second release of it is refused
    /// here, and not after its image was pushed. `deploy` does it too, where the script has not.
    ///
    /// ```rhai
    /// let web = ecs::service(aws::session("prod"), "prod", "web");
    /// web.hold();
    /// ```
    #[rhai_fn(global, return_raw, volatile, pure)]
    pub fn hold(ctx: NativeCallContext, service: &mut Service) -> Outcome<()> {
        let service = service.0.clone();
        Host::of(&ctx)?.run(&ctx, |gateway| async move { hold::hold(&gateway, &service, InProgress::Refuse).await })
    }

    /// The same, and waits for the end of another run that releases the service where `in_progress` is `"wait"`.
    ///
    /// ```rhai
    /// let web = ecs::service(aws::session("prod"), "prod", "web");
    /// web.hold("wait");
    /// ```
    #[rhai_fn(global, name = "hold", return_raw, volatile, pure)]
    pub fn hold_as(ctx: NativeCallContext, service: &mut Service, in_progress: &str) -> Outcome<()> {
        let in_progress = match in_progress {
            "refuse" => InProgress::Refuse,
            "wait" => InProgress::Wait,
            other => {
                let fault = Fault::usage(format!("hold: `{other}` is neither \"refuse\" nor \"wait\""));
                return Err(raise(&ctx, fault));
            }
        };
        let service = service.0.clone();
        Host::of(&ctx)?.run(&ctx, move |gateway| async move { hold::hold(&gateway, &service, in_progress).await })
    }
}
