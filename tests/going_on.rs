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

/// The instant that the run of `script` waits for moves into the past.
fn as_if_years_had_gone_by(project: &Project, script: &str) {
    let kept = project.kept();
    let (path, journal) = kept.iter().find(|(_, journal)| journal.contains(script)).expect("its journal");
    let instant = "4070908800000";
    assert!(journal.contains(instant), "{journal}");
    std::fs::write(path, journal.replace(instant, "946684800000").replace("2099-01-01", "2000-01-01")).expect("moved");
    let file = project.root.join(script);
    let text = std::fs::read_to_string(&file).expect("the script");
    std::fs::write(file, text.replace("2099-01-01", "2000-01-01")).expect("moved");
}

#[test]
fn told_to_stop_while_it_goes_on_with_what_is_due_it_begins_no_other() {
    let text = "time::wait_until(\"2099-01-01T00:00:00Z\");\nlog::info(\"on its way\");\ntime::sleep(\"10m\");";
    let project = Project::empty().file("a.rhai", text).file("b.rhai", text);
    for name in ["a.rhai", "b.rhai"] {
        let running = Running::start(gantry(&project.root).args(["run", name]).command()).after("waiting until");
        running.signal("TERM").ends().exits(4);
        as_if_years_had_gone_by(&project, name);
    }
    let due = Running::start(gantry(&project.root).args(["resume", "--due"]).command()).after("on its way");
    let ended = due.signal("INT").ends();
    ended.exits(4).says(["-a` goes on with it", "not gone on with, because this was told to stop: ", "-b\n"]);
    assert_eq!(ended.stderr.matches("going on with run").count(), 1, "{ended}");
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
    as_if_years_had_gone_by(&project, "past.rhai");
    let ended = gantry(&project.root).args(["resume", "--due"]).ends();
    ended.exits(0).says(["its time has come", "done in"]);
    gantry(&project.root).args(["resume", "--due"]).ends().exits(0).says(["no run waits for a time that has come"]);
    let listed = gantry(&project.root).args(["runs"]).ends().stdout;
    assert!(listed.contains("done") && listed.contains("stopped"), "{listed}");
}

#[test]
fn a_planned_run_that_is_gone_on_with_still_follows_its_plan() {
    let script = "let who = env::get(\"WHO\");\napprove(\"go?\");\nlog::info(`${who} and ${env::get(\"THEN\")}`);";
    let project = Project::empty().file("r.rhai", script);
    let planned = gantry(&project.root).args(["plan", "--out", "r.plan", "r.rhai"]).env("WHO", "a").env("THEN", "b");
    planned.ends().exits(0);
    let run = gantry(&project.root).args(["run", "--plan", "r.plan"]).env("WHO", "x").env("THEN", "x").ends();
    run.exits(4).says(["go?"]);
    let shown = gantry(&project.root).args(["runs", "show"]).ends();
    assert!(shown.stdout.contains("  planned\n"), "{shown}");

    // a changed script is taken as far as its calls are the planned ones
    let file = project.root.join("r.rhai");
    std::fs::write(&file, script.replace("THEN", "ELSE")).expect("another script");
    let adopted = gantry(&project.root).args(["resume", "--adopt", "--approve"]).env("THEN", "y").ends();
    let call = "was planned as `read the environment variable THEN`, and now is `read the environment variable ELSE`";
    adopted.exits(2).says([call, "plan again"]);

    std::fs::write(&file, script).expect("the script as it was");
    let resumed = gantry(&project.root).args(["resume", "--approve"]).env("THEN", "z").ends();
    resumed.exits(0).says(["a and b"]);
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
             web.deploy(#{{ images: #{{ app: image::parse(\"{image}\") }}, keep_tags: true{how} }});\n{then}"
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
