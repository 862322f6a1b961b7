//! A deployment by `CodeDeploy` against moto: the group is read, an `AppSpec` is sent, and aws-cli finds what was asked for. moto
//! moves nothing, so that what a deployment comes to is the rehearsal's to show.
#![allow(clippy::disallowed_methods, reason = "stories set up files, servers and processes")]

mod support;

use serde_json::{Value, json};
use support::moto::{Account, REGION};
use support::project::Project;
use support::servers::Server;
use support::{Ended, gantry};

const SCRIPT: &str = r#"
let web = ecs::service(aws::session("default"), "prod", "web");
let rollout = web.deploy(#{
    env: #{ app: #{ APP_ENV: "green" } },
    code_deploy: #{ configuration: "CodeDeployDefault.ECSAllAtOnce", hooks: #{ AfterAllowTestTraffic: "check-web" } },
});
rollout.deployment
"#;

struct Stage {
    moto: Server,
    project: Project,
}

impl Stage {
    /// A service that `CodeDeploy` deploys, with its application and its group.
    fn set() -> Self {
        let moto = Server::moto();
        let prod = Account::test(&moto);
        prod.aws(&["ecs", "create-cluster", "--cluster-name", "prod"]);
        let text = support::checkout().join("tests/data/rich-task-definition.json");
        prod.aws(&["ecs", "register-task-definition", "--cli-input-json", &format!("file://{}", text.display())]);
        let group = "arn:aws:elasticloadbalancing:eu-central-1:123456789012:targetgroup/web/0123456789abcdef";
        prod.aws(&[
            "ecs",
            "create-service",
            "--cli-input-json",
            &json!({
                "cluster": "prod", "serviceName": "web", "taskDefinition": "web:1", "desiredCount": 2,
                "deploymentController": { "type": "CODE_DEPLOY" },
                "loadBalancers": [{ "targetGroupArn": group, "containerName": "app", "containerPort": 8080 }],
            })
            .to_string(),
        ]);
        let name = "AppECS-prod-web";
        prod.aws(&["deploy", "create-application", "--application-name", name, "--compute-platform", "ECS"]);
        prod.aws(&[
            "deploy",
            "create-deployment-group",
            "--cli-input-json",
            &json!({
                "applicationName": name, "deploymentGroupName": "DgpECS-prod-web",
                "serviceRoleArn": "arn:aws:iam::123456789012:role/deployer",
                "ecsServices": [{ "clusterName": "prod", "serviceName": "web" }],
            })
            .to_string(),
        ]);
        let project = Project::empty().file("deploy.rhai", SCRIPT);
        Self { moto, project }
    }

    fn deployed(&self) -> Ended {
        gantry(&self.project.root)
            .env("AWS_ENDPOINT_URL", &self.moto.url())
            .env("AWS_REGION", REGION)
            .env("AWS_ACCESS_KEY_ID", "key")
            .env("AWS_SECRET_ACCESS_KEY", "secret")
            .args(["run", "deploy.rhai"])
            .ends()
    }
}

#[test]
fn a_deployment_is_asked_for_once_and_is_what_aws_cli_finds() {
    let stage = Stage::set();
    let ended = stage.deployed();
    ended.exits(0).says(["prod/web: web:1 → web:2, deployment "]);

    let account = Account::test(&stage.moto);
    let listed = account.aws(&[
        "deploy",
        "list-deployments",
        "--application-name",
        "AppECS-prod-web",
        "--deployment-group-name",
        "DgpECS-prod-web",
    ]);
    let [id] = listed["deployments"].as_array().expect("deployments").as_slice() else { panic!("one: {listed}") };
    let id = id.as_str().expect("an id");
    assert_eq!(ended.value(), json!(id));
    let info = account.aws(&["deploy", "get-deployment", "--deployment-id", id])["deploymentInfo"].clone();
    assert_eq!(info["deploymentConfigName"], "CodeDeployDefault.ECSAllAtOnce");
    assert_eq!(info["description"], "gantry: web:2");
    assert_eq!(info["revision"]["revisionType"], "AppSpecContent");
    let content = info["revision"]["appSpecContent"]["content"].as_str().expect("an AppSpec");
    let spec: Value = serde_json::from_str(content).expect("JSON");
    let properties = &spec["Resources"][0]["TargetService"]["Properties"];
    assert_eq!(properties["TaskDefinition"], "arn:aws:ecs:eu-central-1:123456789012:task-definition/web:2");
    assert_eq!(properties["LoadBalancerInfo"], json!({ "ContainerName": "app", "ContainerPort": 8080 }));
    assert_eq!(spec["Hooks"], json!([{ "AfterAllowTestTraffic": "check-web" }]));
}

#[test]
fn a_group_of_another_name_is_named_in_the_script() {
    let stage = Stage::set();
    let text = SCRIPT.replace("code_deploy: #{", "code_deploy: #{ group: \"other\",");
    std::fs::write(stage.project.root.join("deploy.rhai"), text).expect("a script");
    stage.deployed().exits(3).says([
        "deployment group `other` of application `AppECS-prod-web`",
        "name them: `code_deploy: #{ application:",
        "0 of them changed something",
    ]);
}
