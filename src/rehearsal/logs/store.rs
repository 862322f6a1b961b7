//! Groups, streams and events. What will be written is there already, and is seen when its time has come.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::rehearsal::moment::Moment;

/// A line that a container writes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// How long after the container's start.
    pub after: Duration,
    /// What.
    pub text: String,
}

/// Log groups by name.
#[derive(Clone, Debug, Default)]
pub struct Logs {
    /// By name.
    pub groups: BTreeMap<String, Group>,
}

/// A log group.
#[derive(Clone, Debug)]
pub struct Group {
    /// When it was made.
    pub created: Moment,
    /// By name.
    pub streams: BTreeMap<String, Stream>,
}

/// A log stream.
#[derive(Clone, Debug)]
pub struct Stream {
    /// When it was made.
    pub created: Moment,
    events: Vec<Event>,
}

/// A line that was written.
#[derive(Clone, Debug)]
pub struct Event {
    /// When it was written.
    pub at: Moment,
    /// What.
    pub message: String,
}

/// How long a line is on its way.
const INGESTION: Duration = Duration::from_millis(500);

impl Event {
    /// When it can be read.
    pub fn ingested(&self) -> Moment {
        self.at.after(INGESTION)
    }
}

impl Logs {
    /// A container has started and will write these lines.
    pub fn begin(&mut self, group: &str, stream: String, started: Moment, lines: &[Line]) {
        let group = self.groups.entry(group.to_owned()).or_insert(Group { created: started, streams: BTreeMap::new() });
        let events = lines.iter().map(|line| Event { at: started.after(line.after), message: line.text.clone() });
        group.streams.entry(stream).or_insert(Stream { created: started, events: events.collect() });
    }

    /// A container has ended: what it would have written later is not.
    pub fn end(&mut self, group: &str, stream: &str, ended: Moment) {
        let stream = self.groups.get_mut(group).and_then(|group| group.streams.get_mut(stream));
        if let Some(stream) = stream {
            stream.events.retain(|event| event.at <= ended);
        }
    }
}

impl Stream {
    /// What can be read now, the oldest first. An event keeps its place when others come.
    pub fn seen(&self, now: Moment) -> &[Event] {
        let seen = self.events.partition_point(|event| event.ingested() <= now);
        self.events.get(..seen).unwrap_or_default()
    }
}
