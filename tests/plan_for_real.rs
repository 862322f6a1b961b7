//! A plan of the nightly release against real parts: it changes nothing, and what was reviewed is what happens.

mod support;

use serde_json::{Value, json};
use std::process::Command;
use support::moto::{Account, REGION, TEST_ACCOUNT};
use support::stage::{PROD_LOGIN, Stage};

/// Everything that a release could change, as strangers see it.
fn world(stage: &Stage, prod: &Account) -> Value {
    let credentials = format!("{}:{}", PROD_LOGIN.0, PROD_LOGIN.1);
    let url = format!("docker://{}/shop", stage.prod.host());
    let tags = Command::new("skopeo").args(["list-tags", "--tls-verify=false", "--creds", &credentials, &url]).output();
    json!({
        "definitions": prod.aws(&["ecs", "list-task-definitions"]),
        "services": prod.aws(&["ecs", "describe-services", "--cluster", "prod", "--services", "web"])["services"],
        "repositories": prod.aws(&["ecr", "describe-repositories"]),
        "tags": String::from_utf8_lossy(&tags.expect("skopeo").stdout),
    })
}

fn plan(stage: &Stage, more: &[&str]) -> support::Ended {
    let image = format!("{TEST_ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/shop:1.4.2");
    let args = ["plan", "--out", "release.plan", "scripts/release.rhai", "--image", &image, "--wait", "none"];
    stage.gantry(&[&args[..], more].concat())
}

#[test]
fn a_plan_changes_nothing_and_the_run_of_it_does_exactly_its_writes() {
    let stage = Stage::set();
    let prod = Account::prod(&stage.moto).with_the_service();
    prod.aws(&["ecr", "create-repository", "--repository-name", "shop"]);
    let before = world(&stage, &prod);

    let planned = plan(&stage, &["--output", "json"]);
    planned.exits(0);
    let told: Value = serde_json::from_str(&planned.stdout).expect("the plan as JSON");
    let writes: Vec<_> = told["writes"].as_array().expect("writes").iter().map(|one| one["what"].clone()).collect();
    assert_eq!(writes.len(), 3, "{told:#}");
    assert!(writes[0].as_str().is_some_and(|what| what.starts_with("rebuild image")), "{writes:?}");
    assert_eq!(writes[1..], [json!("register a revision of task definition web"), json!("update service prod/web")]);
    assert_eq!(told["unknown"], json!(["the number of web's next revision", "the id of web's next deployment"]));
    assert_eq!(world(&stage, &prod), before, "a plan changes nothing");
    assert_eq!(stage.project.kept(), [], "and leaves no run");

    // another revision of the family is registered meanwhile: the plan still holds, under another number
    prod.aws(&[
        "ecs",
        "register-task-definition",
        "--family",
        "web",
        "--container-definitions",
        "[{\"name\":\"x\",\"image\":\"y\",\"memory\":64}]",
    ]);
    let ended = stage.gantry(&["run", "--plan", "release.plan", "--wait", "none"]);
    ended.exits(0).says(["web:1 → web:3", "3 of them changed something"]);
    let digest = told["writes"][0]["changes"][0].as_str().and_then(|line| line.split(" → ").nth(1)).expect("a digest");
    let image = prod.revision(3)["containerDefinitions"][0]["image"].as_str().map(ToOwned::to_owned);
    assert!(image.as_ref().is_some_and(|image| image.ends_with(digest)), "{image:?} {digest}");

    // once done, the world is not the planned one any more
    let again = stage.gantry(&["run", "--plan", "release.plan"]);
    again.exits(3).says(["the world has moved since this was planned", "taskDefinition"]);
    assert_eq!(prod.aws(&["ecs", "list-task-definitions"])["taskDefinitionArns"].as_array().map(Vec::len), Some(3));
}

#[test]
fn a_service_that_someone_changed_meanwhile_is_not_written_to() {
    let stage = Stage::set();
    let prod = Account::prod(&stage.moto).with_the_service();
    prod.aws(&["ecr", "create-repository", "--repository-name", "shop"]);
    plan(&stage, &[]).exits(0).says(["(planned)"]);
    prod.aws(&[
        "ecs",
        "register-task-definition",
        "--family",
        "web",
        "--container-definitions",
        "[{\"name\":\"app\",\"image\":\"y\",\"memory\":64}]",
    ]);
    prod.aws(&["ecs", "update-service", "--cluster", "prod", "--service", "web", "--task-definition", "web:2"]);
    let before = world(&stage, &prod);
    let refused = stage.gantry(&["run", "--plan", "release.plan"]);
    refused.exits(3).prints_nothing().says(["the world has moved", "describe service prod/web", "web:1", "web:2"]);
    assert_eq!(world(&stage, &prod), before);
    assert_eq!(stage.project.kept(), []);
}

#[test]
fn a_run_that_differs_from_its_plan_stops_and_names_both() {
    let stage = Stage::set();
    let prod = Account::prod(&stage.moto).with_the_service();
    prod.aws(&["ecr", "create-repository", "--repository-name", "shop"]);
    plan(&stage, &[]).exits(0);
    // another argument than was planned: the tag is another one
    let other = stage.gantry(&["run", "--plan", "release.plan", "--suffix", "2"]);
    other.exits(2).says(["was planned as", "rebuild image", "-1.4.2-2"]);
    // another script
    let script = stage.project.root.join("scripts/release.rhai");
    let text = std::fs::read_to_string(&script).expect("the script");
    std::fs::write(&script, text.replace("APP_ENV: \"production\"", "APP_ENV: \"staging\"")).expect("another script");
    let changed = stage.gantry(&["run", "--plan", "release.plan"]);
    changed.exits(2).says([
        "has changed",
        "-        env: #{ APP_ENV: \"production\" }",
        "+        env: #{ APP_ENV: \"staging\" }",
    ]);
    assert_eq!(prod.aws(&["ecs", "list-task-definitions"])["taskDefinitionArns"].as_array().map(Vec::len), Some(1));
}
