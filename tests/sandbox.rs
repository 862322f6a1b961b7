//! The sandbox, used by strangers: aws-cli, skopeo, and gantry itself as one that knows nothing of rehearsals.
#![allow(clippy::disallowed_methods, reason = "a story stands outside of the rooms")]

mod support;

use serde_json::{Value, json};
use std::io::Write as _;
use std::net::TcpStream;
use std::process::Command;
use std::time::{Duration, Instant};
use support::project::Project;
use support::sandbox::{Sandbox, get};
use support::servers::{free_port, stranger};
use support::{Ended, checkout, gantry};

const PROD_HOST: &str = "222222222222.dkr.ecr.ap-northeast-1.amazonaws.com";

fn ended(mut command: Command) -> Ended {
    Ended::of(command.output().expect("it starts"))
}

/// The document of `web:7` as a registration, with another value of an environment variable.
fn another_revision(sandbox: &Sandbox) -> String {
    let described = sandbox.aws("prod", &["ecs", "describe-task-definition", "--task-definition", "web"]);
    let mut document = described["taskDefinition"].clone();
    let members = document.as_object_mut().expect("a document");
    for computed in [
        "taskDefinitionArn",
        "revision",
        "status",
        "requiresAttributes",
        "compatibilities",
        "registeredAt",
        "registeredBy",
    ] {
        assert!(members.remove(computed).is_some(), "{computed} is described");
    }
    document["containerDefinitions"][0]["environment"][0]["value"] = json!("changed");
    document.to_string()
}

#[test]
fn aws_cli_understands_every_answer() {
    let sandbox = Sandbox::of_the_release(1, "");
    let who = sandbox.aws("test", &["sts", "get-caller-identity"]);
    assert_eq!((&who["Account"], &who["Arn"]), (&json!("111111111111"), &json!("arn:aws:iam::111111111111:user/test")));
    let role = ["--role-arn", "arn:aws:iam::222222222222:role/release", "--role-session-name", "story"];
    let assumed = sandbox.aws("test", &[&["sts", "assume-role"][..], &role].concat());
    assert_eq!(assumed["Credentials"]["AccessKeyId"], sandbox.account("prod")["access_key_id"]);

    let asked = |args: &[&str]| sandbox.aws("prod", args);
    let arn = "arn:aws:ecs:ap-northeast-1:222222222222:task-definition/web:7";
    assert_eq!(asked(&["ecs", "describe-clusters", "--clusters", "prod"])["clusters"][0]["status"], "ACTIVE");
    assert_eq!(asked(&["ecs", "list-services", "--cluster", "prod"])["serviceArns"].as_array().map(Vec::len), Some(1));
    assert_eq!(asked(&["ecs", "list-task-definitions"])["taskDefinitionArns"], json!([arn]));
    let service = &asked(&["ecs", "describe-services", "--cluster", "prod", "--services", "web", "--include", "TAGS"])
        ["services"][0];
    assert_eq!((&service["taskDefinition"], &service["runningCount"]), (&json!(arn), &json!(2)));
    assert_eq!(service["tags"], json!([{ "key": "team", "value": "shop" }]));
    let tasks = asked(&["ecs", "list-tasks", "--cluster", "prod", "--service-name", "web"])["taskArns"].clone();
    let tasks: Vec<&str> = tasks.as_array().expect("tasks").iter().filter_map(Value::as_str).collect();
    let described = asked(&[&["ecs", "describe-tasks", "--cluster", "prod", "--tasks"][..], &tasks].concat());
    assert_eq!(described["tasks"].as_array().map(Vec::len), Some(2));
    assert!(
        described["tasks"].as_array().is_some_and(|tasks| tasks.iter().all(|task| task["lastStatus"] == "RUNNING"))
    );

    let repositories = asked(&["ecr", "describe-repositories"]);
    assert_eq!(repositories["repositories"][0]["repositoryUri"], format!("{PROD_HOST}/shop"));
    let images = asked(&["ecr", "describe-images", "--repository-name", "shop"]);
    let digest = &images["imageDetails"][0]["imageDigest"];
    assert_eq!(images["imageDetails"][0]["imageTags"], json!(["20261105-1.4.1"]));
    assert_eq!(&asked(&["ecr", "list-images", "--repository-name", "shop"])["imageIds"][0]["imageDigest"], digest);
    let got = asked(&["ecr", "batch-get-image", "--repository-name", "shop", "--image-ids", "imageTag=20261105-1.4.1"]);
    let manifest: Value =
        serde_json::from_str(got["images"][0]["imageManifest"].as_str().expect("a manifest")).expect("JSON");
    let layer = manifest["layers"][0]["digest"].as_str().expect("a layer");
    let layers = ["--repository-name", "shop", "--layer-digests", layer];
    let layers = asked(&[&["ecr", "batch-check-layer-availability"][..], &layers].concat());
    assert_eq!(layers["layers"][0]["layerAvailability"], "AVAILABLE");

    // what reads changes nothing, and what goes wrong is told as AWS tells it
    assert_eq!(sandbox.world()["writes"], json!([]));
    let missing = ended(sandbox.aws_command("prod", &["ecr", "describe-repositories", "--repository-names", "none"]));
    missing.exits(255).says(["(RepositoryNotFoundException)", "'none' does not exist"]);
    let denied =
        ["sts", "assume-role", "--role-arn", "arn:aws:iam::333333333333:role/x", "--role-session-name", "story"];
    ended(sandbox.aws_command("prod", &denied)).exits(255).says(["(AccessDenied)", "role/x"]);
    asked(&["ecr", "create-repository", "--repository-name", "other"]);
    assert_eq!(sandbox.world()["writes"][0]["operation"], "ecr:CreateRepository");
    assert_eq!(sandbox.world()["registries"][PROD_HOST]["other"]["tags"], json!({}));
}

#[test]
fn a_deployment_made_by_aws_cli_progresses_between_its_calls_and_the_waiter_sees_its_end() {
    let sandbox = Sandbox::of_the_release(4, "");
    let before = sandbox.world();
    let registered =
        sandbox.aws("prod", &["ecs", "register-task-definition", "--cli-input-json", &another_revision(&sandbox)]);
    assert_eq!(registered["taskDefinition"]["revision"], 8);
    let update = ["ecs", "update-service", "--cluster", "prod", "--service", "web", "--task-definition", "web:8"];
    let updated = sandbox.aws("prod", &update);
    let deployments = updated["service"]["deployments"].as_array().expect("deployments");
    let told: Vec<_> =
        deployments.iter().map(|one| (&one["status"], &one["rolloutState"], &one["runningCount"])).collect();
    let (primary, active) = (json!("PRIMARY"), json!("ACTIVE"));
    let (progress, completed) = (json!("IN_PROGRESS"), json!("COMPLETED"));
    assert_eq!(told, [(&primary, &progress, &json!(0)), (&active, &completed, &json!(2))]);

    let stable = ["ecs", "wait", "services-stable", "--cluster", "prod", "--services", "web"];
    assert_eq!(sandbox.aws("prod", &stable), Value::Null);
    let describe = ["ecs", "describe-services", "--cluster", "prod", "--services", "web"];
    let service = &sandbox.aws("prod", &describe)["services"][0];
    assert_eq!(service["deployments"].as_array().map(Vec::len), Some(1), "{service}");
    let deployment = &service["deployments"][0];
    assert_eq!(deployment["id"], updated["service"]["deployments"][0]["id"]);
    assert_eq!((&deployment["rolloutState"], &deployment["runningCount"]), (&completed, &json!(2)));

    // the state has what happened, and nothing else
    let after = sandbox.world();
    let documents = |world: &Value| world["ecs"][0]["taskDefinitions"].as_array().expect("revisions").clone();
    assert_eq!(documents(&after)[..1], documents(&before)[..]);
    assert_eq!(documents(&after)[1]["containerDefinitions"][0]["environment"][0]["value"], "changed");
    assert_eq!(after["registries"], before["registries"]);
    let known = json!({ "account": "222222222222", "region": "ap-northeast-1" });
    let with = |more: Value| {
        let mut entry = known.clone();
        entry.as_object_mut().expect("members").extend(more.as_object().expect("members").clone());
        entry
    };
    assert_eq!(
        after["writes"],
        json!([
            with(
                json!({ "operation": "ecs:RegisterTaskDefinition", "family": "web", "made": registered["taskDefinition"]["taskDefinitionArn"] })
            ),
            with(
                json!({ "operation": "ecs:UpdateService", "cluster": "prod", "service": "web", "taskDefinition": "web:8", "made": deployment["id"] })
            ),
        ])
    );
    assert_eq!(sandbox.world(), after);
}

#[test]
fn aws_cli_follows_a_service_deployment_and_stops_one() {
    let sandbox = Sandbox::of_the_release(4, "");
    let asked = |args: &[&str]| sandbox.aws("prod", args);
    let service = ["--cluster", "prod", "--service", "web"];
    let update = || asked(&[&["ecs", "update-service", "--force-new-deployment"][..], &service].concat());
    let updated = update()["service"].clone();
    let arn = updated["currentServiceDeployment"].as_str().expect("an ARN").to_owned();
    let describe = |arn: &str| {
        let described = asked(&["ecs", "describe-service-deployments", "--service-deployment-arns", arn]);
        assert_eq!(described["failures"], json!([]));
        described["serviceDeployments"][0].clone()
    };
    let ours = describe(&arn);
    assert_eq!(ours["deploymentCircuitBreaker"], json!({ "status": "DISABLED", "failureCount": 0, "threshold": 3 }));
    let target = ours["targetServiceRevision"]["arn"].as_str().expect("an ARN");
    let revisions = asked(&["ecs", "describe-service-revisions", "--service-revision-arns", target]);
    assert_eq!(revisions["serviceRevisions"][0]["taskDefinition"], updated["taskDefinition"]);
    let stopped =
        asked(&["ecs", "stop-service-deployment", "--service-deployment-arn", &arn, "--stop-type", "ROLLBACK"]);
    assert_eq!(stopped["serviceDeploymentArn"], arn);

    let next = update()["service"]["currentServiceDeployment"].clone();
    let successful = ["ecs", "wait", "services-stable", "--cluster", "prod", "--services", "web"];
    assert_eq!(sandbox.aws("prod", &successful), Value::Null);
    let list = |status: &str| {
        let list = [&["ecs", "list-service-deployments", "--status", status][..], &service].concat();
        asked(&list)["serviceDeployments"].as_array().expect("a list").clone()
    };
    assert_eq!(list("STOPPED")[0]["serviceDeploymentArn"], arn, "superseded on its way back");
    let done = list("SUCCESSFUL");
    assert_eq!((done.len(), &done[0]["serviceDeploymentArn"]), (2, &next));
    let over = ["ecs", "stop-service-deployment", "--service-deployment-arn", next.as_str().expect("an ARN")];
    ended(sandbox.aws_command("prod", &over)).exits(255).says(["(ConflictException)"]);
}

#[test]
fn aws_cli_creates_a_service_and_answers_a_pause() {
    let sandbox = Sandbox::of_the_release(20, "");
    let asked = |args: &[&str]| sandbox.aws("prod", args);
    let create = json!({
        "cluster": "prod", "serviceName": "api", "taskDefinition": "web:7", "desiredCount": 1, "launchType": "FARGATE",
        "networkConfiguration": { "awsvpcConfiguration": { "subnets": ["subnet-1"] } },
        "deploymentConfiguration": {
            "strategy": "BLUE_GREEN", "bakeTimeInMinutes": 1,
            "alarms": { "alarmNames": ["errors"], "enable": true, "rollback": true },
            "lifecycleHooks": [{ "targetType": "PAUSE", "lifecycleStages": ["POST_SCALE_UP"] }],
        },
    });
    let created = asked(&["ecs", "create-service", "--cli-input-json", &create.to_string()])["service"].clone();
    let arn = created["currentServiceDeployment"].as_str().expect("an ARN");
    let describe = || {
        let described = asked(&["ecs", "describe-service-deployments", "--service-deployment-arns", arn]);
        described["serviceDeployments"][0].clone()
    };
    let until = Instant::now() + Duration::from_mins(5);
    let reach = |status: &str, stage: &str| loop {
        let now = describe();
        if now["status"] == status && now["lifecycleStage"] == stage {
            return now;
        }
        assert!(Instant::now() < until, "{now} is not {status} at {stage}");
    };
    let paused = reach("IN_PROGRESS", "POST_SCALE_UP");
    assert_eq!(paused["targetServiceRevision"]["requestedProductionTrafficWeight"], 0.0);
    let hook = paused["lifecycleHookDetails"][0]["hookId"].as_str().expect("a hook");
    let go_on = ["--service-deployment-arn", arn, "--hook-id", hook, "--action", "CONTINUE"];
    let answered = asked(&[&["ecs", "continue-service-deployment"][..], &go_on].concat());
    assert_eq!(answered["serviceDeploymentArn"], arn);
    let done = reach("SUCCESSFUL", "CLEAN_UP");
    assert_eq!(done["alarms"]["status"], "MONITORING_COMPLETE");
    asked(&["ecs", "delete-service", "--cluster", "prod", "--service", "api", "--force"]);
    let gone = asked(&["ecs", "deregister-task-definition", "--task-definition", "web:7"]);
    assert_eq!(gone["taskDefinition"]["status"], "INACTIVE");
}

#[test]
fn skopeo_copies_in_and_out_and_the_digest_stays() {
    let sandbox = Sandbox::of_the_release(1, "");
    let keys = sandbox.home.root.join("auth.json").display().to_string();
    let login = |account: &str| {
        let password = stranger(&mut sandbox.aws_command(account, &["ecr", "get-login-password"]));
        let registry = sandbox.registry(account);
        let login = ["login", "--tls-verify=false", "--authfile", &keys, "-u", "AWS", "-p", password.trim(), &registry];
        stranger(Command::new("skopeo").args(login));
    };
    let inspect = |reference: &str| -> Value {
        let text =
            stranger(Command::new("skopeo").args(["inspect", "--tls-verify=false", "--authfile", &keys, reference]));
        serde_json::from_str(&text).expect("skopeo prints JSON")
    };
    let copy = |from: &str, to: &str| {
        let plain = ["--src-tls-verify=false", "--dest-tls-verify=false", "--preserve-digests", "--authfile", &keys];
        stranger(Command::new("skopeo").args(["copy", "-q"]).args(plain).args([from, to]));
    };
    let tested = format!("docker://{}/shop:1.4.2", sandbox.registry("test"));
    let nobody = Command::new("skopeo").args(["inspect", "--tls-verify=false", "--no-creds", &tested]).output();
    Ended::of(nobody.expect("skopeo starts")).exits(1).says(["unauthorized"]);
    login("test");
    login("prod");
    let digest = inspect(&tested)["Digest"].as_str().expect("a digest").to_owned();

    // from account to account, out to a folder, and in again under another tag
    let copied = format!("docker://{}/shop:copied", sandbox.registry("prod"));
    copy(&tested, &copied);
    let folder = format!("dir:{}", sandbox.home.root.join("image").display());
    copy(&copied, &folder);
    copy(&folder, &format!("docker://{}/shop:again", sandbox.registry("prod")));

    let seen = inspect(&copied);
    assert_eq!(seen["Digest"], digest.as_str());
    assert_eq!(seen["RepoTags"], json!(["20261105-1.4.1", "again", "copied"]));
    let world = sandbox.world();
    let tags = &world["registries"][PROD_HOST]["shop"]["tags"];
    assert_eq!((&tags["copied"], &tags["again"]), (&json!(digest), &json!(digest)));
    let pushed: Vec<_> = world["writes"]
        .as_array()
        .expect("writes")
        .iter()
        .map(|write| {
            assert_eq!((&write["operation"], &write["made"]), (&json!("registry:PutManifest"), &json!(digest)));
            write["reference"].as_str().expect("a tag")
        })
        .collect();
    assert_eq!(pushed, ["copied", "again"]);
}

#[test]
fn a_run_against_the_sandbox_ends_like_the_rehearsal() {
    let sandbox = Sandbox::of_the_release(100, "");
    let image = "111111111111.dkr.ecr.ap-northeast-1.amazonaws.com/shop:1.4.2";
    let release = ["run", "scripts/release.rhai", "--image", image];
    let ran = sandbox.gantry(&release);
    ran.exits(0).says(["3 blobs (1.7 kB) moved, 2 were there", "web:7 → web:8", "prod/web is drained: only web:8"]);

    let rehearsed = gantry(&sandbox.home.root).args(["rehearse", "scripts/release.rhai"]).ends();
    rehearsed.exits(0);
    let value = |ended: &Ended| serde_json::from_str::<Value>(&ended.stdout).expect("the released image");
    let (made, rehearsed) = (value(&ran), value(&rehearsed));
    assert_eq!((&made["digest"], &made["repository"]), (&rehearsed["digest"], &rehearsed["repository"]));

    let world = sandbox.world();
    let tag = made["tag"].as_str().expect("a tag");
    assert_eq!(world["registries"][PROD_HOST]["shop"]["tags"][tag], made["digest"]);
    let service = &world["ecs"][0]["clusters"][0]["services"][0];
    assert!(service["taskDefinition"].as_str().is_some_and(|arn| arn.ends_with("/web:8")), "{service}");
    assert_eq!(service["deployments"].as_array().map(Vec::len), Some(1));
    let container = &world["ecs"][0]["taskDefinitions"][1]["containerDefinitions"][0];
    assert_eq!(container["image"], format!("{PROD_HOST}/shop@{}", made["digest"].as_str().expect("a digest")));
    let writes: Vec<_> = world["writes"].as_array().expect("writes").iter().map(|write| &write["operation"]).collect();
    assert_eq!(writes, ["registry:PutManifest", "ecs:RegisterTaskDefinition", "ecs:UpdateService"]);

    // it outlives gantry: a second run finds everything done
    sandbox.gantry(&release).exits(0).says(["nothing to push", "nothing to deploy"]);
    assert_eq!(sandbox.world(), world);
}

#[test]
fn a_connection_is_lost_before_or_after_the_server_acted_as_the_world_says() {
    let fault = |operation: &str, then: &str| format!("[[faults]]\non = \"{operation}\"\nthen = \"{then}\"\n");
    let faults = fault("ecs:RegisterTaskDefinition", "lost_before") + &fault("ecr:CreateRepository", "lost_after");
    let sandbox = Sandbox::of_the_release(1, &faults);
    let document = another_revision(&sandbox);
    let lost = "Connection was closed before we received a valid response";

    let register = ["ecs", "register-task-definition", "--cli-input-json", &document];
    ended(sandbox.aws_command("prod", &register)).exits(255).says([lost]);
    assert_eq!(sandbox.world()["writes"], json!([]));
    assert_eq!(sandbox.aws("prod", &register)["taskDefinition"]["revision"], 8);

    let create = ["ecr", "create-repository", "--repository-name", "other"];
    ended(sandbox.aws_command("prod", &create)).exits(255).says([lost]);
    assert_eq!(sandbox.world()["writes"][1]["repositoryName"], "other");
    ended(sandbox.aws_command("prod", &create)).exits(255).says(["(RepositoryAlreadyExistsException)"]);
    assert_eq!(sandbox.world()["writes"][2]["refused"], "RepositoryAlreadyExistsException");
}

/// A request of an account to update the service, as it stands on the wire.
fn update_on_the_wire(sandbox: &Sandbox) -> String {
    let body = json!({ "cluster": "prod", "service": "web", "forceNewDeployment": true }).to_string();
    let key = &sandbox.account("prod")["access_key_id"];
    format!(
        "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: {}\r\n\
         Authorization: AWS4-HMAC-SHA256 Credential={key}/20261120/ap-northeast-1/ecs/aws4_request, Signature=0\r\n\
         X-Amz-Target: AmazonEC2ContainerServiceV20141113.UpdateService\r\n\r\n{body}",
        body.len()
    )
}

#[test]
fn a_request_is_served_when_it_has_arrived_whole_and_its_client_is_gone() {
    let sandbox = Sandbox::of_the_release(1, "");
    let main = sandbox.at("/endpoint").strip_prefix("http://").expect("http");
    let request = update_on_the_wire(&sandbox);
    let send = |text: &str| {
        let mut stream = TcpStream::connect(main).expect("it listens");
        stream.write_all(text.as_bytes()).expect("it is sent");
    };
    // one whose last byte is missing never was a request
    send(&request[..request.len() - 1]);
    send(&request);
    let until = Instant::now() + Duration::from_secs(20);
    while sandbox.world()["writes"] == json!([]) {
        assert!(Instant::now() < until, "the request was not served");
    }
    sandbox.aws("prod", &["ecs", "list-services", "--cluster", "prod"]);
    assert_eq!(sandbox.world()["writes"].as_array().map(Vec::len), Some(1));
}

#[test]
fn its_words_can_be_given_to_a_shell_and_signals_end_it() {
    for signal in ["INT", "TERM"] {
        assert_eq!(Sandbox::of_the_release(1, "").end(signal), Some(0), "SIG{signal}");
    }
    let project = Project::with_the_release();
    let port = free_port();
    let script = format!(
        "set -e; trap 'kill $server' EXIT\n\
         '{gantry}' sandbox -v --world scripts/release.world.toml --port {port} > words 2> requests & server=$!\n\
         until grep -q '^# gantry.toml' words; do kill -0 $server; sleep 0.1; done\n\
         eval \"$(grep -A1 '^# prod:' words | tail -n 1)\"\n\
         '{aws}' sts get-caller-identity --query Account --output text\n",
        gantry = env!("CARGO_BIN_EXE_gantry"),
        aws = support::servers::part("aws").display(),
    );
    let mut shell = Command::new("bash");
    shell.args(["-c", &script]).current_dir(&project.root).env("HOME", &project.root).env_remove("AWS_PROFILE");
    assert_eq!(stranger(&mut shell), "222222222222\n");
    let words = std::fs::read_to_string(project.root.join("words")).expect("its words");
    assert!(words.starts_with(&format!("# AWS: http://127.0.0.1:{port} (speed 1); ")), "{words}");
    let requests = std::fs::read_to_string(project.root.join("requests")).expect("its requests");
    assert_eq!(requests, "POST 127.0.0.1/ 200\n");
}

#[test]
fn whoever_asks_the_wrong_port_is_told_the_right_one() {
    let sandbox = Sandbox::of_the_release(1, "");
    let main = sandbox.at("/endpoint").strip_prefix("http://").expect("http").to_owned();
    let (head, body) = get(&main, "/v2/shop/tags/list");
    assert!(head.starts_with("HTTP/1.1 404"), "{head}");
    assert!(body.contains(&format!("{PROD_HOST} is at {}", sandbox.registry("prod"))), "{body}");
    let (head, _) = get(&sandbox.registry("prod"), "/v2/");
    assert!(head.starts_with("HTTP/1.1 401"), "{head}");

    let other = ended(sandbox.aws_command("prod", &["ssm", "list-documents"]));
    other.exits(255).says(["(UnknownOperationException)", "not recognized by the service"]);
    let other = ended(sandbox.aws_command("prod", &["kinesis", "list-streams"]));
    other.exits(255).says(["(UnknownOperationException)", "does not have Kinesis_20131202.ListStreams"]);

    let port = main.rsplit(':').next().expect("a port");
    let taken = gantry(checkout()).args(["sandbox", "--world", "scripts/release.world.toml", "--port", port]).ends();
    taken.exits(3).prints_nothing().says([&format!("port {port} of 127.0.0.1"), "leave --port out"]);
    let nothing = gantry(checkout()).args(["sandbox", "--world", "none.toml"]).ends();
    nothing.exits(2).prints_nothing().says(["none.toml", "cannot be read"]);
}
