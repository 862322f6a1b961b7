//! Indexes: copied whole, with their attestations and nested ones, or the platforms that are chosen.

use super::super::hashing::sha256;
use super::fake::{Fake, OCI, at};
use crate::domain::copy_options::CopyOptions;
use crate::domain::image_facts::{BlobFate, Pushed};
use crate::domain::image_reference::Digest;
use crate::domain::platform::Platform;
use crate::effects::fault::{Fault, FaultKind};
use bytes::Bytes;
use serde_json::{Value, json};

const INDEX: &str = "application/vnd.oci.image.index.v1+json";

/// Two platforms that share a layer, an attestation of the first, and a nested index with a third.
fn shop() -> (Fake, Bytes) {
    let fake = Fake::default();
    let amd = fake.platform("a.example/shop", "amd64", &[b"shared", b"amd"]);
    let arm = fake.platform("a.example/shop", "arm64", &[b"shared", b"arm"]);
    let mut about = fake.platform("a.example/shop", "unknown", &[b"provenance"]);
    about["platform"] = json!({ "os": "unknown", "architecture": "unknown" });
    about["annotations"] = json!({ "vnd.docker.reference.digest": amd["digest"] });
    let mut s390x = fake.platform("a.example/shop", "s390x", &[b"shared"]);
    s390x["zzz"] = json!(1);
    let nested = fake.put("a.example/shop", "nested", &json!({ "mediaType": INDEX, "manifests": [s390x] }));
    let nested = json!({ "mediaType": INDEX, "digest": sha256(&nested), "size": nested.len() });
    let index = fake.put(
        "a.example/shop",
        "1",
        &json!({ "schemaVersion": 2, "mediaType": INDEX, "manifests": [amd, arm, about, nested] }),
    );
    (fake, index)
}

async fn copy(fake: &Fake, platforms: &[&str]) -> Result<Pushed, Fault> {
    let platforms = platforms.iter().map(|text| Platform::parse(text).unwrap()).collect();
    let options = CopyOptions { platforms, ..CopyOptions::replacing(true) };
    let (from, to) = (at("a.example/shop:1"), at("b.example/shop:1"));
    let before = fake.log().len();
    let foreseen = fake.registries().foresee_copy(&from, &to, &options).await;
    let asked = fake.log().split_off(before);
    assert!(asked.iter().all(|line| line.starts_with("GET") || line.starts_with("HEAD")), "{asked:?}");
    let copied = fake.registries().copy(&from, &to, &options, &fake.events()).await;
    assert_eq!(foreseen, copied, "what was foreseen is what came");
    copied
}

fn manifests(fake: &Fake, host: &str) -> Vec<(String, Bytes)> {
    let state = fake.0.lock().unwrap();
    let mut all: Vec<_> = state.manifests.iter().filter(|(key, _)| key.starts_with(host)).collect();
    all.sort();
    all.into_iter().map(|(key, bytes)| (key[host.len()..].to_owned(), bytes.clone())).collect()
}

#[tokio::test(start_paused = true)]
async fn an_index_is_copied_with_everything_it_names_and_the_tag_comes_last() {
    let (fake, index) = shop();
    let pushed = copy(&fake, &[]).await.unwrap();
    assert_eq!(pushed.image, at("b.example/shop:1").image.with_digest(sha256(&index)));
    // 4 configs, 3 times the shared layer, 3 layers of one image only
    let sent = pushed.blobs.iter().filter(|(_, fate)| *fate == BlobFate::Sent).count();
    assert_eq!((pushed.blobs.len(), sent), (10, 8));
    let of_source = manifests(&fake, "a.example/");
    let of_target = manifests(&fake, "b.example/");
    let names =
        |all: &[(String, Bytes)]| all.iter().filter(|(key, _)| !key.ends_with("nested")).cloned().collect::<Vec<_>>();
    assert_eq!(names(&of_target), names(&of_source));

    let shared = format!("GET a.example/v2/shop/blobs/{}", sha256(b"shared"));
    assert_eq!(fake.count(&shared), 1, "a blob of several platforms moves once");
    let puts: Vec<String> =
        fake.log().into_iter().filter(|line| line.contains("PUT b.example/v2/shop/manifests/")).collect();
    assert_eq!(puts.len(), 6, "{puts:?}");
    assert!(puts[5].ends_with("/manifests/1"), "{puts:?}");
    let of_blobs = fake.log().iter().rposition(|line| line.contains("PUT b.example/v2/shop/blobs/")).unwrap();
    let of_manifests = fake.log().iter().position(|line| line.contains("PUT b.example/v2/shop/manifests/")).unwrap();
    assert!(of_blobs < of_manifests);

    let before = fake.log().len();
    let again = fake.registries();
    let (from, to) = (at("a.example/shop:1"), at("b.example/shop:1"));
    let again = again.copy(&from, &to, &CopyOptions::default(), &fake.events()).await.unwrap();
    assert!(again.unchanged);
    let mut asked = fake.log().split_off(before);
    asked.sort();
    assert_eq!(asked, ["GET a.example/v2/shop/manifests/1", "HEAD b.example/v2/shop/manifests/1"]);
}

/// An index of two images goes to a second tag of a repository; what is pushed for that.
async fn pushed_for_a_second_tag(damage: impl Fn(&Fake, &str)) -> Vec<String> {
    let fake = Fake::default();
    let one = fake.platform("a.example/shop", "amd64", &[b"one"]);
    let two = fake.platform("a.example/shop", "arm64", &[b"two"]);
    let entries = [one, two];
    fake.put("a.example/shop", "1", &json!({ "schemaVersion": 2, "mediaType": INDEX, "manifests": entries }));
    for tag in ["1", "2"] {
        if tag == "2" {
            damage(&fake, entries[1]["digest"].as_str().unwrap());
        }
        let (from, to) = (at("a.example/shop:1"), at(&format!("b.example/shop:{tag}")));
        fake.registries().copy(&from, &to, &CopyOptions::default(), &fake.events()).await.unwrap();
    }
    let puts = fake.log().into_iter().filter(|line| line.starts_with("PUT b.example/v2/shop/manifests/"));
    puts.skip(3).collect()
}

#[tokio::test(start_paused = true)]
async fn what_is_there_under_another_tag_is_only_tagged_unless_an_image_of_it_is_gone() {
    assert_eq!(pushed_for_a_second_tag(|_, _| ()).await, ["PUT b.example/v2/shop/manifests/2"]);
    let gone = |fake: &Fake, digest: &str| {
        let key = format!("b.example/shop/{digest}");
        fake.0.lock().unwrap().manifests.remove(&key).expect("it was there");
    };
    assert_eq!(pushed_for_a_second_tag(gone).await.len(), 3, "both images again, and the tag");
}

#[tokio::test(start_paused = true)]
async fn each_blob_costs_four_requests_and_each_manifest_two() {
    let (fake, _) = shop();
    let (from, to) = (at("a.example/shop:1"), at("b.example/shop:1"));
    fake.registries().copy(&from, &to, &CopyOptions::default(), &fake.events()).await.unwrap();
    let count = |text: &str| fake.log().iter().filter(|line| line.starts_with(text)).count();
    assert_eq!(count("HEAD b.example/v2/shop/blobs/"), 8);
    assert_eq!(count("POST b.example/v2/shop/blobs/uploads/"), 8);
    assert_eq!(count("PUT b.example/v2/shop/blobs/uploads/"), 8);
    assert_eq!(count("GET a.example/v2/shop/blobs/"), 8);
    assert_eq!(count("GET a.example/v2/shop/manifests/"), 6);
    assert_eq!(count("HEAD b.example/v2/shop/manifests/"), 2, "the tag, and whether it is there under another name");
    assert_eq!(count("PUT b.example/v2/shop/manifests/"), 6);
    let others = 4 * 8 + 6 + 2 + 6;
    let referrers = count("GET a.example/v2/shop/referrers/");
    assert_eq!(fake.log().len(), others + referrers, "{:?}", fake.log());
    assert!(referrers <= 1);
}

#[tokio::test(start_paused = true)]
async fn one_platform_is_its_image_under_its_own_digest() {
    let (fake, _) = shop();
    let pushed = copy(&fake, &["linux/arm64/v8"]).await.unwrap();
    let image = manifests(&fake, "b.example/");
    assert_eq!((image.len(), &image[0].1), (2, &image[1].1), "by its tag and by its digest");
    assert_eq!(pushed.image.digest(), Some(&sha256(&image[0].1)));
    assert_eq!(pushed.blobs.len(), 3);
    let media_type: Value = serde_json::from_slice(&image[0].1).unwrap();
    assert_eq!(media_type["mediaType"], OCI);
}

#[tokio::test(start_paused = true)]
async fn several_platforms_are_a_smaller_index_that_keeps_their_attestations() {
    let (fake, index) = shop();
    let pushed = copy(&fake, &["linux/arm64", "linux/amd64"]).await.unwrap();
    assert_ne!(pushed.image.digest(), Some(&sha256(&index)));
    let made = fake.0.lock().unwrap().manifests["b.example/shop/1"].clone();
    assert_eq!(pushed.image.digest(), Some(&sha256(&made)));
    let made: Value = serde_json::from_slice(&made).unwrap();
    let whole: Value = serde_json::from_slice(&index).unwrap();
    assert_eq!(made["manifests"].as_array().unwrap()[..], whole["manifests"].as_array().unwrap()[..3]);

    let fault = copy(&fake, &["windows/amd64"]).await.unwrap_err();
    assert_eq!((fault.kind, fault.code.as_str()), (FaultKind::Missing, "PlatformMissing"));
    assert_eq!(fault.hint.as_deref(), Some("choose from what it has: linux/amd64, linux/arm64"));
}

#[tokio::test(start_paused = true)]
async fn an_image_of_one_platform_is_taken_for_that_alone() {
    let (fake, _) = shop();
    let image = fake.platform("a.example/single", "arm64", &[b"arm"]);
    let digest = Digest::parse(image["digest"].as_str().unwrap()).unwrap();
    let from = at(&format!("a.example/single@{digest}"));
    let asked =
        |platform: &str| CopyOptions { platforms: vec![Platform::parse(platform).unwrap()], ..CopyOptions::default() };
    let all = fake.registries();
    let fault = all.copy(&from, &at("b.example/x:1"), &asked("linux/amd64"), &fake.events()).await.unwrap_err();
    assert_eq!(
        (fault.code.as_str(), fault.hint.as_deref()),
        ("PlatformMissing", Some("choose from what it has: linux/arm64"))
    );
    let pushed = all.copy(&from, &at("b.example/x:1"), &asked("linux/arm64"), &fake.events()).await.unwrap();
    assert_eq!(pushed.image.digest(), Some(&digest));
}

#[tokio::test(start_paused = true)]
async fn an_index_that_names_what_is_not_there_is_not_copied() {
    let (fake, index) = shop();
    let index: Value = serde_json::from_slice(&index).unwrap();
    let gone = index["manifests"][1]["digest"].as_str().unwrap().to_owned();
    fake.0.lock().unwrap().manifests.remove(&format!("a.example/shop/{gone}"));
    let fault = copy(&fake, &[]).await.unwrap_err();
    assert_eq!((fault.kind, fault.code.as_str()), (FaultKind::Missing, "ManifestMissing"));
    assert!(fault.message.contains(&gone) && fault.message.contains("`shop` in registry `a.example`"), "{fault}");
    assert!(fault.hint.is_some_and(|hint| hint.contains("`platforms`")));
    assert_eq!(manifests(&fake, "b.example/"), []);
    assert!(copy(&fake, &["linux/amd64"]).await.is_ok(), "what is there can be chosen");
}
