//! An image is rebuilt by an appended layer, and strangers find in it what was asked for.

use crate::stage::{FIRST, SECOND, Stage};
use crate::support::image::{fetched, skopeo_config, skopeo_inspect, unpacked};
use gantry::domain::copy_options::CopyOptions;
use gantry::domain::image_facts::BlobFate;
use gantry::domain::layer_edit::{LayerEdit, Put, PutContent};
use gantry::effects::event::Events;
use gantry::effects::fault::FaultKind;
use serde_json::json;
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
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
            ("/app/config".to_owned(), config.into()),
            ("/etc/motd".to_owned(), motd.clone().into()),
            ("/tmp/cache/new/y".to_owned(), motd.into()),
        ]),
        delete: vec!["/app/debug".to_owned(), "/app/config/old.env".to_owned(), "/tmp/cache".to_owned()],
        env: BTreeMap::from([
            ("MODE".to_owned(), Some("production".to_owned())),
            ("GONE".to_owned(), None),
            ("NEW".to_owned(), Some("a=b".to_owned())),
        ]),
        ..LayerEdit::default()
    };
    let (all, nobody) = (stage.registries(), Events::nowhere());
    let (from, to) = (stage.in_first("shop:1"), stage.in_second("shop:prod"));
    let pushed = all.rebuild(&from, &to, &edit, &CopyOptions::default(), &nobody).await.expect("a rebuild");
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

    let again = all.rebuild(&from, &to, &edit, &CopyOptions::default(), &nobody).await.expect("a rebuild");
    assert!(again.unchanged);
    assert_eq!(again.image, pushed.image);

    // a file that changed since the script named it is noticed while it is packed
    fs::write(root.join("motd"), "HELLO").expect("a file of the project");
    let fault = all.rebuild(&from, &to, &edit, &CopyOptions::default(), &nobody).await.expect_err("another file");
    assert_eq!((fault.kind, fault.code.as_str()), (FaultKind::Verification, "FileChanged"));
    assert!(fault.message.contains("`motd`"), "{fault}");

    // no edit is no other image
    let same = stage.in_second("shop:same");
    let same =
        all.rebuild(&from, &same, &LayerEdit::default(), &CopyOptions::default(), &nobody).await.expect("a rebuild");
    assert_eq!(json!(same.image.digest()), skopeo_inspect(&stage.first, FIRST, "shop:1")["Digest"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_is_replaced_files_have_owners_and_modes_and_the_config_says_how_to_run() {
    let stage = Stage::set();
    let root = stage.project.root.clone();
    fs::create_dir_all(root.join("prod")).expect("a folder");
    fs::write(root.join("prod/app.env"), "production").expect("a file of the project");
    let tree = PutContent::Tree(stage.files().scan("prod", true).expect("a folder"));
    let text = PutContent::Text("host: db.internal\n".to_owned());
    let put = |content, mode: &str, replace| Put {
        content,
        owner: "1000:50".parse().ok(),
        mode: Some(mode.parse().expect("a mode")),
        replace,
    };
    let edit = LayerEdit {
        files: BTreeMap::from([
            ("/app/config".to_owned(), put(tree, "0640", true)),
            ("/etc/db.yml".to_owned(), put(text, "0600", false)),
        ]),
        labels: BTreeMap::from([("release".to_owned(), Some("7".to_owned()))]),
        entrypoint: Some(vec!["/bin/init".to_owned()]),
        user: Some("1000:50".to_owned()),
        working_dir: Some("/app".to_owned()),
        created: Some("2026-07-25T00:00:00Z".to_owned()),
        ..LayerEdit::default()
    };
    let (all, nobody) = (stage.registries(), Events::nowhere());
    let (from, to) = (stage.in_first("shop:1"), stage.in_second("shop:prod"));
    let foreseen = all.foresee_rebuild(&from, &to, &edit, false).await.expect("a prediction");
    let pushed = all.rebuild(&from, &to, &edit, &CopyOptions::default(), &nobody).await.expect("a rebuild");
    assert_eq!(pushed, foreseen);

    let config = skopeo_config(&stage.second, SECOND, "shop:prod");
    let run = &config["config"];
    assert_eq!(
        (&run["Entrypoint"], &run["Cmd"], &run["User"], &run["WorkingDir"], &run["Labels"]),
        (&json!(["/bin/init"]), &json!(["/bin/app"]), &json!("1000:50"), &json!("/app"), &json!({ "release": "7" }))
    );
    assert_eq!(config["created"], "2026-07-25T00:00:00Z");
    assert_eq!(
        config["history"][2]["created_by"],
        "gantry rebuild: replace /app/config, put /etc/db.yml, label release, entrypoint, user, working directory"
    );

    let files = unpacked(&stage.second, SECOND, "shop:prod", &root);
    let found: Vec<_> = fs::read_dir(files.join("app/config")).expect("a folder").collect();
    assert_eq!(found.len(), 1, "only what took the folder's place: {found:?}");
    let mode = |path: &str| fs::metadata(files.join(path)).expect(path).permissions().mode() & 0o7777;
    assert_eq!((mode("app/config"), mode("app/config/app.env"), mode("etc/db.yml")), (0o750, 0o640, 0o600));
    assert_eq!(fs::read_to_string(files.join("etc/db.yml")).expect("a file"), "host: db.internal\n");
    assert_eq!(fs::read_to_string(files.join("app/bin")).expect("a file"), "program");

    // owners, as the layer has them: unpacked without root they cannot be seen
    let layer = fetched(&root, &pushed.blobs[2].0.digest.to_string());
    let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(&layer[..]));
    let owners: Vec<_> = archive
        .entries()
        .expect("a tar")
        .map(|entry| {
            let entry = entry.expect("an entry");
            let header = entry.header();
            (entry.path().expect("a path").display().to_string(), header.uid().ok(), header.gid().ok())
        })
        .collect();
    let owned = |path: &str, uid, gid| (path.to_owned(), Some(uid), Some(gid));
    let expected = [
        owned("app/config/", 1000, 50),
        owned("app/config/.wh..wh..opq", 0, 0),
        owned("app/config/app.env", 1000, 50),
        owned("etc/db.yml", 1000, 50),
    ];
    assert_eq!(owners, expected);
}
