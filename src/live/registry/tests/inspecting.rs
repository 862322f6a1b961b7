//! What is asked of images beside their content: by one request where one is enough.

use super::super::hashing::sha256;
use super::fake::{Fake, Quirk, Trap, at};
use crate::domain::image_facts::ImageFacts;
use crate::domain::image_reference::Digest;
use crate::domain::platform::Platform;
use crate::effects::fault::{Fault, FaultKind};
use serde_json::json;

const INDEX: &str = "application/vnd.oci.image.index.v1+json";

fn shop() -> (Fake, Digest) {
    let fake = Fake::default();
    fake.image("a.example/shop:1", &[b"layer"]);
    let digest = sha256(&fake.0.lock().unwrap().manifests["a.example/shop/1"]);
    (fake, digest)
}

#[tokio::test(start_paused = true)]
async fn a_digest_is_found_by_its_name_alone() {
    let (fake, digest) = shop();
    let all = fake.registries();
    assert_eq!(all.find(&at("a.example/shop:1")).await, Ok(Some(digest.clone())));
    assert_eq!(all.find(&at(&format!("a.example/shop@{digest}"))).await, Ok(Some(digest.clone())));
    let asked = format!("HEAD a.example/v2/shop/manifests/{digest}");
    assert_eq!(fake.log(), ["HEAD a.example/v2/shop/manifests/1".to_owned(), asked]);
    // registries that do not announce it, or do not know HEAD
    for quirk in [Quirk::NoDigest, Quirk::NoHead] {
        let (fake, digest) = shop();
        fake.quirk("a.example", quirk);
        assert_eq!(fake.registries().find(&at("a.example/shop:1")).await, Ok(Some(digest)), "{quirk:?}");
        assert_eq!(fake.log().len(), 2, "{quirk:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn that_there_is_none_is_the_registrys_word_and_not_any_servers() {
    let (fake, _) = shop();
    assert_eq!(fake.registries().find(&at("a.example/shop:none")).await, Ok(None));
    assert_eq!(fake.log().len(), 2, "a bare 404 is asked about");
    let said = vec![("docker-distribution-api-version", "registry/2.0".to_owned())];
    fake.trap("HEAD a.example/v2/shop/manifests/none", Trap::Answer(404, said, ""));
    assert_eq!(fake.registries().find(&at("a.example/shop:none")).await, Ok(None));
    assert_eq!(fake.log().len(), 3, "one that says that it is a registry is not");
    fake.trap("GET a.example/v2/shop/manifests/none", Trap::Answer(404, vec![], "<html>no such page</html>"));
    let fault = fake.registries().find(&at("a.example/shop:none")).await.unwrap_err();
    assert_eq!(fault.code, "NotARegistry", "{fault}");
}

/// `a.example/shop:many`: two platforms, and two variants of a third.
fn index(fake: &Fake) -> Vec<serde_json::Value> {
    let mut all: Vec<_> =
        ["amd64", "arm64", "arm", "mips"].map(|name| fake.platform("a.example/shop", name, &[name.as_bytes()])).into();
    for (entry, variant) in all.iter_mut().skip(2).zip(["v6", "v7"]) {
        entry["platform"] = json!({ "os": "linux", "architecture": "arm", "variant": variant });
    }
    fake.put("a.example/shop", "many", &json!({ "schemaVersion": 2, "mediaType": INDEX, "manifests": all }));
    all
}

async fn read_for(fake: &Fake, image: &str, platform: &str) -> Result<Option<ImageFacts>, Fault> {
    fake.registries().read_for(&at(image), &Platform::parse(platform).unwrap()).await
}

#[tokio::test(start_paused = true)]
async fn of_an_index_the_image_for_a_platform_is_told() {
    let (fake, digest) = shop();
    let entries = index(&fake);
    let arm = read_for(&fake, "a.example/shop:many", "linux/arm64").await.unwrap().unwrap();
    assert_eq!(json!(arm.digest), entries[1]["digest"]);
    assert_eq!((arm.layers.len(), arm.platform().as_deref()), (1, Some("linux/arm64")));
    assert_eq!(fake.log().len(), 3, "index, manifest and config: {:?}", fake.log());

    let none = read_for(&fake, "a.example/shop:many", "windows/amd64").await.unwrap_err();
    assert_eq!((none.kind, none.code.as_str()), (FaultKind::Missing, "PlatformMissing"));
    let there = "choose from what it has: linux/amd64, linux/arm64, linux/arm/v6, linux/arm/v7";
    assert_eq!(none.hint.as_deref(), Some(there));
    assert_eq!(read_for(&fake, "a.example/shop:none", "linux/amd64").await, Ok(None));

    // an image alone is for its own
    let single = fake.platform("a.example/shop", "arm64", &[b"single"]);
    let single = format!("a.example/shop@{}", single["digest"].as_str().unwrap());
    assert!(read_for(&fake, &single, "linux/arm64").await.unwrap().is_some());
    let other = read_for(&fake, &single, "linux/amd64").await.unwrap_err();
    assert_eq!(other.hint.as_deref(), Some("choose from what it has: linux/arm64"));
    assert_ne!(arm.digest, digest);
}

#[tokio::test(start_paused = true)]
async fn the_tags_of_a_digest_are_those_that_name_it() {
    let (fake, digest) = shop();
    let manifest = fake.0.lock().unwrap().manifests["a.example/shop/1"].clone();
    for tag in ["live", "20260725"] {
        fake.0.lock().unwrap().manifests.insert(format!("a.example/shop/{tag}"), manifest.clone());
    }
    fake.image("a.example/shop:other", &[b"another"]);
    let all = fake.registries();
    assert_eq!(all.tags_of(&at("a.example/shop:1"), &digest).await.unwrap(), ["1", "20260725", "live"]);
    assert_eq!(all.tags_of(&at("a.example/shop:1"), &sha256(b"nothing")).await.unwrap(), Vec::<String>::new());
    assert_eq!(all.tags_of(&at("a.example/none:1"), &digest).await.unwrap(), Vec::<String>::new(), "no repository");
    fake.trap("GET a.example/v2/shop/tags/list", Trap::Answer(404, vec![], "no such page"));
    assert!(all.tags_of(&at("a.example/shop:1"), &digest).await.is_err(), "nobody knows whether there are any");
}
