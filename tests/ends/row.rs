//! One way in which a release ends: the script, the world, and all that is to come of it.

use crate::left::left;
use crate::support::project::Project;
use crate::support::{checkout, gantry};
use serde_json::Value;
use std::fmt::Write as _;
use std::path::PathBuf;

/// The service, its next image, and a release that suspends auto scaling until it is over.
const PRELUDE: &str = "let web = ecs::service(aws::session(\"prod\"), \"prod\", \"web\");\n\
                       let next = \"222222222222.dkr.ecr.ap-northeast-1.amazonaws.com/shop:8\";\n";

/// One way.
pub struct Ending {
    name: &'static str,
    script: String,
    head: &'static str,
    world: String,
    flags: Vec<&'static str>,
    /// The exit status.
    pub exit: i32,
    /// `done`, or the code of the error.
    pub verdict: &'static str,
    left: &'static str,
}

/// The usual release: `web:8`, with these options of the deploy and of the wait.
pub fn release(deploy: &str, wait: &str) -> String {
    format!("ecs::suspend_scaling(web, || web.deploy(#{{ images: #{{ app: next }}{deploy} }}).wait({wait}));")
}

/// A release that waits until only it serves, in a world where nothing goes wrong, and is done.
pub fn ending(name: &'static str) -> Ending {
    Ending {
        name,
        script: release("", "\"drained\""),
        head: "",
        world: String::new(),
        flags: Vec::new(),
        exit: 0,
        verdict: "done",
        left: "",
    }
}

impl Ending {
    /// Another script.
    pub fn script(self, script: impl Into<String>) -> Self {
        Self { script: script.into(), ..self }
    }

    /// In this world: members of the service, then tables.
    pub fn world<const N: usize>(self, parts: [&str; N]) -> Self {
        Self { world: parts.map(|part| format!("{part}\n")).concat(), ..self }
    }

    /// With this first line of the world.
    pub fn head(self, head: &'static str) -> Self {
        Self { head, ..self }
    }

    /// With these flags of gantry.
    pub fn flags<const N: usize>(self, flags: [&'static str; N]) -> Self {
        Self { flags: flags.to_vec(), ..self }
    }

    /// Ends so.
    pub fn exits(self, exit: i32, verdict: &'static str) -> Self {
        Self { exit, verdict, ..self }
    }

    /// Leaves this behind.
    pub fn leaves(self, left: &'static str) -> Self {
        Self { left, ..self }
    }

    /// The name of its diagnosis.
    pub fn name(&self) -> &str {
        self.name
    }

    /// What is not as told; none where all is. `UPDATE_TOLD=1` writes the diagnosis anew, to be read.
    pub fn mistake(&self) -> Option<String> {
        let world = std::fs::read_to_string(folder().join("world.toml")).expect("the world");
        let project = Project::empty()
            .file("release.rhai", format!("{PRELUDE}{}\n", self.script))
            .file("web.json", std::fs::read(folder().join("web.json")).expect("the definition"))
            .file("release.world.toml", format!("{}\n{world}{}", self.head, self.world));
        let rehearse = |more: &[&str]| {
            let mut command = gantry(&project.root).args(["rehearse"]).command();
            command.args(&self.flags).args(more).arg("release.rhai");
            crate::support::Ended::of(command.output().expect("gantry starts"))
        };
        let told = rehearse(&["--world-after", "after.json"]);
        let counted: Value = serde_json::from_str(&rehearse(&["--output", "json"]).stdout).unwrap_or(Value::Null);
        let verdict = counted.pointer("/error/code").and_then(Value::as_str);
        let verdict = verdict.or(counted["outcome"].as_str()).unwrap_or("nothing");
        let after = std::fs::read_to_string(project.root.join("after.json")).unwrap_or_default();
        let after = serde_json::from_str(&after).map_or_else(|_| "no world".to_owned(), |world| left(&world));

        let text = format!("exit {}\n-- stdout\n{}-- stderr\n{}", told.code, told.stdout, told.stderr);
        let place = folder().join(format!("{}.txt", self.name));
        if std::env::var_os("UPDATE_TOLD").is_some() {
            std::fs::write(&place, &text).expect("tests/ends");
        }
        let kept = std::fs::read_to_string(&place).unwrap_or_default();
        let mut wrong = String::new();
        let mut compare = |what: &str, is: &dyn std::fmt::Display, expected: &dyn std::fmt::Display| {
            if is.to_string() != expected.to_string() {
                let _ = write!(wrong, "  {what}: {is}\n  and not: {expected}\n");
            }
        };
        compare("exit", &told.code, &self.exit);
        compare("exit in JSON", &counted["exit"], &self.exit);
        compare("verdict", &verdict, &self.verdict);
        compare("left", &after, &self.left);
        compare("diagnosis", &text, &kept);
        if told.stderr.contains("panicked") {
            wrong.push_str("  it panicked\n");
        }
        (!wrong.is_empty()).then(|| format!("{}:\n{wrong}", self.name))
    }
}

fn folder() -> PathBuf {
    checkout().join("tests/ends")
}

/// The endings of which a diagnosis is kept.
pub fn told() -> Vec<String> {
    let files = std::fs::read_dir(folder()).expect("tests/ends");
    let names = files.filter_map(|file| file.expect("a file").file_name().into_string().ok());
    names.filter_map(|name| name.strip_suffix(".txt").map(str::to_owned)).collect()
}
