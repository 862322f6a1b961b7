//! The upstream grammar's own test cases.

use serde_json::Value;

use crate::domain::image_reference::{Malformed, Reference, ReferenceError, Written};

const VECTORS: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/image-references.json"));

fn vectors() -> Vec<Value> {
    let file: Value = serde_json::from_str(VECTORS).expect("the vectors are JSON");
    file["vectors"].as_array().expect("a list of vectors").clone()
}

fn text<'a>(value: &'a Value, member: &str) -> &'a str {
    value[member].as_str().unwrap_or_else(|| panic!("{member} is no text in {value}"))
}

/// The upstream name of an error.
fn upstream(error: &ReferenceError) -> &'static str {
    match error.kind {
        Malformed::Empty => "ErrNameEmpty",
        Malformed::Format => "ErrReferenceInvalidFormat",
        Malformed::Uppercase => "ErrNameContainsUppercase",
        Malformed::TooLong => "ErrNameTooLong",
        Malformed::UnknownAlgorithm => "ErrDigestUnsupported",
        Malformed::DigestLength => "ErrDigestInvalidLength",
        Malformed::NotCanonical => "ErrNameNotCanonical",
    }
}

/// What our functions make of a vector, in the shape of its `expected`, with the members that it asks for.
fn answer(vector: &Value) -> Value {
    let input = &vector["input"];
    let name = || Written::named(text(input, "name")).expect("the vector's name is a name");
    let answered = match text(vector, "function") {
        "Parse" => Written::parse(input.as_str().expect("text")).map(|written| all_of(&written)),
        "WithName" => Written::named(input.as_str().expect("text")).map(|written| all_of(&written)),
        "ParseNamed" => Reference::parse_canonical(input.as_str().expect("text"))
            .map(|reference| serde_json::json!({ "domain": reference.domain(), "path": reference.path() })),
        "WithTag" => match text(input, "digest") {
            "" => name().with_tag(text(input, "tag")),
            digest => name().with_digest(digest).and_then(|pinned| pinned.with_tag(text(input, "tag"))),
        }
        .map(|written| all_of(&written)),
        "WithDigest" => match text(input, "tag") {
            "" => name().with_digest(text(input, "digest")),
            tag => name().with_tag(tag).and_then(|tagged| tagged.with_digest(text(input, "digest"))),
        }
        .map(|written| all_of(&written)),
        other => panic!("no function is called {other}"),
    };
    let mut answered = answered.unwrap_or_else(|error| serde_json::json!({ "error": upstream(&error) }));
    let expected = vector["expected"].as_object().expect("expected is an object");
    answered
        .as_object_mut()
        .expect("every answer is an object")
        .retain(|member, _| expected.contains_key(member) || member == "error");
    answered
}

fn all_of(written: &Written) -> Value {
    serde_json::json!({
        "digest": written.digest().unwrap_or_default(),
        "domain": written.domain().unwrap_or_default(),
        "name": written.name(),
        "path": written.path(),
        "string": written.to_string(),
        "tag": written.tag().unwrap_or_default(),
    })
}

#[test]
fn every_vector_holds_but_the_one_algorithm_that_upstream_tests_do_not_register() {
    let vectors = vectors();
    assert_eq!(vectors.len(), 78);
    let differing: Vec<(&Value, Value)> =
        vectors.iter().map(|vector| (vector, answer(vector))).filter(|(v, got)| v["expected"] != *got).collect();

    let [(vector, got)] = differing.as_slice() else { panic!("not exactly one vector differs: {differing:#?}") };
    let input = text(vector, "input");
    let digest = input.strip_prefix("validname@").expect("the vector with a sha512 digest");
    assert!(digest.starts_with("sha512:"), "{input}");
    assert_eq!(vector["expected"]["error"], "ErrDigestUnsupported");
    assert!(got.get("error").is_none(), "{got}");
    assert_eq!(Written::parse(input).expect("we know sha512").digest(), Some(digest));
}

#[test]
fn what_a_vector_accepts_as_written_is_printed_as_it_was() {
    let accepted: Vec<Value> =
        vectors().into_iter().filter(|v| v["function"] == "Parse" && v["expected"]["string"].is_string()).collect();
    assert_eq!(accepted.len(), 33);
    for vector in accepted {
        let input = text(&vector, "input");
        assert_eq!(Written::parse(input).expect("accepted").to_string(), input);
    }
}
