//! Runs that wait and are gone on with, and two releases of one service at once.
#![allow(clippy::disallowed_methods, reason = "stories set up files, servers and processes")]

mod support;

use support::moto::{Account, REGION};
use support::project::Project;
use support::running::Running;
use support::servers::Server;
use support::{Started, gantry};

#[test]
fn an_approval_on_the_command_line_is_recorded_with_who_and_when() {
    let project = Project::empty().file("r.rhai", "let who = approve(\"ship it?\");\nlog::info(`by ${who}`);\nwho");
    gantry(&project.root).args(["run", "r.rhai"]).ends().exits(4).says(["ship it?", "--approve"]);
    let listed = gantry(&project.root).args(["runs"]).ends();
    assert!(listed.stdout.contains("stopped"), "{listed}");
    let name = listed.stdout.split_whitespace().next().expect("a run").to_owned();
    let shown = gantry(&project.root).args(["runs", "show", &name]).ends();
    assert!(shown.stdout.contains("waits     for an approval: ship it?"), "{shown}");

    // without an answer it still waits
    gantry(&project.root).args(["resume"]).ends().exits(4).says(["ship it?"]);
    let ended = gantry(&project.root).args(["resume", "--approve"]).env("USER", "mia").ends();
    ended.exits(0).says(["approved by mia: ship it?", "by mia"]);
    assert_eq!(ended.stdout, "\"mia\"\n");
    let shown = gantry(&project.root).args(["runs", "show", &name, "--output", "json"]).ends();
    assert!(shown.stdout.contains("\"by\":\"mia\""), "{shown}");

    // what is done is not done again
    let again = gantry(&project.root).args(["resume", &name]).ends();
    again.exits(0).prints_nothing().says(["is done: nothing to go on with"]);
    gantry(&project.root).args(["resume"]).ends().exits(0).says(["no run waits to be gone on with"]);
}

#[test]
fn one_cron_line_goes_on_with_all_that_is_due_and_with_nothing_else() {
    let script = |at: &str| format!("time::wait_until(\"{at}\");\nlog::info(\"its time has come\");");
    let project = Project::empty()
        .file("past.rhai", script("2099-01-01T00:00:00Z"))
        .file("future.rhai", script("2099-01-02T00:00:00Z"));
    for name in ["past.rhai", "future.rhai"] {
        let running = Running::start(gantry(&project.root).args(["run", name]).command()).after("waiting until");
        running.signal("TERM").ends().exits(4);
    }
    gantry(&project.root).args(["resume", "--due"]).ends().exits(0).says(["no run waits for a time that has come"]);
    // the first one's instant moves into the past, as if the years had gone by
    let (path, journal) =
        project.kept().into_iter().find(|(_, journal)| journal.contains("past.rhai")).expect("its journal");
    let instant = "4070908800000";
    assert!(journal.contains(instant), "{journal}");
    let script = project.root.join("past.rhai");
    let text = std::fs::read_to_string(&script).expect("the script");
    std::fs::write(path, journal.replace(instant, "946684800000").replace("2099-01-01", "2000-01-01")).expect("moved");
    std::fs::write(script, text.replace("2099-01-01", "2000-01-01")).expect("moved");
    let ended = gantry(&project.root).args(["resume", "--due"]).ends();
    ended.exits(0).says(["its time has come", "done in"]);
    gantry(&project.root).args(["resume", "--due"]).ends().exits(0).says(["no run waits for a time that has come"]);
    let listed = gantry(&project.root).args(["runs"]).ends().stdout;
    assert!(listed.contains("done") && listed.contains("stopped"), "{listed}");
}

fn with_credentials(command: Started, moto: &Server) -> Started {
    command
        .env("AWS_ENDPOINT_URL", &moto.url())
        .env("AWS_REGION", REGION)
        .env("AWS_ACCESS_KEY_ID", "key")
        .env("AWS_SECRET_ACCESS_KEY", "secret")
}

#[test]
fn a_second_release_of_a_service_is_refused_or_waits_for_the_first() {
    let moto = Server::moto();
    let account = Account::test(&moto).with_the_service();
    let plain = "[{\"name\":\"app\",\"image\":\"shop:0\",\"memory\":64}]";
    account.aws(&["ecs", "register-task-definition", "--family", "web", "--container-definitions", plain]);
    account.aws(&["ecs", "update-service", "--cluster", "prod", "--service", "web", "--task-definition", "web:2"]);
    let deploy = |image: &str, how: &str, then: &str| {
        format!(
            "let web = ecs::service(aws::session(\"default\"), \"prod\", \"web\");\n\
             web.deploy(#{{ images: #{{ app: image::parse(\"{image}\") }}{how} }});\n{then}"
        )
    };
    let project = Project::empty()
        .file("first.rhai", deploy("shop:1", "", "log::info(\"deployed\");\ntime::sleep(\"10m\");"))
        .file("second.rhai", deploy("shop:2", "", ""))
        .file("third.rhai", deploy("shop:3", ", in_progress: \"wait\"", "log::info(\"the third\");"));
    let first = with_credentials(gantry(&project.root).args(["run", "first.rhai"]), &moto).command();
    let first = Running::start(first).after("deployed");
    let second = with_credentials(gantry(&project.root).args(["run", "second.rhai"]), &moto).ends();
    second.exits(3).prints_nothing().says(["prod.web is being released by run ", "-first", "in_progress: \"wait\""]);
    let third = with_credentials(gantry(&project.root).args(["run", "third.rhai"]), &moto).command();
    let third = Running::start(third).after("waiting for it");
    first.signal("TERM").ends().exits(4);
    third.ends().exits(0).says(["the third"]);
}
