//! What the scheduler asks of the rest of the world when a container starts.

use std::time::Duration;

use super::service::Place;

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
}
