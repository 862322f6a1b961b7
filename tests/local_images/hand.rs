//! A project with images on disk and one registry beside, and one-liners in it.

use crate::support::image::{skopeo, skopeo_raw};
use crate::support::layout::{Layout, attestation, index, noise, sha256};
use crate::support::project::Project;
use crate::support::servers::Server;
use crate::support::stage::TEST_LOGIN;
use crate::support::{Ended, gantry};
use serde_json::Value;
use std::fs;
use std::path::PathBuf;

/// The project and its registry.
pub struct Hand {
    pub project: Project,
    pub registry: Server,
}

impl Hand {
    /// A registry with nothing in it, and the layouts `in/app` (an image), `in/zstd` (the same in zstd) and `in/both` (an
    /// index of two with an attestation); the image in each is `made`.
    pub fn out() -> Self {
        let registry = Server::registry(TEST_LOGIN.0, TEST_LOGIN.1);
        let host = registry.host();
        let (user, password) = TEST_LOGIN;
        let settings = format!("[registries.\"{host}\"]\nusername = \"{user}\"\npassword = \"{password}\"\n");
        let project = Project::empty().file("gantry.toml", settings).file("config/app.env", "MODE=prod\n");
        let large = noise(7, 3 << 20);
        let of = |name: &str| {
            let folder = project.root.join("in").join(name);
            fs::create_dir_all(&folder).expect("a folder");
            folder
        };
        let (app, zstd, both) = (of("app"), of("zstd"), of("both"));
        Layout::at(&app)
            .layer(&[("etc/os-release", 0o644, b"ID=none\n"), ("data", 0o644, &large)])
            .layer(&[("app/start", 0o755, b"#!/bin/sh\n")])
            .written(&["A=1"]);
        Layout::at(&zstd).zstd().layer(&[("etc/os-release", 0o644, b"ID=none\n")]).written(&["A=1"]);
        let amd = Layout::at(&both).layer(&[("arch", 0o644, b"amd64")]).image(&["A=1"], "amd64");
        let arm = Layout::at(&both).layer(&[("arch", 0o644, b"arm64")]).image(&["A=1"], "arm64");
        let sbom = attestation(&both, &amd);
        index(&both, &[amd, arm, sbom]);
        Self { project, registry }
    }

    /// Evaluates a line, in which HOST is the registry.
    pub fn eval(&self, line: &str) -> Ended {
        self.gantry(&["eval", &line.replace("HOST", &self.registry.host())])
    }

    /// gantry in the project.
    pub fn gantry(&self, args: &[&str]) -> Ended {
        let mut command = gantry(&self.project.root).command();
        command.args(args);
        Ended::of(command.output().expect("gantry starts"))
    }

    /// What a line comes to.
    #[track_caller]
    pub fn value(&self, line: &str) -> Value {
        let ended = self.eval(line);
        ended.exits(0);
        serde_json::from_str(&ended.stdout).unwrap_or_else(|error| panic!("{error}: {ended}"))
    }

    /// A place of the project.
    pub fn at(&self, path: &str) -> PathBuf {
        self.project.root.join(path)
    }

    /// A file of JSON.
    pub fn json(&self, path: &str) -> Value {
        let text = fs::read(self.at(path)).unwrap_or_else(|error| panic!("{path}: {error}"));
        serde_json::from_slice(&text).expect("JSON")
    }

    /// The digest that a layout has for a name.
    #[track_caller]
    pub fn digest(&self, layout: &str, name: &str) -> String {
        let index = self.json(&format!("{layout}/index.json"));
        let all = index["manifests"].as_array().expect("manifests");
        let of = |entry: &&Value| entry["annotations"]["org.opencontainers.image.ref.name"] == name;
        let entry = all.iter().find(of).unwrap_or_else(|| panic!("no {name} in {index}"));
        entry["digest"].as_str().expect("a digest").to_owned()
    }

    /// The digest of what skopeo gets from the registry.
    pub fn pushed(&self, reference: &str) -> String {
        let manifest = skopeo_raw(&self.registry, TEST_LOGIN, reference);
        // skopeo prints the bytes as they are
        sha256(manifest.to_string().as_bytes())
    }

    /// What skopeo says of a local image: its manifest.
    pub fn seen(&self, scheme: &str, path: &str) -> Value {
        let image = format!("{scheme}:{}/{path}", self.project.root.display());
        serde_json::from_str(&skopeo(&["inspect", "--raw", &image])).expect("skopeo prints JSON")
    }
}
