//! Archives: OCI's, Docker's of every kind, read as strangers wrote them and written as strangers read them.

use super::hand::Hand;
use super::support::image::skopeo;
use super::support::layout::sha256;
use flate2::read::GzDecoder;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;
use std::io::Read as _;
use tar::{Builder, EntryType, Header};

/// The files of an archive.
fn unpacked(hand: &Hand, path: &str) -> BTreeMap<String, Vec<u8>> {
    let mut archive = tar::Archive::new(fs::File::open(hand.at(path)).expect("the archive"));
    let entries = archive.entries().expect("a tar").map(|entry| {
        let mut entry = entry.expect("an entry");
        let (name, mut bytes) = (entry.path().expect("UTF-8").display().to_string(), Vec::new());
        entry.read_to_end(&mut bytes).expect("its content");
        (name, bytes)
    });
    entries.filter(|(name, _)| !name.ends_with('/')).collect()
}

/// Writes an archive of files and links (`-> target`).
fn packed(hand: &Hand, path: &str, files: &[(&str, &[u8])]) {
    let mut tar = Builder::new(fs::File::create(hand.at(path)).expect("the archive"));
    for (name, bytes) in files {
        let mut header = Header::new_gnu();
        header.set_mode(0o644);
        if let Some(target) = bytes.strip_prefix(b"-> ") {
            header.set_entry_type(EntryType::Symlink);
            header.set_size(0);
            tar.append_link(&mut header, name, String::from_utf8_lossy(target).as_ref()).expect("a link");
        } else {
            header.set_size(bytes.len() as u64);
            tar.append_data(&mut header, name, *bytes).expect("a file");
        }
    }
    tar.into_inner().expect("the archive");
}

/// Config and layers (as tar) of the image in the layout `in/app`.
fn parts(hand: &Hand) -> (Vec<u8>, Vec<Vec<u8>>) {
    let blob = |digest: &Value| {
        let digest = digest.as_str().expect("a digest");
        fs::read(hand.at("in/app/blobs/sha256").join(&digest[7..])).expect("a blob")
    };
    let manifest: Value = serde_json::from_slice(&blob(&json!(hand.digest("in/app", "made")))).expect("JSON");
    let layers = manifest["layers"].as_array().expect("layers").iter().map(|layer| {
        let mut tar = Vec::new();
        GzDecoder::new(blob(&layer["digest"]).as_slice()).read_to_end(&mut tar).expect("gzip");
        tar
    });
    (blob(&manifest["config"]["digest"]), layers.collect())
}

#[test]
fn an_archive_for_docker_load_is_written_and_read_by_strangers() {
    let hand = Hand::out();
    let digest = hand.digest("in/app", "made");
    hand.eval(r#"image::copy("oci:in/app", "HOST/shop:1.4")"#).exits(0);
    let host = hand.registry.host();
    let saved = hand.value(r#"image::copy("HOST/shop:1.4", image::archive("out/app.tar")).string"#);
    assert_eq!(saved, json!(format!("docker-archive:out/app.tar:{host}/shop:1.4@{digest}")));
    assert_eq!(fs::read_dir(hand.at("out")).expect("the folder").count(), 1, "nothing is left beside");

    let files = unpacked(&hand, "out/app.tar");
    let items: Value = serde_json::from_slice(&files["manifest.json"]).expect("JSON");
    let (config, layers) = parts(&hand);
    assert_eq!(items[0]["RepoTags"], json!([format!("{host}/shop:1.4")]));
    assert_eq!(items[0]["Config"], json!(format!("blobs/sha256/{}", &sha256(&config)[7..])));
    for (path, layer) in items[0]["Layers"].as_array().expect("layers").iter().zip(&layers) {
        let mut tar = Vec::new();
        GzDecoder::new(files[path.as_str().expect("a path")].as_slice()).read_to_end(&mut tar).expect("gzip");
        assert!(tar == *layer);
    }
    // skopeo reads it as Docker's and as OCI's
    let place = hand.at("out/app.tar").display().to_string();
    let told = skopeo(&["inspect", "--config", "--raw", &format!("docker-archive:{place}:{host}/shop:1.4")]);
    assert_eq!(sha256(told.as_bytes()), sha256(&config));
    skopeo(&["copy", "-q", &format!("docker-archive:{place}"), &format!("dir:{}", hand.at("theirs").display())]);
    assert_eq!(sha256(skopeo(&["inspect", "--raw", &format!("oci-archive:{place}:1.4")]).as_bytes()), digest);

    // and so does gantry, to the same digest
    let back = hand.value(r#"image::copy("docker-archive:out/app.tar", "HOST/back:1").digest"#);
    assert_eq!((back, hand.pushed("back:1")), (json!(digest), digest.clone()));
    hand.eval(r#"image::copy("HOST/shop:1.4", "docker-archive:out/app.tar")"#).exits(0).says(["nothing to push"]);

    // another is added; the one that was there stays
    let both = hand.value(r#"image::copy("oci:in/zstd", "docker-archive:out/app.tar:other:2"); image::tags("docker-archive:out/app.tar")"#);
    assert_eq!(both, json!(["other:2", format!("{host}/shop:1.4")]));
    let which = hand.eval(r#"image::inspect("docker-archive:out/app.tar")"#);
    which.exits(2).says(["there are 2 images", "docker-archive:out/app.tar:NAME", "other:2"]);
    let first = fs::read(hand.at("out/app.tar")).expect("the archive");
    let again = r#"image::delete("docker-archive:out/app.tar:other:2"); image::copy("oci:in/zstd", "docker-archive:out/app.tar:other:2").tag"#;
    assert_eq!(hand.value(again), json!("other:2"));
    assert!(fs::read(hand.at("out/app.tar")).expect("the archive") == first, "the same images are the same bytes");
    let pinned = format!(r#"image::inspect("docker-archive:out/app.tar:{host}/shop:1.4").digest"#);
    assert_eq!(hand.value(&pinned), json!(digest));
}

#[test]
fn every_kind_of_a_docker_archive_is_read() {
    let hand = Hand::out();
    let (config, layers) = parts(&hand);
    let name = format!("{}.json", &sha256(&config)[7..]);
    let items = |config: &str, layers: [&str; 2]| {
        json!([{ "Config": config, "RepoTags": ["shop:1.4"], "Layers": layers }]).to_string().into_bytes()
    };
    // docker save of old: a folder a layer, one of them a link
    let old = items(&name, ["aa/layer.tar", "bb/layer.tar"]);
    packed(
        &hand,
        "old.tar",
        &[
            ("cc/layer.tar", &layers[0]),
            ("aa/layer.tar", b"-> ../cc/layer.tar"),
            ("aa/VERSION", b"1.0"),
            ("bb/layer.tar", &layers[1]),
            (&name, &config),
            ("manifest.json", &old),
            ("repositories", b"{}"),
        ],
    );
    // of today, with the store that does not keep what was pulled: OCI's with layers that are not compressed
    let place = |bytes: &[u8]| format!("blobs/sha256/{}", &sha256(bytes)[7..]);
    let descriptor = |kind: &str, bytes: &[u8]| json!({ "mediaType": format!("application/vnd.oci.image.{kind}"), "digest": sha256(bytes), "size": bytes.len() });
    let manifest = json!({ "schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": descriptor("config.v1+json", &config),
        "layers": [descriptor("layer.v1.tar", &layers[0]), descriptor("layer.v1.tar", &layers[1])] });
    let manifest = manifest.to_string().into_bytes();
    let mut entry = descriptor("manifest.v1+json", &manifest);
    entry["annotations"] =
        json!({ "io.containerd.image.name": "docker.io/library/shop:1.4", "org.opencontainers.image.ref.name": "1.4" });
    let index = json!({ "schemaVersion": 2, "manifests": [entry] }).to_string().into_bytes();
    let (of_config, first, second) = (place(&config), place(&layers[0]), place(&layers[1]));
    let today = items(&of_config, [&first, &second]);
    packed(
        &hand,
        "today.tar",
        &[
            (&of_config, &config),
            (&first, &layers[0]),
            (&second, &layers[1]),
            (&place(&manifest), &manifest),
            ("index.json", &index),
            ("manifest.json", &today),
            ("oci-layout", br#"{"imageLayoutVersion":"1.0.0"}"#),
        ],
    );
    // skopeo's own
    let from = format!("oci:{}:made", hand.at("in/app").display());
    skopeo(&["copy", "-q", &from, &format!("docker-archive:{}:shop:1.4", hand.at("theirs.tar").display())]);

    let pushed: Vec<Value> = ["old.tar", "today.tar", "theirs.tar"]
        .map(|archive| {
            let lines = format!(r#"let i = image::copy("docker-archive:{archive}", "HOST/{archive}:1"); [image::tags("docker-archive:{archive}"), i.digest]"#);
            let told = hand.value(&lines);
            assert_eq!(told[0], json!(["shop:1.4"]), "{archive}");
            assert_eq!(told[1], json!(hand.pushed(&format!("{archive}:1"))));
            told[1].clone()
        })
        .into();
    // the same tars and config give the same digest, whoever has packed them
    assert!(pushed.iter().all(|digest| *digest == pushed[0]), "{pushed:?}");
    let told = super::support::image::skopeo_config(&hand.registry, super::support::stage::TEST_LOGIN, "old.tar:1");
    assert_eq!(told, serde_json::from_slice::<Value>(&config).expect("JSON"), "the config is the same");
    let manifest = super::support::image::skopeo_raw(&hand.registry, super::support::stage::TEST_LOGIN, "old.tar:1");
    assert_eq!(manifest["config"]["digest"], json!(sha256(&config)));
    assert_eq!(manifest["layers"][0]["mediaType"], "application/vnd.docker.image.rootfs.diff.tar.gzip");
    // whole and into a layout too, where umoci takes it apart
    assert_eq!(
        hand.value(r#"image::copy("docker-archive:old.tar:shop:1.4", "oci:out/old").string"#),
        json!(format!("oci:out/old:1.4@{}", pushed[0].as_str().expect("text")))
    );
    // an archive that docker save wrote long ago takes another image
    let both = hand.value(r#"image::copy("oci:in/zstd", "docker-archive:old.tar:other:2"); [image::tags("docker-archive:old.tar"), image::digest("docker-archive:old.tar:shop:1.4").digest]"#);
    assert_eq!(both, json!([["shop:1.4", "other:2"], pushed[0]]));
}

#[test]
fn an_oci_archive_goes_both_ways() {
    let hand = Hand::out();
    let digest = hand.digest("in/both", "made");
    let saved = hand.value(r#"image::copy("oci:in/both", "oci-archive:out/both.tar:v1").string"#);
    assert_eq!(saved, json!(format!("oci-archive:out/both.tar:v1@{digest}")));
    let seen = skopeo(&["inspect", "--raw", &format!("oci-archive:{}:v1", hand.at("out/both.tar").display())]);
    assert_eq!(sha256(seen.as_bytes()), digest);
    assert_eq!(hand.value(r#"image::copy("oci-archive:out/both.tar", "HOST/both:1").digest"#), json!(digest));
    let theirs = format!("oci-archive:{}:v2", hand.at("theirs.tar").display());
    skopeo(&["copy", "-q", "--all", &format!("oci:{}:made", hand.at("in/both").display()), &theirs]);
    assert_eq!(hand.value(r#"image::digest("oci-archive:theirs.tar").digest"#), json!(digest));
    let rebuilt = hand.value(r#"image::rebuild("oci-archive:theirs.tar", "oci-archive:out/both.tar:new", #{ env: #{ B: "2" } }); image::tags("oci-archive:out/both.tar")"#);
    assert_eq!(rebuilt, json!(["v1", "new"]));
    assert_eq!(hand.value(r#"image::digest("oci-archive:out/both.tar:v1").digest"#), json!(digest));

    // Docker's has no place for both
    let refused = hand.eval(r#"image::copy("oci:in/both", "docker-archive:out/docker.tar:shop:1")"#);
    refused.exits(2).prints_nothing().says([
        "has no place for an image of several platforms",
        "linux/amd64, linux/arm64",
        "platforms: [\"linux/amd64\"]",
    ]);
    assert!(!hand.at("out/docker.tar").exists());
    hand.eval(r#"image::copy("oci:in/both", "docker-archive:out/docker.tar:shop:1", #{ platforms: ["linux/arm64"] })"#)
        .exits(0);
    assert_eq!(
        hand.value(r#"image::inspect(image::archive("out/docker.tar", "shop:1")).platform"#),
        json!("linux/arm64")
    );
    let named = hand.eval(r#"image::copy("oci:in/app:made", "docker-archive:out/docker.tar")"#);
    named.exits(2).prints_nothing().says(["needs a name", "docker-archive:out/docker.tar:NAME:TAG"]);
}

#[test]
fn what_is_no_archive_or_is_damaged_is_told() {
    let hand = Hand::out();
    let (config, layers) = parts(&hand);
    let mut turned = layers[0].clone();
    turned[700] ^= 1;
    let items = json!([{ "Config": "c.json", "RepoTags": ["shop:1"], "Layers": ["a.tar", "b.tar"] }]).to_string();
    packed(
        &hand,
        "turned.tar",
        &[("c.json", &config), ("a.tar", &turned), ("b.tar", &layers[1]), ("manifest.json", items.as_bytes())],
    );
    packed(&hand, "less.tar", &[("c.json", &config), ("a.tar", &layers[0]), ("manifest.json", items.as_bytes())]);
    packed(&hand, "other.tar", &[("c.json", &config)]);
    packed(&hand, "docker.tar", &[("c.json", &config), ("manifest.json", b"[]")]);
    fs::write(hand.at("packed.tar.gz"), [0x1f, 0x8b, 8, 0]).expect("a file");
    fs::write(hand.at("short.tar"), &fs::read(hand.at("turned.tar")).expect("the archive")[..9_000]).expect("a file");
    for (image, code, says) in [
        ("docker-archive:turned.tar", 1, "the docker archive `turned.tar` is damaged: `a.tar` is sha256:"),
        ("docker-archive:less.tar", 1, "there is no `b.tar` in it"),
        ("docker-archive:other.tar", 3, "neither a manifest.json nor an index.json"),
        ("oci-archive:docker.tar", 3, "there is no index.json in it"),
        ("docker-archive:packed.tar.gz", 3, "it is compressed"),
        ("docker-archive:gantry.toml", 3, "it is no tar that can be read"),
        ("docker-archive:config", 3, "`config` is not a file"),
        ("docker-archive:../app.tar", 2, "outside the project"),
    ] {
        let read = hand.eval(&format!(r#"image::exists("{image}")"#));
        read.exits(code).prints_nothing().says([says]);
        // and nothing of it is written over
        let before = fs::read(hand.at(image.split(':').nth(1).expect("a path"))).ok();
        let name = if image.starts_with("docker") { "shop:2" } else { "v2" };
        hand.eval(&format!(r#"image::copy("oci:in/app", "{image}:{name}")"#)).exits(code).prints_nothing();
        assert_eq!(fs::read(hand.at(image.split(':').nth(1).expect("a path"))).ok(), before);
    }
    assert_ne!(hand.eval(r#"image::exists("docker-archive:short.tar")"#).code, 0);
    hand.eval(r#"image::copy("docker-archive:none.tar", "HOST/x:1")"#)
        .exits(3)
        .says(["there is no file `none.tar`, which should be a docker archive"]);
    assert_eq!(hand.value(r#"image::exists("docker-archive:none.tar")"#), json!(false));
}
