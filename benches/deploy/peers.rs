//! The programs that deploy.

use super::ecs::LocalEcs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// One of them.
pub struct Peer {
    pub name: &'static str,
    /// Why it cannot be run here.
    pub missing: Option<String>,
    deploys: Box<dyn Fn(&LocalEcs) -> Command>,
}

impl Peer {
    /// It deploys `shop:2` to the service `web`, and waits in its own way.
    pub fn command(&self, ecs: &LocalEcs) -> Command {
        let mut command = (self.deploys)(ecs);
        ecs.environment(&mut command);
        command
    }
}

/// Registers the definition with another image, updates the service, waits until it is stable.
const ONE_LINER: &str = r#"set -euo pipefail
now=$(aws ecs describe-services --cluster prod --services web --query 'services[0].taskDefinition' --output text)
new=$(aws ecs describe-task-definition --task-definition "$now" --query taskDefinition | jq --arg image "$IMAGE" \
  '.containerDefinitions[0].image = $image | del(.taskDefinitionArn, .revision, .status, .requiresAttributes,
   .compatibilities, .registeredAt, .registeredBy)')
arn=$(aws ecs register-task-definition --cli-input-json "$new" --query taskDefinition.taskDefinitionArn --output text)
aws ecs update-service --cluster prod --service web --task-definition "$arn" >/dev/null
aws ecs wait services-stable --cluster prod --services web
"#;

/// gantry first, twice: as far as its peers wait, and as far as it waits by itself.
pub fn all() -> Vec<Peer> {
    let bin = installed();
    let found = |program: &str| if bin.join(program).exists() { Some(bin.join(program)) } else { on_path(program) };
    let missing = |names: &[&str]| {
        let gone: Vec<&str> = names.iter().copied().filter(|name| found(name).is_none()).collect();
        (!gone.is_empty()).then(|| format!("{} not installed", gone.join(" and ")))
    };
    let python = found("ecs").unwrap_or_default();
    vec![
        Peer { name: "gantry, until deployed", missing: None, deploys: Box::new(|ecs| gantry(ecs, "deployed")) },
        Peer { name: "gantry, until drained", missing: None, deploys: Box::new(|ecs| gantry(ecs, "drained")) },
        Peer {
            name: "ecs-deploy (Python)",
            missing: missing(&["ecs"]),
            deploys: Box::new(move |ecs| {
                let mut command = Command::new(&python);
                command.args(["deploy", "prod", "web", "-i", "app", &format!("{}/shop:2", ecs.registry)]);
                command
            }),
        },
        Peer {
            name: "ecs-deploy (bash)",
            missing: missing(&["ecs-deploy", "jq", "aws"]),
            deploys: Box::new(|ecs| {
                let mut command = Command::new("ecs-deploy");
                command.args(["-c", "prod", "-n", "web", "-i", &format!("{}/shop:2", ecs.registry), "-t", "90"]);
                command
            }),
        },
        Peer {
            name: "aws-cli and jq, one line",
            missing: missing(&["aws", "jq"]),
            deploys: Box::new(move |ecs| {
                let mut command = Command::new("bash");
                let path = std::env::var("PATH").unwrap_or_default();
                // the environment is made anew afterwards: what this line needs is in the line
                let line = format!("IMAGE={}/shop:2\nPATH={}:{path}\n{ONE_LINER}", ecs.registry, bin.display());
                command.args(["-c", &line]);
                command
            }),
        },
    ]
}

fn gantry(ecs: &LocalEcs, until: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gantry"));
    let image = format!("app={}/shop:2", ecs.registry);
    command.args([
        "deploy",
        "--cluster",
        "prod",
        "--service",
        "web",
        "--image",
        &image,
        "--keep-tags",
        "--wait",
        until,
    ]);
    command
}

/// The folder of what pip installs for the comparison: once, under target/.
fn installed() -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/peers");
    if !folder.join("bin/ecs").exists() {
        let made = Command::new("python3").args(["-m", "venv"]).arg(&folder).status();
        let pip = folder.join("bin/pip");
        let peers = ["install", "--quiet", "--disable-pip-version-check", "ecs-deploy", "awscli==1.*"];
        if !made.is_ok_and(|made| made.success())
            || !Command::new(pip).args(peers).status().is_ok_and(|it| it.success())
        {
            println!("ecs-deploy and aws-cli could not be installed: are there python3-venv and a network?");
        }
    }
    folder.join("bin")
}

fn on_path(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(program)).find(|file| file.is_file())
}
