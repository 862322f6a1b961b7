//! An image that is built from a Dockerfile, where a layer more is not enough.

use super::platform::Platform;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;

/// What is built.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ImageBuild {
    /// The folder that the Dockerfile sees, relative to the project's root.
    pub context: String,
    /// The Dockerfile, relative to the project's root; the engine's own choice in the context where absent.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub file: Option<String>,
    /// Build arguments. Not for secrets: they are in the image's history.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", default)]
    pub args: BTreeMap<String, String>,
    /// The platform it is built for; the engine's where absent.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub platform: Option<Platform>,
    /// The stage of the Dockerfile that is built; the last one where absent.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub target: Option<String>,
    /// The engine; the first that is there where absent.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub engine: Option<Engine>,
}

/// A program that builds images.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Engine {
    /// Docker, whose daemon must be running.
    Docker,
    /// Podman.
    Podman,
    /// Buildah.
    Buildah,
}

impl Engine {
    /// All of them, in the order they are looked for.
    pub const ALL: [Self; 3] = [Self::Docker, Self::Podman, Self::Buildah];

    /// The name of its program.
    pub fn program(self) -> &'static str {
        match self {
            Self::Docker => "docker",
            Self::Podman => "podman",
            Self::Buildah => "buildah",
        }
    }
}

impl fmt::Display for Engine {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.program())
    }
}

impl ImageBuild {
    /// What is wrong with it, whatever the project holds: an argument that has no name, a stage that none can be called.
    ///
    /// # Errors
    /// That, in words.
    pub fn check(&self) -> Result<(), String> {
        if let Some(name) = self.args.keys().find(|name| name.is_empty() || name.contains(['=', '\0', '\n'])) {
            return Err(format!("`{name}` cannot be the name of a build argument"));
        }
        if let Some((name, _)) = self.args.iter().find(|(_, value)| value.contains('\0')) {
            return Err(format!("the build argument {name} has a NUL character in it"));
        }
        let plain = |stage: &String| stage.chars().all(|c| c.is_ascii_alphanumeric() || "_-.".contains(c));
        match self.target.as_ref().filter(|stage| stage.is_empty() || !plain(stage)) {
            Some(stage) => {
                Err(format!("`{stage}` cannot be the name of a stage: see FROM … AS NAME in the Dockerfile"))
            }
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_engine_takes_is_refused() {
        let build = ImageBuild {
            context: ".".into(),
            file: None,
            args: BTreeMap::new(),
            platform: None,
            target: None,
            engine: None,
        };
        assert_eq!(build.check(), Ok(()));
        for name in ["", "A=B", "A\n"] {
            let args = BTreeMap::from([(name.to_owned(), "1".to_owned())]);
            let why = ImageBuild { args, ..build.clone() }.check().unwrap_err();
            assert!(why.contains("cannot be the name of a build argument"), "{why}");
        }
        let args = BTreeMap::from([("A".to_owned(), "\0".to_owned())]);
        assert!(ImageBuild { args, ..build.clone() }.check().unwrap_err().contains("NUL"));
        for (stage, good) in [("release", true), ("a-b_c.1", true), ("", false), ("a b", false), ("a\n", false)] {
            assert_eq!(ImageBuild { target: Some(stage.into()), ..build.clone() }.check().is_ok(), good, "{stage}");
        }
    }
}
