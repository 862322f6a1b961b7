//! Names of images in registries: listed, given, taken away; rehearsed in ECR, and in a real registry with skopeo beside.
#![allow(clippy::disallowed_methods, reason = "stories set up files, servers and processes")]

mod support;

use serde_json::{Value, json};
use support::image::{push, skopeo_inspect};
use support::moto::{Account, PROD_ACCOUNT, REGION, ROLE};
use support::project::Project;
use support::sandbox::Sandbox;
use support::servers::Server;
use support::stage::TEST_LOGIN;
use support::{Ended, checkout, gantry};

/// Rehearses a script in the release's world, `and` this more in its file.
fn rehearse(script: &str, and: &str) -> Ended {
    let world = std::fs::read_to_string(checkout().join("scripts/release.world.toml")).expect("the world");
    let world = world.replace("[args]\nimage", "[args]\n# image") + and;
    let script = format!("let shop = ecr::repository(aws::session(\"prod\"), \"shop\");\n{script}");
    let project = Project::with_the_release().file("scripts/it.rhai", script).file("scripts/it.world.toml", world);
    gantry(&project.root).args(["rehearse", "scripts/it.rhai"]).ends()
}

#[test]
fn in_ecr_a_tag_is_given_listed_and_taken_away() {
    let ended = rehearse(
        r#"
        const PROD = #{ session: "prod" };
        let old = shop.image("20261105-1.4.1");
        let live = image::retag(old, "live", PROD);
        let same = image::retag(old, "live", PROD).digest == live.digest;
        let tags = image::tags(shop.image("any"), PROD);
        let dated = image::tags(shop.image("any"), #{ session: "prod", pattern: "2026*" });
        let deleted = [image::delete(shop.image("live"), PROD), image::delete(shop.image("live"), PROD)];
        let left = image::tags(shop.image("any"), PROD);
        let pinned = image::digest(old, PROD);
        [same, live.tag, live.digest == pinned.digest, tags, dated, deleted, left,
         image::exists(old, PROD), image::exists(shop.image("live"), PROD), image::digest(shop.image("live"), PROD)]
        "#,
        "",
    );
    let dated = "20261105-1.4.1";
    let expected = json!([true, "live", true, [dated, "live"], [dated], [true, false], [dated], true, false, null]);
    assert_eq!(ended.value(), expected);
    ended.says(["is tagged live too: sha256:", "nothing to tag", "deleted", "is not there: nothing to delete"]);
}

#[test]
fn a_tag_that_is_taken_is_refused_and_an_immutable_one_explained() {
    let second = "\n[[repositories.images]]\ntags = [\"other\"]\nlayers = [\"world/app\"]\n";
    let world = |immutable: &str| {
        let repository = "\n[[repositories]]\naccount = \"prod\"\nname = \"more\"\n".to_owned();
        format!("{repository}{immutable}{second}{}", second.replace("other", "one").replace("world/app", "world/base"))
    };
    let script = |how: &str| {
        format!(
            r#"let more = ecr::repository(aws::session("prod"), "more");
            image::retag(more.image("one"), "other", #{{ session: "prod"{how} }}).tag"#
        )
    };
    let taken = rehearse(&script(""), &world(""));
    taken.exits(3).prints_nothing().says(["tag other of", "is taken by sha256:", "nothing was written"]);
    let replaced = rehearse(&script(", replace: true"), &world(""));
    assert_eq!(replaced.value(), json!("other"));
    let immutable = rehearse(&script(", replace: true"), &world("immutable = true\n"));
    immutable.exits(3).prints_nothing().says(["the tag is immutable here and has another image"]);
    let missing = rehearse(&script("").replace("\"one\"", "\"none\""), &world(""));
    missing.exits(3).prints_nothing().says(["repository `more` has no such image"]);
}

#[test]
fn an_image_is_promoted_to_another_account_under_all_of_its_tags() {
    let promote = |how: &str| {
        format!(
            r#"let tested = "111111111111.dkr.ecr.ap-northeast-1.amazonaws.com/shop:1.4.2";
            let target = "222222222222.dkr.ecr.ap-northeast-1.amazonaws.com/released/shop";
            let released = image::promote(tested, target, #{{ from: "test", to: "prod", also: ["live", "20261120"]{how} }});
            [released.string, image::tags(target, #{{ session: "prod" }}).len(),
             image::digest(tested, #{{ session: "test" }}).digest == released.digest]"#
        )
    };
    let ended = rehearse(&promote(", create: true"), "");
    let value = ended.value();
    let name = value[0].as_str().unwrap_or_default();
    assert!(
        name.starts_with("222222222222.dkr.ecr.ap-northeast-1.amazonaws.com/released/shop:1.4.2@sha256:"),
        "{name}"
    );
    assert_eq!(json!([value[1], value[2]]), json!([3, true]));
    ended.says(["created repository released/shop", "is tagged live too", "is tagged 20261120 too"]);
    let missing = rehearse(&promote(""), "");
    missing.exits(3).prints_nothing().says(["released/shop"]);
}

#[test]
fn a_plan_foresees_tags_and_deletions_and_writes_nothing() {
    let script = r#"
        const PROD = #{ session: "prod" };
        let shop = "222222222222.dkr.ecr.ap-northeast-1.amazonaws.com/shop";
        let live = image::retag(`${shop}:20261105-1.4.1`, "live", PROD);
        let planned = image::exists(`${shop}:live`, PROD);
        image::delete(`${shop}:live`, PROD);
        if !planned || image::exists(`${shop}:live`, PROD) { throw "not foreseen"; }
    "#;
    let sandbox = Sandbox::of_the_release(1, "");
    std::fs::write(sandbox.home.root.join("it.rhai"), script).expect("the script");
    let before = sandbox.world();
    let ended = sandbox.gantry(&["plan", "it.rhai"]);
    ended.exits(0);
    for told in [
        "also live",
        "tag live: not there → sha256:",
        "0 B to move",
        "delete image",
        "ecr:PutImage",
        "ecr:BatchDeleteImage",
    ] {
        assert!(ended.stdout.contains(told), "`{told}` is missing in {ended}");
    }
    assert_eq!(sandbox.world(), before);
}

#[test]
fn in_another_registry_one_liners_do_it_and_skopeo_agrees() {
    let registry = Server::registry(TEST_LOGIN.0, TEST_LOGIN.1);
    let host = registry.host();
    let settings =
        format!("[registries.\"{host}\"]\nusername = \"{}\"\npassword = \"{}\"\n", TEST_LOGIN.0, TEST_LOGIN.1);
    let project = Project::empty().file("gantry.toml", settings);
    push(&registry, TEST_LOGIN, "shop", "1.4.2", &project.root.join("made"));
    let eval = |expression: &str| {
        let expression = expression.replace("HOST", &host);
        gantry(&project.root).args(["eval", &expression]).ends()
    };

    let copied = eval(r#"image::copy("HOST/shop:1.4.2", "HOST/team/copy:v1").string"#);
    let digest = skopeo_inspect(&registry, TEST_LOGIN, "shop:1.4.2")["Digest"].clone();
    assert_eq!(copied.value(), json!(format!("{host}/team/copy:v1@{}", digest.as_str().unwrap_or_default())));
    assert_eq!(skopeo_inspect(&registry, TEST_LOGIN, "team/copy:v1")["Digest"], digest);

    assert_eq!(eval(r#"image::retag("HOST/shop:1.4.2", "live").tag"#).value(), json!("live"));
    assert_eq!(skopeo_inspect(&registry, TEST_LOGIN, "shop:live")["Digest"], digest);
    assert_eq!(eval(r#"image::tags("HOST/shop")"#).value(), json!(["live", "1.4.2"]));
    assert_eq!(eval(r#"image::tags("HOST/shop", #{ pattern: "1.*", limit: 3 })"#).value(), json!(["1.4.2"]));
    assert_eq!(eval(r#"image::exists("HOST/shop:none")"#).value(), json!(false));
    let inspected = eval(
        r#"let i = image::inspect("HOST/shop:1.4.2"); [i.platforms, i.labels, i.layers.len() > 1, i.created != ()]"#,
    );
    assert_eq!(inspected.value(), json!([["linux/amd64"], {}, true, true]));

    // Distribution deletes by digest alone, with all tags
    let by_tag = eval(r#"image::delete("HOST/shop:live")"#);
    by_tag.exits(3).prints_nothing().says(["it deletes images by their digests alone", "name the image by its digest"]);
    let both = eval(r#"image::delete(image::digest("HOST/shop:live"))"#);
    both.exits(2).prints_nothing().says(["names a tag and a digest"]);
    let kept = eval(r#"image::delete(image::digest("HOST/shop:live").without_tag())"#);
    kept.exits(3)
        .prints_nothing()
        .says(["has tags that would go with it: 1.4.2, live", "say `tags: true` if they may"]);
    let deleted = eval(
        r#"let it = image::digest("HOST/shop:live").without_tag();
           [image::delete(it, #{ tags: true }), image::delete(it)]"#,
    );
    assert_eq!(deleted.value(), json!([true, false]));
    assert_eq!(eval(r#"image::exists("HOST/shop:1.4.2")"#).value(), json!(false));
    eval(r#"image::tags("HOST/nothing")"#).exits(3).prints_nothing().says(["list tags of repository `nothing`"]);
    eval("image::tags(7)").exits(2).prints_nothing().says(["takes an image or its text"]);
}

#[test]
fn only_a_push_that_writes_leaves_a_run_behind() {
    let registry = Server::registry(TEST_LOGIN.0, TEST_LOGIN.1);
    let host = registry.host();
    let settings =
        format!("[registries.\"{host}\"]\nusername = \"{}\"\npassword = \"{}\"\n", TEST_LOGIN.0, TEST_LOGIN.1);
    let project = Project::empty().file("gantry.toml", settings).file("more", "more\n");
    push(&registry, TEST_LOGIN, "shop", "1.4.2", &project.root.join("made"));
    let eval = |expression: &str| {
        let expression = expression.replace("HOST", &host);
        gantry(&project.root).args(["eval", &expression]).ends()
    };

    let copy = r#"image::copy("HOST/shop:1.4.2", "HOST/team/copy:v1").string"#;
    let copied = eval(copy);
    copied.says([" moved, "]);
    assert_eq!(project.journals().len(), 1);
    let again = eval(copy);
    again.says(["is there already with sha256:", "nothing to push"]);
    assert_eq!(again.value(), copied.value());
    assert_eq!(project.journals().len(), 1, "there was nothing to write");

    let one_more = r#"image::rebuild("HOST/shop:1.4.2", "HOST/shop:more", #{ files: #{ "/more": file("more") } })"#;
    let rebuilt = eval(one_more);
    assert_eq!(project.journals().len(), 2);
    assert_eq!(eval(one_more).value(), rebuilt.value());
    let taken = eval(r#"image::copy("HOST/shop:more", "HOST/team/copy:v1")"#);
    taken.exits(3).prints_nothing().says(["tag v1 of", "is taken by sha256:", "nothing was written"]);
    assert!(!taken.stderr.contains("gantry resume"), "{taken}");
    assert_eq!(project.journals().len(), 2);
}

#[test]
fn against_moto_a_tag_is_given_by_two_calls_and_aws_cli_agrees() {
    let moto = Server::moto();
    let prod = Account::prod(&moto);
    prod.aws(&["ecr", "create-repository", "--repository-name", "shop"]);
    prod.aws(&["ecr", "create-repository", "--repository-name", "kept", "--image-tag-mutability", "IMMUTABLE"]);
    let manifest = |layer: char| {
        let blob = |kind: &str, of: char| {
            let digest = format!("sha256:{}", of.to_string().repeat(64));
            json!({ "mediaType": format!("application/vnd.oci.image.{kind}"), "digest": digest, "size": 2 })
        };
        json!({ "schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json",
            "config": blob("config.v1+json", 'c'), "layers": [blob("layer.v1.tar+gzip", layer)] })
    };
    for (tag, layer) in [("1.4.1", 'a'), ("1.4.2", 'b')] {
        let manifest = manifest(layer).to_string();
        for repository in ["shop", "kept"] {
            let put = ["ecr", "put-image", "--repository-name", repository, "--image-tag", tag];
            prod.aws(&[&put[..], &["--image-manifest", &manifest]].concat());
        }
    }
    let settings =
        format!("[sessions.prod]\nregion = \"{REGION}\"\nendpoint = \"{}\"\nassume_role = \"{ROLE}\"\n", moto.url());
    let project = Project::empty().file("gantry.toml", settings);
    let eval = |expression: &str| {
        let shop = format!("{PROD_ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/shop");
        let expression = expression
            .replace("SHOP", &shop)
            .replace("KEPT", &shop.replace("/shop", "/kept"))
            .replace("PROD", r#"session: "prod""#);
        let started = gantry(&project.root).args(["eval", &expression]);
        started.env("AWS_ACCESS_KEY_ID", "key").env("AWS_SECRET_ACCESS_KEY", "secret").ends()
    };
    let digest = |tag: &str| {
        let id = format!("imageTag={tag}");
        let answer = prod.aws(&["ecr", "batch-get-image", "--repository-name", "shop", "--image-ids", &id]);
        answer["images"][0]["imageId"]["imageDigest"].clone()
    };

    let tagged = eval(r#"image::retag("SHOP:1.4.2", "live", #{ PROD }).digest"#);
    assert_eq!((tagged.value(), digest("live")), (digest("1.4.2"), digest("1.4.2")));
    eval(r#"image::retag("SHOP:1.4.2", "live", #{ PROD })"#).exits(0).says(["nothing to tag"]);
    eval(r#"image::retag("SHOP:1.4.1", "live", #{ PROD })"#).exits(3).says(["tag live of", "is taken by"]);
    assert_eq!(digest("live"), digest("1.4.2"));
    eval(r#"image::retag("SHOP:1.4.1", "live", #{ PROD, replace: true })"#).exits(0);
    assert_eq!(digest("live"), digest("1.4.1"));
    let mut tags = eval(r#"image::tags("SHOP", #{ PROD })"#).value();
    tags.as_array_mut().expect("tags").sort_by_key(ToString::to_string);
    assert_eq!(tags, json!(["1.4.1", "1.4.2", "live"]));
    assert_eq!(
        eval(r#"[image::delete("SHOP:live", #{ PROD }), image::delete("SHOP:live", #{ PROD })]"#).value(),
        json!([true, false])
    );
    assert_eq!((digest("live"), digest("1.4.1").is_string()), (Value::Null, true));

    // by its digest it would take its tags with it
    let old = digest("1.4.1").as_str().expect("a digest").to_owned();
    let kept = eval(&format!(r#"image::delete("SHOP@{old}", #{{ PROD }})"#));
    kept.exits(3).prints_nothing().says(["has tags that would go with it: 1.4.1", "nothing was deleted"]);
    assert!(digest("1.4.1").is_string());
    let deleted = eval(&format!(r#"image::delete("SHOP@{old}", #{{ PROD, tags: true }})"#));
    assert_eq!((deleted.value(), digest("1.4.1")), (json!(true), Value::Null));
    let gone = eval(&format!(r#"image::delete("SHOP@{old}", #{{ PROD }})"#));
    assert_eq!(gone.value(), json!(false));

    let refused = eval(r#"image::retag("KEPT:1.4.2", "1.4.1", #{ PROD, replace: true })"#);
    refused.exits(3).says(["the tag is immutable here and has another image"]);
    eval(r#"image::retag("SHOP:none", "live", #{ PROD })"#).exits(3).says(["has no such image"]);
}
