//! An image is copied from registry to registry.

use crate::stage::{FIRST, Heard, SECOND, Stage};
use crate::support::image::skopeo_inspect;
use gantry::domain::copy_options::CopyOptions;
use gantry::domain::image_facts::BlobFate;
use gantry::domain::layer_edit::LayerEdit;
use gantry::effects::event::{Events, Stage as Moved};
use gantry::effects::fault::FaultKind;
use serde_json::json;
use std::collections::BTreeMap;

#[tokio::test(flavor = "multi_thread")]
async fn an_image_is_copied_once_and_only_what_is_missing_moves() {
    let stage = Stage::set();
    let all = stage.registries();
    let (from, to) = (stage.in_first("shop:1"), stage.in_second("prod/shop:2024"));

    let there = all.read(&from).await.expect("an answer").expect("it was pushed");
    let said = skopeo_inspect(&stage.first, FIRST, "shop:1");
    assert_eq!(said["Digest"], json!(there.digest));
    assert_eq!(there.config["config"]["Cmd"], json!(["/bin/app"]));

    let (heard, events) = Heard::new();
    let pushed = all.copy(&from, &to, &CopyOptions::replacing(false), &events).await.expect("a copy");
    assert!(!pushed.unchanged);
    assert_eq!(pushed.image, to.image.with_digest(there.digest.clone()));
    assert_eq!(pushed.blobs.len(), 3);
    let layers: Vec<_> = pushed.blobs.iter().take(2).map(|(blob, _)| blob.clone()).collect();
    assert_eq!(layers, there.layers);
    for (blob, fate) in &pushed.blobs {
        assert_eq!(*fate, BlobFate::Sent);
        assert_eq!(heard.of(&blob.digest.to_string()), [Moved::Moving(0), Moved::Sent]);
    }
    let copied = skopeo_inspect(&stage.second, SECOND, "prod/shop:2024");
    assert_eq!((&copied["Digest"], &copied["Layers"]), (&said["Digest"], &said["Layers"]));

    // again: nothing moves
    let (heard, events) = Heard::new();
    let again = all.copy(&from, &to, &CopyOptions::replacing(false), &events).await.expect("a copy");
    assert!(again.unchanged);
    assert_eq!((again.image, again.blobs.len()), (pushed.image, 3));
    for (blob, fate) in &again.blobs {
        assert_eq!(*fate, BlobFate::Present);
        assert_eq!(heard.of(&blob.digest.to_string()), [Moved::Present]);
    }

    // to another tag, and to another repository of the same registry: no byte of a blob moves either
    let tag = stage.in_second("prod/shop:other");
    let tagged = all.copy(&from, &tag, &CopyOptions::replacing(false), &Events::nowhere()).await.expect("a copy");
    assert!(!tagged.unchanged);
    assert_eq!(tagged.bytes_moved(), 0, "{:?}", tagged.blobs);
    assert_eq!(skopeo_inspect(&stage.second, SECOND, "prod/shop:other")["Digest"], said["Digest"]);

    let moved = all
        .copy(&tag, &stage.in_second("elsewhere:1"), &CopyOptions::replacing(false), &Events::nowhere())
        .await
        .expect("a copy");
    assert_eq!(moved.bytes_moved(), 0, "{:?}", moved.blobs);
    assert_eq!(skopeo_inspect(&stage.second, SECOND, "elsewhere:1")["Digest"], said["Digest"]);

    // from another registry, where a repository of the target's has the blobs
    for (name, mount_from, moves) in [
        ("a:1", vec!["prod/shop"], false),
        ("b:1", vec!["none", "prod/shop"], false),
        ("c:1", vec!["elsewhere", "none"], false),
        ("d:1", vec!["none"], true),
    ] {
        let mount_from = mount_from.into_iter().map(str::to_owned).collect();
        let options = CopyOptions { mount_from, ..CopyOptions::default() };
        let copied = all.copy(&from, &stage.in_second(name), &options, &Events::nowhere()).await.expect("a copy");
        assert_eq!(copied.bytes_moved() > 0, moves, "{name}: {:?}", copied.blobs);
        assert_eq!(skopeo_inspect(&stage.second, SECOND, name)["Digest"], said["Digest"], "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tag_is_taken_from_another_image_only_when_that_is_said() {
    let stage = Stage::set();
    let (all, nobody) = (stage.registries(), Events::nowhere());
    let (from, to) = (stage.in_first("shop:1"), stage.in_second("shop:live"));
    let env = BTreeMap::from([("MODE".to_owned(), Some("other".to_owned()))]);
    let other = LayerEdit { env, ..LayerEdit::default() };
    let taken = all.rebuild(&from, &to, &other, &CopyOptions::default(), &nobody).await.expect("a rebuild");
    let digest = || skopeo_inspect(&stage.second, SECOND, "shop:live")["Digest"].clone();
    assert_eq!(digest(), json!(taken.image.digest()));

    let fault = all.copy(&from, &to, &CopyOptions::replacing(false), &nobody).await.expect_err("the tag is taken");
    assert_eq!((fault.kind, fault.code.as_str()), (FaultKind::Refused, "TagTaken"));
    assert!(fault.message.contains("tag live") && fault.message.contains(&digest().to_string()[1..72]), "{fault}");
    assert_eq!(digest(), json!(taken.image.digest()), "nothing was written");

    let replaced = all.copy(&from, &to, &CopyOptions::replacing(true), &nobody).await.expect("a copy");
    assert_eq!(digest(), json!(replaced.image.digest()));
    assert_eq!(digest(), skopeo_inspect(&stage.first, FIRST, "shop:1")["Digest"]);
    let fault = all.rebuild(&from, &to, &other, &CopyOptions::default(), &nobody).await.expect_err("the tag is taken");
    assert_eq!(fault.code, "TagTaken");
    let back = all.rebuild(&from, &to, &other, &CopyOptions::replacing(true), &nobody).await.expect("a rebuild");
    assert_eq!((back.image, digest()), (taken.image.clone(), json!(taken.image.digest())));
}
