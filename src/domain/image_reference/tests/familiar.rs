//! Familiar names, and what a reference gives and prints.

use super::sha256;
use crate::domain::image_reference::{Algorithm, Digest, EcrHost, Malformed, Reference, Tag, ecr_host};

fn parsed(input: &str) -> Reference {
    Reference::parse(input).unwrap_or_else(|error| panic!("{error}\n{}", error.caret()))
}

#[test]
fn a_familiar_name_is_filled_in_and_shortened_again() {
    for (input, full, familiar) in [
        ("redis", "docker.io/library/redis", "redis"),
        ("redis:7", "docker.io/library/redis:7", "redis:7"),
        ("library/redis:7", "docker.io/library/redis:7", "redis:7"),
        ("docker.io/redis", "docker.io/library/redis", "redis"),
        ("index.docker.io/redis", "docker.io/library/redis", "redis"),
        ("index.docker.io/team/shop", "docker.io/team/shop", "team/shop"),
        ("team/shop:1.4.2", "docker.io/team/shop:1.4.2", "team/shop:1.4.2"),
        ("library/a/b", "docker.io/library/a/b", "library/a/b"),
        ("localhost/shop", "localhost/shop", "localhost/shop"),
        ("localhost:5000/shop", "localhost:5000/shop", "localhost:5000/shop"),
        ("test:5000/shop", "test:5000/shop", "test:5000/shop"),
        ("quay.io/team/shop", "quay.io/team/shop", "quay.io/team/shop"),
        ("Registry/shop", "Registry/shop", "Registry/shop"),
        ("[::1]/shop", "[::1]/shop", "[::1]/shop"),
        ("[2001:db8::1]:5000/shop:1", "[2001:db8::1]:5000/shop:1", "[2001:db8::1]:5000/shop:1"),
        ("docker.io/example.com/shop", "docker.io/example.com/shop", "docker.io/example.com/shop"),
        ("docker.io/localhost/shop", "docker.io/localhost/shop", "docker.io/localhost/shop"),
        ("192.168.1.1", "docker.io/library/192.168.1.1", "192.168.1.1"),
        ("test.com:5000", "docker.io/library/test.com:5000", "test.com:5000"),
    ] {
        let reference = parsed(input);
        assert_eq!(reference.to_string(), full, "{input}");
        assert_eq!(reference.familiar(), familiar, "{input}");
        assert_eq!(parsed(full), reference);
        assert_eq!(parsed(familiar), reference);
    }
}

#[test]
fn sixty_four_digits_keep_their_library_since_alone_they_would_be_an_id() {
    let id = "a".repeat(64);
    let reference = parsed(&format!("library/{id}"));
    assert_eq!(reference.familiar(), format!("library/{id}"));
    assert_eq!(parsed(&format!("{id}:1")).to_string(), format!("docker.io/library/{id}:1"));
}

#[test]
fn a_reference_gives_its_pieces() {
    let reference = parsed(&format!("localhost:5000/team/shop:1.4.2@{}", sha256()));
    assert_eq!(reference.domain(), "localhost:5000");
    assert_eq!(reference.path(), "team/shop");
    assert_eq!(reference.name(), "localhost:5000/team/shop");
    assert_eq!(reference.tag(), Some("1.4.2"));
    let digest = reference.digest().expect("it has one");
    assert_eq!(digest.to_string(), sha256());
    assert_eq!(digest.algorithm(), Algorithm::Sha256);
    assert_eq!(digest.short(), "sha256:0123456789ab");
    assert_eq!(digest.hex().len(), 64);
}

#[test]
fn latest_is_meant_only_where_neither_tag_nor_digest_is_given() {
    let plain = parsed("shop");
    assert_eq!((plain.tag(), plain.tag_or_latest()), (None, Some("latest")));
    let pinned = plain.with_digest(Digest::parse(&sha256()).expect("a digest"));
    assert_eq!(pinned.tag_or_latest(), None);
    assert_eq!(parsed("shop:7").tag_or_latest(), Some("7"));
}

#[test]
fn edits_give_new_references() {
    let shop = parsed("team/shop:1");
    let digest = Digest::parse(&sha256()).expect("a digest");
    let pinned = shop.with_digest(digest);
    assert_eq!(pinned.familiar(), format!("team/shop:1@{}", sha256()));
    assert_eq!(pinned.without_tag().familiar(), format!("team/shop@{}", sha256()));
    assert_eq!(pinned.without_digest(), shop);
    assert_eq!(shop.with_tag("2").expect("a tag").familiar(), "team/shop:2");
    let refused = shop.with_tag("a tag").expect_err("a space is no part of a tag");
    assert_eq!(refused.to_string(), "tag \"a tag\": a tag may not contain ' '");
    assert_eq!(refused.at, 1);
}

#[test]
fn all_three_serialize_as_text() {
    let reference = parsed("redis:7");
    let json = serde_json::to_value(&reference).expect("text");
    assert_eq!(json, "docker.io/library/redis:7");
    assert_eq!(serde_json::from_value::<Reference>(json).expect("a reference"), reference);
    let error = serde_json::from_str::<Reference>("\"Shop\"").expect_err("upper case");
    assert!(error.to_string().starts_with("image reference \"Shop\": "), "{error}");

    let digest = Digest::from_sha256(&[0xab; 32]);
    assert_eq!(serde_json::to_value(&digest).expect("text"), format!("sha256:{}", "ab".repeat(32)));
    assert_eq!(serde_json::from_value::<Tag>("7".into()).expect("a tag"), Tag::parse("7").expect("a tag"));
    assert!(serde_json::from_str::<Digest>("\"7\"").is_err());
}

#[test]
fn a_full_reference_may_be_demanded() {
    assert_eq!(Reference::parse_canonical("docker.io/library/redis:7").expect("written in full"), parsed("redis:7"));
    let error = Reference::parse_canonical("redis:7").expect_err("its registry is left out");
    assert_eq!(error.kind, Malformed::NotCanonical);
    assert_eq!(error.hint.as_deref(), Some("write \"docker.io/library/redis:7\""));
}

#[test]
fn an_ecr_host_names_its_account_and_region() {
    let tokyo = Some(EcrHost { account: "222222222222".into(), region: "ap-northeast-1".into() });
    for host in [
        "222222222222.dkr.ecr.ap-northeast-1.amazonaws.com",
        "222222222222.dkr.ecr-fips.ap-northeast-1.amazonaws.com",
        "222222222222.dkr-ecr.ap-northeast-1.on.aws",
    ] {
        assert_eq!(ecr_host(host), tokyo, "{host}");
    }
    let beijing = ecr_host("222222222222.dkr.ecr.cn-north-1.amazonaws.com.cn").expect("an ECR host");
    assert_eq!(beijing.region, "cn-north-1");
    for host in [
        "docker.io",
        "public.ecr.aws",
        "22222222222.dkr.ecr.ap-northeast-1.amazonaws.com",
        "22222222222x.dkr.ecr.ap-northeast-1.amazonaws.com",
        "222222222222.dkr.ecr..amazonaws.com",
        "222222222222.dkr.ecr.a.b.amazonaws.com",
        "222222222222.dkr.ecr.ap-northeast-1.amazonaws.com:443",
        "222222222222.dkr.ecr.ap-northeast-1.amazonaws.com.evil.example",
    ] {
        assert_eq!(ecr_host(host), None, "{host}");
    }
}
