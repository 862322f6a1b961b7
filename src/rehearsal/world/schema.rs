//! The world file as TOML has it. Every table refuses keys it does not know: a typo in a world
//! would otherwise rehearse something else than its author meant.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::code_deploy::CodeDeployTable;
use super::meanwhile::MeanwhileTable;
use super::runs::{ContainerLogTable, TaskTable};
use super::scaling::ScalableTargetTable;
use super::troubles::{AlarmTable, HookTable, NoCapacityTable};
use super::values::{ParameterTable, SecretTable};

/// The whole file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WorldFile {
    /// The simulated clock at start, with an offset: `2026-11-20T02:00+09:00`.
    pub now: String,
    /// Simulated time a request takes; 20ms.
    pub latency: Option<String>,
    /// Simulated speed of blob transfers; 100MB/s.
    pub bandwidth: Option<String>,
    /// How long after the start the run is told to stop, as by Ctrl-C; never.
    pub interrupt: Option<String>,
    /// How long after the end of the run `--world-after` looks; at once.
    pub after: Option<String>,
    /// What the place knows of service deployments; all, as AWS does today.
    #[serde(default)]
    pub service_deployments: AvailabilityName,
    /// Values of the script's arguments.
    #[serde(default)]
    pub args: toml::Table,
    /// Environment variables the script sees.
    #[serde(default)]
    pub env: BTreeMap<String, String>,
    /// Accounts by the name of the session that reaches them.
    #[serde(default)]
    pub accounts: BTreeMap<String, AccountTable>,
    /// ECR repositories.
    #[serde(default)]
    pub repositories: Vec<RepositoryTable>,
    /// Registries that are not ECR.
    #[serde(default)]
    pub registries: Vec<RegistryTable>,
    /// Task definitions registered before the start.
    #[serde(default)]
    pub task_definitions: Vec<TaskDefinitionTable>,
    /// ECS clusters.
    #[serde(default)]
    pub clusters: Vec<ClusterTable>,
    /// What Secrets Manager has.
    #[serde(default)]
    pub secrets: Vec<SecretTable>,
    /// What the Parameter Store has.
    #[serde(default)]
    pub parameters: Vec<ParameterTable>,
    /// What becomes of one-off tasks.
    #[serde(default)]
    pub tasks: Vec<TaskTable>,
    /// What containers write into their logs.
    #[serde(default)]
    pub container_logs: Vec<ContainerLogTable>,
    /// Services whose desired count auto scaling owns.
    #[serde(default)]
    pub scalable_targets: Vec<ScalableTargetTable>,
    /// What goes wrong with calls.
    #[serde(default)]
    pub faults: Vec<FaultTable>,
    /// What goes wrong with containers.
    #[serde(default)]
    pub container_faults: Vec<ContainerFaultTable>,
    /// Alarms that go off.
    #[serde(default)]
    pub alarms: Vec<AlarmTable>,
    /// Lambda functions of lifecycle hooks.
    #[serde(default)]
    pub hooks: Vec<HookTable>,
    /// Tasks that find no place.
    #[serde(default)]
    pub no_capacity: Vec<NoCapacityTable>,
    /// What others do meanwhile.
    #[serde(default)]
    pub meanwhile: Vec<MeanwhileTable>,
}

/// `service_deployments = "missing"`
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AvailabilityName {
    #[default]
    Present,
    /// The operations do not exist, as in older partitions.
    Missing,
    /// The caller's policy does not know them.
    Denied,
    /// Status 500, as emulators answer.
    Error,
}

/// `[accounts.NAME]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccountTable {
    pub id: String,
    pub region: String,
}

/// `[[repositories]]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RepositoryTable {
    /// Name of an account of this file.
    pub account: String,
    pub name: String,
    /// Whether a tag, once pushed, stays.
    #[serde(default)]
    pub immutable: bool,
    /// Patterns with `*` of tags for which that is the other way round.
    #[serde(default)]
    pub except: Vec<String>,
    #[serde(default)]
    pub images: Vec<ImageTable>,
}

/// `[[registries]]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RegistryTable {
    /// Host, with the port where it has one.
    pub host: String,
    pub username: Option<String>,
    pub password: Option<String>,
    /// Whether it asks for no password at all.
    #[serde(default)]
    pub anonymous: bool,
    #[serde(default)]
    pub repositories: Vec<RegistryRepositoryTable>,
}

/// `[[registries.repositories]]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RegistryRepositoryTable {
    pub name: String,
    /// Whether a tag, once pushed, stays.
    #[serde(default)]
    pub immutable: bool,
    #[serde(default)]
    pub images: Vec<ImageTable>,
}

/// `[[repositories.images]]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ImageTable {
    pub tags: Vec<String>,
    /// Each a folder relative to the world file, or a [`FillerTable`].
    pub layers: Vec<toml::Value>,
    #[serde(default)]
    pub entrypoint: Vec<String>,
    #[serde(default)]
    pub cmd: Vec<String>,
    #[serde(default)]
    pub env: BTreeMap<String, String>,
    #[serde(default)]
    pub labels: BTreeMap<String, String>,
    pub workdir: Option<String>,
    pub user: Option<String>,
    /// When it was built and pushed; a day before `now`.
    pub created: Option<String>,
    #[serde(default)]
    pub media_types: MediaTypes,
    /// `linux/amd64` without it; several make an index of an image for each.
    #[serde(default)]
    pub platforms: Vec<String>,
    /// What points at it, by artifact types: `["application/spdx+json"]`.
    #[serde(default)]
    pub referrers: Vec<String>,
    /// Whether it is in ECR's archive.
    #[serde(default)]
    pub archived: bool,
}

/// `{ size = "20MB" }`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FillerTable {
    pub size: String,
}

/// Whose media types an image has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MediaTypes {
    #[default]
    Oci,
    Docker,
}

/// `[[task_definitions]]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TaskDefinitionTable {
    pub account: String,
    /// A JSON file in the form of `RegisterTaskDefinition`; `${account}`, `${region}` and
    /// `${registry}` stand for the account's own.
    pub file: String,
    /// The revision it has; 1.
    pub revision: Option<u64>,
    /// Whether it was deregistered.
    #[serde(default)]
    pub deregistered: bool,
}

/// `[[clusters]]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClusterTable {
    pub account: String,
    pub name: String,
    #[serde(default)]
    pub services: Vec<ServiceTable>,
}

/// `[[clusters.services]]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServiceTable {
    pub name: String,
    /// `family` (its newest revision) or `family:revision`.
    pub task_definition: String,
    pub desired: u32,
    pub load_balancer: Option<LoadBalancerTable>,
    #[serde(default)]
    pub deployment: DeploymentTable,
    /// Who deploys; ECS.
    #[serde(default)]
    pub controller: ControllerName,
    /// Its deployment group, where `CodeDeploy` deploys it.
    pub code_deploy: Option<CodeDeployTable>,
    /// `deploymentConfiguration` in ECS's own members, over what `deployment` says.
    #[serde(default)]
    pub deployment_configuration: toml::Table,
    /// Whether commands can be executed in its tasks.
    #[serde(default)]
    pub execute_command: bool,
    /// The tasks it has at the start may not be stopped for this long.
    pub protected: Option<String>,
    #[serde(default)]
    pub timings: TimingsTable,
    /// `currentServiceDeployment` is blank for this long after a deployment was asked for; 0s.
    pub blank: Option<String>,
    /// What describes the service lags behind an update by this much; 0s.
    pub lag: Option<String>,
    /// Service deployments before the one that it runs.
    #[serde(default)]
    pub history: Vec<PastTable>,
    #[serde(default)]
    pub tags: BTreeMap<String, String>,
}

/// `controller = "CODE_DEPLOY"`
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ControllerName {
    #[default]
    Ecs,
    CodeDeploy,
    External,
}

/// `[[clusters.services.history]]`: a deployment that was over before the world began.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PastTable {
    /// `family:revision`
    pub task_definition: String,
    /// How long before `now`, such as `72h`.
    pub ago: String,
    /// A status that is an end; `SUCCESSFUL`.
    pub status: Option<String>,
    /// `statusReason`
    #[serde(default)]
    pub reason: String,
}

/// `load_balancer = { target_group = "web", container = "app", port = 8080 }`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LoadBalancerTable {
    pub target_group: String,
    pub container: String,
    pub port: u16,
    /// How long a target drains; as long as its task is DEACTIVATING.
    pub deregistration_delay: Option<String>,
}

/// `deployment = { minimum_healthy_percent = 100, maximum_percent = 200, circuit_breaker = true, rollback = true }`
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeploymentTable {
    pub minimum_healthy_percent: Option<u32>,
    pub maximum_percent: Option<u32>,
    #[serde(default)]
    pub circuit_breaker: bool,
    /// Whether the circuit breaker also rolls back.
    #[serde(default)]
    pub rollback: bool,
}

/// How long the stages of a task take.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TimingsTable {
    pub provisioning: Option<String>,
    pub pending: Option<String>,
    pub healthy: Option<String>,
    pub deactivating: Option<String>,
    pub stopping: Option<String>,
    pub deprovisioning: Option<String>,
    pub settling: Option<String>,
    pub starting: Option<String>,
    pub shift: Option<String>,
    pub cleanup: Option<String>,
}

/// `[[faults]]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FaultTable {
    /// `ecs:UpdateService`, `ecr:PutImage`, `registry:GetBlob`, `sts:GetCallerIdentity`.
    pub on: String,
    /// Name of an account of this file; any.
    pub account: Option<String>,
    /// A cluster, service, family, repository, tag, the beginning of a digest, or what else a call names; any.
    pub resource: Option<String>,
    /// Matching calls that are let through first; 0.
    #[serde(default)]
    pub skip: u32,
    /// Matching calls that then go wrong; 1.
    pub times: Option<u32>,
    /// Whether all of them go wrong from then on.
    #[serde(default)]
    pub always: bool,
    /// What the caller sees: a name, an [`ErrorTable`], or `{ failure = "RESOURCE:MEMORY" }` of `RunTask`.
    pub then: toml::Value,
}

/// `{ error = "ServerException", message = "…", status = 500 }`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ErrorTable {
    pub error: String,
    pub message: String,
    pub status: Option<u16>,
}

/// `[[container_faults]]`: exactly one of `exit`, `unpullable`, `uninitialized`, `out_of_memory`, `unhealthy`,
/// `sickens` and `reclaimed`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ContainerFaultTable {
    pub account: Option<String>,
    pub cluster: Option<String>,
    pub service: Option<String>,
    pub container: Option<String>,
    /// Pattern with `*` on the image as the task definition has it, or by any of its tags, so that
    /// only new ones fail.
    pub image: Option<String>,
    /// The container ends by itself.
    pub exit: Option<ExitTable>,
    /// Why the image cannot be pulled although it is there.
    pub unpullable: Option<String>,
    /// Why the task cannot be initialized: a secret that is missing, a registry that refuses.
    pub uninitialized: Option<String>,
    /// The container is killed for its memory this long after the start.
    pub out_of_memory: Option<String>,
    /// The health check never passes, and has failed for good this long after the start.
    pub unhealthy: Option<String>,
    /// The health check passes at first, and has failed for good this long after the start.
    pub sickens: Option<String>,
    /// Spot takes the task away this long after the start.
    pub reclaimed: Option<String>,
}

/// `exit = { code = 1, reason = "…", after = "2s" }`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExitTable {
    pub code: i32,
    pub reason: Option<String>,
    pub after: Option<String>,
}
