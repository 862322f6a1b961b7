//! What is not read, not written and not accepted: places outside of the project, what is no layout, what is damaged.

use super::hand::Hand;
use super::support::gantry;
use super::support::project::Project;
use serde_json::json;
use std::fs;
use std::os::unix::fs::symlink;

#[test]
fn no_place_outside_of_the_project_is_read_or_written() {
    let hand = Hand::out();
    let (inside, outside) = (hand.project.root.join("in/app"), hand.project.root.with_extension("outside"));
    fs::create_dir_all(&outside).expect("a folder");
    symlink(&outside, hand.at("link")).expect("a link");
    symlink(hand.project.root.with_extension("nowhere"), hand.at("dangling")).expect("a link");
    let absolute = inside.display().to_string();
    for path in ["../x", "in/../../x", &absolute, "link", "link/below", "dangling", "dangling/below"] {
        let read = hand.eval(&format!(r#"image::exists("oci:{path}")"#));
        let write = hand.eval(&format!(r#"image::copy("oci:in/app", "oci:{path}:v1")"#));
        if !path.contains("dangling") && path != "link/below" {
            read.exits(2).prints_nothing().says([&format!("`{path}"), "outside the project"]);
        }
        write.exits(2).prints_nothing().says(["outside the project"]);
    }
    hand.eval(r#"image::copy("oci:in/app", "oci:.gantry/runs/x:v1")"#).exits(2).says(["where gantry keeps its runs"]);
    assert_eq!(fs::read_dir(&outside).expect("the folder").count(), 0);
    assert!(!hand.project.root.with_extension("nowhere").exists());
    fs::remove_dir_all(&outside).expect("it is ours");
}

#[test]
fn what_is_no_layout_is_neither_read_nor_written_to() {
    let hand = Hand::out();
    let app = fs::read(hand.at("config/app.env")).expect("a file");
    for line in [r#"image::exists("oci:config")"#, r#"image::copy("oci:in/app", "oci:config:v1")"#] {
        hand.eval(line)
            .exits(3)
            .prints_nothing()
            .says(["`config` is not an OCI image layout: there is no `oci-layout` in it"]);
    }
    assert_eq!(fs::read_dir(hand.at("config")).expect("the folder").count(), 1);
    assert_eq!(fs::read(hand.at("config/app.env")).expect("a file"), app);
    let absent = hand.eval(r#"image::copy("oci:nowhere", "HOST/shop:1")"#);
    absent.exits(3).prints_nothing().says(["there is no folder `nowhere`", "relative to the project's root"]);
    fs::write(hand.at("in/zstd/index.json"), "{\"manifests\":[{}]}").expect("the index");
    let broken = hand.eval(r#"image::exists("oci:in/zstd")"#);
    broken.exits(1).says(["`in/zstd/index.json` cannot be understood: entry 0"]);
    fs::write(hand.at("in/app/oci-layout"), r#"{"imageLayoutVersion":"2.0.0"}"#).expect("the mark");
    hand.eval(r#"image::exists("oci:in/app")"#).exits(3).says(["it is of version 2.0.0"]);
}

#[test]
fn a_damaged_blob_is_named_and_no_tag_is_written() {
    let hand = Hand::out();
    let manifest = hand.digest("in/app", "made");
    let manifest = hand.json(&format!("in/app/blobs/sha256/{}", &manifest[7..]));
    let layer = manifest["layers"][0]["digest"].as_str().expect("a digest").to_owned();
    let place = hand.at("in/app/blobs/sha256").join(&layer[7..]);
    let whole = fs::read(&place).expect("the layer");
    let mut turned = whole.clone();
    turned[1 << 20] ^= 1;
    for (content, says) in [(&turned[..], "what came is sha256:"), (&whole[..whole.len() - 1], "bytes are announced")] {
        fs::write(&place, content).expect("the layer");
        for target in ["HOST/shop:1", "oci:out/app:1"] {
            let ended = hand.eval(&format!(r#"image::copy("oci:in/app", "{target}")"#));
            ended.prints_nothing().says([
                &format!("could not read blob {layer} of the OCI layout `in/app`"),
                says,
                "damaged",
            ]);
            assert_eq!(hand.value(&format!(r#"image::exists("{target}")"#)), json!(false), "{ended}");
        }
    }
    fs::remove_file(&place).expect("the layer");
    let gone = hand.eval(r#"image::copy("oci:in/app", "oci:out/app:1")"#);
    gone.prints_nothing()
        .says([&format!("blob {layer} is missing: there is no `in/app/blobs/sha256/{}`", &layer[7..])]);
    // when it is whole again the copy goes on, and nothing is left of the attempts
    fs::write(&place, &whole).expect("the layer");
    hand.eval(r#"image::copy("oci:in/app", "oci:out/app:1")"#).exits(0);
    let mut names: Vec<_> =
        fs::read_dir(hand.at("out/app")).expect("the layout").map(|one| one.expect("a name").file_name()).collect();
    names.sort();
    assert_eq!(names, ["blobs", "index.json", "oci-layout"]);
    // a blob in the way that is not what its name says is not given a name
    let half = hand.at("out/half/blobs/sha256");
    fs::create_dir_all(&half).expect("a folder");
    fs::write(hand.at("out/half/oci-layout"), r#"{"imageLayoutVersion":"1.0.0"}"#).expect("the mark");
    fs::write(half.join(&layer[7..]), b"half").expect("a blob");
    let refused = hand.eval(r#"image::copy("oci:in/app", "oci:out/half:1")"#);
    refused
        .prints_nothing()
        .says([&format!("`out/half/blobs/sha256/{}` has 4 bytes, and should have", &layer[7..]), "remove that file"]);
    assert_eq!(hand.value(r#"image::exists("oci:out/half:1")"#), json!(false));
}

/// What a copy has done to a folder by then.
type Moment<'a> = &'a dyn Fn(&str) -> std::io::Result<()>;

#[test]
fn whatever_a_killed_copy_has_left_the_next_one_completes_it() {
    let hand = Hand::out();
    let digest = hand.digest("in/app", "made");
    let manifest = hand.json(&format!("in/app/blobs/sha256/{}", &digest[7..]));
    let layer = manifest["layers"][1]["digest"].as_str().expect("a digest")[7..].to_owned();
    // the moments of a copy, in their order
    let mark = |folder: &str| fs::write(hand.at(folder).join("oci-layout"), r#"{"imageLayoutVersion":"1.0.0"}"#);
    let part = |folder: &str| fs::write(hand.at(folder).join(".gantry-part-1-0"), b"half of a blob");
    let blob = |folder: &str| {
        let (from, to) = (hand.at("in/app/blobs/sha256"), hand.at(folder).join("blobs/sha256"));
        fs::create_dir_all(&to).and_then(|()| fs::copy(from.join(&layer), to.join(&layer))).map(drop)
    };
    let moments: [Moment<'_>; 4] = [&part, &mark, &part, &blob];
    for count in 0..=moments.len() {
        let folder = format!("out/{count}");
        fs::create_dir_all(hand.at(&folder)).expect("a folder");
        for moment in &moments[..count] {
            moment(&folder).expect("the moment");
        }
        assert_eq!(hand.value(&format!(r#"image::exists("oci:{folder}")"#)), json!(false), "{count}");
        assert_eq!(hand.value(&format!(r#"image::copy("oci:in/app", "oci:{folder}:v1").digest"#)), json!(digest));
        assert_eq!(hand.digest(&folder, "v1"), digest);
        let mut names: Vec<_> =
            fs::read_dir(hand.at(&folder)).expect("the layout").map(|one| one.expect("a name").file_name()).collect();
        names.sort();
        assert_eq!(names, ["blobs", "index.json", "oci-layout"], "{count}");
    }
}

#[test]
fn copies_to_one_folder_at_the_same_time_lose_nothing() {
    let hand = Hand::out();
    let lines = r#"parallel(["a", "b", "c", "d", "e", "f"], |tag| image::copy("oci:in/app", "oci:out/app:" + tag)); image::tags("oci:out/app")"#;
    assert_eq!(hand.value(lines), json!(["f", "e", "d", "c", "b", "a"]));
    // images of an archive wait beside it until they are whole
    let lines = r#"
        let all = [["in/app", "a"], ["in/zstd", "b"], ["in/both", "c"], ["in/app", "d"]];
        parallel(all, |it| image::copy(`oci:${it[0]}`, `oci-archive:out/app.tar:${it[1]}`));
        image::tags("oci-archive:out/app.tar")
    "#;
    assert_eq!(hand.value(lines), json!(["d", "c", "b", "a"]));
    let names = fs::read_dir(hand.at("out")).expect("the folder").map(|one| one.expect("a name").file_name());
    assert_eq!(names.count(), 2, "nothing is left beside");
}

#[test]
fn where_a_registry_is_needed_they_are_refused_and_no_name_of_docker_hub() {
    let hand = Hand::out();
    for (line, says) in [
        (r#"image::build(image::layout("out/app", "v1"), #{})"#, "is an OCI layout on this machine"),
        (
            r#"let td = taskdef::from(#{ family: "w", containerDefinitions: [#{ name: "a", image: "x" }] }); td.set_image("a", image::layout("out/app"))"#,
            "no registry's image",
        ),
        (r#"image::exists("docker-daemon:shop:1")"#, "images of `docker-daemon:` are not read here"),
        (r#"image::exists("docker://reg.io/shop:1")"#, "leave out \"docker://\""),
        (r#"image::layout("a:b")"#, "may not contain ':'"),
    ] {
        hand.eval(line).exits(2).prints_nothing().says([says]);
    }
    // neither is one deployed; as an argument, one is as good as any
    let script = r#"
        const ARGS = #{ image: #{ help: "what is deployed", kind: "image", required: true } };
        ecs::service(aws::session("prod"), "prod", "web").deploy(#{ images: #{ app: args.image } });
    "#;
    let project = Project::with_the_release().file("scripts/it.rhai", script);
    let rehearse =
        ["rehearse", "scripts/it.rhai", "--world", "scripts/release.world.toml", "--image", "oci:out/app:v1"];
    let deployed = gantry(&project.root).args(rehearse).ends();
    deployed
        .exits(2)
        .prints_nothing()
        .says(["`oci:out/app:v1` is an OCI layout on this machine, and no registry's image"]);
    assert_eq!(
        hand.value(r#"let i = image::parse("oci:out/app:v1"); [i.domain, i.path, i.tag, i.with_tag("v2").string]"#),
        json!(["oci", "out/app", "v1", "oci:out/app:v2"])
    );
}
