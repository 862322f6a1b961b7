//! The nightly release against real parts: moto for AWS, two Distribution registries with passwords of their own.
#![allow(clippy::disallowed_methods, reason = "stories set up files, servers and processes")]

mod support;

use serde_json::{Value, json};
use support::image::{skopeo_inspect, unpacked};
use support::moto::{Account, PROD_ACCOUNT, REGION};
use support::stage::{PROD_LOGIN, Stage, TEST_LOGIN};

#[test]
fn the_release_puts_the_production_image_into_the_second_registry_and_changes_nothing_else() {
    let stage = Stage::set();
    let prod = Account::prod(&stage.moto).with_the_service();
    prod.aws(&["ecr", "create-repository", "--repository-name", "shop"]);

    let ended = stage.release([]);
    ended.exits(0).says(["web:1 → web:2", "done in"]);
    let printed: Value = serde_json::from_str(&ended.stdout).expect("the released image is printed as JSON");
    let (tag, digest) = (printed["tag"].as_str().expect("a tag"), printed["digest"].as_str().expect("a digest"));
    assert!(tag.ends_with("-1.4.2") && tag.len() == "20260101-1.4.2".len(), "{tag}");

    // skopeo agrees on the digest, and sees the tested layers below one more
    let tested = skopeo_inspect(&stage.test, TEST_LOGIN, "shop:1.4.2");
    let released = skopeo_inspect(&stage.prod, PROD_LOGIN, &format!("shop:{tag}"));
    assert_eq!(released["Digest"], digest);
    let layers = |image: &Value| image["Layers"].as_array().expect("layers").clone();
    assert_eq!(layers(&released)[..layers(&tested).len()], layers(&tested));
    assert_eq!(layers(&released).len(), layers(&tested).len() + 1);
    let env: Vec<&str> = released["Env"].as_array().expect("env").iter().filter_map(Value::as_str).collect();
    assert!(env.contains(&"APP_ENV=production") && env.contains(&"KEEP=1"), "{env:?}");

    // umoci unpacks it: the production file in place of the test's, the deleted one gone, the rest as tested
    let files = unpacked(&stage.prod, PROD_LOGIN, &format!("shop:{tag}"), &stage.project.root);
    let text = |path: &str| std::fs::read_to_string(files.join(path)).ok();
    let production = std::fs::read_to_string(stage.project.root.join("config/prod/settings.toml")).ok();
    assert_eq!(text("app/config/settings.toml"), production);
    assert_eq!(text("app/config/debug.toml"), None);
    assert_eq!(text("app/start").as_deref(), Some(support::image::FILES[0].1));
    assert_eq!(text("etc/os-release").as_deref(), Some(support::image::FILES[3].1));

    // moto's new revision differs from the old one in the image alone, pinned by digest
    let (mut old, mut new) = (prod.revision(1), prod.revision(2));
    let pinned = format!("{PROD_ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/shop@{digest}");
    assert_eq!(new["containerDefinitions"][0]["image"], json!(pinned));
    for revision in [&mut old, &mut new] {
        revision["containerDefinitions"][0]["image"] = Value::Null;
        for own in ["taskDefinitionArn", "revision", "registeredAt"] {
            revision[own] = Value::Null;
        }
    }
    assert_eq!(new, old);
    assert!(old["containerDefinitions"][0]["logConfiguration"].is_object(), "the old one was rich: {old}");
    let service = prod.aws(&["ecs", "describe-services", "--cluster", "prod", "--services", "web"]);
    assert!(service["services"][0]["taskDefinition"].as_str().is_some_and(|name| name.ends_with("web:2")), "{service}");

    // no password in what is kept or printed
    let journals = stage.project.journals();
    assert_eq!(journals.len(), 1, "one run, one journal: {journals:?}");
    let kept = stage.project.kept();
    for text in kept.iter().map(|(_, text)| text).chain([&ended.stdout, &ended.stderr]) {
        for secret in [TEST_LOGIN.1, PROD_LOGIN.1, "dGVzdGVy"] {
            assert!(!text.contains(secret), "{secret} in\n{text}");
        }
    }

    // again on the same day: the same inputs are the same image, and the service runs it already
    stage.release([]).exits(0).says(["nothing to push", "nothing to deploy"]);

    // another image under the same name is refused, and nothing is written
    let other = stage.project.root.join("config/prod/settings.toml");
    std::fs::write(other, "environment = \"other\"\n").expect("another configuration");
    let refused = stage.release([]);
    refused.exits(3).says(["is taken by", "--suffix 2"]);
    assert_eq!(prod.aws(&["ecs", "list-task-definitions"])["taskDefinitionArns"].as_array().map(Vec::len), Some(2));
    stage.release(["--suffix", "2"]).exits(0).says(["-1.4.2-2", "web:2 → web:3"]);
}

#[test]
fn a_release_into_another_account_than_expected_writes_nothing() {
    let stage = Stage::set();
    let settings = stage.project.root.join("gantry.toml");
    let text = std::fs::read_to_string(&settings).expect("settings");
    std::fs::write(&settings, text.replace("expect_account = \"222222222222\"", "expect_account = \"333333333333\""))
        .expect("settings");
    stage
        .release([])
        .exits(2)
        .prints_nothing()
        .says(["session `prod` belongs to account 222222222222, but 333333333333 is expected", "[sessions.prod]"]);
    assert_eq!(stage.project.kept(), []);
}
