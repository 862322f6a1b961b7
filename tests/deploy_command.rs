//! `gantry deploy`, with flags alone.
#![allow(clippy::disallowed_methods, reason = "stories set up files, servers and processes")]

mod support;

use serde_json::json;
use support::moto::{Account, REGION};
use support::project::Project;
use support::servers::Server;
use support::{Ended, Started, gantry};

fn with_credentials(command: Started, moto: &Server) -> Started {
    command
        .env("AWS_ENDPOINT_URL", &moto.url())
        .env("AWS_REGION", REGION)
        .env("AWS_ACCESS_KEY_ID", "key")
        .env("AWS_SECRET_ACCESS_KEY", "secret")
}

fn deploy<const N: usize>(project: &Project, moto: &Server, args: [&str; N]) -> Ended {
    with_credentials(
        gantry(&project.root).args(["deploy", "--cluster", "prod", "--service", "web", "--keep-tags"]).args(args),
        moto,
    )
    .ends()
}

#[test]
fn an_image_is_deployed_against_any_endpoint_without_settings() {
    let (moto, project) = (Server::moto(), Project::empty());
    let account = Account::test(&moto).with_the_service();
    account.aws(&[
        "ecs",
        "register-task-definition",
        "--family",
        "web",
        "--container-definitions",
        "[{\"name\":\"app\",\"image\":\"shop:1\",\"memory\":64}]",
    ]);
    account.aws(&["ecs", "update-service", "--cluster", "prod", "--service", "web", "--task-definition", "web:2"]);

    let ended = deploy(&project, &moto, ["--image", "app=127.0.0.1:5000/shop:2", "--wait", "none"]);
    ended.exits(0).says(["prod/web: app.image: shop:1 → 127.0.0.1:5000/shop:2", "prod/web: web:2 → web:3", "done in"]);
    let rollout: serde_json::Value = serde_json::from_str(&ended.stdout).expect("the rollout as JSON");
    let expected = json!({
        "service": "prod/web",
        "deployment": null,
        "task_definition": "web:3",
        "previous": "web:2",
        "unchanged": false,
        "began": true,
    });
    assert_eq!(rollout, expected);
    assert_eq!(account.revision(3)["containerDefinitions"][0]["image"], json!("127.0.0.1:5000/shop:2"));

    deploy(&project, &moto, ["--image", "app=127.0.0.1:5000/shop:2", "--wait", "none"])
        .exits(0)
        .says(["prod/web runs web:3 already: nothing to deploy"]);

    // a container that is not there changes nothing, and is told with those that are
    deploy(&project, &moto, ["--image", "ap=shop:3", "--wait", "none"]).exits(2).says([
        "web:3",
        "`ap`",
        "did you mean `app`?",
    ]);
    // moto shows no deployment of ours: nobody can wait for it, and nothing is claimed
    deploy(&project, &moto, ["--image", "app=shop:4", "--timeout", "1s"]).exits(1).says([
        "shows no deployment of web:4",
        "written before it ended",
        "updated service prod/web to web:4",
    ]);
    assert_eq!(
        account.aws(&["ecs", "list-task-definitions", "--family-prefix", "web"])["taskDefinitionArns"]
            .as_array()
            .map(Vec::len),
        Some(4)
    );
}

#[test]
fn what_is_not_there_is_named() {
    let (moto, project) = (Server::moto(), Project::empty());
    deploy(&project, &moto, ["--image", "app=shop:2"]).exits(3).says(["luster", "prod"]);
    Account::test(&moto).aws(&["ecs", "create-cluster", "--cluster-name", "prod"]);
    deploy(&project, &moto, ["--image", "app=shop:2"])
        .exits(3)
        .says(["service `web` of cluster `prod` does not exist"]);
}

#[test]
fn wrong_flags_are_refused_before_anything_is_asked() {
    let (moto, project) = (Server::moto(), Project::empty());
    deploy(&project, &moto, []).exits(2).says(["--image", "CONTAINER=REFERENCE"]);
    deploy(&project, &moto, ["--image", "app"]).exits(2).says(["--image"]);
    deploy(&project, &moto, ["--image", "app=Shop:2"]).exits(2).says(["--image app: ", "lower-case", "^"]);
    deploy(&project, &moto, ["--image", "app=shop:2", "--wait", "drain"]).exits(2).says(["--wait", "drained"]);
    deploy(&project, &moto, ["--image", "app=shop:2", "--timeout", "10"]).exits(2).says(["--timeout", "15m"]);
    deploy(&project, &moto, ["--image", "app=shop:2", "--wiat", "none"]).exits(2).says(["--wiat", "--wait"]);
    let (region, nowhere) = (support::servers::free_port(), "http://127.0.0.1:");
    let ended = with_credentials(
        gantry(&project.root).args(["deploy", "--cluster", "c", "--service", "s", "--image", "a=b:1"]),
        &moto,
    )
    .env("AWS_ENDPOINT_URL", &format!("{nowhere}{region}"))
    .ends();
    ended.exits(3).says(["127.0.0.1"]);
}

/// The request that a rehearsal of `gantry deploy` with these flags sends to `UpdateService`, without what names the service and
/// its definition; none where it sends none.
fn updated(flags: &[&str]) -> (Ended, Option<serde_json::Value>) {
    let project = Project::with_the_release();
    let image = "app=222222222222.dkr.ecr.ap-northeast-1.amazonaws.com/shop:20261105-1.4.1";
    let world = ["rehearse", "deploy", "--world", "scripts/release.world.toml", "--world-after", "after.json"];
    let what = ["--session", "prod", "--cluster", "prod", "--service", "web", "--keep-tags", "--image", image];
    let all = [&world[..], &what, flags].concat();
    let ended = all.iter().fold(gantry(&project.root), |started, flag| started.args([*flag])).ends();
    let after = std::fs::read_to_string(project.root.join("after.json")).unwrap_or_else(|_| "{}".to_owned());
    let after: serde_json::Value = serde_json::from_str(&after).expect("JSON");
    let writes = after["writes"].as_array().cloned().unwrap_or_default();
    let about = ["operation", "account", "region", "cluster", "service", "taskDefinition", "made"];
    let update = writes.into_iter().find(|write| write["operation"] == "ecs:UpdateService").map(|mut write| {
        let members = write.as_object_mut().expect("members");
        members.retain(|name, _| !about.contains(&name.as_str()));
        write
    });
    (ended, update)
}

#[test]
fn attributes_of_the_service_are_flags_and_only_what_differs_is_sent() {
    let stories: [(&[&str], serde_json::Value); 6] = [
        (&["--desired-count", "4"], json!({ "desiredCount": 4 })),
        (
            &["--capacity", "FARGATE_SPOT=3", "--capacity", "FARGATE=1"],
            json!({ "capacityProviderStrategy": [
                { "capacityProvider": "FARGATE", "weight": 1 }, { "capacityProvider": "FARGATE_SPOT", "weight": 3 },
            ] }),
        ),
        (&["--platform-version", "1.4.0"], json!({ "platformVersion": "1.4.0" })),
        (
            &["--min-percent", "50", "--max-percent", "200"],
            json!({ "deploymentConfiguration": { "maximumPercent": 200, "minimumHealthyPercent": 50 } }),
        ),
        (&["--force"], json!({ "forceNewDeployment": true })),
        (
            &["--desired-count", "3", "--force", "--wait", "none"],
            json!({ "desiredCount": 3, "forceNewDeployment": true }),
        ),
    ];
    for (flags, expected) in stories {
        let (ended, sent) = updated(flags);
        ended.exits(0);
        assert_eq!(sent, Some(expected), "{flags:?}\n{ended}");
    }
    // what it has already is not sent
    for flags in [&["--desired-count", "2"][..], &["--min-percent", "100"], &[]] {
        let (ended, sent) = updated(flags);
        ended.exits(0).says(["prod/web runs web:7 already: nothing to deploy"]);
        assert_eq!(sent, None, "{flags:?}");
    }
}

#[test]
fn flags_that_cannot_be_are_refused_with_nothing_sent() {
    for (flags, said) in [
        (&["--desired-count", "many"][..], "--desired-count"),
        (&["--desired-count", "-1"], "desired"),
        (&["--capacity", "FARGATE"], "--capacity"),
        (&["--capacity", "FARGATE=much"], "weight"),
        (&["--min-percent", "half"], "--min-percent"),
        (&["--in-progress", "ask"], "refuse"),
        (&["--on-interrupt", "panic"], "rollback"),
    ] {
        let (ended, sent) = updated(flags);
        ended.exits(2).says([said]);
        assert_eq!(sent, None, "{flags:?}");
    }
}
