//! The programs that copy and rebuild images.

use super::registry::{LOGIN, Registry};
use base64::Engine as _;
use serde_json::json;
use std::path::PathBuf;
use std::process::Command;

/// Where they work.
pub struct Stage {
    pub from: Registry,
    pub to: Registry,
    /// Their home: settings and logins.
    pub home: PathBuf,
}

impl Stage {
    /// Writes the logins for all of them.
    pub fn settle(&self) {
        let hosts = [&self.from.host, &self.to.host];
        let tables = hosts
            .map(|host| format!("[registries.\"{host}\"]\nusername = \"{}\"\npassword = \"{}\"\n", LOGIN.0, LOGIN.1));
        std::fs::write(self.home.join("gantry.toml"), tables.concat()).expect("settings");
        std::fs::write(self.home.join("one-more"), "one file more\n").expect("a file");
        let pair = base64::engine::general_purpose::STANDARD.encode(format!("{}:{}", LOGIN.0, LOGIN.1));
        let auth = json!({ "auth": pair });
        let config = json!({ "auths": { (hosts[0].as_str()): auth, (hosts[1].as_str()): auth } });
        std::fs::write(self.home.join("config.json"), config.to_string()).expect("logins");
        let insecure = json!({ "tls": "disabled", "user": LOGIN.0, "pass": LOGIN.1 });
        let hosts = json!({ "hosts": { (hosts[0].as_str()): insecure, (hosts[1].as_str()): insecure } });
        std::fs::write(self.home.join("regctl.json"), hosts.to_string()).expect("logins");
    }
}

/// One program.
pub struct Peer {
    pub name: &'static str,
    /// Why it cannot be run here.
    pub missing: Option<String>,
    does: fn(&Stage, &str, &str) -> Command,
}

impl Peer {
    fn of(name: &'static str, program: &str, does: fn(&Stage, &str, &str) -> Command) -> Self {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let there = program.is_empty() || std::env::split_paths(&path).any(|folder| folder.join(program).is_file());
        Self { name, missing: (!there).then(|| "not installed".to_owned()), does }
    }

    /// It brings an image of the first registry to a tag of the second one, or rebuilds it in the first.
    pub fn copy(&self, stage: &Stage, from: &str, to: &str) -> Command {
        let mut command = (self.does)(stage, from, to);
        command
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", &stage.home)
            .env("DOCKER_CONFIG", &stage.home)
            .env("REGCTL_CONFIG", stage.home.join("regctl.json"))
            .current_dir(&stage.home);
        command
    }
}

/// skopeo remembers where it saw blobs, which a first copy does not know.
pub fn forget() {
    let _ = std::fs::remove_file("/var/lib/containers/cache/blob-info-cache-v1.boltdb");
    let _ = std::fs::remove_file("/var/lib/containers/cache/blob-info-cache-v1.sqlite");
}

/// gantry first.
pub fn copying() -> Vec<Peer> {
    vec![
        Peer::of("gantry", "", |stage, from, to| {
            let (from, to) = (format!("{}/{from}", stage.from.host), format!("{}/{to}", stage.to.host));
            gantry(&format!("image::copy(\"{from}\", \"{to}\")"))
        }),
        Peer::of("skopeo", "skopeo", |stage, from, to| {
            let mut command = Command::new("skopeo");
            let who = format!("{}:{}", LOGIN.0, LOGIN.1);
            command.args([
                "--insecure-policy",
                "copy",
                "-q",
                "--all",
                "--src-tls-verify=false",
                "--dest-tls-verify=false",
            ]);
            command.args(["--src-creds", &who, "--dest-creds", &who]);
            command.arg(format!("docker://{}/{from}", stage.from.host)).arg(format!("docker://{}/{to}", stage.to.host));
            command
        }),
        Peer::of("crane", "crane", |stage, from, to| {
            let mut command = Command::new("crane");
            command.args(["copy", "--insecure"]);
            command.arg(format!("{}/{from}", stage.from.host)).arg(format!("{}/{to}", stage.to.host));
            command
        }),
        Peer::of("regctl", "regctl", |stage, from, to| {
            let mut command = Command::new("regctl");
            command.args(["image", "copy"]);
            command.arg(format!("{}/{from}", stage.from.host)).arg(format!("{}/{to}", stage.to.host));
            command
        }),
    ]
}

/// gantry first.
pub fn rebuilding() -> Vec<Peer> {
    vec![
        Peer::of("gantry", "", |stage, from, to| {
            let host = &stage.from.host;
            gantry(&format!(
                "image::rebuild(\"{host}/{from}\", \"{host}/{to}\", #{{ files: #{{ \"/data/more\": file(\"one-more\") }} }})"
            ))
        }),
        Peer::of("crane", "crane", |stage, from, to| {
            let (host, mut command) = (&stage.from.host, Command::new("sh"));
            let line = format!(
                "tar -cf one-more.tar one-more && crane append --insecure -b {host}/{from} -f one-more.tar -t {host}/{to}"
            );
            command.args(["-c", &line]);
            command
        }),
        Peer::of("buildah", "buildah", |stage, from, to| {
            let (host, mut command) = (&stage.from.host, Command::new("sh"));
            let line = format!(
                "set -e\nof=$(buildah --storage-driver vfs from --pull-always --tls-verify=false --authfile config.json {host}/{from})\n\
                 buildah --storage-driver vfs copy $of one-more /data/more\n\
                 buildah --storage-driver vfs commit --rm $of {host}/{to}\n\
                 buildah --storage-driver vfs push --tls-verify=false --authfile config.json {host}/{to}\n\
                 buildah --storage-driver vfs rmi --all --force"
            );
            command.args(["-c", &line]);
            command
        }),
    ]
}

fn gantry(expression: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gantry"));
    command.args(["eval", expression]);
    command
}
