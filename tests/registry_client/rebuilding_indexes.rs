//! Bases of several platforms, of Docker's media types and with zstd layers are rebuilt, and strangers agree.

use crate::stage::{FIRST, Heard, SECOND, Stage};
use crate::support::image::{pulled, push_layout, push_layout_as_docker, skopeo_raw, unpacked, unpacked_layout};
use crate::support::layout::{Layout, attestation, index, recompressed};
use gantry::domain::copy_options::CopyOptions;
use gantry::domain::image_facts::BlobFate;
use gantry::domain::layer_edit::{LayerEdit, Put, PutContent};
use gantry::domain::platform::Platform;
use gantry::effects::event::Events;
use serde_json::{Value, json};
use std::fs;
use std::path::Path;

fn edit() -> LayerEdit {
    let text = PutContent::Text("production".to_owned());
    let text = Put { content: text, owner: None, mode: None, replace: false };
    LayerEdit {
        files: [("/app/mode".to_owned(), text)].into(),
        delete: vec!["/app/debug".to_owned()],
        env: [("MODE".to_owned(), Some("production".to_owned()))].into(),
        ..LayerEdit::default()
    }
}

fn image(folder: &Path, architecture: &str) -> Value {
    let program = format!("program of {architecture}");
    let files = [("app/bin", 0o755, program.as_bytes()), ("app/debug", 0o644, b"debug")];
    Layout::at(folder).layer(&files).image(&["MODE=test"], architecture)
}

/// Digest, media type and architecture of each image in an index.
fn images(index: &Value) -> Vec<(String, String, String)> {
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let entries = index["manifests"].as_array().expect("an index").iter();
    entries.map(|one| (text(&one["digest"]), text(&one["mediaType"]), text(&one["platform"]["architecture"]))).collect()
}

/// That umoci finds in each image of `shop:prod` what was asked for.
fn unpacks(stage: &Stage, index: &Value, architectures: &[&str]) {
    for (digest, _, architecture) in images(index) {
        let work = stage.project.root.join(format!("work-{architecture}"));
        fs::create_dir_all(&work).expect("a folder");
        let files = unpacked(&stage.second, SECOND, &format!("shop@{digest}"), &work);
        let read = |path: &str| fs::read_to_string(files.join(path)).unwrap_or_else(|why| panic!("{path}: {why}"));
        assert_eq!((read("app/bin"), read("app/mode")), (format!("program of {architecture}"), "production".into()));
        assert!(!files.join("app/debug").exists());
    }
    let found: Vec<_> = images(index).into_iter().map(|(_, _, architecture)| architecture).collect();
    assert_eq!(found, architectures);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_platform_of_an_index_is_rebuilt_and_its_attestations_are_left_out() {
    let stage = Stage::set();
    let folder = stage.project.root.join("two");
    let (amd, arm) = (image(&folder, "amd64"), image(&folder, "arm64"));
    let about = attestation(&folder, &amd);
    index(&folder, &[amd, arm, about]);
    push_layout(&folder, &stage.first, FIRST, "shop:two");
    let (all, edit) = (stage.registries(), edit());
    let (from, to) = (stage.in_first("shop:two"), stage.in_second("shop:prod"));

    let foreseen = all.foresee_rebuild(&from, &to, &edit, false).await.expect("a prediction");
    let (heard, events) = Heard::new();
    let pushed = all.rebuild(&from, &to, &edit, &CopyOptions::default(), &events).await.expect("a rebuild");
    assert_eq!(pushed, foreseen, "the digest of the index is known before");
    let warned = heard.warnings();
    assert_eq!(warned.len(), 1, "{warned:?}");
    assert!(warned[0].contains("1 attestations") && warned[0].contains("left out"), "{warned:?}");
    let made = pushed.blobs.iter().filter(|(_, fate)| *fate == BlobFate::Made).count();
    assert_eq!(made, 3, "one layer for both, and a config for each: {:?}", pushed.blobs);

    let base = skopeo_raw(&stage.first, FIRST, "shop:two");
    let said = skopeo_raw(&stage.second, SECOND, "shop:prod");
    assert_eq!((&said["mediaType"], &said["annotations"]), (&base["mediaType"], &json!({ "team": "shop" })));
    unpacks(&stage, &said, &["amd64", "arm64"]);

    let again = all.rebuild(&from, &to, &edit, &CopyOptions::default(), &Events::nowhere()).await.expect("a rebuild");
    assert!(again.unchanged);
    assert_eq!(again.image, pushed.image);

    // of one platform, an image without an index
    let one = LayerEdit { platforms: vec![Platform::new("linux", "arm64", None)], ..edit };
    let alone = all
        .rebuild(&from, &stage.in_second("shop:arm"), &one, &CopyOptions::default(), &Events::nowhere())
        .await
        .expect("one");
    let digest = alone.image.digest().expect("a digest").to_string();
    assert_eq!(digest, images(&said)[1].0, "it is the one in the index");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_of_docker_stays_one_of_docker() {
    let stage = Stage::set();
    let folder = stage.project.root.join("two");
    index(&folder, &[image(&folder, "amd64"), image(&folder, "arm64")]);
    push_layout_as_docker(&folder, &stage.first, FIRST, "shop:two");
    let (from, to) = (stage.in_first("shop:two"), stage.in_second("shop:prod"));
    let pushed = stage
        .registries()
        .rebuild(&from, &to, &edit(), &CopyOptions::default(), &Events::nowhere())
        .await
        .expect("a rebuild");

    let said = skopeo_raw(&stage.second, SECOND, "shop:prod");
    assert_eq!(said["mediaType"], "application/vnd.docker.distribution.manifest.list.v2+json");
    for (digest, media_type, _) in images(&said) {
        assert_eq!(media_type, "application/vnd.docker.distribution.manifest.v2+json");
        let manifest = skopeo_raw(&stage.second, SECOND, &format!("shop@{digest}"));
        let layer = &manifest["layers"][1];
        assert_eq!(layer["mediaType"], "application/vnd.docker.image.rootfs.diff.tar.gzip");
        assert!(pushed.blobs.iter().any(|(blob, _)| layer["digest"] == json!(blob.digest)), "{manifest}");
    }
    unpacks(&stage, &said, &["amd64", "arm64"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn layers_of_zstd_stay_as_they_are_below_one_of_gzip() {
    let stage = Stage::set();
    let root = stage.project.root.clone();
    let folder = root.join("zstd");
    let files = [("app/bin", 0o755, &b"program"[..]), ("app/debug", 0o644, b"debug")];
    Layout::at(&folder).zstd().layer(&files).written(&["MODE=test"]);
    push_layout(&folder, &stage.first, FIRST, "shop:zstd");
    let (from, to) = (stage.in_first("shop:zstd"), stage.in_second("shop:prod"));
    let all = stage.registries();
    let pushed =
        all.rebuild(&from, &to, &edit(), &CopyOptions::default(), &Events::nowhere()).await.expect("a rebuild");

    let base = skopeo_raw(&stage.first, FIRST, "shop:zstd");
    let said = skopeo_raw(&stage.second, SECOND, "shop:prod");
    let kinds: Vec<_> = said["layers"].as_array().expect("layers").iter().map(|one| one["mediaType"].clone()).collect();
    assert_eq!(kinds, ["application/vnd.oci.image.layer.v1.tar+zstd", "application/vnd.oci.image.layer.v1.tar+gzip"]);
    assert_eq!(said["layers"][0], base["layers"][0]);
    let again = all.rebuild(&from, &to, &edit(), &CopyOptions::default(), &Events::nowhere()).await.expect("a rebuild");
    assert_eq!((again.image, again.unchanged), (pushed.image, true));

    // umoci knows no zstd, so its layer is recompressed for it
    recompressed(&pulled(&stage.second, SECOND, "shop:prod", &root));
    let files = unpacked_layout(&root);
    assert_eq!(fs::read_to_string(files.join("app/mode")).expect("a file"), "production");
    assert_eq!(fs::read_to_string(files.join("app/bin")).expect("a file"), "program");
    assert!(!files.join("app/debug").exists());
}
