//! Signatures and SBOMs: copied when that is asked for, and told of when they stay behind.

use super::super::hashing::sha256;
use super::fake::{Fake, OCI, Quirk, at};
use crate::domain::copy_options::CopyOptions;
use crate::domain::image_facts::Pushed;
use crate::domain::image_reference::Digest;
use serde_json::json;

/// `a.example/shop:1` with a signature, an SBOM, and a signature of the SBOM. Gives the image's digest.
fn signed() -> (Fake, Digest) {
    let fake = Fake::default();
    fake.quirk("a.example", Quirk::Referrers);
    fake.image("a.example/shop:1", &[b"layer"]);
    let image = fake.0.lock().unwrap().manifests["a.example/shop/1"].clone();
    beside(&fake, &sha256(&image), b"signature");
    let sbom = beside(&fake, &sha256(&image), b"sbom");
    beside(&fake, &sbom, b"signature of the sbom");
    (fake, sha256(&image))
}

fn beside(fake: &Fake, subject: &Digest, content: &'static [u8]) -> Digest {
    let entry = fake.platform("a.example/shop", "none", &[content]);
    let key = format!("a.example/shop/{}", entry["digest"].as_str().unwrap());
    let bytes = fake.0.lock().unwrap().manifests.remove(&key).unwrap();
    let mut manifest: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
    manifest["subject"] = json!({ "mediaType": OCI, "digest": subject, "size": 1 });
    manifest["artifactType"] = json!("application/x.test");
    let bytes = fake.put("a.example/shop", "none", &manifest);
    fake.0.lock().unwrap().manifests.remove("a.example/shop/none");
    sha256(&bytes)
}

async fn copy(fake: &Fake, referrers: bool) -> Pushed {
    let options = CopyOptions { referrers, ..CopyOptions::default() };
    let (from, to) = (at("a.example/shop:1"), at("b.example/shop:1"));
    let foreseen = fake.registries().foresee_copy(&from, &to, &options).await.unwrap();
    let pushed = fake.registries().copy(&from, &to, &options, &fake.events()).await.unwrap();
    assert_eq!(foreseen, pushed);
    pushed
}

/// Those of the target that have a subject.
fn arrived(fake: &Fake) -> usize {
    let state = fake.0.lock().unwrap();
    let of_target = state.manifests.iter().filter(|(key, _)| key.starts_with("b.example/shop/sha256:"));
    of_target.filter(|(_, bytes)| bytes.windows(9).any(|part| part == b"\"subject\"")).count()
}

/// A copy that finds all of it there, and says so.
async fn nothing_to_push(fake: &Fake) {
    let writes = |fake: &Fake| fake.count("PUT ") + fake.count("POST ");
    let before = writes(fake);
    assert!(copy(fake, true).await.unchanged);
    assert_eq!(writes(fake), before);
}

#[tokio::test(start_paused = true)]
async fn what_stays_behind_is_told_of_in_one_notice_for_one_request() {
    let (fake, image) = signed();
    copy(&fake, false).await;
    let told = fake.0.lock().unwrap().notices.clone();
    let expected = format!(
        "b.example/shop:1: 2 signatures, SBOMs or the like of {} stay behind: copy them with `referrers: true`",
        image.short()
    );
    assert_eq!((told, arrived(&fake)), (vec![expected], 0));
    assert_eq!(fake.count("GET a.example/v2/shop/referrers/"), 1);
    assert_eq!(fake.log().iter().filter(|line| line.contains("sha256-")).count(), 0);
}

#[tokio::test(start_paused = true)]
async fn signatures_and_sboms_and_the_signatures_of_these_come_along() {
    let (fake, image) = signed();
    fake.quirk("b.example", Quirk::Referrers);
    fake.quirk("b.example", Quirk::ImmutableTags);
    copy(&fake, true).await;
    assert_eq!(arrived(&fake), 3);
    let puts: Vec<String> =
        fake.log().into_iter().filter(|line| line.starts_with("PUT b.example/v2/shop/manifests")).collect();
    assert!(puts[0].ends_with(&image.to_string()) && puts[4].ends_with("/manifests/1"), "{puts:?}");
    assert_eq!(puts.len(), 5, "the image by its digest, the three, and the tag last: {puts:?}");

    // once more, with a signature that came since: the tag is left alone
    beside(&fake, &image, b"a second signature");
    copy(&fake, true).await;
    assert_eq!(arrived(&fake), 4);
    assert_eq!(fake.count("PUT b.example/v2/shop/manifests/1"), 1);
    nothing_to_push(&fake).await;
}

#[tokio::test(start_paused = true)]
async fn where_the_target_has_no_api_they_are_noted_under_the_fallback_tag_and_found_there() {
    let (fake, image) = signed();
    copy(&fake, true).await;
    let tag = format!("b.example/shop/{}", image.to_string().replace(':', "-"));
    let index = fake.0.lock().unwrap().manifests[&tag].clone();
    let index: serde_json::Value = serde_json::from_slice(&index).unwrap();
    assert_eq!(index["manifests"].as_array().map(Vec::len), Some(2));
    nothing_to_push(&fake).await;

    let (from, to) = (at("b.example/shop:1"), at("c.example/shop:1"));
    let options = CopyOptions { referrers: true, ..CopyOptions::default() };
    fake.registries().copy(&from, &to, &options, &fake.events()).await.unwrap();
    assert!(fake.0.lock().unwrap().manifests.contains_key(&tag.replace("b.example", "c.example")));
}

#[tokio::test(start_paused = true)]
async fn cosigns_tags_come_along() {
    let fake = Fake::default();
    fake.image("a.example/shop:1", &[b"layer"]);
    let image = sha256(&fake.0.lock().unwrap().manifests["a.example/shop/1"]);
    let tag = format!("{}.sig", image.to_string().replace(':', "-"));
    fake.image(&format!("a.example/shop:{tag}"), &[b"signed"]);
    copy(&fake, true).await;
    let state = fake.0.lock().unwrap();
    let (there, here) =
        (&state.manifests[&format!("a.example/shop/{tag}")], state.manifests.get(&format!("b.example/shop/{tag}")));
    assert_eq!(here, Some(there));
    assert!(state.manifests.contains_key("b.example/shop/1"));
}
