//! Secrets and parameters, as clients of Secrets Manager and of the Parameter Store see them.

use http::StatusCode;
use serde_json::{Value, json};

use super::support::{call, ok, parse, refused, release_and, release_text};

const WORLD: &str = r#"
[[secrets]]
account = "prod"
name = "shop/database"
value = "s3cr3t"
versions = { AWSPREVIOUS = "old" }

[[secrets]]
account = "prod"
name = "shop/key"
binary = "AAEC"

[[secrets]]
account = "prod"
name = "shop/gone"
value = "x"
deleted = true

[[parameters]]
account = "prod"
name = "/shop/url"
value = "https://shop.example"
history = ["http://shop.example"]
labels = { plain = 1 }

[[parameters]]
account = "prod"
name = "/shop/hosts"
type = "StringList"
value = "a,b"

[[parameters]]
account = "prod"
name = "/shop/token"
type = "SecureString"
value = "t0ken"
"#;

#[tokio::test(start_paused = true)]
async fn a_secret_is_read_by_name_arn_version_and_stage() {
    let world = release_and(WORLD);
    let get = async |request: Value| ok(&world, "prod", "secretsmanager:GetSecretValue", request).await;
    let current = get(json!({ "SecretId": "shop/database" })).await;
    let arn = current["ARN"].as_str().expect("an ARN").to_owned();
    assert!(arn.starts_with("arn:aws:secretsmanager:ap-northeast-1:222222222222:secret:shop/database-"), "{arn}");
    assert_eq!((&current["SecretString"], &current["VersionStages"]), (&json!("s3cr3t"), &json!(["AWSCURRENT"])));
    assert_eq!(get(json!({ "SecretId": arn })).await, current);
    assert_eq!(get(json!({ "SecretId": arn, "VersionStage": "AWSCURRENT" })).await, current);
    assert_eq!(get(json!({ "SecretId": arn, "VersionId": current["VersionId"] })).await, current);
    let previous = get(json!({ "SecretId": "shop/database", "VersionStage": "AWSPREVIOUS" })).await;
    assert_eq!(previous["SecretString"], "old");
    let binary = get(json!({ "SecretId": "shop/key" })).await;
    assert_eq!((&binary["SecretBinary"], &binary["SecretString"]), (&json!("AAEC"), &Value::Null));

    let described = ok(&world, "prod", "secretsmanager:DescribeSecret", json!({ "SecretId": arn })).await;
    let stages = described["VersionIdsToStages"].as_object().expect("versions");
    assert_eq!(stages.len(), 2);
    assert_eq!(stages[current["VersionId"].as_str().expect("an id")], json!(["AWSCURRENT"]));
    assert_eq!(stages[previous["VersionId"].as_str().expect("an id")], json!(["AWSPREVIOUS"]));

    let no = "ResourceNotFoundException: Secrets Manager can't find the specified secret";
    for (session, request, expected) in [
        ("prod", json!({ "SecretId": "shop/other" }), format!("{no}.")),
        ("test", json!({ "SecretId": "shop/database" }), format!("{no}.")),
        (
            "prod",
            json!({ "SecretId": "shop/database", "VersionStage": "AWSPENDING" }),
            format!("{no} value for staging label: AWSPENDING"),
        ),
        (
            "prod",
            json!({ "SecretId": "shop/database", "VersionId": "0" }),
            format!("{no} value for VersionId: 0"),
        ),
        (
            "prod",
            json!({ "SecretId": "shop/database", "VersionId": previous["VersionId"], "VersionStage": "AWSCURRENT" }),
            "InvalidRequestException: You provided a VersionStage that is not associated to the provided VersionId."
                .to_owned(),
        ),
        (
            "prod",
            json!({ "SecretId": "shop/gone" }),
            "InvalidRequestException: You can't perform this operation on the secret because it was marked for deletion."
                .to_owned(),
        ),
    ] {
        assert_eq!(refused(&world, session, "secretsmanager:GetSecretValue", request).await, expected);
    }
}

#[tokio::test(start_paused = true)]
async fn a_parameter_is_read_by_name_and_version_and_decrypted_when_asked() {
    let world = release_and(WORLD);
    let get = async |request: Value| ok(&world, "prod", "ssm:GetParameter", request).await["Parameter"].clone();
    let url = get(json!({ "Name": "/shop/url" })).await;
    assert_eq!(url["ARN"], "arn:aws:ssm:ap-northeast-1:222222222222:parameter/shop/url");
    let told =
        |one: &Value| (one["Type"].clone(), one["Value"].clone(), one["Version"].clone(), one["Selector"].clone());
    let expected = |kind: &str, value: &str, version: u64, selector: Option<&str>| {
        (json!(kind), json!(value), json!(version), json!(selector))
    };
    assert_eq!(told(&url), expected("String", "https://shop.example", 2, None));
    let first = get(json!({ "Name": "/shop/url:1" })).await;
    assert_eq!(told(&first), expected("String", "http://shop.example", 1, Some(":1")));
    assert_eq!(first["Name"], "/shop/url");
    let plain = get(json!({ "Name": "/shop/url:plain" })).await;
    assert_eq!(told(&plain), expected("String", "http://shop.example", 1, Some(":plain")));
    let token = get(json!({ "Name": "/shop/token", "WithDecryption": true })).await;
    assert_eq!(told(&token), expected("SecureString", "t0ken", 1, None));
    let sealed = get(json!({ "Name": "/shop/token" })).await;
    assert_ne!(sealed["Value"], "t0ken");

    let names = json!({ "Names": ["/shop/hosts", "/none", "/shop/url:9", "/shop/token"], "WithDecryption": true });
    let several = ok(&world, "prod", "ssm:GetParameters", names).await;
    let values: Vec<&Value> =
        several["Parameters"].as_array().expect("a list").iter().map(|one| &one["Value"]).collect();
    assert_eq!(values, ["a,b", "t0ken"]);
    assert_eq!(several["InvalidParameters"], json!(["/none", "/shop/url:9"]));

    assert_eq!(refused(&world, "prod", "ssm:GetParameter", json!({ "Name": "/none" })).await, "ParameterNotFound: ");
    assert_eq!(
        refused(&world, "prod", "ssm:GetParameter", json!({ "Name": "/shop/url:9" })).await,
        "ParameterVersionNotFound: Systems Manager could not find version 9 of /shop/url. Verify the version and try again."
    );
    let many: Vec<String> = (0..11).map(|number| format!("/{number}")).collect();
    let error = refused(&world, "prod", "ssm:GetParameters", json!({ "Names": many })).await;
    assert!(error.starts_with("ValidationException: "), "{error}");
    assert!(error.ends_with("Member must have length less than or equal to 10"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn who_may_not_read_a_value_is_told_so_and_the_next_one_may() {
    let denied = |on: &str, resource: &str| {
        format!("[[faults]]\non = \"{on}\"\nresource = \"{resource}\"\nthen = \"access_denied\"\n")
    };
    let faults = denied("secretsmanager:GetSecretValue", "shop/database") + &denied("ssm:GetParameter", "/shop/token");
    let world = release_and(&(WORLD.to_owned() + &faults));
    for (operation, denied, other) in [
        ("secretsmanager:GetSecretValue", json!({ "SecretId": "shop/database" }), json!({ "SecretId": "shop/key" })),
        ("ssm:GetParameter", json!({ "Name": "/shop/token" }), json!({ "Name": "/shop/url" })),
    ] {
        ok(&world, "prod", operation, other).await;
        let error = refused(&world, "prod", operation, denied).await;
        assert_eq!(
            error,
            format!(
                "AccessDeniedException: User: arn:aws:iam::222222222222:user/prod is not authorized to perform: {operation}"
            )
        );
    }
    let unknown = call(&world, "prod", "ssm:PutParameter", &json!({})).await.expect("an answer");
    assert_eq!(
        (unknown.status, &unknown.json()["__type"]),
        (StatusCode::BAD_REQUEST, &json!("UnknownOperationException"))
    );
}

#[test]
fn a_value_that_cannot_be_is_named() {
    let table = [
        ("[[secrets]]\naccount = \"prod\"\nname = \"x\"\n", ": secrets[0].value: a secret has either"),
        ("[[secrets]]\naccount = \"prod\"\nname = \"x\"\nbinary = \"?\"\n", ": secrets[0].binary: it is not base64"),
        ("[[secrets]]\naccount = \"none\"\nname = \"x\"\nvalue = \"\"\n", ": secrets[0].account: there is no"),
        (
            "[[parameters]]\naccount = \"prod\"\nname = \"x\"\nvalue = \"v\"\nlabels = { new = 2 }\n",
            ": parameters[0].labels.new: there is no version 2",
        ),
        ("[[parameters]]\naccount = \"prod\"\nname = \"x\"\nvalue = \"v\"\ntype = \"Text\"\n", "`SecureString`"),
        (
            "[[parameters]]\naccount = \"prod\"\nname = \"x\"\nvalue = \"v\"\n\
             [[parameters]]\naccount = \"prod\"\nname = \"x\"\nvalue = \"v\"\n",
            ": parameters[1].name: `x` is there twice",
        ),
    ];
    for (more, expected) in table {
        let error = parse(&format!("{}\n{more}", release_text())).expect_err(expected).to_string();
        assert!(error.contains(expected), "{error}\nhas not {expected}");
    }
}
