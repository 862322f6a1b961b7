//! A command in a container that runs, through the Session Manager plugin.

use super::aws::Aws;
use super::host::processes::{Manner, Program};
use crate::domain::duration::brief;
use crate::domain::exec_session::{Printed, takes_a_variable, target};
use crate::domain::secret::Secret;
use crate::domain::task_definition::short_name;
use crate::effects::asker::Asker;
use crate::effects::event::{Events, Level};
use crate::effects::fault::{Fault, FaultKind};
use crate::effects::redact::Redactor;
use serde_json::{Value, json};
use std::ffi::OsString;
use std::io;
use std::time::Duration;

/// AWS's own program for sessions, found by `PATH`.
const PLUGIN: &str = "session-manager-plugin";
/// The variable that it reads a session from: its name is given as the argument instead.
const VARIABLE: &str = "AWS_SSM_START_SESSION_RESPONSE";

/// What is executed, and where.
pub struct Exec<'a> {
    /// The way to AWS.
    pub aws: &'a Aws,
    /// The session.
    pub session: &'a str,
    /// Name or ARN.
    pub cluster: &'a str,
    /// Id or ARN.
    pub task: &'a str,
    /// Which container, where the task has several.
    pub container: Option<&'a str>,
    /// As a shell would get it.
    pub command: &'a str,
}

/// How a command is met.
pub enum How<'a> {
    /// It has the terminal, which this one hands over.
    Terminal(&'a dyn Asker),
    /// Its lines are told, for as long as this.
    Told(Duration, &'a Events),
}

impl Exec<'_> {
    /// Executes it; the lines that it printed, or none where it had the terminal.
    ///
    /// # Errors
    /// `Missing` without the plugin, usage without the terminal that is wanted, those of `ExecuteCommand`; in doubt where the
    /// session broke. What the command itself came to nobody tells.
    pub async fn carry_out(&self, how: How<'_>, redactor: &Redactor) -> Result<Vec<String>, Fault> {
        let by_variable = takes_a_variable(&version().await?);
        if let How::Terminal(asker) = &how {
            // looked for before anything is begun
            drop(asker.hand_over().ok_or_else(no_terminal)?);
        }
        let (answer, region) = self.begin().await?;
        let session = answer.get("session").cloned().unwrap_or_default();
        let text = |member: &str| session.get(member).and_then(Value::as_str).unwrap_or_default();
        redactor.learn(&Secret::new(text("tokenValue")));
        let tasks = self.aws.describe_tasks(self.session, self.cluster, &[self.task.to_owned()]).await?;
        let target = target(&answer, &tasks).ok_or_else(|| self.gone())?;
        let (given, environment) = if by_variable {
            (VARIABLE.to_owned(), vec![(VARIABLE, OsString::from(session.to_string()))])
        } else {
            (session.to_string(), Vec::new())
        };
        let nothing = String::new();
        // its profile and endpoint serve to take a lost session up again, which there is no such thing as with ECS
        let args = vec![given, region, "StartSession".to_owned(), nothing.clone(), target.to_string(), nothing];
        let program = Program { name: PLUGIN, args, environment };
        match how {
            How::Terminal(asker) => {
                let _handed = asker.hand_over();
                let (success, status) = program.at_the_terminal().await.map_err(|why| not_started(&why))?;
                if success { Ok(Vec::new()) } else { Err(broken(&status, Vec::new())) }
            }
            How::Told(limit, events) => {
                let mut printed = Printed::of(text("sessionId"));
                let each = |line: &str| {
                    if printed.takes(line) {
                        events.log(Level::Info, line.trim_end().to_owned());
                    }
                };
                let ended = tokio::time::timeout(limit, program.run(Manner::Session, each)).await;
                let Ok(ended) = ended else {
                    return Err(broken(&format!("it was not over after {}", brief(limit)), Vec::new()));
                };
                let ended = ended.map_err(|why| not_started(&why))?;
                if !ended.success {
                    return Err(broken(&ended.status, ended.tail));
                }
                printed.lines().map_err(|why| broken(&why, ended.tail))
            }
        }
    }

    /// Has ECS say whether it would be executed: a rehearsal starts no program.
    ///
    /// # Errors
    /// Those of `ExecuteCommand`.
    pub async fn rehearse(&self, events: &Events) -> Result<Vec<String>, Fault> {
        self.begin().await?;
        events.step(format!("`{}` is not executed in a rehearsal, and prints nothing", self.command));
        Ok(Vec::new())
    }

    async fn begin(&self) -> Result<(Value, String), Fault> {
        let mut request = json!({
            "cluster": self.cluster,
            "task": self.task,
            "command": self.command,
            // ECS knows no other kind
            "interactive": true,
        });
        if let Some(container) = self.container {
            request["container"] = json!(container);
        }
        self.aws.execute_command(self.session, &request).await
    }

    fn gone(&self) -> Fault {
        let message = format!("task {} is not there any more, or its container is not", short_name(self.task));
        Fault::new(FaultKind::Missing, "TaskMissing", message)
            .hint("choose another: `gantry tasks` lists those that run; nothing was executed")
    }
}

/// The version of the plugin.
async fn version() -> Result<String, Fault> {
    let program = Program { name: PLUGIN, args: vec!["--version".to_owned()], environment: Vec::new() };
    let ended = program.run(Manner::Told, |_| ()).await.map_err(|why| not_started(&why))?;
    Ok(ended.tail.into_iter().next().unwrap_or_default())
}

fn not_started(why: &io::Error) -> Fault {
    let message = match why.kind() {
        io::ErrorKind::NotFound => format!("{PLUGIN} is not on PATH"),
        _ => format!("{PLUGIN} cannot be started: {why}"),
    };
    Fault::new(FaultKind::Missing, "NoSessionManagerPlugin", message).hint(
        "install the Session Manager plugin of AWS, which speaks with what runs in a container; nothing was executed",
    )
}

fn no_terminal() -> Fault {
    Fault::usage("there is no terminal to hand over to the command")
        .hint("run it at a terminal, or give a command and leave `terminal` out: what it prints is told then")
}

/// In doubt: the command may have run to its end, or not at all.
fn broken(why: &str, tail: Vec<String>) -> Fault {
    let message = format!("the session with the container broke: {why}");
    Fault::new(FaultKind::Refused, "SessionBroken", message)
        .hint("whether the command ran to its end is not known: look at what it was to change before it is executed again")
        .details(tail)
        .in_doubt()
}
