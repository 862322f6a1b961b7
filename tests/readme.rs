//! The README is true: what it shows can be checked, what it tells to type is there, what it promises is what happens.
#![allow(clippy::disallowed_methods, reason = "a story stands outside of the rooms")]

mod support;

use serde_json::{Value, json};
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use support::project::Project;
use support::{Ended, checkout, gantry};

fn readme() -> String {
    fs::read_to_string(checkout().join("README.md")).expect("README.md")
}

/// The blocks of one language, without their fences.
fn blocks(language: &str) -> Vec<String> {
    let text = readme();
    let mut rest = text.as_str();
    let mut found = Vec::new();
    while let Some((_, after)) = rest.split_once(&format!("```{language}\n")) {
        let (block, after) = after.split_once("```").expect("a block has an end");
        found.push(block.to_owned());
        rest = after;
    }
    found
}

/// What its console blocks tell to type, a line each.
fn commands() -> Vec<String> {
    blocks("console").iter().flat_map(|block| block.lines().map(ToOwned::to_owned).collect::<Vec<_>>()).collect()
}

/// Checks scripts by their paths and asserts that nothing at all is said of them.
#[track_caller]
fn are_clean(project: &Project, scripts: &[String]) {
    let mut command = gantry(&project.root).args(["check", "--output", "json"]).command();
    let ended = Ended::of(command.args(scripts).output().expect("gantry starts"));
    let none = json!({ "mistakes": 0, "warnings": 0 });
    ended.exits(0);
    assert_eq!((serde_json::from_str::<Value>(&ended.stdout).expect("JSON"), ended.stderr.as_str()), (none, ""));
}

#[test]
fn the_script_of_the_first_screen_is_checked_and_rehearsed() {
    let [script] = &blocks("rhai")[..] else { panic!("the README has one script") };
    let lines = script.lines().filter(|line| !line.is_empty()).count();
    assert!((5..=12).contains(&lines), "about ten lines: {lines}");

    let project = Project::with_the_release().file("scripts/first.rhai", script);
    are_clean(&project, &["scripts/first.rhai".to_owned()]);
    let world = ["rehearse", "scripts/first.rhai", "--world", "scripts/release.world.toml"];
    let ended = gantry(&project.root).args(world).ends();
    ended.exits(0).says(["shop:20261120-1.4.2", "web:7 → web:8", "prod/web is drained: only web:8", "done in"]);
}

#[test]
fn two_commands_do_all_the_setting_up() {
    let commands = commands();
    let (gantrys, set_up): (Vec<_>, Vec<_>) = commands.iter().partition(|line| line.starts_with("gantry "));
    assert_eq!(set_up, ["cargo run -- rehearse scripts/release.rhai", "./test"]);
    assert!(!gantrys.is_empty());

    // the first: cargo knows which binary is meant, and the script has a world beside it
    let manifest: toml::Table =
        fs::read_to_string(checkout().join("Cargo.toml")).expect("Cargo.toml").parse().expect("TOML");
    assert_eq!(manifest["package"]["default-run"].as_str(), Some("gantry"));
    for file in ["scripts/release.rhai", "scripts/release.world.toml"] {
        assert!(checkout().join(file).is_file(), "{file}");
    }
    // the second: it can be started, and CI starts it
    for file in ["test", ".ci/run"] {
        let mode = fs::metadata(checkout().join(file)).expect(file).permissions().mode();
        assert_eq!(mode & 0o111, 0o111, "{file} can be started");
    }
    let ci = fs::read_to_string(checkout().join(".ci/run")).expect(".ci/run");
    let does: Vec<_> = ci.lines().filter(|line| !line.starts_with('#')).collect();
    assert_eq!(does, ["exec \"$(dirname \"$0\")/../test\""], "what the README says, and nothing else");
}

#[test]
fn the_rust_that_it_asks_for_is_the_manifests() {
    let manifest: toml::Table =
        fs::read_to_string(checkout().join("Cargo.toml")).expect("Cargo.toml").parse().expect("TOML");
    let version = manifest["package"]["rust-version"].as_str().expect("a version");
    assert!(readme().contains(&format!("Rust {version} or later")), "{version}");
}

/// The words after each `gantry ` that stands in code, without placeholders.
fn subcommands() -> Vec<String> {
    let text = readme().replace('\n', " ");
    let mut found: Vec<String> = text
        .split('`')
        .skip(1)
        .step_by(2)
        .filter_map(|code| code.strip_prefix("gantry "))
        .map(|code| code.split(' ').next().unwrap_or_default().to_owned())
        .chain(commands().iter().filter_map(|line| Some(line.strip_prefix("gantry ")?.split(' ').next()?.to_owned())))
        .filter(|word| word.chars().all(|c| c.is_ascii_lowercase()) && !word.is_empty())
        .collect();
    found.sort();
    found.dedup();
    found
}

#[test]
fn every_command_that_it_names_is_there() {
    let project = Project::with_the_release();
    let named = subcommands();
    for expected in ["check", "deploy", "eval", "help", "list", "rehearse", "run"] {
        assert!(named.iter().any(|name| name == expected), "{expected} is not seen: is the test blind? {named:?}");
    }
    for name in &named {
        let ended = gantry(&project.root).args(["help", name]).ends();
        ended.exits(0);
        assert!(ended.stdout.contains("Usage") && ended.stderr.is_empty(), "{name}: {ended}");
    }
    let ended = gantry(&project.root).args(["help", "no-such-command"]).ends();
    ended.exits(2).prints_nothing();
}

#[test]
fn every_command_line_that_it_shows_is_understood() {
    // where nobody listens: what fails is the world, never the command line
    let nowhere = ["default", "test", "prod"]
        .map(|name| format!("[sessions.{name}]\nregion = \"eu-central-1\"\nendpoint = \"http://127.0.0.1:1\"\n"));
    let project = Project::with_the_release().file("gantry.toml", nowhere.concat());
    for line in commands().iter().filter(|line| line.starts_with("gantry ")) {
        let words = line.split(' ').skip(1).map(|word| word.trim_matches('\''));
        let mut command = gantry(&project.root)
            .env("AWS_ACCESS_KEY_ID", "key")
            .env("AWS_SECRET_ACCESS_KEY", "secret")
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .command();
        let ended = Ended::of(command.args(words).output().expect("gantry starts"));
        if line.starts_with("gantry eval ") {
            ended.is(0, "\"docker.io/library/redis:7\"\n", "");
        } else if line.starts_with("gantry run --plan ") {
            ended.exits(2).prints_nothing().says(["the plan release.plan cannot be read: No such file"]);
        } else if *line == "gantry resume" {
            ended.exits(0).prints_nothing().says(["no run waits to be gone on with"]);
        } else if line.starts_with("gantry runs show ") {
            ended.exits(2).prints_nothing().says(["there is no run `"]);
        } else {
            ended.exits(3).prints_nothing().says(["127.0.0.1:1", "refused"]);
        }
    }
}

#[test]
fn its_table_of_exits_is_the_designs() {
    let text = readme();
    let (_, table) = text.split_once("| exit | meaning |\n|---|---|\n").expect("the table of exits");
    let rows: Vec<(u8, &str)> = table
        .lines()
        .map_while(|line| line.strip_prefix("| ")?.strip_suffix(" |")?.split_once(" | "))
        .map(|(code, meaning)| (code.parse().expect("a number"), meaning))
        .collect();
    let beginnings = [
        (0, "done"),
        (1, "the release failed: a rollout failed"),
        (2, "the command line, the script, its arguments or its account are wrong; nothing was written"),
        (
            3,
            "the world refused before anything was decided: AWS, a registry, the network, permissions, a missing image or \
             repository",
        ),
        (4, "interrupted"),
    ];
    for (number, (code, beginning)) in beginnings.into_iter().enumerate() {
        let (told, meaning) = rows[number];
        assert!(told == code && meaning.starts_with(beginning), "{code}: {meaning}");
    }
    assert!(rows.iter().skip(beginnings.len()).all(|(code, _)| *code == 5), "{rows:?}");
    for part in ["ran out of its wait", "an image did not verify", "after it had written something", "listed"] {
        assert!(rows[1].1.contains(part), "{part}: {}", rows[1].1);
    }
}

#[test]
fn its_files_are_there() {
    let text = readme();
    let links: Vec<&str> =
        text.split("](").skip(1).filter_map(|rest| rest.split(')').next()).filter(|link| !link.contains(':')).collect();
    assert!(!links.is_empty());
    for link in links {
        assert!(checkout().join(link).exists(), "{link}");
    }
}

#[test]
fn the_keys_of_its_settings_are_understood() {
    let text = readme();
    let (_, table) = text.split_once("| in gantry.toml | |\n|---|---|\n").expect("the table of settings");
    let table: String = table.lines().take_while(|line| line.starts_with('|')).collect();
    let values = [
        ("sessions.prod", "profile", "\"shop\""),
        ("sessions.prod", "region", "\"eu-central-1\""),
        ("sessions.prod", "assume_role", "\"arn:aws:iam::222222222222:role/release\""),
        ("sessions.prod", "external_id", "\"shop\""),
        ("sessions.prod", "endpoint", "\"http://127.0.0.1:1\""),
        ("sessions.prod", "expect_account", "\"222222222222\""),
        ("sessions.prod", "echo", "\"warn\""),
        ("registries.\"registry.example\"", "endpoint", "\"http://127.0.0.1:1\""),
        ("registries.\"registry.example\"", "username", "\"releaser\""),
        ("registries.\"registry.example\"", "password", "\"secret\""),
        ("registries.\"registry.example\"", "password_env", "\"PASSWORD\""),
    ];
    for (section, key, value) in values {
        assert!(table.contains(&format!("`{key}`")), "{key} is not in the table");
        let project = Project::empty().file("gantry.toml", format!("[{section}]\n{key} = {value}\n"));
        gantry(&project.root).args(["eval", "1"]).ends().is(0, "1\n", "");
    }
    let project = Project::empty().file("gantry.toml", "[sessions.prod]\nno_such_key = 1\n");
    gantry(&project.root).args(["eval", "1"]).ends().exits(2).says(["no_such_key"]);
}

/// Every script below a folder of the checkout.
fn scripts_below(folder: &str, into: &mut Vec<String>) {
    for entry in fs::read_dir(checkout().join(folder)).expect("a folder of the checkout") {
        let entry = entry.expect("an entry");
        let path = format!("{folder}/{}", entry.file_name().to_string_lossy());
        if entry.path().is_dir() {
            scripts_below(&path, into);
        } else if entry.path().extension().is_some_and(|extension| extension == "rhai") {
            into.push(path);
        }
    }
}

#[test]
fn no_script_that_we_ship_has_a_mistake_or_a_warning() {
    let mut scripts = Vec::new();
    scripts_below("scripts", &mut scripts);
    scripts_below("stdlib", &mut scripts);
    scripts.sort();
    for expected in ["scripts/release.rhai", "stdlib/commands/deploy.rhai", "stdlib/lib/release.rhai"] {
        assert!(scripts.iter().any(|script| script == expected), "{expected}: {scripts:?}");
    }
    let mut project = Project::empty();
    for script in &scripts {
        project = project.file(script, fs::read_to_string(checkout().join(script)).expect("a script"));
    }
    are_clean(&project, &scripts);
}
