//! Sessions of ECS Exec, as the Session Manager plugin holds them: AWS gives the address of a stream and a token for it, and
//! the plugin, a program of AWS's own, speaks with what runs there.

use serde_json::{Value, json};

/// The last version of the plugin that takes a session only as an argument, which everybody on the machine can read.
/// aws-cli knows it by the same number.
const ONLY_ARGUMENTS: [u32; 4] = [1, 2, 497, 0];

/// Whether a plugin of this version takes the session from a variable of its environment.
pub fn takes_a_variable(version: &str) -> bool {
    let parts: Option<Vec<u32>> = version.trim().split('.').map(|part| part.parse().ok()).collect();
    parts.is_some_and(|parts| parts.as_slice() > ONLY_ARGUMENTS.as_slice())
}

/// What the plugin calls the container: of `answer`, what `ExecuteCommand` says, and `tasks`, what `DescribeTasks` does.
/// None where there is no such container any more.
pub fn target(answer: &Value, tasks: &Value) -> Option<Value> {
    let last = |member: &str| answer.get(member)?.as_str()?.rsplit('/').next();
    let (cluster, task, container) = (last("clusterArn")?, last("taskArn")?, last("containerName")?);
    let containers = tasks.pointer("/tasks/0/containers")?.as_array()?;
    let found = containers.iter().find(|one| one.get("name").and_then(Value::as_str) == Some(container))?;
    let runtime = found.get("runtimeId")?.as_str()?;
    Some(json!({ "Target": format!("ecs:{cluster}_{task}_{runtime}") }))
}

/// Whether a line is the plugin's own, and not of what was executed.
pub fn is_of_the_plugin(line: &str) -> bool {
    let said = ["Starting session with SessionId:", "Exiting session with sessionId:", "Cannot perform start session:"];
    let line = line.trim();
    line.is_empty() || said.iter().any(|said| line.starts_with(said))
}

/// What the plugin says where it could not begin: it ends well all the same.
pub fn why_not_begun(line: &str) -> Option<&str> {
    line.trim().strip_prefix("Cannot perform start session:").map(str::trim)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_by_their_numbers() {
        for (version, takes) in [
            ("1.2.497.0", false),
            ("1.2.497.1", true),
            ("1.2.1000.0\n", true),
            ("1.2.99.0", false),
            ("2", true),
            ("1.2", false),
            ("", false),
            ("unknown", false),
        ] {
            assert_eq!(takes_a_variable(version), takes, "{version}");
        }
    }

    #[test]
    fn a_container_is_named_by_its_cluster_its_task_and_its_runtime() {
        let answer = json!({
            "clusterArn": "arn:aws:ecs:eu-central-1:222222222222:cluster/prod",
            "taskArn": "arn:aws:ecs:eu-central-1:222222222222:task/prod/784b",
            "containerName": "app",
        });
        let tasks = json!({ "tasks": [{ "containers": [
            { "name": "sidecar", "runtimeId": "784b-1" },
            { "name": "app", "runtimeId": "784b-2" },
        ] }] });
        assert_eq!(target(&answer, &tasks), Some(json!({ "Target": "ecs:prod_784b_784b-2" })));
        assert_eq!(target(&answer, &json!({ "tasks": [] })), None, "it is gone");
        let starting = json!({ "tasks": [{ "containers": [{ "name": "app" }] }] });
        assert_eq!(target(&answer, &starting), None, "it does not run yet");
    }

    #[test]
    fn what_the_plugin_says_itself_is_told_from_what_was_executed() {
        assert!(is_of_the_plugin("Starting session with SessionId: ecs-execute-command-0a1b"));
        assert!(is_of_the_plugin("Exiting session with sessionId: ecs-execute-command-0a1b."));
        assert!(is_of_the_plugin("   "));
        assert!(!is_of_the_plugin("Starting the migration"));
        assert_eq!(why_not_begun("Cannot perform start session: EOF"), Some("EOF"));
        assert_eq!(why_not_begun("migrated"), None);
    }
}
