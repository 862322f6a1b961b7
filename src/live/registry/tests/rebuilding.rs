//! What manifest and config become.

use super::super::hashing::sha256;
use super::super::pack::PackedLayer;
use super::super::rebuilt::rebuilt;
use super::fake::OCI;
use crate::domain::layer_edit::LayerEdit;
use crate::effects::fault::FaultKind;
use serde_json::{Value, json};

const DOCKER: &str = "application/vnd.docker.distribution.manifest.v2+json";

fn layer() -> PackedLayer {
    PackedLayer { digest: sha256(b"gzip"), size: 4, diff_id: sha256(b"tar") }
}

fn env(variables: &[(&str, Option<&str>)]) -> LayerEdit {
    let env = variables.iter().map(|(name, value)| ((*name).to_owned(), value.map(str::to_owned)));
    LayerEdit { env: env.collect(), ..LayerEdit::default() }
}

fn config() -> Value {
    json!({
        "os": "linux", "created": "2024-01-02T03:04:05Z", "zzz": { "large": 12_345_678_901_234_567_u64 },
        "config": { "Env": ["PATH=/bin", "B=1", "PATHS=x", "B=2", "odd"], "Cmd": ["run"], "Unknown": null },
        "rootfs": { "type": "layers", "diff_ids": [sha256(b"base")] },
        "history": [{ "created_by": "by hand" }], "architecture": "amd64",
    })
}

fn manifest() -> Value {
    json!({
        "schemaVersion": 2, "subject": { "digest": "sha256:x" },
        "config": { "mediaType": "c", "digest": sha256(b"old"), "size": 3, "data": "e30=", "annotations": { "k": "v" } },
        "layers": [{ "mediaType": "l", "digest": sha256(b"base gz"), "size": 7, "data": "kept" }],
        "annotations": { "team": "shop" },
    })
}

fn after(layer: Option<&PackedLayer>, edit: &LayerEdit, media_type: &str) -> (Value, Value) {
    let (manifest, config) = (manifest().to_string(), config().to_string());
    let made = rebuilt(manifest.as_bytes(), media_type, config.as_bytes(), layer, edit).unwrap();
    let again = rebuilt(manifest.as_bytes(), media_type, config.as_bytes(), layer, edit).unwrap();
    assert_eq!(made, again, "the same every time");
    let manifest: Value = serde_json::from_slice(&made.manifest).unwrap();
    assert_eq!(manifest["config"]["digest"], json!(sha256(&made.config)));
    assert_eq!(manifest["config"]["size"], json!(made.config.len()));
    (manifest, serde_json::from_slice(&made.config).unwrap())
}

#[test]
fn a_layer_is_appended_and_everything_else_survives_in_its_order() {
    for (media_type, layer_type) in [
        (OCI, "application/vnd.oci.image.layer.v1.tar+gzip"),
        (DOCKER, "application/vnd.docker.image.rootfs.diff.tar.gzip"),
    ] {
        let edit = LayerEdit { delete: vec!["/old".to_owned()], ..LayerEdit::default() };
        let (manifest, config) = after(Some(&layer()), &edit, media_type);
        let mut expected = self::config();
        expected["rootfs"]["diff_ids"] = json!([sha256(b"base"), sha256(b"tar")]);
        let entry = json!({ "created": "2024-01-02T03:04:05Z", "created_by": "gantry rebuild: delete /old" });
        expected["history"] = json!([{ "created_by": "by hand" }, entry]);
        assert_eq!(config.to_string(), expected.to_string());

        let mut expected = self::manifest();
        let config = json!({ "mediaType": "c", "digest": manifest["config"]["digest"], "size": manifest["config"]["size"], "annotations": { "k": "v" } });
        expected["config"] = config;
        let added = json!({ "mediaType": layer_type, "size": 4, "digest": sha256(b"gzip") });
        expected["layers"].as_array_mut().unwrap().push(added);
        assert_eq!(manifest.to_string(), expected.to_string());
    }
}

#[test]
fn variables_are_set_in_place_appended_and_removed() {
    let edit = env(&[("B", Some("x=y")), ("PATH", None), ("NEW", Some("")), ("ABSENT", None)]);
    let (manifest, config) = after(None, &edit, OCI);
    assert_eq!(config["config"]["Env"], json!(["B=x=y", "PATHS=x", "odd", "NEW="]));
    assert_eq!(config["config"]["Cmd"], json!(["run"]));
    assert_eq!(manifest["layers"], self::manifest()["layers"], "no layer for it");
    let entry = &config["history"][1];
    assert_eq!(entry["created_by"], "gantry rebuild: unset ABSENT, set B, set NEW, unset PATH");
    assert_eq!(entry["empty_layer"], true);
}

#[test]
fn a_base_without_environment_or_history_gets_what_it_needs_and_no_more() {
    let manifest = json!({ "config": {}, "layers": null }).to_string();
    let config = json!({ "rootfs": { "diff_ids": null } }).to_string();
    let edit = LayerEdit { created: Some("2026-01-01T00:00:00Z".to_owned()), ..env(&[("A", Some("1"))]) };
    let made = rebuilt(manifest.as_bytes(), OCI, config.as_bytes(), Some(&layer()), &edit).unwrap();
    let config: Value = serde_json::from_slice(&made.config).unwrap();
    let expected = json!({
        "rootfs": { "diff_ids": [sha256(b"tar")] }, "config": { "Env": ["A=1"] }, "created": "2026-01-01T00:00:00Z",
    });
    assert_eq!(config, expected);
}

#[test]
fn an_edit_of_nothing_changes_not_a_byte() {
    let (manifest, config) = (b" { \"odd\" : 1 } ", b" not even json ");
    let made = rebuilt(manifest, OCI, config, None, &LayerEdit::default()).unwrap();
    assert_eq!((made.manifest.as_slice(), made.config.as_slice()), (&manifest[..], &config[..]));
}

#[test]
fn what_does_not_fit_is_refused() {
    let good = (manifest().to_string(), config().to_string());
    let mut short = config();
    short["rootfs"]["diff_ids"] = json!([]);
    let set = |name: &str| env(&[(name, Some("1"))]);
    let cases = [
        (
            good.0.clone(),
            short.to_string(),
            set("A"),
            OCI,
            FaultKind::Verification,
            "1 layers and the config 0 diff_ids",
        ),
        (good.0.clone(), "{}".to_owned(), set("A"), OCI, FaultKind::Verification, "no `rootfs`"),
        ("[]".to_owned(), good.1.clone(), set("A"), OCI, FaultKind::Verification, "the manifest cannot be understood"),
        (
            good.0,
            good.1,
            set("A"),
            "application/vnd.oci.image.index.v1+json",
            FaultKind::Refused,
            "not on `application",
        ),
    ];
    for (manifest, config, edit, media_type, kind, why) in cases {
        let fault = rebuilt(manifest.as_bytes(), media_type, config.as_bytes(), None, &edit).unwrap_err();
        assert_eq!(fault.kind, kind, "{fault}");
        assert!(fault.message.contains(why), "{fault} / {why}");
    }
}

#[test]
fn how_it_is_run_is_edited_member_by_member() {
    let mut base = config();
    base["config"] = json!({
        "Cmd": ["run"], "Entrypoint": ["/old"], "labels": { "team": "shop", "gone": "1" }, "User": "root",
        "WorkingDir": "/", "ExposedPorts": { "80/tcp": {} }, "OnBuild": null,
    });
    let text = |text: &str| Some(text.to_owned());
    let edit = LayerEdit {
        entrypoint: Some(vec!["/bin/init".to_owned(), "--".to_owned()]),
        labels: [("gone".to_owned(), None), ("release".to_owned(), text("7"))].into(),
        user: text("1000:1000"),
        working_dir: text(""),
        ..LayerEdit::default()
    };
    let run = |base: &Value, edit: &LayerEdit| -> Value {
        let made = rebuilt(manifest().to_string().as_bytes(), OCI, base.to_string().as_bytes(), None, edit).unwrap();
        serde_json::from_slice(&made.config).unwrap()
    };
    let made = run(&base, &edit);
    let expected = json!({
        "Cmd": ["run"], "Entrypoint": ["/bin/init", "--"], "labels": { "team": "shop", "release": "7" },
        "User": "1000:1000", "ExposedPorts": { "80/tcp": {} }, "OnBuild": null,
    });
    assert_eq!(made["config"].to_string(), expected.to_string(), "the command stays, and so do order and spelling");
    assert_eq!(
        made["history"][1]["created_by"],
        "gantry rebuild: unlabel gone, label release, entrypoint, user, working directory"
    );

    let naked = json!({ "rootfs": { "diff_ids": [sha256(b"base")] } });
    let edit = LayerEdit { command: Some(vec!["x".to_owned()]), entrypoint: Some(Vec::new()), ..LayerEdit::default() };
    assert_eq!(run(&naked, &edit)["config"], json!({ "Cmd": ["x"] }));
}

#[test]
fn an_image_of_windows_gets_no_layer_but_may_be_configured() {
    let mut base = config();
    base["os"] = json!("windows");
    let (manifest, config) = (manifest().to_string(), base.to_string());
    let run = |layer| rebuilt(manifest.as_bytes(), OCI, config.as_bytes(), layer, &env(&[("A", Some("1"))]));
    let layer = layer();
    let fault = run(Some(&layer)).unwrap_err();
    assert_eq!((fault.kind, fault.code.as_str()), (FaultKind::Refused, "WindowsUnsupported"));
    assert!(run(None).is_ok());
}
