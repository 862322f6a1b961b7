//! What aws-cli makes of the sandbox's services beside ECS and ECR: each answer has to pass its parser.
#![allow(clippy::disallowed_methods, reason = "a story stands outside of the rooms")]

mod support;

use serde_json::json;
use std::process::Command;
use support::Ended;
use support::sandbox::Sandbox;

fn ended(mut command: Command) -> Ended {
    Ended::of(command.output().expect("it starts"))
}

#[test]
fn secrets_and_parameters_are_read() {
    let sandbox = Sandbox::of_the_release(
        1,
        r#"
        [[secrets]]
        account = "prod"
        name = "shop/database"
        value = "s3cr3t"

        [[parameters]]
        account = "prod"
        name = "/shop/token"
        type = "SecureString"
        value = "t0ken"
        "#,
    );
    let asked = |args: &[&str]| sandbox.aws("prod", args);
    let secret = asked(&["secretsmanager", "get-secret-value", "--secret-id", "shop/database"]);
    assert_eq!((&secret["SecretString"], &secret["VersionStages"]), (&json!("s3cr3t"), &json!(["AWSCURRENT"])));
    assert!(secret["CreatedDate"].is_f64(), "{secret}");
    let described = asked(&["secretsmanager", "describe-secret", "--secret-id", "shop/database"]);
    assert_eq!(described["VersionIdsToStages"][secret["VersionId"].as_str().expect("an id")], json!(["AWSCURRENT"]));
    let parameter = asked(&["ssm", "get-parameter", "--name", "/shop/token:1", "--with-decryption"]);
    assert_eq!(
        (&parameter["Parameter"]["Value"], &parameter["Parameter"]["Selector"]),
        (&json!("t0ken"), &json!(":1"))
    );
    let several = asked(&["ssm", "get-parameters", "--names", "/shop/token", "/none"]);
    assert_eq!(several["InvalidParameters"], json!(["/none"]));
    assert_eq!(several["Parameters"].as_array().map(Vec::len), Some(1));

    let missing = ["secretsmanager", "get-secret-value", "--secret-id", "none"];
    ended(sandbox.aws_command("prod", &missing))
        .exits(255)
        .says(["(ResourceNotFoundException)", "Secrets Manager can't find the specified secret."]);
    ended(sandbox.aws_command("prod", &["ssm", "get-parameter", "--name", "none"]))
        .exits(255)
        .says(["(ParameterNotFound)"]);
    assert_eq!(sandbox.world()["writes"], json!([]));
}

#[test]
fn a_one_off_task_is_run_waited_for_and_its_lines_are_tailed() {
    let sandbox = Sandbox::of_the_release(
        50,
        r#"
        [[tasks]]
        family = "web"
        command = "bin/migrate"
        exit = 3
        logs = ["migrating"]

        [[faults]]
        on = "ecs:RunTask"
        skip = 1
        then = { failure = "RESOURCE:MEMORY" }
        "#,
    );
    let asked = |args: &[&str]| sandbox.aws("prod", args);
    let overrides = r#"{"containerOverrides":[{"name":"app","command":["bin/migrate"]}]}"#;
    let network = "awsvpcConfiguration={subnets=[subnet-1]}";
    let run = ["ecs", "run-task", "--cluster", "prod", "--task-definition", "web", "--overrides", overrides];
    let run = [&run[..], &["--network-configuration", network, "--enable-execute-command"]].concat();
    let task = asked(&run)["tasks"][0].clone();
    let arn = task["taskArn"].as_str().expect("an ARN").to_owned();
    assert_eq!((&task["lastStatus"], &task["enableExecuteCommand"]), (&json!("PROVISIONING"), &json!(true)));
    let full = asked(&run);
    assert_eq!((&full["tasks"], &full["failures"][0]["reason"]), (&json!([]), &json!("RESOURCE:MEMORY")));

    asked(&["ecs", "wait", "tasks-stopped", "--cluster", "prod", "--tasks", &arn]);
    let ended = asked(&["ecs", "describe-tasks", "--cluster", "prod", "--tasks", &arn]);
    assert_eq!(ended["tasks"][0]["containers"][0]["exitCode"], 3);
    let stream = format!("app/app/{}", arn.rsplit('/').next().expect("an id"));
    let group = ["--log-group-name", "/ecs/web"];
    let get = [&["logs", "get-log-events"], &group[..], &["--log-stream-name", &stream]].concat();
    let lines = asked(&get);
    assert_eq!(lines["events"][0]["message"], "migrating");
    let found = asked(&[&["logs", "filter-log-events"], &group[..], &["--filter-pattern", "migrating"]].concat());
    assert_eq!(found["events"][0]["logStreamName"], json!(stream));
    assert_eq!(asked(&["logs", "describe-log-groups"])["logGroups"][0]["logGroupName"], "/ecs/web");
    let streams = asked(&[&["logs", "describe-log-streams"], &group[..]].concat());
    assert_eq!(streams["logStreams"].as_array().map(Vec::len), Some(3));

    let stop = ["ecs", "stop-task", "--cluster", "prod", "--task", &arn, "--reason", "enough"];
    assert_eq!(asked(&stop)["task"]["lastStatus"], "STOPPED");
    let writes: Vec<_> = sandbox.world()["writes"]
        .as_array()
        .expect("writes")
        .iter()
        .map(|write| (write["operation"].clone(), write["refused"].clone()))
        .collect();
    assert_eq!(writes, [(json!("ecs:RunTask"), json!(null)), (json!("ecs:StopTask"), json!(null)),]);
}

#[test]
fn auto_scaling_is_suspended_and_targets_are_watched() {
    let sandbox = Sandbox::of_the_release(
        1,
        r#"
        [[scalable_targets]]
        account = "prod"
        cluster = "prod"
        service = "web"
        min = 1
        max = 4
        policies = ["cpu"]
        "#,
    );
    let asked = |args: &[&str]| sandbox.aws("prod", args);
    let scaling =
        |args: &[&str]| asked(&[&["application-autoscaling"], args, &["--service-namespace", "ecs"]].concat());
    let web = ["--resource-id", "service/prod/web", "--scalable-dimension", "ecs:service:DesiredCount"];
    let state = "DynamicScalingInSuspended=true,DynamicScalingOutSuspended=true,ScheduledScalingSuspended=true";
    let registered = scaling(&[&["register-scalable-target"], &web[..], &["--suspended-state", state]].concat());
    let target =
        scaling(&["describe-scalable-targets", "--resource-ids", "service/prod/web"])["ScalableTargets"][0].clone();
    assert_eq!(target["ScalableTargetARN"], registered["ScalableTargetARN"]);
    assert_eq!(
        (&target["MaxCapacity"], &target["SuspendedState"]["DynamicScalingInSuspended"]),
        (&json!(4), &json!(true))
    );
    assert_eq!(scaling(&["describe-scaling-policies"])["ScalingPolicies"][0]["PolicyName"], "cpu");

    let groups = asked(&["elbv2", "describe-target-groups", "--names", "web"]);
    let group = &groups["TargetGroups"][0];
    assert_eq!((&group["Port"], &group["TargetType"]), (&json!(8080), &json!("ip")));
    let arn = group["TargetGroupArn"].as_str().expect("an ARN");
    let health = asked(&["elbv2", "describe-target-health", "--target-group-arn", arn]);
    let targets = health["TargetHealthDescriptions"].as_array().expect("targets");
    let states: Vec<_> = targets.iter().map(|target| &target["TargetHealth"]["State"]).collect();
    assert_eq!(states, ["healthy", "healthy"]);
    ended(sandbox.aws_command("prod", &["elbv2", "describe-target-groups", "--names", "none"]))
        .exits(255)
        .says(["(TargetGroupNotFound)"]);
    ended(
        sandbox.aws_command(
            "prod",
            &["application-autoscaling", "describe-scalable-targets", "--service-namespace", "rds"],
        ),
    )
    .exits(255)
    .says(["(ValidationException)", "serviceNamespace ecs only"]);
}

#[test]
fn images_are_deleted_by_tag() {
    let sandbox = Sandbox::of_the_release(1, "");
    let asked = |args: &[&str]| sandbox.aws("prod", args);
    let shop = ["--repository-name", "shop", "--image-ids", "imageTag=20261105-1.4.1", "imageTag=none"];
    let answer = asked(&[&["ecr", "batch-delete-image"], &shop[..]].concat());
    assert_eq!(answer["imageIds"][0]["imageTag"], "20261105-1.4.1");
    assert_eq!(answer["failures"][0]["failureCode"], "ImageNotFound");
    assert_eq!(asked(&["ecr", "list-images", "--repository-name", "shop"])["imageIds"], json!([]));
    let filters = ["--image-tag-mutability-exclusion-filters", "filterType=WILDCARD,filter=dev-*"];
    let create = ["ecr", "create-repository", "--repository-name", "new", "--image-tag-mutability"];
    let created = asked(&[&create[..], &["IMMUTABLE_WITH_EXCLUSION"], &filters].concat());
    assert_eq!(created["repository"]["imageTagMutability"], "IMMUTABLE_WITH_EXCLUSION");
}
