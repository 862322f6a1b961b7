//! `[[tasks]]` and `[[container_logs]]`: what becomes of one-off tasks, and what containers write into their logs.

use std::time::Duration;

use serde::Deserialize;

use super::WorldError;
use super::build::Builder;
use super::faults::fits;
use super::quantity::duration;
use crate::rehearsal::ecs::{Fate, Place};
use crate::rehearsal::logs::Line;

/// `[[tasks]]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TaskTable {
    /// Name of an account of this file; any.
    pub account: Option<String>,
    pub cluster: Option<String>,
    pub family: Option<String>,
    pub container: Option<String>,
    /// Pattern with `*` on the command's words, with a space between them; any.
    pub command: Option<String>,
    /// How long it runs, or `forever`; 10s.
    pub runs: Option<String>,
    /// Its exit code; 0.
    pub exit: Option<i32>,
    /// Why, as the container's `reason` says it.
    pub reason: Option<String>,
    /// What it writes: texts, or [`LineTable`]s.
    #[serde(default)]
    pub logs: Vec<toml::Value>,
}

/// `[[container_logs]]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ContainerLogTable {
    /// Name of an account of this file; any.
    pub account: Option<String>,
    pub cluster: Option<String>,
    /// Tasks of this service only.
    pub service: Option<String>,
    pub family: Option<String>,
    pub container: Option<String>,
    /// Pattern with `*` on the image as the task definition has it.
    pub image: Option<String>,
    /// What it writes: texts, or [`LineTable`]s.
    pub lines: Vec<toml::Value>,
}

/// `{ after = "2s", line = "listening" }`; a text alone is written at the container's start.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct LineTable {
    after: String,
    line: String,
}

/// What becomes of a container of a one-off task.
#[derive(Clone, Debug)]
pub struct TaskRun {
    account: Option<String>,
    cluster: Option<String>,
    family: Option<String>,
    container: Option<String>,
    command: Option<String>,
    /// How it ends.
    pub fate: Fate,
    /// What it writes.
    pub lines: Vec<Line>,
}

/// What a container writes.
#[derive(Clone, Debug)]
pub struct ContainerLog {
    account: Option<String>,
    cluster: Option<String>,
    service: Option<String>,
    family: Option<String>,
    container: Option<String>,
    image: Option<String>,
    /// What it writes.
    pub lines: Vec<Line>,
}

/// How long a one-off task runs where the world does not say.
const A_WHILE: Duration = Duration::from_secs(10);

fn is(wanted: Option<&String>, actual: &str) -> bool {
    wanted.is_none_or(|wanted| wanted == actual)
}

impl TaskRun {
    /// What becomes of a container that the world says nothing of: it does what it was started for.
    pub const UNSAID: Fate = Fate::Exits { code: 0, reason: None, after: A_WHILE };

    /// Whether it is about this container.
    pub fn concerns(&self, place: &Place, family: &str, container: &str, command: &[String]) -> bool {
        is(self.account.as_ref(), &place.account)
            && is(self.cluster.as_ref(), &place.cluster)
            && is(self.family.as_ref(), family)
            && is(self.container.as_ref(), container)
            && self.command.as_ref().is_none_or(|pattern| fits(pattern, &command.join(" ")))
    }
}

impl ContainerLog {
    /// Whether it is about this container; a one-off task is of no service.
    pub fn concerns(&self, place: &Place, family: &str, container: &str, image: &str) -> bool {
        is(self.account.as_ref(), &place.account)
            && is(self.cluster.as_ref(), &place.cluster)
            && is(self.service.as_ref(), &place.service)
            && is(self.family.as_ref(), family)
            && is(self.container.as_ref(), container)
            && self.image.as_ref().is_none_or(|pattern| fits(pattern, image))
    }
}

/// Reads `[[tasks]]`.
pub fn tasks(builder: &mut Builder, tables: Vec<TaskTable>) -> Result<(), WorldError> {
    for (index, table) in tables.into_iter().enumerate() {
        let key = format!("tasks[{index}]");
        let fate = match table.runs.as_deref() {
            Some("forever") if table.exit.is_none() => Fate::Runs,
            Some("forever") => return Err(builder.error(format!("{key}.exit"), "what runs forever has no exit code")),
            runs => {
                let after = runs.map_or(Ok(A_WHILE), duration);
                let after = after.map_err(|problem| builder.error(format!("{key}.runs"), problem))?;
                Fate::Exits { code: table.exit.unwrap_or(0), reason: table.reason, after }
            }
        };
        let run = TaskRun {
            account: builder.account_id(&key, table.account.as_deref())?,
            cluster: table.cluster,
            family: table.family,
            container: table.container,
            command: table.command,
            fate,
            lines: lines(builder, &format!("{key}.logs"), table.logs)?,
        };
        builder.seed.runs.push(run);
    }
    Ok(())
}

/// Reads `[[container_logs]]`.
pub fn container_logs(builder: &mut Builder, tables: Vec<ContainerLogTable>) -> Result<(), WorldError> {
    for (index, table) in tables.into_iter().enumerate() {
        let key = format!("container_logs[{index}]");
        let log = ContainerLog {
            account: builder.account_id(&key, table.account.as_deref())?,
            cluster: table.cluster,
            service: table.service,
            family: table.family,
            container: table.container,
            image: table.image,
            lines: lines(builder, &format!("{key}.lines"), table.lines)?,
        };
        builder.seed.container_logs.push(log);
    }
    Ok(())
}

fn lines(builder: &Builder, key: &str, values: Vec<toml::Value>) -> Result<Vec<Line>, WorldError> {
    let mut lines = Vec::new();
    for (index, value) in values.into_iter().enumerate() {
        let wrong = |problem: String| builder.error(format!("{key}[{index}]"), problem);
        lines.push(match value {
            toml::Value::String(text) => Line { after: Duration::ZERO, text },
            table => {
                let table: LineTable = table.try_into().map_err(|error: toml::de::Error| {
                    wrong(format!("{}: a line is a text or {{ after = \"2s\", line = \"…\" }}", error.message()))
                })?;
                Line { after: duration(&table.after).map_err(wrong)?, text: table.line }
            }
        });
    }
    lines.sort_by_key(|line| line.after);
    Ok(lines)
}
