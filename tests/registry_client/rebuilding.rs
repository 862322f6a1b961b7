//! An image is rebuilt by an appended layer, and strangers find in it what was asked for.

use crate::stage::{FIRST, SECOND, Stage};
use crate::support::image::{skopeo_config, skopeo_inspect, unpacked};
use gantry::domain::image_facts::{BlobFate, LayerEdit};
use gantry::effects::event::Events;
use gantry::effects::fault::FaultKind;
use serde_json::json;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

#[tokio::test(flavor = "multi_thread")]
async fn a_rebuilt_image_has_its_files_and_is_the_same_every_time() {
    let stage = Stage::set();
    let root = stage.project.root.clone();
    let long = format!("{}/{}.txt", "deep".repeat(30), "name".repeat(30));
    fs::create_dir_all(root.join("prod").join("deep".repeat(30))).expect("a folder");
    for (path, text) in [("prod/app.env", "production"), ("motd", "hello"), (&format!("prod/{long}"), "far down")] {
        fs::write(root.join(path), text).expect("a file of the project");
    }
    std::os::unix::fs::symlink("app.env", root.join("prod/current")).expect("a link");
    let (config, motd) =
        (stage.files().scan("prod", true).expect("a folder"), stage.files().scan("motd", false).expect("a file"));
    assert_eq!(config.entries.len(), 4, "two files, a link, a folder: {config:?}");
    let edit = LayerEdit {
        files: BTreeMap::from([
            ("/app/config".to_owned(), config),
            ("/etc/motd".to_owned(), motd.clone()),
            ("/tmp/cache/new/y".to_owned(), motd),
        ]),
        delete: vec!["/app/debug".to_owned(), "/app/config/old.env".to_owned(), "/tmp/cache".to_owned()],
        env: BTreeMap::from([
            ("MODE".to_owned(), Some("production".to_owned())),
            ("GONE".to_owned(), None),
            ("NEW".to_owned(), Some("a=b".to_owned())),
        ]),
        created: None,
    };
    let (all, nobody) = (stage.registries(), Events::nowhere());
    let (from, to) = (stage.in_first("shop:1"), stage.in_second("shop:prod"));
    let pushed = all.rebuild(&from, &to, &edit, false, &nobody).await.expect("a rebuild");
    let fates: Vec<_> = pushed.blobs.iter().map(|(_, fate)| *fate).collect();
    assert_eq!(fates, [BlobFate::Sent, BlobFate::Sent, BlobFate::Made, BlobFate::Made]);

    let said = skopeo_inspect(&stage.second, SECOND, "shop:prod");
    assert_eq!(said["Digest"], json!(pushed.image.digest()));
    let layers: Vec<_> = pushed.blobs.iter().take(3).map(|(blob, _)| json!(blob.digest)).collect();
    assert_eq!(said["Layers"], json!(layers));
    assert_eq!(said["Env"], json!(["PATH=/bin", "MODE=production", "NEW=a=b"]));
    let config = skopeo_config(&stage.second, SECOND, "shop:prod");
    assert_eq!(config["x-unknown"], json!({ "kept": 1 }));
    assert_eq!(config["created"], "2024-01-02T03:04:05Z");
    assert_eq!(config["history"].as_array().map(Vec::len), Some(3));
    assert_eq!(config["rootfs"]["diff_ids"].as_array().map(Vec::len), Some(3));

    let files = unpacked(&stage.second, SECOND, "shop:prod", &root);
    let read = |path: &str| fs::read_to_string(files.join(path)).unwrap_or_else(|why| panic!("{path}: {why}"));
    assert_eq!(read("app/bin"), "program");
    assert_eq!(read("app/config/app.env"), "production");
    assert_eq!(read(&format!("app/config/{long}")), "far down");
    assert_eq!(fs::read_link(files.join("app/config/current")).expect("a link"), Path::new("app.env"));
    assert_eq!(read("etc/motd"), "hello");
    assert_eq!(read("tmp/cache/new/y"), "hello");
    for gone in ["app/debug", "app/config/old.env", "tmp/cache/x"] {
        assert!(!files.join(gone).exists(), "{gone}");
    }

    let again = all.rebuild(&from, &to, &edit, false, &nobody).await.expect("a rebuild");
    assert!(again.unchanged);
    assert_eq!(again.image, pushed.image);

    // a file that changed since the script named it is noticed while it is packed
    fs::write(root.join("motd"), "HELLO").expect("a file of the project");
    let fault = all.rebuild(&from, &to, &edit, false, &nobody).await.expect_err("another file");
    assert_eq!((fault.kind, fault.code.as_str()), (FaultKind::Verification, "FileChanged"));
    assert!(fault.message.contains("`motd`"), "{fault}");

    // no edit is no other image
    let same = stage.in_second("shop:same");
    let same = all.rebuild(&from, &same, &LayerEdit::default(), false, &nobody).await.expect("a rebuild");
    assert_eq!(json!(same.image.digest()), skopeo_inspect(&stage.first, FIRST, "shop:1")["Digest"]);
}
