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

/// What a session prints, line by line: the plugin says itself when it begins, when it ends and why not, and ends well however
/// the session did.
#[derive(Debug, Default)]
pub struct Printed {
    /// The session's id, by which the plugin's words are told from those of the command.
    id: String,
    begun: bool,
    ended: bool,
    broken: Option<String>,
    lines: Vec<String>,
}

impl Printed {
    /// Of a session that has not printed anything.
    pub fn of(id: &str) -> Self {
        Self { id: id.to_owned(), ..Self::default() }
    }

    /// Takes in a line; whether it is one of the command.
    pub fn takes(&mut self, line: &str) -> bool {
        let text = line.trim();
        if let Some(why) = self.why_broken(text) {
            self.broken.get_or_insert(why);
            return false;
        }
        if text.strip_prefix("Starting session with SessionId:").is_some_and(|id| id.trim() == self.id) {
            self.begun = true;
            return false;
        }
        if text.strip_prefix("Exiting session with sessionId:").is_some_and(|id| id.trim().starts_with(&self.id)) {
            self.ended = true;
            return false;
        }
        let about_it = text == "This session is encrypted using AWS KMS.";
        if !self.begun || self.ended || about_it || (text.is_empty() && self.lines.is_empty()) {
            return false;
        }
        self.lines.push(line.trim_end_matches(['\r', '\n']).to_owned());
        true
    }

    fn why_broken(&self, text: &str) -> Option<String> {
        if let Some(why) = text.strip_prefix("Cannot perform start session:") {
            return Some(why.trim().to_owned());
        }
        // the session was closed from afar, with a reason
        if let Some((id, why)) = text.strip_prefix("SessionId:").and_then(|rest| rest.split_once(" : ")) {
            return (id.trim() == self.id).then(|| why.trim().to_owned());
        }
        let after = text.strip_prefix("Session:")?.trim().strip_prefix(self.id.as_str())?.trim();
        Some(after.trim_end_matches('.').to_owned())
    }

    /// What the command printed, where the session came to its end.
    ///
    /// # Errors
    /// Why it did not, as far as that was said.
    pub fn lines(mut self) -> Result<Vec<String>, String> {
        if let Some(why) = self.broken {
            return Err(why);
        }
        if !self.ended {
            return Err("it ended without saying that it was over".to_owned());
        }
        while self.lines.last().is_some_and(|line| line.trim().is_empty()) {
            self.lines.pop();
        }
        Ok(self.lines)
    }
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

    const ID: &str = "ecs-execute-command-0a1b";

    fn printed(lines: &[&str]) -> Result<Vec<String>, String> {
        let mut printed = Printed::of(ID);
        for line in lines {
            printed.takes(&line.replace("ID", ID));
        }
        printed.lines()
    }

    #[test]
    fn what_the_plugin_says_itself_is_told_from_what_was_executed() {
        let whole = [
            "",
            "Starting session with SessionId: ID",
            "This session is encrypted using AWS KMS.",
            "",
            "Starting session with SessionId: of the program itself",
            "",
            "{\"a\": 1}  \r",
            "",
            "",
            "Exiting session with sessionId: ID.",
            "",
        ];
        let expected = ["Starting session with SessionId: of the program itself", "", "{\"a\": 1}  "];
        assert_eq!(printed(&whole), Ok(expected.map(str::to_owned).to_vec()));
    }

    #[test]
    fn a_session_succeeds_only_where_it_says_that_it_is_over() {
        let began = "Starting session with SessionId: ID";
        for (lines, why) in [
            (vec!["Cannot perform start session: EOF"], "EOF"),
            (
                vec![began, "half", "SessionId: ID : Plugin with name InteractiveCommands not found"],
                "Plugin with name InteractiveCommands not found",
            ),
            (vec![began, "half", "Session: ID timed out."], "timed out"),
            (vec![began, "half"], "it ended without saying that it was over"),
            (vec![], "it ended without saying that it was over"),
            (vec![began, "Exiting session with sessionId: another."], "it ended without saying that it was over"),
        ] {
            assert_eq!(printed(&lines), Err(why.to_owned()), "{lines:?}");
        }
        let of_another =
            [began, "SessionId: another : lost", "Session: another timed out.", "Exiting session with sessionId: ID."];
        assert_eq!(printed(&of_another).map(|lines| lines.len()), Ok(2), "what the command says of others is its own");
    }
}
