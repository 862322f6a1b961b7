//! What the containers of a task log, told as it comes.

use super::Watch;
use crate::domain::one_off::{LogPlace, Standing, standing};
use crate::effects::event::{Events, Level};
use crate::effects::fault::{Fault, FaultKind};
use crate::live::logs::{Reader, Stream};
use serde_json::{Map, Value, json};

/// So many lines of a container are told; all others stand in its log.
const TOLD: usize = 1000;

/// The logs of a task's containers, as far as they have been read.
pub struct Followed<'a> {
    watch: Watch<'a>,
    events: &'a Events,
    logs: Vec<Log>,
}

struct Log {
    container: String,
    place: LogPlace,
    reader: Reader,
    told: usize,
    /// It may not be read, and that was said.
    refused: bool,
}

impl<'a> Followed<'a> {
    /// Nothing read yet. A log in another Region than the session's is not followed, and that is said.
    pub async fn of(watch: Watch<'a>, events: &'a Events) -> Self {
        let region = watch.aws.identify(watch.session).await.map(|identity| identity.region).ok();
        let mut logs = Vec::new();
        for one in watch.containers {
            let Some(place) = one.log.clone() else { continue };
            let elsewhere = place.region.clone().filter(|other| region.as_ref().is_some_and(|region| region != other));
            if let Some(other) = elsewhere {
                let message = format!(
                    "what {} logs is in Region {other}, which session {} does not read",
                    one.name, watch.session
                );
                events.log(Level::Info, message);
                continue;
            }
            let (container, reader) = (one.name.clone(), Reader::default());
            logs.push(Log { container, place, reader, told: 0, refused: false });
        }
        Self { watch, events, logs }
    }

    /// Reads on, where the containers of the task have begun to run.
    pub async fn look(&mut self, task: &Value) {
        if self.watch.follow && task.get("startedAt").is_some_and(|at| !at.is_null()) {
            self.read(task).await;
        }
    }

    /// The last lines by container, read to the end: of a task that was not followed only where it did not succeed.
    pub async fn end(&mut self, task: &Value) -> Value {
        if self.watch.follow {
            self.read(task).await;
        }
        let mut last = Map::new();
        for log in &mut self.logs {
            let mut lines = log.reader.last();
            if !self.watch.follow && standing(task, self.watch.containers) != Standing::Succeeded {
                lines = log.last(&self.watch, task, self.events).await;
            }
            if !lines.is_empty() {
                last.insert(log.container.clone(), json!(lines));
            }
        }
        Value::Object(last)
    }

    async fn read(&mut self, task: &Value) {
        for log in self.logs.iter_mut().filter(|log| !log.refused) {
            let Some(stream) = log.stream(&self.watch, task) else { continue };
            let (events, container) = (self.events, &log.container);
            let told = &mut log.told;
            let mut tell = |line: &str| {
                *told += 1;
                match *told {
                    ..=TOLD => events.log(Level::Info, format!("{container}: {line}")),
                    count if count == TOLD + 1 => {
                        let (group, name) = (&stream.group, &stream.name);
                        let message =
                            format!("{container} logs more than is told here: see {name} of log group {group}");
                        events.log(Level::Info, message);
                    }
                    _ => {}
                }
            };
            if let Err(fault) = log.reader.read(self.watch.aws, &stream, &mut tell).await {
                log.unread(&fault, events);
            }
        }
    }
}

impl Log {
    fn stream(&self, watch: &Watch<'_>, task: &Value) -> Option<Stream> {
        let name = self.place.stream(&self.container, task)?;
        Some(Stream { session: watch.session.to_owned(), group: self.place.group.clone(), name })
    }

    async fn last(&mut self, watch: &Watch<'_>, task: &Value, events: &Events) -> Vec<String> {
        let Some(stream) = self.stream(watch, task) else { return Vec::new() };
        stream.last_lines(watch.aws).await.unwrap_or_else(|fault| {
            self.unread(&fault, events);
            Vec::new()
        })
    }

    /// Of what may pass, the next look is the next try; of anything else it is said once.
    fn unread(&mut self, fault: &Fault, events: &Events) {
        if fault.retryable || fault.kind == FaultKind::Network {
            return;
        }
        self.refused = true;
        let hint = fault.hint.as_deref().map(|hint| format!(" ({hint})")).unwrap_or_default();
        events.log(Level::Warn, format!("what {} logs cannot be read: {fault}{hint}", self.container));
    }
}
