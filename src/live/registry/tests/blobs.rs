//! Blobs that break off, that lie, and that are there already.

use super::super::hashing::sha256;
use super::fake::{Fake, Quirk, Trap, at};
use crate::domain::copy_options::CopyOptions;
use crate::domain::image_facts::{BlobFate, Pushed};
use crate::effects::event::Stage;
use crate::effects::fault::{Fault, FaultKind};

const LAYER: &[u8] = b"0123456789";

fn shop() -> Fake {
    let fake = Fake::default();
    fake.image("a.example/shop:1", &[LAYER]);
    fake
}

async fn copy(fake: &Fake) -> Result<Pushed, Fault> {
    fake.registries()
        .copy(&at("a.example/shop:1"), &at("b.example/shop:1"), &CopyOptions::replacing(true), &fake.events())
        .await
}

fn source() -> String {
    format!("GET a.example/v2/shop/blobs/{}", sha256(LAYER))
}

/// What was told of the layer.
fn told(fake: &Fake) -> Vec<Stage> {
    let digest = sha256(LAYER).to_string();
    fake.0.lock().unwrap().told.iter().filter(|(of, _)| *of == digest).map(|(_, stage)| *stage).collect()
}

#[tokio::test(start_paused = true)]
async fn a_broken_download_is_taken_up_where_it_broke() {
    let fake = shop();
    fake.0.lock().unwrap().ranges = true;
    fake.trap(&source(), Trap::BreakOff(4));
    fake.trap(&source(), Trap::BreakOff(3));
    copy(&fake).await.unwrap();
    assert_eq!(fake.count(&source()), 3);
    assert_eq!(fake.count("POST b.example/v2/shop/blobs/uploads/"), 2, "the layer once, the config once");
    assert_eq!(fake.0.lock().unwrap().blobs[&format!("b.example/shop/{}", sha256(LAYER))], LAYER);
    assert_eq!(told(&fake), [Stage::Moving(0), Stage::Sent]);
}

#[tokio::test(start_paused = true)]
async fn where_a_registry_has_no_ranges_the_blob_starts_again() {
    let fake = shop();
    fake.trap(&source(), Trap::BreakOff(4));
    copy(&fake).await.unwrap();
    assert_eq!(told(&fake), [Stage::Moving(0), Stage::Again, Stage::Moving(0), Stage::Sent]);
    let state = fake.0.lock().unwrap();
    assert_eq!(state.broken.len(), 1);
    assert!(state.broken[0] < LAYER.len());
    assert_eq!(state.log.iter().filter(|line| line.starts_with("DELETE b.example/v2/shop/blobs/uploads/1")).count(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_broken_upload_starts_again_unless_it_had_arrived() {
    for (trap, puts) in [(Trap::Drop, 2), (Trap::DoneAndDropped, 1)] {
        let fake = shop();
        let put = format!("PUT b.example/v2/shop/blobs/uploads/1?state=s&digest={}", sha256(LAYER));
        fake.trap(&put, trap.clone());
        copy(&fake).await.unwrap();
        assert_eq!(fake.count(&put), puts, "{trap:?}");
        assert_eq!(fake.0.lock().unwrap().blobs[&format!("b.example/shop/{}", sha256(LAYER))], LAYER);
    }
}

#[tokio::test(start_paused = true)]
async fn the_end_of_a_wrong_blob_never_reaches_the_target() {
    for wrong in [&b"012345678X"[..], b"0123456789 and more"] {
        let fake = shop();
        fake.trap(&source(), Trap::Instead(wrong));
        let fault = copy(&fake).await.unwrap_err();
        assert_eq!(fault.kind, FaultKind::Verification);
        assert!(fault.message.contains("a.example") && fault.message.contains(&sha256(LAYER).to_string()), "{fault}");
        let state = fake.0.lock().unwrap();
        assert_eq!(state.broken.len(), 1, "{:?}", state.log);
        assert!(state.broken[0] < LAYER.len());
        assert!(state.log.iter().any(|line| line.starts_with("DELETE b.example/v2/shop/blobs/uploads/1")));
        assert!(!state.manifests.contains_key("b.example/shop/1"));
    }
}

#[tokio::test(start_paused = true)]
async fn a_layer_that_is_twice_in_an_image_moves_once() {
    let fake = Fake::default();
    fake.image("a.example/shop:1", &[LAYER, b"x", LAYER]);
    let pushed = copy(&fake).await.unwrap();
    let fates: Vec<_> = pushed.blobs.iter().map(|(_, fate)| *fate).collect();
    assert_eq!(fates, [BlobFate::Sent, BlobFate::Sent, BlobFate::Present, BlobFate::Sent]);
    assert_eq!(fake.count(&source()), 1);
}

#[tokio::test(start_paused = true)]
async fn within_a_registry_a_blob_is_mounted() {
    let fake = shop();
    fake.quirk("a.example", Quirk::Mounts);
    let config =
        fake.0.lock().unwrap().blobs.keys().find(|key| !key.ends_with(&sha256(LAYER).to_string())).unwrap().clone();
    let config = config.rsplit_once('/').unwrap().1.to_owned();
    fake.trap(&format!("POST a.example/v2/prod/blobs/uploads/?mount={config}"), Trap::Answer(405, vec![], ""));
    let all = fake.registries();
    let pushed = all
        .copy(&at("a.example/shop:1"), &at("a.example/prod:1"), &CopyOptions::replacing(true), &fake.events())
        .await
        .unwrap();
    let fates: Vec<_> = pushed.blobs.iter().map(|(_, fate)| *fate).collect();
    assert_eq!(fates, [BlobFate::Present, BlobFate::Sent], "one mounted, one refused and sent");
    assert_eq!(fake.count("POST a.example/v2/prod/blobs/uploads/?mount="), 2);
    assert_eq!(fake.count("GET a.example/v2/shop/blobs/"), 1);
}

#[tokio::test(start_paused = true)]
async fn a_manifest_that_is_not_what_its_digest_says_is_refused() {
    let fake = shop();
    let asked = at(&format!("a.example/shop@{}", sha256(b"something else")));
    fake.trap("GET a.example/v2/shop/manifests/sha256:", Trap::Instead(b"{}"));
    let fault = fake.registries().read(&asked).await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::Verification);
}

#[tokio::test(start_paused = true)]
async fn a_mount_that_is_not_granted_goes_on_as_the_upload_it_became() {
    let fake = shop();
    let all = fake.registries();
    let options = CopyOptions::replacing(true);
    let pushed = all.copy(&at("a.example/shop:1"), &at("a.example/prod:1"), &options, &fake.events()).await.unwrap();
    assert!(pushed.blobs.iter().all(|(_, fate)| *fate == BlobFate::Sent), "{:?}", pushed.blobs);
    assert_eq!(fake.count("POST a.example/v2/prod/blobs/uploads/"), 2, "one for each blob, no second one");
    assert_eq!(fake.count("POST a.example/v2/prod/blobs/uploads/?mount="), 2);
}

/// `a.example/shop:1` goes to `b.example/prod:1`, where other repositories may have its layer.
async fn mounted(fake: &Fake, from: &[&str]) -> Vec<BlobFate> {
    let mount_from = from.iter().map(|name| (*name).to_owned()).collect();
    let options = CopyOptions { mount_from, ..CopyOptions::default() };
    let (from, to) = (at("a.example/shop:1"), at("b.example/prod:1"));
    let pushed = fake.registries().copy(&from, &to, &options, &fake.events()).await.unwrap();
    assert!(fake.0.lock().unwrap().blobs.contains_key(&format!("b.example/prod/{}", sha256(LAYER))));
    pushed.blobs.iter().map(|(_, fate)| *fate).collect()
}

#[tokio::test(start_paused = true)]
async fn what_another_repository_of_the_targets_registry_has_does_not_move() {
    for others in [&["base"][..], &["none", "base"], &["base", "none"], &["shut", "base"]] {
        let fake = shop();
        fake.quirk("b.example", Quirk::Mounts);
        fake.image("b.example/base:1", &[LAYER, b"more"]);
        fake.trap("HEAD b.example/v2/shut/", Trap::Answer(403, vec![], ""));
        assert_eq!(mounted(&fake, others).await, [BlobFate::Present, BlobFate::Sent], "{others:?}");
        let layer = sha256(LAYER);
        assert_eq!(fake.count(&format!("GET a.example/v2/shop/blobs/{layer}")), 0, "{others:?}");
        assert_eq!(fake.count(&format!("POST b.example/v2/prod/blobs/uploads/?mount={layer}&from=base")), 1);
        assert_eq!(fake.count("PUT b.example/v2/prod/blobs/"), 1, "the config alone");
        // each blob is looked for and begun; where there are several to choose from, in all but the last of them
        let looks = ["none", "base", "shut"].map(|name| fake.count(&format!("HEAD b.example/v2/{name}/blobs/")));
        let expected = match others {
            ["base"] => [0, 0, 0],
            ["none", _] => [2, 0, 0],
            ["base", _] => [0, 2, 0],
            // both blobs begin at once
            _ => [0, 0, 2],
        };
        assert_eq!(looks, expected, "{others:?}");
        let of_target = ["HEAD", "POST"].map(|method| fake.count(&format!("{method} b.example/v2/prod/blobs/")));
        assert_eq!(of_target, [2, 2], "{others:?}: {:?}", fake.log());
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_not_mounted_goes_on_as_the_upload_it_became() {
    // the registry mounts nothing, or the repository has nothing of it: no request more than without
    for mounts in [false, true] {
        let fake = shop();
        if mounts {
            fake.quirk("b.example", Quirk::Mounts);
        } else {
            fake.image("b.example/base:1", &[LAYER]);
        }
        assert_eq!(mounted(&fake, &["base", "prod"]).await, [BlobFate::Sent; 2]);
        for method in ["HEAD", "POST", "PUT"] {
            assert_eq!(fake.count(&format!("{method} b.example/v2/prod/blobs/")), 2, "{method}: {:?}", fake.log());
        }
        assert_eq!(fake.count("DELETE"), 0);
    }
    // one that refuses to mount is asked for a plain upload
    let fake = shop();
    for _ in 0..2 {
        fake.trap("POST b.example/v2/prod/blobs/uploads/?mount=", Trap::Answer(403, vec![], ""));
    }
    assert_eq!(mounted(&fake, &["base"]).await, [BlobFate::Sent; 2]);
    assert_eq!(fake.count("POST b.example/v2/prod/blobs/"), 4);
}
