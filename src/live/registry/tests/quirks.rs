//! Every way in which registries are odd or fail, each with the one outcome it has: a copy that is right to the byte,
//! or an error that names registry, repository and what was moved and says what to do, with no tag written.

use super::super::hashing::sha256;
use super::fake::{Chance, Fake, Quirk, Trap, at, basic, login};
use crate::domain::copy_options::CopyOptions;
use crate::domain::image_facts::Pushed;
use crate::effects::fault::{Fault, FaultKind};
use std::time::Duration;

const LAYER: &[u8] = b"0123456789";

/// A layer and its config at `a.example/shop:1`, and a repository `shop` at `b.example`.
fn shop() -> Fake {
    let fake = Fake::default();
    fake.0.lock().unwrap().ranges = true;
    fake.image("a.example/shop:1", &[LAYER]);
    fake
}

fn layer(method: &str, host: &str) -> String {
    match method {
        "PUT" => format!("PUT {host}/v2/shop/blobs/uploads/1?state=s&digest={}", sha256(LAYER)),
        _ => format!("{method} {host}/v2/shop/blobs/{}", sha256(LAYER)),
    }
}

async fn copy(fake: &Fake) -> Result<Pushed, Fault> {
    let (from, to) = (at("a.example/shop:1"), at("b.example/shop:1"));
    fake.registries().copy(&from, &to, &CopyOptions::replacing(true), &fake.events()).await
}

/// The target has every manifest and blob of the source, to the byte.
#[track_caller]
fn is_verified(fake: &Fake, why: &str) {
    let state = fake.0.lock().unwrap();
    let source = state.manifests["a.example/shop/1"].clone();
    assert_eq!(state.manifests.get("b.example/shop/1"), Some(&source), "{why}");
    let blobs = state.blobs.iter().filter_map(|(key, bytes)| Some((key.strip_prefix("a.example/")?, bytes)));
    for (key, bytes) in blobs {
        assert_eq!(state.blobs.get(&format!("b.example/{key}")), Some(bytes), "{why}: {key}");
    }
}

async fn is_copied(why: &str, odd: impl FnOnce(&Fake)) {
    let fake = shop();
    odd(&fake);
    match copy(&fake).await {
        Ok(pushed) => assert!(pushed.image.digest().is_some(), "{why}"),
        Err(fault) => panic!("{why}: {fault:?}"),
    }
    is_verified(&fake, why);
    assert_eq!(fake.count("PATCH"), 0, "one request fewer, and ECR answers it strangely");
}

/// Kind, code, and what message and hint say.
type Refusal<'a> = (FaultKind, &'a str, &'a [&'a str], &'a str);

async fn is_refused(why: &str, (kind, code, says, hint): Refusal<'_>, odd: impl FnOnce(&Fake)) {
    let fake = shop();
    odd(&fake);
    let before = fake.0.lock().unwrap().manifests.get("b.example/shop/1").cloned();
    let fault = copy(&fake).await.expect_err(why);
    assert_eq!((fault.kind, fault.code.as_str()), (kind, code), "{why}: {fault:?}");
    for said in says {
        assert!(fault.message.contains(said), "{why}: {said} / {fault:?}");
    }
    assert!(fault.message.contains("`shop`"), "{why}: {fault:?}");
    assert!(fault.hint.as_ref().is_some_and(|told| told.contains(hint)), "{why}: {hint} / {fault:?}");
    assert_eq!(fake.0.lock().unwrap().manifests.get("b.example/shop/1").cloned(), before, "{why}: no tag is written");
}

#[tokio::test(start_paused = true)]
async fn what_is_odd_does_not_matter() {
    for (host, quirk) in [
        ("b.example", Quirk::StalePatch),
        ("b.example", Quirk::NoLocation),
        ("b.example", Quirk::ImmutableTags),
        ("a.example", Quirk::KeptElsewhere),
        ("a.example", Quirk::NoDigest),
        ("b.example", Quirk::NoDigest),
        ("a.example", Quirk::Converts),
        ("b.example", Quirk::Converts),
        ("a.example", Quirk::NoHead),
        ("b.example", Quirk::NoHead),
    ] {
        is_copied(&format!("{quirk:?} of {host}"), |fake| fake.quirk(host, quirk)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn what_passes_is_waited_out() {
    let date = || {
        let until = ("retry-after", "Tue, 04 Aug 2026 10:00:40 GMT".to_owned());
        vec![until, ("date", "Tue, 04 Aug 2026 10:00:00 GMT".to_owned())]
    };
    let seconds = || vec![("retry-after", "30".to_owned())];
    let (get, put) = (layer("GET", "a.example"), layer("PUT", "b.example"));
    let cases: Vec<(&str, String, Trap, Option<u64>)> = vec![
        ("a dropped look", layer("HEAD", "b.example"), Trap::Drop, None),
        ("too many requests, in seconds", "POST b.example".to_owned(), Trap::Answer(429, seconds(), ""), Some(30)),
        ("too many requests, as a date", put.clone(), Trap::Answer(429, date(), ""), Some(40)),
        (
            "an overloaded registry",
            "GET a.example/v2/shop/manifests/".to_owned(),
            Trap::Answer(503, seconds(), ""),
            Some(30),
        ),
        ("a failing registry", get.clone(), Trap::Answer(500, vec![], ""), None),
        ("a reset of a download", get.clone(), Trap::BreakOff(4), None),
        ("a reset of an upload", put.clone(), Trap::Reset(1), None),
        ("a reset after an upload", put.clone(), Trap::DoneAndDropped, None),
        ("a download cut short", get.clone(), Trap::CutShort(7), None),
        ("a trickle", get.clone(), Trap::Trickle(Duration::from_secs(59)), Some(590)),
        ("a download that stalls", get.clone(), Trap::Stall(3), Some(60)),
        ("a registry that falls silent", put.clone(), Trap::Silence, Some(60)),
        ("a manifest that breaks off", "GET a.example/v2/shop/manifests/".to_owned(), Trap::BreakOff(9), None),
        ("a tag that breaks off", "PUT b.example/v2/shop/manifests/1".to_owned(), Trap::DoneAndDropped, None),
    ];
    for (why, line, trap, at_least) in cases {
        let began = tokio::time::Instant::now();
        is_copied(why, |fake| fake.trap(&line, trap)).await;
        let took = began.elapsed().as_secs();
        let at_least = at_least.unwrap_or(0);
        assert!((at_least..at_least + 9).contains(&took), "{why}: {took} s");
    }
}

#[tokio::test(start_paused = true)]
async fn a_login_that_expires_in_the_middle_is_renewed() {
    is_copied("an expired token", |fake| {
        fake.0.lock().unwrap().logins = vec![login("p")];
        fake.guard("b.example", "Basic realm=\"r\"", &basic("p"));
        let expired = vec![("www-authenticate", "Basic realm=\"r\"".to_owned())];
        fake.0.lock().unwrap().logins = vec![login("p"), login("p"), login("new")];
        fake.trap(&layer("PUT", "b.example"), Trap::Answer(401, expired, ""));
        // the new login is taken like the old one
        fake.0.lock().unwrap().guards.clear();
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn what_does_not_pass_is_told_with_what_to_do() {
    use FaultKind::{Network, Refused, Verification};
    let (get, put) = (layer("GET", "a.example"), layer("PUT", "b.example"));
    let digest = sha256(LAYER).to_string();
    let five = |line: &str, trap: &Trap, fake: &Fake| (0..5).for_each(|_| fake.trap(line, trap.clone()));

    let wrong: Refusal<'_> = (Verification, "Unverified", &["a.example", &digest, "what came is sha256:"], "damaged");
    is_refused("a wrong digest", wrong, |fake| fake.trap(&get, Trap::Instead(b"012345678X"))).await;
    let longer: Refusal<'_> = (Verification, "Unverified", &["a.example", &digest, "more came than"], "damaged");
    is_refused("a longer blob", longer, |fake| fake.trap(&get, Trap::Instead(b"0123456789 and more"))).await;
    let sized: Refusal<'_> =
        (Verification, "Unverified", &["a.example", &digest, "4 bytes are announced, not 10"], "damaged");
    is_refused("a wrong size", sized, |fake| {
        let length = vec![("content-length", "4".to_owned())];
        fake.trap(&get, Trap::Answer(200, length, "0123"));
    })
    .await;
    let short: Refusal<'_> =
        (Verification, "Unverified", &["a.example", &digest, "only 4 of its 10 bytes are there"], "damaged");
    is_refused("a blob that is always cut short", short, |fake| {
        fake.0.lock().unwrap().blobs.insert(format!("a.example/shop/{digest}"), bytes::Bytes::from_static(&LAYER[..4]));
        fake.trap(&get, Trap::Answer(200, vec![], "0123"));
    })
    .await;
    let silent: Refusal<'_> =
        (Network, "Timeout", &["b.example", &digest, "no answer for 60 seconds"], "can be reached");
    is_refused("a registry that stays silent", silent, |fake| five(&put, &Trap::Silence, fake)).await;
    let busy: Refusal<'_> = (Refused, "Http503", &["b.example", &digest, "503"], "try again later");
    is_refused("a registry that stays busy", busy, |fake| five(&put, &Trap::Answer(503, vec![], ""), fake)).await;
    let dropped: Refusal<'_> = (Network, "NoAnswer", &["b.example", "sha256:"], "`shop` may be missing");
    is_refused("a repository that is not there", dropped, |fake| fake.quirk("b.example", Quirk::DropsMissing)).await;
    let immutable: Refusal<'_> = (Refused, "ImageTagAlreadyExists", &["b.example", "immutable"], "another tag");
    is_refused("an immutable tag", immutable, |fake| {
        fake.image("b.example/shop:1", &[b"another"]);
        fake.quirk("b.example", Quirk::ImmutableTags);
    })
    .await;
    let lost: Refusal<'_> = (FaultKind::Missing, "BLOB_UNKNOWN", &["a.example", &digest], "check");
    is_refused("a blob that is gone", lost, |fake| {
        fake.0.lock().unwrap().blobs.remove(&format!("a.example/shop/{digest}"));
    })
    .await;
    let denied: Refusal<'_> = (FaultKind::Denied, "UNAUTHORIZED", &["b.example"], "[registries.\"b.example\"]");
    is_refused("a login that is not taken", denied, |fake| fake.guard("b.example", "Basic realm=\"r\"", "nobody"))
        .await;
}

#[tokio::test(start_paused = true)]
async fn the_login_stays_with_the_registry_when_a_blob_is_kept_elsewhere() {
    let fake = shop();
    fake.0.lock().unwrap().logins = vec![login("p")];
    fake.guard("a.example", "Basic realm=\"r\"", &basic("p"));
    fake.guard("b.example", "Basic realm=\"r\"", &basic("p"));
    fake.quirk("a.example", Quirk::KeptElsewhere);
    // a download that breaks off is taken up at the registry, which signs a new address
    fake.trap("GET bucket.a.example/shop/", Trap::BreakOff(4));
    copy(&fake).await.unwrap();
    is_verified(&fake, "kept elsewhere");
    let elsewhere: Vec<String> = fake.log().into_iter().filter(|line| line.contains(" bucket.a.example/")).collect();
    assert_eq!(elsewhere.len(), 3, "{elsewhere:?}");
    assert!(elsewhere.iter().all(|line| !line.contains("Basic")), "{elsewhere:?}");
}

#[tokio::test(start_paused = true)]
async fn two_hundred_copies_end_verified_where_one_request_in_five_fails() {
    let seed = 20_260_804_u64;
    let mut faults = 0;
    for number in 0..200 {
        let fake = Fake::default();
        let mut amd = fake.platform("a.example/shop", "amd64", &[b"shared by both", b"only amd64"]);
        amd["number"] = number.into();
        let arm = fake.platform("a.example/shop", "arm64", &[b"shared by both", b"only arm64", b"and one more of it"]);
        let index =
            serde_json::json!({ "mediaType": "application/vnd.oci.image.index.v1+json", "manifests": [amd, arm] });
        fake.put("a.example/shop", "1", &index);
        fake.0.lock().unwrap().ranges = number % 2 == 0;
        fake.0.lock().unwrap().chance = Some(Chance::new(seed + number, 5, 3));
        let copied = copy(&fake).await;
        assert!(copied.is_ok(), "seed {seed}, copy {number}: {copied:?}\n{:#?}", fake.log());
        is_verified(&fake, &format!("seed {seed}, copy {number}"));
        faults += fake.0.lock().unwrap().chance.as_ref().map_or(0, |chance| chance.count);
    }
    assert!(faults > 1000, "seed {seed}: only {faults} requests failed");
}
