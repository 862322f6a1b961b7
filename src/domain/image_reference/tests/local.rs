//! Images on this machine, and what is no registry's.

use super::sha256;
use crate::domain::image_reference::{Local, Reference};
use proptest::prelude::*;

fn anywhere(input: &str) -> Reference {
    Reference::anywhere(input).unwrap_or_else(|error| panic!("{error}\n{}", error.caret()))
}

#[test]
fn a_local_image_has_a_path_maybe_a_name_and_maybe_a_digest() {
    let digest = sha256();
    let pinned = format!("oci:out/app:v1@{digest}");
    for (input, local, path, name, printed) in [
        ("oci:out/app", Local::Layout, "out/app", None, "oci:out/app"),
        ("oci:out/app:v1", Local::Layout, "out/app", Some("v1"), "oci:out/app:v1"),
        ("oci:./out//App 1/./:v1", Local::Layout, "out/App 1", Some("v1"), "oci:out/App 1:v1"),
        ("oci:.", Local::Layout, ".", None, "oci:."),
        ("oci:../out", Local::Layout, "../out", None, "oci:../out"),
        ("oci:/srv/app/", Local::Layout, "/srv/app", None, "oci:/srv/app"),
        (
            "oci:app:docker.io/library/shop:1",
            Local::Layout,
            "app",
            Some("docker.io/library/shop:1"),
            "oci:app:docker.io/library/shop:1",
        ),
        ("oci:./5000/shop:1", Local::Layout, "./5000/shop", Some("1"), "oci:./5000/shop:1"),
        ("oci:a@b:x@y", Local::Layout, "a@b", Some("x@y"), "oci:a@b:x@y"),
        (&pinned, Local::Layout, "out/app", Some("v1"), &pinned),
        ("oci-archive:app.tar:v1", Local::OciArchive, "app.tar", Some("v1"), "oci-archive:app.tar:v1"),
        ("docker-archive:app.tar", Local::DockerArchive, "app.tar", None, "docker-archive:app.tar"),
        (
            "docker-archive:app.tar:shop",
            Local::DockerArchive,
            "app.tar",
            Some("shop:latest"),
            "docker-archive:app.tar:shop:latest",
        ),
        (
            "docker-archive:app.tar:docker.io/library/shop:1.4",
            Local::DockerArchive,
            "app.tar",
            Some("shop:1.4"),
            "docker-archive:app.tar:shop:1.4",
        ),
        (
            "docker-archive:app.tar:reg.io:5000/shop:1",
            Local::DockerArchive,
            "app.tar",
            Some("reg.io:5000/shop:1"),
            "docker-archive:app.tar:reg.io:5000/shop:1",
        ),
    ] {
        let image = anywhere(input);
        assert_eq!((image.local(), image.path(), image.tag()), (Some(local), path, name), "{input}");
        assert_eq!((image.to_string().as_str(), image.familiar().as_str()), (printed, printed), "{input}");
        assert_eq!(anywhere(printed), image);
        assert_eq!(image.domain(), local.scheme());
        assert_eq!(image.digest().map(ToString::to_string), input.contains("@sha").then(|| digest.clone()));
        assert!(Reference::parse_canonical(printed).is_err(), "{printed}");
    }
}

#[test]
fn a_registry_stays_one_however_it_is_called() {
    for (input, full) in [
        ("oci:5000/shop:1", "oci:5000/shop:1"),
        ("oci/shop:1", "docker.io/oci/shop:1"),
        ("oci", "docker.io/library/oci"),
        ("docker.io/library/oci:1", "docker.io/library/oci:1"),
        ("dir", "docker.io/library/dir"),
    ] {
        let image = anywhere(input);
        assert_eq!((image.local(), image.to_string().as_str()), (None, full), "{input}");
        assert_eq!(Reference::parse(&image.familiar()), Ok(image));
    }
    assert_eq!(anywhere("docker.io/library/oci:1").familiar(), "library/oci:1");
}

#[test]
fn what_is_not_in_a_registry_is_no_image_of_docker_hub() {
    for (input, at, says) in [
        ("oci:app", 3, "on this machine"),
        ("oci:out/app:v1", 3, "on this machine"),
        ("docker-archive:app.tar", 14, "on this machine"),
        ("docker-daemon:shop:1", 13, "`docker-daemon:` are not read here"),
        ("containers-storage:shop", 18, "are not read here"),
        ("dir:out", 3, "are not read here"),
        ("docker://reg.io/shop:1", 6, "no scheme"),
    ] {
        let error = Reference::parse(input).expect_err(input);
        assert_eq!(error.at, at, "{input}");
        assert!(error.reason.contains(says) && error.hint.is_some(), "{input}: {error:?}");
    }
    let daemon = Reference::anywhere("docker-daemon:shop:1").expect_err("nobody reads that");
    assert!(daemon.hint.expect("a hint").ends_with("docker.io/library/docker-daemon:shop:1"));
    assert!(Reference::anywhere("docker://reg.io/shop:1").is_err());
}

#[test]
fn a_malformed_one_is_pointed_at() {
    let digest = sha256();
    for (input, at) in [
        ("oci:", 4),
        ("oci::v1", 4),
        ("oci:app:", 8),
        ("oci:app:v 1", 9),
        ("oci:a\u{7}", 5),
        ("docker-archive:app.tar:Shop:1", 23),
        ("docker-archive:app.tar:shop:1:2", 29),
    ] {
        let error = Reference::anywhere(input).expect_err(input);
        assert_eq!(error.at, at, "{input}: {error}\n{}", error.caret());
    }
    let image = anywhere("oci:app");
    assert!(image.with_tag(&format!("v1@{digest}")).is_err());
    assert!(Reference::on_this_machine(Local::Layout, "a:b", None).is_err());
    assert!(anywhere("docker-archive:app.tar").with_tag(&format!("shop@{digest}")).is_err());
}

#[test]
fn a_target_without_a_name_is_named_after_its_source() {
    for (target, source, named) in [
        ("oci:out", "reg.io/shop:1.4", Some("oci:out:1.4")),
        ("oci:out", "reg.io/shop", Some("oci:out:latest")),
        ("oci:out:v1", "reg.io/shop:1.4", Some("oci:out:v1")),
        ("oci:out", "docker-archive:app.tar:shop:1.4", Some("oci:out:1.4")),
        ("oci:out", "oci:in:v1", Some("oci:out:v1")),
        ("oci:out", "oci:in:reg.io/shop:1.4", Some("oci:out:1.4")),
        ("oci-archive:app.tar", "oci:in", Some("oci-archive:app.tar:latest")),
        ("docker-archive:app.tar", "redis:7", Some("docker-archive:app.tar:redis:7")),
        ("docker-archive:app.tar", "reg.io/shop", Some("docker-archive:app.tar:reg.io/shop:latest")),
        ("docker-archive:app.tar", "oci:in:reg.io/shop:1.4", Some("docker-archive:app.tar:reg.io/shop:1.4")),
        ("docker-archive:app.tar", "oci:in:v1", None),
        ("docker-archive:app.tar", "oci:in", None),
        ("reg.io/shop", "reg.io/shop:1.4", Some("reg.io/shop")),
    ] {
        let found = anywhere(target).named_after(&anywhere(source));
        assert_eq!(found.map(|image| image.to_string()).as_deref(), named, "{target} {source}");
    }
}

proptest! {
    #[test]
    fn whatever_is_read_is_printed_and_read_again(
        scheme in prop_oneof!["oci", "oci-archive", "docker-archive"],
        rest in prop_oneof![any::<String>(), "[a-zA-Z0-9./:@_ -]{0,24}(@sha256:[0-9a-f]{64})?"],
    ) {
        let input = format!("{scheme}:{rest}");
        match Reference::anywhere(&input) {
            Ok(image) => {
                prop_assert_eq!(Reference::anywhere(&image.to_string()), Ok(image.clone()));
                let json = serde_json::to_string(&image).expect("a text");
                prop_assert_eq!(serde_json::from_str::<Reference>(&json).expect("the same text"), image);
            }
            Err(error) => prop_assert!(error.at <= input.chars().count(), "{error} at {}", error.at),
        }
    }
}
