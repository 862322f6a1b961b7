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
