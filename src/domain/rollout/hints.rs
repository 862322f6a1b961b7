//! What to do about the causes that ECS has a word for.

use super::verdict::{FailureKind, Undone, Verdict};

/// A part of ECS's message, and the advice.
const HINTS: [(&str, &str); 26] = [
    (
        "CannotPullContainerError",
        "check that the image is in its repository under this tag or digest, and that the execution role may pull it \
         and the task's subnets reach the registry",
    ),
    (
        "ResourceInitializationError",
        "check the secrets and log groups that the task definition names, what the execution role may read, and that \
         the task's subnets reach Secrets Manager, SSM, ECR and CloudWatch Logs",
    ),
    ("OutOfMemoryError", "raise the container's memory, or the task's"),
    ("CannotStartContainerError", "check the container's command, entrypoint and mounts"),
    ("CannotCreateVolumeError", "check the task definition's volumes and that their file systems can be reached"),
    ("ContainerRuntime", "the container runtime failed: check the container's settings and its instance"),
    ("failed ELB health checks", "check the port, path and grace period of the target group's health check"),
    ("failed container health checks", "run the container's health check command in its image"),
    ("is unhealthy in", "check the port, path and grace period of the target group's health check"),
    (
        "Spot Task was interrupted",
        "Spot took its capacity back: add FARGATE, or on-demand instances, to the capacity provider strategy, or release \
         again later",
    ),
    (
        "TerminationNotice",
        "the host of the task was to be terminated, and ECS starts another: wait longer, or release again",
    ),
    (
        "InfrastructureHealth",
        "the host of the task became unhealthy, and ECS starts another: wait longer, or release again",
    ),
    ("UserInitiated", "somebody stopped the task: CloudTrail's StopTask tells who"),
    ("RESOURCE:ENI", "no instance has a network interface free: add instances, or use ENI trunking"),
    ("RESOURCE:PORTS", "the host port is taken on every instance: leave hostPort out, or add instances"),
    ("RESOURCE:", "no instance has enough CPU or memory free: add instances, or ask for less"),
    ("EMPTY CAPACITY PROVIDER", "the capacity provider has no instances: check its auto scaling group"),
    ("ATTRIBUTE", "no instance has an attribute that the task needs: check platform, constraints and drivers"),
    ("AGENT", "the ECS agent of the instances is not connected: check the agent and its network"),
    (
        "alarm ",
        "look at the alarm's metric over the time of the deployment; it can be released again once that is well",
    ),
    ("had no answer in time", "answer the hook sooner, give it more time, or let it CONTINUE when its time is over"),
    ("hook ", "look at the log of the hook's function"),
    ("spot capacity", "Spot has no capacity now: add another capacity provider to the strategy"),
    (
        "Capacity is unavailable",
        "Fargate has no capacity now in these zones: add subnets of others, or try again later",
    ),
    ("unable to consistently start tasks", "the tasks fail again and again: look at the stopped ones"),
    ("unable to place a task", "check the cluster's capacity and the placement constraints"),
];

/// The advice for a stopped reason, a container's reason or a service event; the first that fits, the special before
/// the general.
pub fn hint_for(message: &str) -> Option<&'static str> {
    HINTS.iter().find(|(part, _)| message.contains(part)).map(|(_, hint)| *hint)
}

/// The advice for how a rollout ended, where nothing that was found says more.
pub fn hint_for_verdict(verdict: &Verdict) -> Option<&'static str> {
    match verdict {
        Verdict::Superseded(_) => Some(
            "someone else has deployed meanwhile: CloudTrail's UpdateService tells who; release again once theirs is over",
        ),
        Verdict::Failed(failure) | Verdict::Failing(failure) if failure.undone == Undone::Failed => Some(
            "what ran before does not start any more either: look at what both need (secrets, network, capacity), and \
             then release again",
        ),
        Verdict::Failed(failure) | Verdict::Failing(failure) if failure.kind == FailureKind::Stopped => {
            Some("CloudTrail tells who stopped it")
        }
        Verdict::Awaiting(_) => Some("give the wait a function that answers, `on_pause: |pause| …`, or more time"),
        _ => None,
    }
}
