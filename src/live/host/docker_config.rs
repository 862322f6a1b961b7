//! Where Docker, podman and skopeo keep logins on this machine.
#![expect(clippy::disallowed_methods, reason = "reads the files of logins, which are outside of the project")]

use super::surroundings::Surroundings;
use crate::domain::docker_config::DockerConfig;
use crate::effects::fault::{Fault, FaultKind};
use std::io;
use std::path::PathBuf;

/// The first of these files that is there: `$REGISTRY_AUTH_FILE`, `$DOCKER_CONFIG/config.json`, podman's and skopeo's
/// `$XDG_RUNTIME_DIR/containers/auth.json`, Docker's `~/.docker/config.json`. None in a rehearsal.
///
/// # Errors
/// It cannot be read or understood, with its place.
pub fn read(surroundings: &Surroundings) -> Result<Option<(PathBuf, DockerConfig)>, Fault> {
    if surroundings.is_rehearsed() {
        return Ok(None);
    }
    for place in places(|name| surroundings.variable(name)) {
        let wrong = |why: String| {
            Fault::new(FaultKind::Usage, "DockerConfig", format!("the logins in {}: {why}", place.display()))
                .hint("mend the file, or name the registry's login in gantry.toml")
        };
        match std::fs::read_to_string(&place) {
            Ok(text) => {
                let config = DockerConfig::parse(&text).map_err(wrong)?;
                return Ok(Some((place, config)));
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(wrong(error.to_string())),
        }
    }
    Ok(None)
}

fn places(variable: impl Fn(&str) -> Option<String>) -> Vec<PathBuf> {
    let set = |name: &str| variable(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    [
        set("REGISTRY_AUTH_FILE"),
        set("DOCKER_CONFIG").map(|folder| folder.join("config.json")),
        set("XDG_RUNTIME_DIR").map(|folder| folder.join("containers/auth.json")),
        set("HOME").map(|folder| folder.join(".docker/config.json")),
    ]
    .into_iter()
    .flatten()
    .collect()
}

#[cfg(test)]
mod tests {
    use super::places;
    use std::path::Path;

    #[test]
    fn what_is_named_goes_before_what_is_found() {
        let all = [("HOME", "/h"), ("DOCKER_CONFIG", "/d"), ("REGISTRY_AUTH_FILE", "/a.json"), ("XDG_RUNTIME_DIR", "")];
        let found = places(|name| all.iter().find(|(one, _)| *one == name).map(|(_, value)| (*value).to_owned()));
        assert_eq!(found, ["/a.json", "/d/config.json", "/h/.docker/config.json"].map(Path::new));
        assert!(places(|_| None).is_empty());
    }
}
