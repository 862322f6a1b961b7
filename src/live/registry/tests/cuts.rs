//! A copy or a rebuild that is cut at any of its requests: the tag has nothing or everything, and doing it again does it.

use super::super::hashing::sha256;
use super::fake::{Fake, OCI, Quirk, Trap, at};
use crate::domain::copy_options::CopyOptions;
use crate::domain::image_facts::{BlobFate, Pushed};
use crate::domain::layer_edit::{LayerEdit, Put, PutContent};
use crate::domain::platform::Platform;
use crate::effects::fault::Fault;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::Duration;

const INDEX: &str = "application/vnd.oci.image.index.v1+json";
const TAG: &str = "b.example/shop/1";

/// Two platforms that share a layer, a third that is not always wanted, and a signature of the index.
fn shop() -> Fake {
    let fake = Fake::default();
    fake.quirk("a.example", Quirk::Referrers);
    fake.quirk("b.example", Quirk::Referrers);
    let platforms: Vec<Value> = [("amd64", b"amd"), ("arm64", b"arm"), ("s390x", b"390")]
        .map(|(name, own)| fake.platform("a.example/shop", name, &[b"shared", own]))
        .into();
    let index = json!({ "schemaVersion": 2, "mediaType": INDEX, "manifests": platforms });
    let index = fake.put("a.example/shop", "1", &index);
    let config = fake.platform("a.example/shop", "none", &[b"signed"]);
    let bytes =
        fake.0.lock().unwrap().manifests[&format!("a.example/shop/{}", config["digest"].as_str().unwrap())].clone();
    let mut signature: Value = serde_json::from_slice(&bytes).unwrap();
    signature["subject"] = json!({ "mediaType": INDEX, "digest": sha256(&index), "size": index.len() });
    fake.put("a.example/shop", "signature", &signature);
    fake
}

#[derive(Clone, Copy, Debug)]
enum Doing {
    Whole,
    Platforms,
    Referrers,
    Rebuild,
}

impl Doing {
    const ALL: [Self; 4] = [Self::Whole, Self::Platforms, Self::Referrers, Self::Rebuild];

    fn options(self) -> CopyOptions {
        let platforms = if matches!(self, Self::Platforms) { vec!["linux/arm64", "linux/amd64"] } else { Vec::new() };
        CopyOptions {
            platforms: platforms.into_iter().map(|text| Platform::parse(text).unwrap()).collect(),
            referrers: matches!(self, Self::Referrers),
            ..CopyOptions::default()
        }
    }

    fn edit() -> LayerEdit {
        let put = Put { content: PutContent::Text("production".into()), owner: None, mode: None, replace: false };
        LayerEdit { files: BTreeMap::from([("/app/env".to_owned(), put)]), ..LayerEdit::default() }
    }

    async fn foreseen(self, fake: &Fake) -> Result<Pushed, Fault> {
        let (from, to, all) = (at("a.example/shop:1"), at("b.example/shop:1"), fake.registries());
        match self {
            Self::Rebuild => all.foresee_rebuild(&from, &to, &Self::edit(), false).await,
            _ => all.foresee_copy(&from, &to, &self.options()).await,
        }
    }

    async fn done(self, fake: &Fake) -> Result<Pushed, Fault> {
        let (from, to, all) = (at("a.example/shop:1"), at("b.example/shop:1"), fake.registries());
        match self {
            Self::Rebuild => all.rebuild(&from, &to, &Self::edit(), &CopyOptions::default(), &fake.events()).await,
            _ => all.copy(&from, &to, &self.options(), &fake.events()).await,
        }
    }
}

/// Everything in the target, by its names.
fn target(fake: &Fake) -> BTreeMap<String, Vec<u8>> {
    let state = fake.0.lock().unwrap();
    let all = state.manifests.iter().chain(&state.blobs).filter(|(key, _)| key.starts_with("b.example/"));
    all.map(|(key, bytes)| (key.clone(), bytes.to_vec())).collect()
}

/// That everything below a manifest of the target is there, and is what its digest says.
fn verify(target: &BTreeMap<String, Vec<u8>>, key: &str) {
    let manifest: Value = serde_json::from_slice(&target[key]).unwrap();
    let list = |member: &str| manifest[member].as_array().cloned().unwrap_or_default();
    let named = list("layers").into_iter().chain(list("manifests")).chain(manifest.get("config").cloned());
    for entry in named {
        let key = format!("b.example/shop/{}", entry["digest"].as_str().unwrap());
        let bytes = target.get(&key).unwrap_or_else(|| panic!("{key} is not there"));
        assert_eq!((json!(sha256(bytes)), json!(bytes.len())), (entry["digest"].clone(), entry["size"].clone()));
        if [OCI, INDEX].contains(&entry["mediaType"].as_str().unwrap_or_default()) {
            verify(target, &key);
        }
    }
}

/// What is there after a cut: no tag, or the one that was meant with everything below it.
fn consistent(fake: &Fake, expected: &BTreeMap<String, Vec<u8>>, when: &str) {
    let there = target(fake);
    if there.contains_key(TAG) {
        assert_eq!(there[TAG], expected[TAG], "{when}: a tag is the one that was meant");
        assert_eq!(&there, expected, "{when}: and everything is there");
    }
    for (key, bytes) in &there {
        assert_eq!(expected.get(key), Some(bytes), "{when}: nothing else is left behind");
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_foreseen_of_platforms_referrers_and_rebuilt_indexes_is_what_comes() {
    for doing in Doing::ALL {
        let fake = shop();
        let foreseen = doing.foreseen(&fake).await.unwrap();
        assert_eq!(target(&fake), BTreeMap::new(), "{doing:?}: looking writes nothing");
        let pushed = doing.done(&fake).await.unwrap();
        assert_eq!(foreseen, pushed, "{doing:?}");
        let there = target(&fake);
        verify(&there, TAG);
        assert_eq!(pushed.image.digest(), Some(&sha256(&there[TAG])), "{doing:?}");
        // and once it is there, there is nothing to push
        let again = doing.foreseen(&fake).await.unwrap();
        assert_eq!(again.image, pushed.image, "{doing:?}");
        assert!(again.blobs.iter().all(|(_, fate)| *fate == BlobFate::Present), "{doing:?}: {again:?}");
        assert!(again.unchanged, "{doing:?}");
        assert_eq!(doing.done(&fake).await.unwrap(), again, "{doing:?}");
        assert_eq!(target(&fake), there, "{doing:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn wherever_an_index_is_cut_its_tag_has_nothing_or_everything_and_the_next_try_ends_it() {
    for doing in Doing::ALL {
        let fake = shop();
        doing.done(&fake).await.unwrap();
        let (expected, requests) = (target(&fake), fake.log().len());
        assert!(requests > 20, "{doing:?}: {requests}");
        for request in 1..=requests {
            for reached in [false, true] {
                let when = format!("{doing:?}, request {request}, reached {reached}");
                // the network is gone from this request on
                let fake = shop();
                fake.0.lock().unwrap().ends = Some((request, reached));
                // what stays behind is looked for as a courtesy: where that is what fails, the copy does not
                if doing.done(&fake).await.is_ok() {
                    assert_eq!(target(&fake), expected, "{when}");
                }
                consistent(&fake, &expected, &when);
                fake.0.lock().unwrap().ends = None;
                doing.done(&fake).await.unwrap_or_else(|fault| panic!("{when}: {fault}"));
                assert_eq!(target(&fake), expected, "{when}");
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn whenever_it_is_interrupted_the_tag_has_nothing_or_everything() {
    for doing in Doing::ALL {
        let fake = shop();
        let began = tokio::time::Instant::now();
        doing.done(&fake).await.unwrap();
        let (expected, took) = (target(&fake), began.elapsed());
        let mut cut = 0;
        // each request takes a millisecond: the moments within and between them
        for half in 0..=took.as_micros() / 500 {
            let fake = shop();
            let at = Duration::from_micros(u64::try_from(half).unwrap() * 500);
            let ended = tokio::time::timeout(at, doing.done(&fake)).await;
            cut += usize::from(ended.is_err());
            let when = format!("{doing:?}, after {at:?}");
            consistent(&fake, &expected, &when);
            doing.done(&fake).await.unwrap_or_else(|fault| panic!("{when}: {fault}"));
            assert_eq!(target(&fake), expected, "{when}");
        }
        assert!(cut > 10, "{doing:?}: {cut} moments");
    }
}

#[tokio::test(start_paused = true)]
async fn what_the_target_refuses_leaves_no_tag() {
    for doing in Doing::ALL {
        for part in ["blobs/uploads/", "manifests/sha256"] {
            let fake = shop();
            // refused for good, while others of its kind are under way
            fake.trap(
                &format!("PUT b.example/v2/shop/{part}"),
                Trap::Answer(400, vec![], r#"{"errors":[{"code":"NO"}]}"#),
            );
            let fault = doing.done(&fake).await.expect_err("it was refused");
            assert_eq!(fault.code, "NO", "{doing:?}, {part}: {fault}");
            assert!(!target(&fake).contains_key(TAG), "{doing:?}, {part}");
            assert_eq!(fake.count("PUT b.example/v2/shop/manifests/1"), 0, "{doing:?}, {part}");
        }
    }
}
