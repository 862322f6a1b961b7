//! A task of a service that somebody stops: the scheduler starts another in its place.

use super::service::Service;
use super::stage::Stage;
use super::step::Due;
use crate::rehearsal::moment::Moment;

impl Service {
    /// Stops a task with `UserInitiated`; nothing changes where it is stopping already.
    pub fn stop_by_user(&mut self, id: &str, reason: &str, at: Moment) {
        if let Some(stage) = self.stop(id, "UserInitiated", reason, at) {
            self.steady = false;
            let drained = usize::from(stage == Stage::Deactivating);
            self.tell_stopped(at, &[id.to_owned()], drained);
            self.plan_beside(at, Due::Wake);
        }
    }
}
