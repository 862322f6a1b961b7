//! A service that is not there is created by the deploy that is to run in it, rehearsed.
#![allow(clippy::disallowed_methods, reason = "stories set up files, servers and processes")]

mod support;

use serde_json::json;
use support::project::Project;
use support::{Ended, checkout, gantry};

/// The release's world with `more` in it.
fn project(script: &str, more: &str) -> Project {
    let world = std::fs::read_to_string(checkout().join("scripts/release.world.toml")).expect("the world");
    assert!(world.contains("\n[args]\nimage"));
    let world = world.replace("\n[args]\nimage", "\n[args]\n# ") + more;
    let text = format!("let api = ecs::service(aws::session(\"prod\"), \"prod\", \"api\");\n{script}");
    Project::with_the_release().file("scripts/it.rhai", text).file("scripts/it.world.toml", world)
}

fn rehearsed(script: &str) -> Ended {
    gantry(&project(script, "").root).args(["rehearse", "scripts/it.rhai"]).ends()
}

/// A whole definition of a service in ECS's own words.
const DEFINITION: &str = r#"
    let definition = #{
        launchType: "FARGATE", desiredCount: 3, taskDefinition: "web:7", propagateTags: "SERVICE",
        networkConfiguration: #{ awsvpcConfiguration: #{ subnets: ["subnet-1"], securityGroups: ["sg-1"] } },
        deploymentConfiguration: #{ maximumPercent: 150 },
        tags: [#{ key: "team", value: "shop" }],
    };
"#;

#[test]
fn a_missing_service_is_created_of_its_definition_and_one_that_is_there_is_updated() {
    let ended = rehearsed(&format!(
        r#"{DEFINITION}
        let options = #{{ service_definition: definition, create: #{{}} }};
        let first = api.deploy(options);
        first.wait("drained");
        let again = api.deploy(options);
        definition.deploymentConfiguration.maximumPercent = 180;
        let other = api.deploy(#{{ service_definition: definition, create: #{{}}, cpu: 1024 }});
        other.wait("deployed");
        let now = api.status();
        [first.task_definition, first.previous, first.began, again.unchanged, other.task_definition, now.desired, now.running]"#
    ));
    assert_eq!(ended.value(), json!(["web:7", null, true, true, "web:8", 3, 3]));
    ended.says([
        "prod/api is created with web:7\n",
        "prod/api is drained: only web:7",
        "prod/api runs web:7 already: nothing to deploy",
        "deploymentConfiguration.maximumPercent: 150 → 180",
        "web:7 → web:8",
        "create service prod/api",
    ]);
}

#[test]
fn what_a_new_service_runs_may_be_edited_and_named_beside_its_definition() {
    let ended = rehearsed(
        r#"let rollout = api.deploy(#{
            task_definition: "web:7", env: #{ app: #{ ROLE: "api" } }, desired_count: 1,
            network: #{ subnets: ["subnet-1"] }, create: #{ launchType: "FARGATE" },
        });
        rollout.wait("drained", #{ timeout: "5m" });
        [rollout.task_definition, api.status().running, `${rollout}`]"#,
    );
    assert_eq!(ended.value(), json!(["web:8", 1, "prod/api → web:8"]));
    ended.says(["prod/api is created with web:8\n"]);
}

#[test]
fn what_is_not_said_of_a_new_service_is_asked_for_before_anything_is_written() {
    let refused = |options: &str, parts: [&str; 2]| {
        let ended = rehearsed(&format!("api.deploy(#{{ {options} }});"));
        ended.exits(2).says(parts);
        assert!(!ended.stderr.contains("written before it ended"), "{ended}");
    };
    refused("create: #{}, desired_count: 1", ["to create it what it runs has to be said", "task_definition"]);
    refused("create: #{}, task_definition: \"web:7\"", ["how many tasks it runs has to be said", "desired_count: 2"]);
    refused(
        "create: #{ lanchType: \"EC2\" }, task_definition: \"web:7\", desired_count: 1",
        ["a service has no member `lanchType`", "did you mean `launchType`?"],
    );
    // without `create` a name that is mistyped creates nothing
    rehearsed("api.deploy(#{ task_definition: \"web:7\", desired_count: 1 });")
        .exits(3)
        .says(["service `api` of cluster `prod` does not exist"]);
    rehearsed(
        r#"api.deploy(#{ task_definition: "web:7", desired_count: 1, create: #{ deploymentController: #{ type: "EXTERNAL" } } });"#,
    )
    .exits(3)
    .says(["has the deployment controller EXTERNAL"]);
}

#[test]
fn a_new_service_that_does_not_come_up_is_left_since_there_is_nothing_to_go_back_to() {
    let script = |how: &str| {
        format!(
            r#"{DEFINITION} api.deploy(#{{ service_definition: definition, create: #{{}} }}).wait("deployed", #{{ on_failure: "{how}" }});"#
        )
    };
    let broken = "\n[[container_faults]]\nservice = \"api\"\nexit = { code = 1, after = \"2s\" }\n";
    let ended = gantry(&project(&script("rollback"), broken).root).args(["rehearse", "scripts/it.rhai"]).ends();
    ended.exits(1).says([
        "the rollout of web:7 to prod/api failed: ",
        "prod/api was created by this release, so there is nothing to go back to; it is left as it is\n",
        "prod/api is left with web:7 (PRIMARY): 0 of 3 running\n",
        "written before it ended:\n  - created service prod/api with web:7\n",
    ]);
    assert_eq!(ended.stderr.matches("\n  - created").count(), 1, "{ended}");
    let ended = gantry(&project(&script("stop"), broken).root).args(["rehearse", "scripts/it.rhai"]).ends();
    ended
        .exits(1)
        .says(["our deployment was stopped", "  - created service prod/api with web:7\n  - stopped deployment"]);
}

#[test]
fn a_plan_tells_what_would_be_created() {
    let script = format!(
        r#"{DEFINITION}
        let rollout = api.deploy(#{{ service_definition: definition, create: #{{}}, cpu: 1024 }});
        rollout.wait("drained");
        api.task_definition().cpu"#
    );
    let project = project(&script, "");
    let ended = gantry(&project.root).args(["plan", "scripts/it.rhai", "--world", "scripts/it.world.toml"]).ends();
    ended.exits(0);
    for part in [
        "it.rhai would change 2 things:",
        "  1. register a revision of task definition web",
        "  2. create service prod/api  (",
        "taskDefinition: web:<new-1>",
        "desiredCount: 3",
        "assumed to go well: wait for prod/api to be drained",
        "ecs:CreateService",
        "ecs:TagResource",
        "the id of api's first deployment",
    ] {
        assert!(ended.stdout.contains(part), "`{part}` is missing in\n{ended}");
    }
}

#[test]
fn a_creation_whose_answer_is_lost_is_looked_for_and_made_once() {
    let script =
        format!(r#"{DEFINITION} api.deploy(#{{ service_definition: definition, create: #{{}} }}).wait("drained");"#);
    for (then, came) in [("lost_after", "it happened: going on"), ("lost_before", "it did not happen: making it again")]
    {
        let lost = format!("\n[[faults]]\non = \"ecs:CreateService\"\nthen = \"{then}\"\n");
        let ended = gantry(&project(&script, &lost).root).args(["rehearse", "scripts/it.rhai"]).ends();
        ended.exits(0).says(["looking whether it happened", came, "prod/api is drained: only web:7"]);
    }
}
