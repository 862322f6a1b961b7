//! Indexes as documents: the manifests one names, and a smaller index of chosen platforms.

use super::errors::Doing;
use super::manifest;
use crate::domain::image_facts::Blob;
use crate::domain::image_reference::Digest;
use crate::domain::platform::Platform;
use crate::effects::fault::{Fault, FaultKind};
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// The image that an attestation is about, as buildkit writes it.
const ABOUT: &str = "vnd.docker.reference.digest";

/// One entry of an index.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Child {
    /// Digest and size of what it names.
    pub blob: Blob,
    /// Of what it names; empty where the index does not say.
    pub media_type: String,
    /// Where the image runs; none of nested indexes, artifacts and attestations.
    pub platform: Option<Platform>,
    /// Of an attestation: the image in the same index that it is about.
    pub about: Option<Digest>,
}

impl Child {
    /// Whether it names the manifest of an image, and says so.
    pub fn is_image(&self) -> bool {
        matches!(manifest::kind(&self.media_type), Some(manifest::Kind::Image(_)))
    }

    /// Whether it names a manifest; build caches also list their layers.
    pub fn is_manifest(&self) -> bool {
        self.media_type.is_empty() || manifest::kind(&self.media_type).is_some()
    }
}

#[derive(Deserialize)]
struct Entry {
    #[serde(rename = "mediaType", default)]
    media_type: String,
    digest: Digest,
    size: u64,
    platform: Option<Runs>,
    annotations: Option<BTreeMap<String, Value>>,
}

#[derive(Deserialize)]
struct Runs {
    #[serde(default)]
    os: String,
    #[serde(default)]
    architecture: String,
    variant: Option<String>,
}

impl From<Entry> for Child {
    fn from(entry: Entry) -> Self {
        let platform = entry.platform.map(|runs| Platform::new(&runs.os, &runs.architecture, runs.variant.as_deref()));
        let about = entry.annotations.as_ref().and_then(|all| all.get(ABOUT)).and_then(Value::as_str);
        Self {
            blob: Blob { digest: entry.digest, size: entry.size },
            media_type: entry.media_type,
            about: about.and_then(|digest| Digest::parse(digest).ok()),
            platform: platform.filter(|platform| !platform.is_unknown()),
        }
    }
}

/// The entries of an index, in its order.
pub(super) fn children(index: &[u8], doing: &Doing) -> Result<Vec<Child>, Fault> {
    #[derive(Deserialize)]
    struct Document {
        /// Go writes an empty list as null.
        manifests: Option<Vec<Entry>>,
    }
    let document: Document = serde_json::from_slice(index).map_err(|why| unreadable(doing, &why.to_string()))?;
    Ok(document.manifests.into_iter().flatten().map(Child::from).collect())
}

/// What is left of an index when only some platforms of it are wanted.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Chosen {
    /// One image: it stands for itself, under its own digest.
    One(Child),
    /// An index of these bytes: the wanted images, each with its attestations, and everything else as it was.
    Index(Vec<u8>),
}

/// Chooses the images of `platforms` from an index. The same choice gives the same bytes every time, and the choice of
/// everything gives the index itself.
pub(super) fn choose(index: &[u8], platforms: &[Platform], doing: &Doing) -> Result<Chosen, Fault> {
    let children = children(index, doing)?;
    let runs_on =
        |child: &Child, asked: &Platform| child.platform.as_ref().is_some_and(|platform| asked.takes(platform));
    for asked in platforms {
        if !children.iter().any(|child| runs_on(child, asked)) {
            return Err(absent(asked, children.iter().filter_map(|child| child.platform.as_ref()), doing));
        }
    }
    let wanted = |child: &Child| platforms.iter().any(|asked| runs_on(child, asked));
    let images: Vec<&Child> = children.iter().filter(|child| wanted(child)).collect();
    if let [one] = images.as_slice() {
        return Ok(Chosen::One((*one).clone()));
    }
    let stays = |child: &Child| {
        wanted(child)
            || child.about.as_ref().is_some_and(|about| images.iter().any(|image| image.blob.digest == *about))
    };
    if children.iter().all(stays) {
        return Ok(Chosen::Index(index.to_vec()));
    }
    let mut document: Value = serde_json::from_slice(index).map_err(|why| unreadable(doing, &why.to_string()))?;
    let entries = document.get_mut("manifests").and_then(Value::as_array_mut);
    let mut children = children.iter();
    entries.ok_or_else(|| unreadable(doing, "no manifests"))?.retain(|_| children.next().is_some_and(stays));
    serde_json::to_vec(&document).map(Chosen::Index).map_err(|why| unreadable(doing, &why.to_string()))
}

/// The fault of a platform that an image is not for; `there` are those it is for.
pub(super) fn absent<'a>(asked: &Platform, there: impl Iterator<Item = &'a Platform>, doing: &Doing) -> Fault {
    let mut there: Vec<String> = there.map(ToString::to_string).collect();
    there.dedup();
    let there = if there.is_empty() { "no platform is named in it".to_owned() } else { there.join(", ") };
    doing
        .fault(FaultKind::Missing, "PlatformMissing", format!("it has no image for {asked}"))
        .hint(format!("choose from what it has: {there}"))
}

fn unreadable(doing: &Doing, why: &str) -> Fault {
    doing.fault(FaultKind::Verification, "ManifestUnreadable", format!("the index cannot be understood: {why}"))
}

#[cfg(test)]
mod tests {
    use super::super::hashing::sha256;
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn doing() -> Doing {
        Doing { host: "reg.example".into(), repository: "shop".into(), what: "copy it".into() }
    }

    /// Two platforms, an attestation of each, a nested index and members that nobody knows.
    fn index() -> Value {
        let image = |name: &str, os: &str, architecture: &str| {
            json!({
                "mediaType": "application/vnd.oci.image.manifest.v1+json", "digest": sha256(name.as_bytes()), "size": 3,
                "platform": { "architecture": architecture, "os": os }, "zzz": 12_345_678_901_234_567_u64,
            })
        };
        let attestation = |name: &str| {
            let mut entry = image(&format!("about {name}"), "unknown", "unknown");
            let about = sha256(name.as_bytes());
            entry["annotations"] = json!({ "vnd.docker.reference.type": "attestation-manifest", ABOUT: about });
            entry
        };
        let nested =
            json!({ "mediaType": "application/vnd.oci.image.index.v1+json", "digest": sha256(b"n"), "size": 9 });
        json!({
            "schemaVersion": 2, "subject": { "digest": "x" },
            "manifests": [
                image("amd", "linux", "amd64"), image("arm", "linux", "arm64"), image("win", "windows", "amd64"),
                attestation("amd"), attestation("arm"), nested,
            ],
            "annotations": { "team": "shop" },
        })
    }

    fn choice(platforms: &[&str]) -> Result<Chosen, Fault> {
        let platforms: Vec<_> = platforms.iter().map(|text| Platform::parse(text).unwrap()).collect();
        choose(index().to_string().as_bytes(), &platforms, &doing())
    }

    #[test]
    fn the_entries_are_read_with_what_they_are_for() {
        let children = children(index().to_string().as_bytes(), &doing()).unwrap();
        let platforms: Vec<_> = children.iter().map(|child| child.platform.as_ref().map(ToString::to_string)).collect();
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(platforms, [some("linux/amd64"), some("linux/arm64"), some("windows/amd64"), None, None, None]);
        assert_eq!(children[3].about, Some(sha256(b"amd")));
        assert!(children[5].is_manifest());
    }

    #[test]
    fn one_platform_is_the_image_itself() {
        let Chosen::One(child) = choice(&["linux/arm64/v8"]).unwrap() else { panic!("one") };
        assert_eq!(child.blob, Blob { digest: sha256(b"arm"), size: 3 });
    }

    #[test]
    fn several_platforms_are_a_smaller_index_with_their_attestations() {
        let Chosen::Index(bytes) = choice(&["windows/amd64", "linux/amd64"]).unwrap() else { panic!("an index") };
        let mut expected = index();
        let entries = expected["manifests"].as_array_mut().unwrap();
        entries.remove(5);
        entries.remove(4);
        entries.remove(1);
        assert_eq!(String::from_utf8(bytes).unwrap(), expected.to_string(), "in their order, nothing else changed");
    }

    #[test]
    fn the_choice_of_everything_changes_not_a_byte() {
        let entry = |name: &str, architecture: &str| {
            format!(
                r#"{{ "digest":"{}", "size":1, "platform":{{"os":"linux","architecture":"{architecture}"}} }}"#,
                sha256(name.as_bytes())
            )
        };
        let index = format!("{{ \"manifests\" : [ {}, {} ] }} \n", entry("a", "amd64"), entry("b", "arm64"));
        let platforms = [Platform::parse("linux/arm64").unwrap(), Platform::parse("linux/amd64").unwrap()];
        assert_eq!(choose(index.as_bytes(), &platforms, &doing()), Ok(Chosen::Index(index.into_bytes())));
    }

    #[test]
    fn a_platform_that_is_not_there_is_told_with_those_that_are() {
        let fault = choice(&["linux/amd64", "linux/s390x"]).unwrap_err();
        assert_eq!((fault.kind, fault.code.as_str()), (FaultKind::Missing, "PlatformMissing"));
        assert_eq!(fault.message, "could not copy it in registry `reg.example`: it has no image for linux/s390x");
        assert_eq!(fault.hint.as_deref(), Some("choose from what it has: linux/amd64, linux/arm64, windows/amd64"));
    }

    #[test]
    fn what_is_no_index_is_refused() {
        for text in ["", "[]", "{\"manifests\":{}}", "{\"manifests\":[{\"digest\":\"sha256:x\",\"size\":1}]}"] {
            let fault = children(text.as_bytes(), &doing()).unwrap_err();
            assert_eq!((fault.kind, fault.code.as_str()), (FaultKind::Verification, "ManifestUnreadable"), "{text}");
        }
        assert_eq!(children(b"{\"manifests\":null}", &doing()), Ok(vec![]));
    }

    proptest! {
        #[test]
        fn no_bytes_are_too_strange(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = children(&bytes, &doing());
            let _ = choose(&bytes, &[Platform::new("linux", "amd64", None)], &doing());
        }

        #[test]
        fn what_is_chosen_is_what_was_asked_for(
            entries in proptest::collection::vec((0_usize..5, any::<u16>(), proptest::option::of(0_usize..6)), 0..8),
            asked in proptest::collection::vec(0_usize..5, 1..4),
        ) {
            const ARCHITECTURES: [&str; 5] = ["amd64", "arm64", "s390x", "ppc64le", "riscv64"];
            let manifests: Vec<Value> = entries.iter().enumerate().map(|(at, (architecture, salt, about))| {
                let digest = sha256(format!("{at} {salt}").as_bytes());
                match about.and_then(|other| entries.get(other).map(|(_, salt, _)| (other, salt))) {
                    Some((other, salt)) => json!({
                        "digest": digest, "size": 1, "platform": { "os": "unknown", "architecture": "unknown" },
                        "annotations": { ABOUT: sha256(format!("{other} {salt}").as_bytes()) },
                    }),
                    None => json!({
                        "digest": digest, "size": 1,
                        "platform": { "os": "linux", "architecture": ARCHITECTURES[*architecture] },
                    }),
                }
            }).collect();
            let platforms: Vec<_> = asked.iter().map(|at| Platform::new("linux", ARCHITECTURES[*at], None)).collect();
            let index = json!({ "schemaVersion": 2, "manifests": manifests }).to_string();
            let all = children(index.as_bytes(), &doing()).unwrap();
            let asked = |child: &Child| child.platform.as_ref().is_some_and(|one| platforms.contains(one));
            let images = all.iter().filter(|child| asked(child)).count();
            match choose(index.as_bytes(), &platforms, &doing()) {
                Err(fault) => prop_assert_eq!(fault.code, "PlatformMissing"),
                Ok(Chosen::One(child)) => prop_assert!(images == 1 && asked(&child)),
                Ok(Chosen::Index(bytes)) => {
                    let kept = children(&bytes, &doing()).unwrap();
                    prop_assert_eq!(kept.iter().filter(|child| asked(child)).count(), images);
                    for child in kept.iter().filter(|child| !asked(child)) {
                        prop_assert!(kept.iter().any(|image| asked(image) && Some(&image.blob.digest) == child.about.as_ref()));
                    }
                    prop_assert_eq!(choose(&bytes, &platforms, &doing()), Ok(Chosen::Index(bytes)), "once more changes nothing");
                }
            }
        }
    }
}
