//! Where Docker, podman and skopeo keep logins on this machine.
#![expect(clippy::disallowed_methods, reason = "reads the files of logins, which are outside of the project")]

use super::surroundings::Surroundings;
use crate::domain::docker_config::DockerConfig;
use crate::effects::fault::{Fault, FaultKind};
use std::io;
use std::path::PathBuf;

/// A file of logins, that may be there.
pub struct Place {
    /// Where.
    pub path: PathBuf,
    /// The variable that names this very file: then it has to be there.
    named_by: Option<&'static str>,
}

/// These files, in this order: `$REGISTRY_AUTH_FILE`, `$DOCKER_CONFIG/config.json`, podman's and skopeo's
/// `$XDG_RUNTIME_DIR/containers/auth.json` and `$XDG_CONFIG_HOME/containers/auth.json` (in `~/.config` where that is not
/// set), Docker's `~/.docker/config.json`. None in a rehearsal.
pub fn places(surroundings: &Surroundings) -> Vec<Place> {
    if surroundings.is_rehearsed() { Vec::new() } else { named(|name| surroundings.variable(name)) }
}

/// What a file has; none where there is no such file.
///
/// # Errors
/// It cannot be read or understood, or is missing where a variable names it: with its place.
pub fn read(place: &Place) -> Result<Option<DockerConfig>, Fault> {
    let path = place.path.display();
    let wrong = |why: String, hint: &str| {
        Fault::new(FaultKind::Usage, "DockerConfig", format!("the logins in {path}: {why}")).hint(hint)
    };
    let mend = "mend the file, or name the registry's login in gantry.toml";
    match (std::fs::read_to_string(&place.path), place.named_by) {
        (Ok(text), _) => DockerConfig::parse(&text).map(Some).map_err(|why| wrong(why, mend)),
        (Err(error), Some(variable)) if error.kind() == io::ErrorKind::NotFound => Err(wrong(
            format!("{variable} names this file, and there is none"),
            &format!("log in to it, or unset {variable}"),
        )),
        (Err(error), None) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        (Err(error), _) => Err(wrong(error.to_string(), mend)),
    }
}

const NAMED: &str = "REGISTRY_AUTH_FILE";

fn named(variable: impl Fn(&str) -> Option<String>) -> Vec<Place> {
    let set = |name: &str| variable(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let home = |below: &str| set("HOME").map(|folder| folder.join(below));
    let found = [
        set("DOCKER_CONFIG").map(|folder| folder.join("config.json")),
        set("XDG_RUNTIME_DIR").map(|folder| folder.join("containers/auth.json")),
        set("XDG_CONFIG_HOME").or_else(|| home(".config")).map(|folder| folder.join("containers/auth.json")),
        home(".docker/config.json"),
    ];
    let named = set(NAMED).map(|path| Place { path, named_by: Some(NAMED) });
    named.into_iter().chain(found.into_iter().flatten().map(|path| Place { path, named_by: None })).collect()
}

#[cfg(test)]
mod tests {
    use super::named;

    #[test]
    fn what_is_named_goes_before_what_is_found() {
        let found = |set: &[(&str, &str)]| {
            let places = named(|name| set.iter().find(|(one, _)| *one == name).map(|(_, value)| (*value).to_owned()));
            places.into_iter().map(|place| place.path.display().to_string()).collect::<Vec<_>>()
        };
        let all = [("HOME", "/h"), ("DOCKER_CONFIG", "/d"), ("REGISTRY_AUTH_FILE", "/a.json"), ("XDG_RUNTIME_DIR", "")];
        let expected = ["/a.json", "/d/config.json", "/h/.config/containers/auth.json", "/h/.docker/config.json"];
        assert_eq!(found(&all), expected);
        let podman = [("XDG_RUNTIME_DIR", "/run/7"), ("XDG_CONFIG_HOME", "/c")];
        assert_eq!(found(&podman), ["/run/7/containers/auth.json", "/c/containers/auth.json"]);
        assert!(found(&[]).is_empty());
    }
}
