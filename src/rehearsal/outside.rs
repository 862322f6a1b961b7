//! The registries and the container faults of a world, as the service scheduler meets them.

use std::collections::BTreeMap;
use std::time::Duration;

use super::ecs::{Fate, HookEnd, Place, Started, Surroundings};
use super::moment::Moment;
use super::registry::Registry;
use super::world::{ContainerFault, Harm, TaskRun, Troubles};

/// What containers are started in.
pub struct Outside<'a> {
    /// Registries by host.
    pub registries: &'a BTreeMap<String, Registry>,
    /// Container faults, the first that concerns a container counts.
    pub faults: &'a [ContainerFault],
    /// What becomes of the containers of one-off tasks, the first that concerns a container counts.
    pub runs: &'a [TaskRun],
    /// What goes wrong around deployments.
    pub troubles: &'a Troubles,
}

impl Outside<'_> {
    /// The digest that an image has in the world's registries.
    ///
    /// # Errors
    /// The `stoppedReason` that ECS gives for an image that is not there.
    pub fn pull(&self, image: &str) -> Result<String, String> {
        let (host, rest) = split(image);
        let Some(registry) = self.registries.get(&host) else {
            return Err(format!(
                "CannotPullContainerError: pull image manifest has been retried 5 time(s): failed \
                 to resolve ref {image}: failed to do request: dial tcp: lookup {host}: no such host"
            ));
        };
        registry.resolve(&rest).ok_or_else(|| {
            format!(
                "CannotPullContainerError: pull image manifest has been retried 1 time(s): failed \
                 to resolve ref {image}: {image}: not found"
            )
        })
    }

    fn all_names(&self, images: &[&str]) -> Vec<String> {
        images.iter().flat_map(|image| self.names(image)).collect()
    }

    /// The image as written, and by every tag it has: a task definition that is pinned to a
    /// digest is still found by its tag.
    fn names(&self, image: &str) -> Vec<String> {
        let (host, rest) = split(image);
        let mut names = vec![image.to_owned()];
        if let Some(registry) = self.registries.get(&host) {
            names.extend(registry.tagged_names(&rest));
        }
        names
    }
}

impl Surroundings for Outside<'_> {
    fn start(&self, place: &Place, container: &str, image: &str) -> Result<Started, String> {
        let mut faults = self.faults.iter();
        let names = self.names(image);
        let harm = faults.find(|fault| fault.concerns(place, container, &names)).map(|fault| &fault.harm);
        if let Some(Harm::Unpullable(reason)) = harm {
            return Err(if reason.starts_with("CannotPull") {
                reason.clone()
            } else {
                format!("CannotPullContainerError: {reason}")
            });
        }
        if let Some(Harm::Uninitialized(reason)) = harm {
            return Err(if reason.starts_with("ResourceInitializationError") {
                reason.clone()
            } else {
                format!("ResourceInitializationError: {reason}")
            });
        }
        let digest = self.pull(image)?;
        let fate = match harm {
            Some(Harm::Fate(fate)) => fate.clone(),
            Some(Harm::Unpullable(_) | Harm::Uninitialized(_)) | None => Fate::Runs,
        };
        Ok(Started { digest, fate })
    }

    fn run(&self, place: &Place, family: &str, container: &str, command: &[String]) -> Fate {
        let mut runs = self.runs.iter();
        let run = runs.find(|run| run.concerns(place, family, container, command));
        run.map_or(TaskRun::UNSAID, |run| run.fate.clone())
    }

    fn room(&self, place: &Place, images: &[&str], at: Moment) -> Result<(), String> {
        self.troubles.no_room(place, &self.all_names(images), at).map_or(Ok(()), |reason| Err(reason.to_owned()))
    }

    fn alarm(&self, place: &Place, alarm: &str, images: &[&str]) -> Option<Duration> {
        self.troubles.alarm(place, alarm, &self.all_names(images))
    }

    fn hook(&self, place: &Place, function: &str, stage: &str) -> HookEnd {
        self.troubles.hook(place, function, stage)
    }
}

/// Host and the rest of an image's name; names without a host are Docker Hub's.
fn split(image: &str) -> (String, String) {
    match image.split_once('/') {
        Some((host, rest)) if host.contains(['.', ':']) || host == "localhost" => (host.to_owned(), rest.to_owned()),
        Some(_) => ("docker.io".to_owned(), image.to_owned()),
        None => ("docker.io".to_owned(), format!("library/{image}")),
    }
}

#[cfg(test)]
mod tests {
    use super::split;

    #[test]
    fn an_image_without_a_host_is_docker_hubs() {
        for (image, host, rest) in [
            ("redis:7", "docker.io", "library/redis:7"),
            ("team/app", "docker.io", "team/app"),
            ("localhost:5000/app", "localhost:5000", "app"),
            ("1.dkr.ecr.eu-west-1.amazonaws.com/a/b@sha256:0", "1.dkr.ecr.eu-west-1.amazonaws.com", "a/b@sha256:0"),
        ] {
            assert_eq!(split(image), (host.to_owned(), rest.to_owned()), "{image}");
        }
    }
}
