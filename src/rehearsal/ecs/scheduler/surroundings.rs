//! What the scheduler asks of the rest of the world when a container starts.

use std::time::Duration;

use super::service::Place;
use crate::rehearsal::moment::Moment;

/// The registries and the container faults, as the scheduler sees them.
pub trait Surroundings {
    /// Pulls a container's image and starts it.
    ///
    /// # Errors
    /// Why not, as ECS writes a `stoppedReason`: `CannotPullContainerError: …`.
    fn start(&self, place: &Place, container: &str, image: &str) -> Result<Started, String>;

    /// What becomes of a container of a one-off task that nothing is wrong with.
    fn run(&self, _place: &Place, _family: &str, _container: &str, _command: &[String]) -> Fate {
        Fate::Runs
    }

    /// Finds room for a task with these images at a moment.
    ///
    /// # Errors
    /// Why there is none, as ECS writes it into an event.
    fn room(&self, _place: &Place, _images: &[&str], _at: Moment) -> Result<(), String> {
        Ok(())
    }

    /// How long after its deployment began an alarm goes off; never, mostly.
    fn alarm(&self, _place: &Place, _alarm: &str, _images: &[&str]) -> Option<Duration> {
        None
    }

    /// What becomes of a Lambda function that is called at a stage.
    fn hook(&self, _place: &Place, _function: &str, _stage: &str) -> HookEnd {
        HookEnd::Succeeds(Duration::from_secs(2))
    }
}

/// A container that started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Started {
    /// The digest its image resolved to.
    pub digest: String,
    /// What becomes of it.
    pub fate: Fate,
}

/// What becomes of a container that started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It runs until it is stopped.
    Runs,
    /// It ends by itself.
    Exits { code: i32, reason: Option<String>, after: Duration },
    /// Its health check never passes, and has failed for good after this long.
    Unhealthy { after: Duration },
    /// Its health check passes at first, and has failed for good after this long.
    Sickens { after: Duration },
    /// Spot takes its task away after this long.
    Reclaimed { after: Duration },
}

/// What becomes of a Lambda function that a lifecycle hook calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HookEnd {
    /// It answers SUCCEEDED after this long.
    Succeeds(Duration),
    /// It answers FAILED after this long.
    Fails(Duration),
    /// It never answers anything but `IN_PROGRESS`.
    Hangs,
}
