//! What a deployment can change beside an image, rehearsed: what is sent, and what begins no deployment.
#![allow(clippy::disallowed_methods, reason = "stories set up files, servers and processes")]

mod support;

use serde_json::json;
use support::project::Project;
use support::{Ended, checkout, gantry};

const WORLD: &str = "scripts/release.world.toml";

/// Rehearses a script in the release's world, whose image of production has the tag `latest` as well.
fn rehearsed(script: &str) -> Ended {
    let world = std::fs::read_to_string(checkout().join(WORLD)).expect("the world");
    let tags = "tags = [\"20261105-1.4.1\"]";
    assert!(world.contains(tags) && world.contains("\n[args]\nimage"));
    let world =
        world.replace(tags, "tags = [\"20261105-1.4.1\", \"latest\"]").replace("\n[args]\nimage", "\n[args]\n# ");
    let project = Project::with_the_release().file("scripts/it.rhai", script).file("scripts/it.world.toml", world);
    gantry(&project.root).args(["rehearse", "scripts/it.rhai"]).ends()
}

const WEB: &str = r#"
    let prod = aws::session("prod");
    let web = ecs::service(prod, "prod", "web");
    let shop = "222222222222.dkr.ecr.ap-northeast-1.amazonaws.com/shop";
"#;

#[test]
fn a_tag_is_what_it_names_when_it_is_deployed() {
    let ended = rehearsed(&format!(
        r#"{WEB}
        let latest = image::parse(`${{shop}}:latest`);
        let first = web.deploy(#{{ images: #{{ app: latest }} }});
        first.wait("drained");
        let again = web.deploy(#{{ images: #{{ app: latest }} }});
        again.wait("drained");
        let tested = image::parse("111111111111.dkr.ecr.ap-northeast-1.amazonaws.com/shop:1.4.2");
        image::copy(tested, ecr::repository(prod, "shop").image("latest"), #{{ from: aws::session("test"), to: prod, replace: true }});
        let moved = web.deploy(#{{ images: #{{ app: latest }} }});
        moved.wait("drained");
        let kept = web.deploy(#{{ images: #{{ app: latest }}, keep_tags: true }});
        [first.task_definition, again.unchanged, moved.task_definition, web.image("app").tag, kept.previous]"#
    ));
    assert_eq!(ended.value(), json!(["web:8", true, "web:9", "latest", "web:9"]));
    ended.says(["shop@sha256:", "web:7 → web:8", "runs web:8 already: nothing to deploy", "web:8 → web:9", "→ web:10"]);
}

#[test]
fn an_image_that_is_not_there_is_named_before_anything_is_registered() {
    let ended = rehearsed(&format!(r"{WEB} web.deploy(#{{ images: #{{ app: image::parse(`${{shop}}:none`) }} }});"));
    ended.exits(3).says(["shop:none is not in repository shop", "keep_tags: true"]);
    assert!(!ended.stderr.contains("register a revision"), "{ended}");
}

#[test]
fn a_definition_is_edited_by_a_function_of_the_script() {
    let ended = rehearsed(&format!(
        r#"{WEB}
        let limit = 90;
        let rollout = web.deploy(#{{
            edit: |td| {{ td.containerDefinitions[0].stopTimeout = limit; td }},
            env: #{{ app: #{{ COLOUR: "blue" }} }},
        }});
        rollout.wait("drained");
        let td = web.task_definition();
        [rollout.task_definition, td.containerDefinitions[0].stopTimeout, td.tags[0].value]"#
    ));
    assert_eq!(ended.value(), json!(["web:8", 90, "shop"]));
    ended.says(["app.stopTimeout: 30 → 90", "web:7 → web:8"]);

    rehearsed(&format!(r"{WEB} web.deploy(#{{ edit: |td| td.set_cpu(512) }});"))
        .exits(2)
        .says(["`edit` gave no task definition back", "|td| { td.set_cpu(512); td }"]);
    rehearsed(&format!(r"{WEB} web.deploy(#{{ edit: 1 }});")).exits(2).says(["`edit` is no function"]);
}

#[test]
fn a_registered_revision_is_used_itself() {
    let ended = rehearsed(&format!(
        r#"{WEB}
        web.deploy(#{{ cpu: 1024 }}).wait("drained");
        let back = web.deploy(#{{ task_definition: "web:7" }});
        back.wait("drained");
        let other = web.deploy(#{{ task_definition: "web:8", env: #{{ app: #{{ COLOUR: "blue" }} }} }});
        [back.task_definition, other.task_definition]"#
    ));
    assert_eq!(ended.value(), json!(["web:7", "web:9"]));
}

#[test]
fn what_begins_no_deployment_is_not_waited_for() {
    let ended = rehearsed(&format!(
        r#"{WEB}
        let settings = web.deploy(#{{ deployment: #{{ maximumPercent: 150 }}, execute_command: true }});
        settings.wait("drained");
        let same = web.deploy(#{{ deployment: #{{ maximumPercent: 150 }}, desired_count: 2 }});
        let network = web.deploy(#{{ network: #{{ subnets: ["subnet-1"], securityGroups: ["sg-1"] }} }});
        network.wait("drained");
        [settings.began, settings.unchanged, same.unchanged, network.began, network.task_definition]"#
    ));
    assert_eq!(ended.value(), json!([false, false, true, true, "web:7"]));
    ended.says([
        "deploymentConfiguration.maximumPercent: 200 → 150",
        "is updated; no deployment begins",
        "there is none to wait for",
        "nothing to deploy",
        "networkConfiguration",
        "web:7 is deployed again",
        "drained: only web:7",
    ]);
}

#[test]
fn of_a_whole_service_definition_only_what_differs_is_sent() {
    let ended = rehearsed(&format!(
        r#"{WEB}
        let definition = #{{
            serviceName: "web", taskDefinition: "web", desiredCount: 50, launchType: "FARGATE",
            deploymentConfiguration: #{{ maximumPercent: 200, minimumHealthyPercent: 50 }},
            healthCheckGracePeriodSeconds: 60,
        }};
        let first = web.deploy(#{{ service_definition: definition }});
        let again = web.deploy(#{{ service_definition: definition }});
        [first.began, again.unchanged]"#
    ));
    assert_eq!(ended.value(), json!([false, true]));
    ended.says(["minimumHealthyPercent: 100 → 50", "healthCheckGracePeriodSeconds: 0 → 60"]);
    assert!(!ended.stderr.contains("50 tasks") && !ended.stderr.contains("maximumPercent:"), "{ended}");

    rehearsed(&format!(r#"{WEB} web.deploy(#{{ service_definition: #{{ launchType: "EC2" }} }});"#))
        .exits(2)
        .says(["only a new service can be given another launchType: FARGATE → EC2"]);
    rehearsed(&format!(r"{WEB} web.deploy(#{{ service_definition: #{{ netwrkConfiguration: #{{}} }} }});"))
        .exits(2)
        .says(["a service has no member `netwrkConfiguration`", "networkConfiguration"]);
}

#[test]
fn a_service_is_held_before_anything_is_made_for_it() {
    let ended = rehearsed(&format!(r#"{WEB} web.hold(); web.hold("wait"); web.deploy(#{{ force: true }}).began"#));
    assert_eq!(ended.value(), json!(true));
    rehearsed(&format!(r#"{WEB} web.hold("wate");"#)).exits(2).says(["neither \"refuse\" nor \"wait\""]);
}
