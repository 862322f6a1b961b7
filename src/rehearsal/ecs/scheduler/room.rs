//! Room for a task: where there is none the scheduler says so, and looks again.

use std::time::Duration;

use super::deployment::Deployment;
use super::service::Service;
use super::step::Due;
use super::surroundings::Surroundings;
use crate::rehearsal::moment::Moment;

/// How long the scheduler waits after it found no room for a task.
const LOOKS_AGAIN: Duration = Duration::from_secs(30);

impl Service {
    /// Whether the world has room for a task of the deployment; if not, says so and looks again later.
    pub(super) fn has_room(&mut self, primary: &Deployment, at: Moment, world: &dyn Surroundings) -> bool {
        let images = primary.revision.images();
        let images: Vec<&str> = images.iter().map(String::as_str).collect();
        let Err(reason) = world.room(&self.place, &images, at) else {
            return true;
        };
        self.tell(at, &format!("was unable to place a task because {reason}"));
        self.steady = false;
        let again = at.after(LOOKS_AGAIN);
        for owner in self.deployments.iter_mut().filter(|owner| owner.id == primary.id) {
            owner.not_before = again;
        }
        self.plan_beside(again, Due::Wake);
        false
    }
}
