//! A registry's token that expires while an image moves costs one more token, and nothing else.
#![allow(clippy::disallowed_methods, reason = "a story stands outside of the rooms")]

mod support;

use std::collections::HashSet;
use support::checkout;
use support::project::Project;
use support::rehearsed::{Rehearsed, Sent};

const TOKEN: &str = "GetAuthorizationToken";

/// The release in the world of a text.
async fn rehearsed(world: &str) -> Rehearsed {
    let project = Project::with_the_release().file("tests/worlds/r.world.toml", world);
    Rehearsed::release(&project, &project.root.join("tests/worlds/r.world.toml")).await
}

/// The world of the repository, and the same where nothing goes wrong.
fn worlds() -> (String, String) {
    let world = std::fs::read_to_string(checkout().join("tests/worlds/token-expires.world.toml")).expect("the world");
    let (well, fault) = world.split_once("[[faults]]").expect("it has a fault");
    assert!(fault.contains("expired_token") && !fault.contains("[["), "it has one fault: {fault}");
    (well.to_owned(), world)
}

fn digest(of: &Rehearsed) -> String {
    let value = of.result.as_ref().expect("a release");
    value["digest"].as_str().filter(|digest| digest.starts_with("sha256:")).expect("a digest").to_owned()
}

/// What was refused, without the first request of each registry, by which it is asked for its way of logging in.
fn refused(of: &Rehearsed) -> Vec<&Sent> {
    let mut asked = HashSet::new();
    let unauthorized = of.sent.iter().filter(|sent| sent.status == Some(401));
    unauthorized.filter(|sent| !asked.insert(sent.what.split([' ', '/']).nth(1))).collect()
}

#[tokio::test(start_paused = true)]
async fn a_token_that_expires_while_a_layer_is_read_is_asked_for_once_more() {
    let (well, world) = worlds();
    let (without, with) = (rehearsed(&well).await, rehearsed(&world).await);
    assert_eq!(without.times(TOKEN), 2, "one for each registry: {:#?}", without.sent);
    assert_eq!(refused(&without), Vec::<&Sent>::new());
    assert_eq!(with.times(TOKEN), 3, "one more: {:#?}", with.sent);
    assert_eq!(digest(&with), digest(&without));

    // it was the layer that was refused, and nothing else is sent again
    let [refused] = refused(&with)[..] else { panic!("one request is refused: {:#?}", with.sent) };
    assert!(refused.what.starts_with("GET 111111111111.dkr.ecr.ap-northeast-1.amazonaws.com/v2/shop/blobs/sha256:"));
    let again: Vec<_> = with.sent.iter().filter(|sent| sent.what == refused.what).map(|sent| sent.status).collect();
    assert_eq!(again, [Some(401), Some(200)]);
    assert_eq!(with.sent.len(), without.sent.len() + 2, "the token, and the layer again");
}

#[tokio::test(start_paused = true)]
async fn those_who_are_refused_at_once_share_one_new_token() {
    let (well, _) = worlds();
    let without = rehearsed(&well).await;
    for (on, skip) in [("HeadBlob", 0), ("StartUpload", 1), ("PutUpload", 0), ("PutUpload", 1), ("PutManifest", 0)] {
        let fault = format!("on = \"registry:{on}\"\naccount = \"prod\"\nskip = {skip}\nthen = \"expired_token\"\n");
        let with = rehearsed(&format!("{well}[[faults]]\n{fault}")).await;
        assert_eq!(with.times(TOKEN), 3, "{fault}: {:#?}", with.sent);
        assert!(!refused(&with).is_empty(), "{fault}: {:#?}", with.sent);
        assert_eq!(digest(&with), digest(&without), "{fault}");
    }
}
