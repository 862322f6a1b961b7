//! Malformed references: each says why, and points at the offending character.

use super::sha256;
use crate::domain::image_reference::{Digest, Malformed, Reference, Written};

/// Input, the offending character, the reason.
const TABLE: &[(&str, usize, &str)] = &[
    ("", 0, "it is empty"),
    ("Shop", 0, "a repository has only lower-case letters, not 'S'"),
    ("team/sHop:1", 6, "a repository has only lower-case letters, not 'H'"),
    ("team//shop", 5, "a repository may not have two '/' in a row"),
    ("/shop", 0, "a repository may not start with '/'"),
    ("team/shop/", 9, "a repository may not end with '/'"),
    ("quay.io/", 8, "the repository's name is missing"),
    (":7", 0, "the repository's name is missing"),
    ("shop:", 5, "the tag after ':' is empty"),
    ("shop:bad tag", 8, "a tag may not contain ' '"),
    ("shop:.7", 5, "a tag may not start with '.'"),
    ("shop:1:2", 6, "a tag may not contain ':'"),
    ("shop:café", 8, "a tag may not contain 'é'"),
    ("-shop", 0, "a part of a repository may not start with '-'"),
    ("team/shop_", 9, "a part of a repository may not end with '_'"),
    ("sh..op", 3, "a repository may not have \"..\" between two words"),
    ("sh___op", 4, "a repository may not have \"___\" between two words"),
    ("sh_-op", 3, "a repository may not have \"_-\" between two words"),
    (" shop", 0, "a repository may not contain ' '"),
    ("shop\n", 4, "a repository may not contain '\\n'"),
    ("店", 0, "a repository may not contain '店'"),
    ("aa/asdf$$^/aa", 7, "a repository may not contain '$'"),
    ("https://quay.io/shop", 5, "a reference has no scheme"),
    ("shop@", 5, "the digest is empty"),
    ("shop@7", 6, "a digest is written algorithm:hex, and the ':' is missing"),
    ("shop@md5:0123", 5, "the digest algorithm \"md5\" is not known"),
    ("shop@sha256:0123", 16, "a sha256 digest has 64 hexadecimal digits, this one has 4"),
    ("shop@sha256:01g3", 14, "the hexadecimal part of a digest may not contain 'g'"),
    ("shop@sha256:01A3", 14, "the digits of a digest are lower-case, not 'A'"),
    ("host:port/shop", 5, "a port has only digits, not 'p'"),
    ("host:/shop", 5, "the port after ':' is empty"),
    ("host:65536/shop", 5, "the port 65536 is above 65535"),
    ("[::1]:65536/shop", 6, "the port 65536 is above 65535"),
    ("quay..io/shop", 5, "a registry's name may not have an empty part"),
    ("-quay.io/shop", 0, "a part of a registry's name may not start with '-'"),
    ("quay-.io/shop", 4, "a part of a registry's name may not end with '-'"),
    ("qu_ay.io/shop", 2, "a registry's name may not contain '_'"),
    ("[fe80::1%eth0]:5000/shop", 8, "an IPv6 address may not have a zone here"),
    ("[::1/shop", 4, "the ']' of the IPv6 address is missing"),
    ("[]/shop", 1, "the address between '[' and ']' is missing"),
    ("[::g]/shop", 3, "an IPv6 address may not contain 'g'"),
    ("[::1]x/shop", 5, "'x' may not follow the ']' of an address"),
    ("[::1]:5000", 0, "a repository may not contain '['"),
];

#[test]
fn every_mistake_has_its_own_reason_at_its_own_place() {
    for (input, at, reason) in TABLE {
        let error = Reference::parse(input).expect_err(input);
        assert_eq!((error.at, error.reason.as_str()), (*at, *reason), "{input:?}");
        assert_eq!(error.to_string(), format!("image reference {input:?}: {reason}"));
    }
}

#[test]
fn the_caret_stands_under_the_offending_character() {
    let caret = |input: &str| Reference::parse(input).expect_err(input).caret();
    assert_eq!(caret("shop:bad tag"), "shop:bad tag\n        ^");
    assert_eq!(caret("shop:"), "shop:\n     ^");
    assert_eq!(caret(""), "\n^");
    assert_eq!(caret("\tshop"), "\u{fffd}shop\n^");
    // wide characters take two columns
    assert_eq!(caret("shop@店:x"), "shop@店:x\n     ^");
    assert_eq!(caret("shop@sha256:x店"), "shop@sha256:x店\n            ^");
    assert_eq!(Digest::parse("sha256:0店").expect_err("no digit").caret(), "sha256:0店\n        ^");
}

#[test]
fn too_long_points_at_the_first_character_too_many() {
    let name = "a".repeat(256);
    let error = Written::parse(&format!("quay.io/{name}")).expect_err("256 are too many");
    assert_eq!((error.kind, error.at), (Malformed::TooLong, 8 + 255));
    assert!(Reference::parse(&format!("quay.io/{}", "a".repeat(255))).is_ok());

    // a familiar name has `library/` in front of it
    assert!(Reference::parse(&"a".repeat(247)).is_ok());
    let error = Reference::parse(&"a".repeat(248)).expect_err("256 with library/");
    assert_eq!((error.kind, error.at), (Malformed::TooLong, 247));
    assert_eq!(error.reason, "a repository has at most 255 characters, this one has 256");

    let error = Reference::parse(&format!("shop:{}", "7".repeat(129))).expect_err("a tag of 129");
    assert_eq!((error.kind, error.at), (Malformed::TooLong, 5 + 128));
    let error = Reference::parse(&format!("shop@{}0", sha256())).expect_err("a digit too many");
    assert_eq!((error.kind, error.at), (Malformed::DigestLength, 5 + 7 + 64));
}

#[test]
fn an_image_id_is_no_name() {
    let id = "0123456789abcdef".repeat(4);
    let error = Reference::parse(&id).expect_err("a bare id");
    assert_eq!(error.reason, "64 hexadecimal digits are an image's id, not its name");
    assert!(error.hint.is_some_and(|hint| hint.contains(&format!("NAME@sha256:{id}"))));
}

#[test]
fn hints_say_what_to_write_instead() {
    let hint = |input: &str| Reference::parse(input).expect_err(input).hint.unwrap_or_default();
    assert_eq!(hint("team/Shop"), "write \"shop\"");
    assert_eq!(hint("https://quay.io/shop"), "leave out \"https://\"");
    assert_eq!(hint("shop@md5:00"), "use sha256, sha384 or sha512");
    assert_eq!(hint("shop "), "remove the white space");
    assert!(hint("shop:feature/x").contains("a tag comes last and has no '/'"));
}
