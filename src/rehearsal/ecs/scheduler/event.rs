//! Service events, worded as ECS words them: the newest first, a hundred at most.

use super::service::{Service, TargetGroup};
use crate::rehearsal::identifier;
use crate::rehearsal::moment::Moment;

/// How many events a service keeps.
const KEPT: usize = 100;

/// A service event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// In the form of a UUID.
    pub id: String,
    /// When.
    pub at: Moment,
    /// What.
    pub message: String,
}

impl Service {
    /// Adds an event about this service.
    pub(super) fn tell(&mut self, at: Moment, what: &str) {
        let number = self.next_number().to_string();
        self.events.push_front(Event {
            id: identifier::uuid(&["event", &self.arn, &number]),
            at,
            message: format!("(service {}) {what}", self.place.service),
        });
        self.events.truncate(KEPT);
    }

    pub(super) fn tell_started(&mut self, at: Moment, tasks: &[String]) {
        self.tell(at, &format!("has started {} tasks: {}.", tasks.len(), listed(tasks)));
    }

    pub(super) fn tell_stopped(&mut self, at: Moment, tasks: &[String], drained: usize) {
        self.tell(at, &format!("has stopped {} running tasks: {}.", tasks.len(), listed(tasks)));
        if let Some(TargetGroup { arn, .. }) = self.target.clone()
            && drained > 0
        {
            self.tell(at, &format!("deregistered {drained} targets in (target-group {arn})"));
            self.tell(at, &format!("has begun draining connections on {drained} tasks."));
        }
    }

    /// Tells of the targets that came and went by themselves at a moment.
    pub(super) fn tell_targets(&mut self, at: Moment) {
        let registered = std::mem::take(&mut self.registered);
        let deregistered = std::mem::take(&mut self.deregistered);
        let Some(TargetGroup { arn, .. }) = self.target.clone() else {
            return;
        };
        for (count, verb) in [(registered, "registered"), (deregistered, "deregistered")] {
            if count > 0 {
                self.tell(at, &format!("{verb} {count} targets in (target-group {arn})"));
            }
        }
    }
}

fn listed(tasks: &[String]) -> String {
    let named: Vec<String> = tasks.iter().map(|task| format!("(task {task})")).collect();
    named.join(" ")
}
