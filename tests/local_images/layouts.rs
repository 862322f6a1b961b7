//! OCI layouts: handed to a registry and back, for skopeo and umoci, and from one to the other.

use super::hand::Hand;
use super::support::image::{skopeo, umoci};
use super::support::layout::sha256;
use serde_json::{Value, json};
use std::fs;

#[test]
fn a_layout_is_handed_to_a_registry_and_back_and_strangers_agree() {
    let hand = Hand::out();
    let digest = hand.digest("in/app", "made");
    let host = hand.registry.host();
    let pushed = hand.eval(r#"image::copy("oci:in/app", "HOST/shop:1.4.2").string"#);
    pushed.exits(0).says(["oci:in/app is sha256:", "pushed", "3 blobs", "moved"]);
    assert_eq!(pushed.stdout.trim(), format!("{:?}", format!("{host}/shop:1.4.2@{digest}")));
    assert_eq!(hand.pushed("shop:1.4.2"), digest);

    // back, under the tag that it has there
    let back = hand.value(r#"image::copy("HOST/shop:1.4.2", image::layout("out/app")).string"#);
    assert_eq!(back, json!(format!("oci:out/app:1.4.2@{digest}")));
    assert_eq!(hand.digest("out/app", "1.4.2"), digest);
    assert_eq!(hand.json("out/app/oci-layout"), json!({ "imageLayoutVersion": "1.0.0" }));
    let manifest = hand.seen("oci", "out/app:1.4.2");
    assert_eq!(sha256(manifest.to_string().as_bytes()), digest);
    let (image, bundle) = (format!("{}:1.4.2", hand.at("out/app").display()), hand.at("bundle").display().to_string());
    umoci(&["unpack", "--rootless", "--image", &image, &bundle]);
    assert_eq!(fs::read_to_string(hand.at("bundle/rootfs/app/start")).expect("a file"), "#!/bin/sh\n");

    // a second time nothing moves, and a tag that is taken stays
    hand.eval(r#"image::copy("HOST/shop:1.4.2", "oci:out/app")"#)
        .exits(0)
        .says(["is there already", "nothing to push"]);
    let taken = hand.eval(r#"image::copy("oci:in/zstd", "oci:out/app:1.4.2")"#);
    taken.exits(3).prints_nothing().says(["tag 1.4.2 of oci:out/app is taken by", "nothing was written"]);
    assert_eq!(
        hand.value(r#"image::copy("oci:in/zstd", "oci:out/app:1.4.2", #{ replace: true }).tag"#),
        json!("1.4.2")
    );
    assert_eq!(hand.digest("out/app", "1.4.2"), hand.digest("in/zstd", "made"));
}

#[test]
fn what_skopeo_wrote_is_read() {
    let hand = Hand::out();
    let (from, to) = (format!("oci:{}:made", hand.at("in/app").display()), hand.at("theirs").display().to_string());
    skopeo(&["copy", "-q", &from, &format!("oci:{to}")]);
    skopeo(&["copy", "-q", &from, &format!("oci:{to}:docker.io/library/shop:1.4")]);
    // one image, once without a name and once with its whole reference
    let digest = hand.digest("in/app", "made");
    assert_eq!(hand.value(r#"image::copy("oci:theirs", "HOST/shop:a").digest"#), json!(digest));
    let whole = r#"image::copy("oci:theirs:docker.io/library/shop:1.4", "HOST/shop:b").digest"#;
    assert_eq!(hand.value(whole), json!(digest));
    let pinned = format!(r#"image::copy("oci:theirs@{digest}", "oci:mine").string"#);
    assert_eq!(hand.value(&pinned), json!(format!("oci:mine:latest@{digest}")));
}

#[test]
fn an_index_goes_whole_or_by_platform_from_layout_to_layout() {
    let hand = Hand::out();
    let digest = hand.digest("in/both", "made");
    assert_eq!(hand.value(r#"image::copy("oci:in/both:made", "oci:out/both").digest"#), json!(digest));
    for (name, list) in [("in/both", files(&hand, "in/both")), ("out/both", files(&hand, "out/both"))] {
        assert_eq!(list, files(&hand, "in/both"), "{name}");
    }
    assert_eq!(hand.value(r#"image::copy("oci:out/both", "HOST/both:1").digest"#), json!(digest));
    let one = hand.value(r#"image::copy("oci:out/both", "oci:out/arm:1", #{ platforms: ["linux/arm64"] }).digest"#);
    let manifest = hand.seen("oci", "out/arm:1");
    assert_eq!(one, json!(sha256(manifest.to_string().as_bytes())));
    assert_eq!(files(&hand, "out/arm").len(), 3);
    let missing = hand.eval(r#"image::copy("oci:out/both", "oci:out/x", #{ platforms: ["linux/s390x"] })"#);
    missing.exits(3).says([
        "of the OCI layout `out/both`",
        "it has no image for linux/s390x",
        "linux/amd64, linux/arm64",
    ]);
    assert!(!hand.at("out/x").exists());
}

/// The blobs of a layout.
fn files(hand: &Hand, layout: &str) -> Vec<String> {
    let names = fs::read_dir(hand.at(layout).join("blobs/sha256")).expect("blobs");
    let mut names: Vec<_> =
        names.map(|entry| entry.expect("a blob").file_name().into_string().expect("UTF-8")).collect();
    names.sort();
    names
}

#[test]
fn what_else_a_layout_holds_stays() {
    let hand = Hand::out();
    let mut index = hand.json("in/app/index.json");
    index["annotations"] = json!({ "team": "shop" });
    index["x-unknown"] = json!([1]);
    index["manifests"][0]["x-unknown"] = json!({ "kept": true });
    fs::write(hand.at("in/app/index.json"), index.to_string()).expect("the index");
    hand.eval(r#"image::copy("oci:in/zstd", "oci:in/app:other")"#).exits(0);
    let mut after = hand.json("in/app/index.json");
    let added = after["manifests"].as_array_mut().expect("manifests").pop();
    assert_eq!(after, index);
    assert_eq!(added.map(|entry| entry["digest"].clone()), Some(json!(hand.digest("in/zstd", "made"))));
    // now there are two, and one has to be named
    let several = hand.eval(r#"image::copy("oci:in/app", "HOST/shop:1")"#);
    several.exits(2).prints_nothing().says([
        "in the OCI layout `in/app` there are 2 images",
        "oci:in/app:NAME",
        "made, other",
    ]);
    let unknown = hand.eval(r#"image::copy("oci:in/app:v9", "HOST/shop:1")"#);
    unknown.exits(3).prints_nothing().says(["image oci:in/app:v9 is not there", "other, made"]);
}

#[test]
fn they_are_asked_about_tagged_and_deleted_as_a_registrys() {
    let hand = Hand::out();
    let digest = hand.digest("in/app", "made");
    let told = hand.value(
        r#"let i = image::inspect("oci:in/app"); [i.digest, i.platform, i.layers.len(), i.config.config.Env, image::exists("oci:in/app:made"),
           image::exists("oci:in/app:none"), image::exists("oci:nowhere"), image::digest("oci:in/app").string, image::digest("oci:nowhere")]"#,
    );
    let pinned = format!("oci:in/app@{digest}");
    assert_eq!(told, json!([digest, "linux/amd64", 2, ["A=1"], true, false, false, pinned, null]));
    assert_eq!(hand.value(r#"image::inspect("oci:in/both").platforms"#), json!(["linux/amd64", "linux/arm64"]));
    let tagged = hand.value(r#"[image::retag("oci:in/app", "live").tag, image::tags("oci:in/app")]"#);
    assert_eq!(tagged, json!(["live", ["made", "live"]]));
    let deleted = r#"[image::delete("oci:in/app:made"), image::delete("oci:in/app:made"), image::tags("oci:in/app")]"#;
    assert_eq!(hand.value(deleted), json!([true, false, ["live"]]));
    hand.eval(r#"image::tags("oci:nowhere")"#)
        .exits(3)
        .says(["there is no folder `nowhere`, which should be an OCI layout"]);
    let promoted = hand.value(r#"image::promote("oci:in/app:live", "oci:out/shop", #{ also: ["v1"] }).string"#);
    assert_eq!(promoted, json!(format!("oci:out/shop:live@{digest}")));
    assert_eq!(hand.digest("out/shop", "v1"), digest);
}

#[test]
fn it_is_rebuilt_into_a_layout_and_into_a_registry_to_the_same_digest() {
    let hand = Hand::out();
    let rebuild = |from: &str, to: &str| {
        let how = r#"#{ files: #{ "/app/config": dir("config") }, env: #{ MODE: "prod" } }"#;
        hand.value(&format!(r#"image::rebuild("{from}", "{to}", {how}).digest"#))
    };
    for base in ["in/app", "in/zstd", "in/both"] {
        let local = rebuild(&format!("oci:{base}"), &format!("oci:out/{base}:new"));
        let remote = rebuild(&format!("oci:{base}:made"), &format!("HOST/{base}:new"));
        assert_eq!(
            (&local, &hand.digest(&format!("out/{base}"), "new")),
            (&remote, &remote.as_str().expect("text").to_owned())
        );
    }
    let (image, bundle) = (format!("{}:new", hand.at("out/in/app").display()), hand.at("bundle").display().to_string());
    umoci(&["unpack", "--rootless", "--image", &image, &bundle]);
    assert_eq!(fs::read_to_string(hand.at("bundle/rootfs/app/config/app.env")).expect("a file"), "MODE=prod\n");
}

#[test]
fn a_plan_writes_nothing_and_foresees_what_a_run_does() {
    let hand = Hand::out();
    let script = r#"
        let out = image::copy("oci:in/app", "oci:out/app:v1");
        let again = image::rebuild("oci:out/app", "oci:out/app:v2", #{ env: #{ B: "2" } });
        log::info(`${out.digest} ${again.digest} ${image::exists("oci:out/app:v2")}`);
    "#;
    fs::write(hand.at("it.rhai"), script).expect("the script");
    let planned = hand.gantry(&["plan", "it.rhai"]);
    planned.exits(0);
    assert!(!hand.at("out").exists());
    let digests = |ended: &super::support::Ended| {
        let line = ended.stderr.lines().find(|line| line.contains(" true")).map(str::to_owned);
        let line = line.unwrap_or_else(|| panic!("{ended}"));
        line.split(' ').filter(|word| word.starts_with("sha256:")).map(str::to_owned).collect::<Vec<_>>()
    };
    let ran = hand.gantry(&["run", "it.rhai"]);
    ran.exits(0);
    assert_eq!(digests(&planned), digests(&ran));
    assert_eq!(digests(&ran), [hand.digest("out/app", "v1"), hand.digest("out/app", "v2")]);
}

#[test]
fn a_rehearsal_reads_and_writes_nothing() {
    let hand = Hand::out();
    let world = "now = \"2026-11-20T02:00+09:00\"\n\n[accounts.prod]\nid = \"222222222222\"\nregion = \"ap-northeast-1\"\n\n\
                 [[repositories]]\naccount = \"prod\"\nname = \"shop\"\n";
    let script = r#"
        let shop = "222222222222.dkr.ecr.ap-northeast-1.amazonaws.com/shop:1";
        let pushed = image::copy("oci:in/both", shop, #{ to: "prod" });
        let pulled = image::copy(pushed, "oci:out/app", #{ from: "prod" });
        let again = image::copy(pulled, "oci:out/more");
        [pushed.digest == again.digest, pulled.string, image::tags("oci:out/more")]
    "#;
    fs::write(hand.at("it.rhai"), script).expect("the script");
    fs::write(hand.at("it.world.toml"), world).expect("the world");
    let ended = hand.gantry(&["rehearse", "it.rhai"]);
    ended.exits(0);
    let told: Value = serde_json::from_str(&ended.stdout).expect("JSON");
    let digest = hand.digest("in/both", "made");
    assert_eq!(told, json!([true, format!("oci:out/app:1@{digest}"), ["1"]]));
    assert!(!hand.at("out").exists());
}
