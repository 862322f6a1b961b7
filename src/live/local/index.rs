//! `index.json` of an OCI image layout: which images are there under which names. What it does not know it keeps.

use crate::domain::image_reference::Digest;
use serde_json::{Map, Value, json};

/// The name of an image, as the specification has it.
pub(super) const NAME: &str = "org.opencontainers.image.ref.name";
/// The same in the words of containerd, whose archives have a tag alone for the other.
pub(super) const FULL_NAME: &str = "io.containerd.image.name";
/// Of an index.
pub(super) const MEDIA_TYPE: &str = "application/vnd.oci.image.index.v1+json";

const IMAGE: &str = "application/vnd.oci.image.manifest.v1+json";

/// The document.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Index(Map<String, Value>);

/// One image of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    /// Its names; an image may have none.
    pub names: Vec<String>,
    /// Of its manifest.
    pub digest: Digest,
    /// Of its manifest; empty where it does not say.
    pub media_type: String,
}

/// What a name stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// Nothing.
    None,
    /// This image.
    One(Entry),
    /// More than one image.
    Several,
}

impl Index {
    /// An index of nothing.
    pub fn empty() -> Self {
        let members = [("schemaVersion", json!(2)), ("mediaType", json!(MEDIA_TYPE)), ("manifests", json!([]))];
        Self(members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
    }

    /// Reads one. The error says what is wrong with it.
    pub fn parse(bytes: &[u8]) -> Result<Self, String> {
        let document: Map<String, Value> = serde_json::from_slice(bytes).map_err(|why| why.to_string())?;
        match document.get("manifests") {
            // Go writes an empty list as null.
            None | Some(Value::Null | Value::Array(_)) => {}
            Some(_) => return Err("`manifests` is not a list".to_owned()),
        }
        let index = Self(document);
        let strange = index.all().position(|entry| entry_of(entry).is_none());
        match strange {
            Some(number) => Err(format!("entry {number} of `manifests` has no digest that is one")),
            None => Ok(index),
        }
    }

    /// The document, as it is written.
    pub fn bytes(&self) -> Vec<u8> {
        // a map of JSON can always be written
        serde_json::to_vec(&self.0).unwrap_or_default()
    }

    fn all(&self) -> impl Iterator<Item = &Value> {
        self.0.get("manifests").and_then(Value::as_array).into_iter().flatten()
    }

    /// Every image, in its order.
    pub fn entries(&self) -> Vec<Entry> {
        self.all().filter_map(entry_of).collect()
    }

    /// The names of all images, each once.
    pub fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = self.entries().into_iter().flat_map(|entry| entry.names).collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    /// The image of a name, or the only one where there is no name. What points at an image does not count.
    pub fn find(&self, name: Option<&str>) -> Found {
        let wanted = |entry: &Entry| match name {
            Some(name) => entry.names.iter().any(|one| one == name),
            None => entry.names.is_empty() || !entry.names.iter().all(|one| points(one)),
        };
        let mut found = self.entries().into_iter().filter(wanted);
        let Some(first) = found.next() else { return Found::None };
        if found.all(|other| other.digest == first.digest) { Found::One(first) } else { Found::Several }
    }

    /// The image of a digest.
    pub fn with_digest(&self, digest: &Digest) -> Option<Entry> {
        self.entries().into_iter().find(|entry| entry.digest == *digest)
    }

    /// Gives an image a name, and takes the name from another. An entry that says so already stays as it is.
    pub fn set(&mut self, name: &str, digest: &Digest, size: usize, media_type: &str) {
        if matches!(self.find(Some(name)), Found::One(entry) if entry.digest == *digest) {
            return;
        }
        self.remove(name);
        let entry = json!({ "mediaType": media_type, "digest": digest, "size": size, "annotations": { NAME: name } });
        self.put(entry);
    }

    /// Adds an image under these names, or under none.
    pub fn add(&mut self, names: &[String], entry: &Entry) {
        for name in names {
            self.push(entry, 0, Some(name), None);
        }
        if names.is_empty() {
            self.push(entry, 0, None, None);
        }
    }

    /// Adds an image, with OCI's name and containerd's.
    pub fn push(&mut self, entry: &Entry, size: u64, name: Option<&str>, full_name: Option<&str>) {
        let mut one = json!({ "mediaType": entry.media_type, "digest": entry.digest, "size": size });
        let names = [(NAME, name), (FULL_NAME, full_name)].into_iter();
        let names: Map<String, Value> = names.filter_map(|(key, name)| Some((key.to_owned(), json!(name?)))).collect();
        if let (false, Some(members)) = (names.is_empty(), one.as_object_mut()) {
            members.insert("annotations".to_owned(), Value::Object(names));
        }
        self.put(one);
    }

    fn put(&mut self, entry: Value) {
        let manifests = self.0.entry("manifests").or_insert(Value::Null);
        match manifests.as_array_mut() {
            Some(all) => all.push(entry),
            None => *manifests = json!([entry]),
        }
    }

    /// Takes the image of a name away; whether there was one. Under other entries it stays.
    pub fn remove(&mut self, name: &str) -> bool {
        self.retain(|entry| !entry.names.iter().any(|one| one == name))
    }

    /// Takes an image away with all of its names; whether there was one.
    pub fn remove_digest(&mut self, digest: &Digest) -> bool {
        self.retain(|entry| entry.digest != *digest)
    }

    fn retain(&mut self, stays: impl Fn(&Entry) -> bool) -> bool {
        let Some(all) = self.0.get_mut("manifests").and_then(Value::as_array_mut) else { return false };
        let before = all.len();
        all.retain(|entry| entry_of(entry).is_none_or(|entry| stays(&entry)));
        all.len() < before
    }
}

/// What a manifest is: its own word, and else by its looks, since a manifest of OCI need not say it.
pub(super) fn media_type(manifest: &[u8]) -> String {
    let document: Value = serde_json::from_slice(manifest).unwrap_or_default();
    let by_its_looks = if document.get("manifests").is_some() { MEDIA_TYPE } else { IMAGE };
    document.get("mediaType").and_then(Value::as_str).unwrap_or(by_its_looks).to_owned()
}

/// Whether a name is that of signatures, SBOMs and the like: `sha256-HEX`, or with cosign's ending.
fn points(name: &str) -> bool {
    let plain = ["sig", "att", "sbom"].iter().find_map(|end| name.strip_suffix(&format!(".{end}"))).unwrap_or(name);
    plain.split_once('-').is_some_and(|(algorithm, hex)| Digest::parse(&format!("{algorithm}:{hex}")).is_ok())
}

fn entry_of(entry: &Value) -> Option<Entry> {
    let text = |member: &str| entry.get(member).and_then(Value::as_str);
    let annotation = |name: &str| entry.get("annotations")?.get(name)?.as_str().filter(|name| !name.is_empty());
    let names = [annotation(NAME), annotation(FULL_NAME)].into_iter().flatten().map(str::to_owned);
    let digest = Digest::parse(text("digest")?).ok()?;
    Some(Entry { names: names.collect(), digest, media_type: text("mediaType").unwrap_or_default().to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn digest(of: char) -> Digest {
        Digest::parse(&format!("sha256:{}", of.to_string().repeat(64))).unwrap()
    }

    fn named(name: &str, of: char) -> Value {
        json!({ "digest": digest(of), "size": 2, "x": 1, "annotations": { NAME: name, "team": "shop" } })
    }

    fn parsed(manifests: &Value) -> Index {
        Index::parse(json!({ "manifests": manifests, "kept": [1] }).to_string().as_bytes()).unwrap()
    }

    #[test]
    fn a_name_stands_for_one_image() {
        let full =
            json!({ "digest": digest('c'), "annotations": { NAME: "1", FULL_NAME: "docker.io/library/shop:1" } });
        let index = parsed(&json!([named("v1", 'a'), named("v2", 'b'), full]));
        let digest_of = |name| match index.find(name) {
            Found::One(entry) => Some(entry.digest),
            _ => None,
        };
        assert_eq!(digest_of(Some("v1")), Some(digest('a')));
        assert_eq!(digest_of(Some("1")), Some(digest('c')));
        assert_eq!(digest_of(Some("docker.io/library/shop:1")), Some(digest('c')));
        assert_eq!(index.find(Some("v3")), Found::None);
        assert_eq!(index.find(None), Found::Several);
        assert_eq!(index.names(), ["1", "docker.io/library/shop:1", "v1", "v2"]);
        assert_eq!(parsed(&json!([named("v1", 'a'), named("v1", 'b')])).find(Some("v1")), Found::Several);
    }

    #[test]
    fn the_only_image_needs_no_name() {
        let signature = named(&format!("sha256-{}", "a".repeat(64)), 'b');
        let cosign = named(&format!("sha256-{}.sig", "a".repeat(64)), 'c');
        for manifests in [
            json!([{ "digest": digest('a') }]),
            json!([named("v1", 'a')]),
            json!([named("v1", 'a'), named("v2", 'a')]),
            json!([signature, named("v1", 'a'), cosign]),
        ] {
            let Found::One(entry) = parsed(&manifests).find(None) else { panic!("{manifests}") };
            assert_eq!(entry.digest, digest('a'));
        }
        assert_eq!(Index::empty().find(None), Found::None);
        assert_eq!(parsed(&Value::Null).find(None), Found::None);
    }

    #[test]
    fn a_name_is_given_and_everything_else_stays() {
        let mut index = parsed(&json!([named("v1", 'a'), named("v2", 'b'), { "digest": digest('c') }]));
        index.set("v1", &digest('a'), 9, "m");
        let before =
            json!({ "manifests": [named("v1", 'a'), named("v2", 'b'), { "digest": digest('c') }], "kept": [1] });
        assert_eq!(serde_json::from_slice::<Value>(&index.bytes()).unwrap(), before);
        index.set("v1", &digest('d'), 9, "m");
        let new = json!({ "mediaType": "m", "digest": digest('d'), "size": 9, "annotations": { NAME: "v1" } });
        let after = json!({ "manifests": [named("v2", 'b'), { "digest": digest('c') }, new], "kept": [1] });
        assert_eq!(serde_json::from_slice::<Value>(&index.bytes()).unwrap(), after);
        // the same image under one name more
        index.set("v3", &digest('b'), 2, "m");
        assert_eq!(index.names(), ["v1", "v2", "v3"]);
        assert!(index.remove("v1") && !index.remove("v1") && index.remove_digest(&digest('b')));
        assert_eq!(index.names(), Vec::<String>::new());
        let mut none = parsed(&Value::Null);
        none.set("v1", &digest('a'), 2, "m");
        assert_eq!(none.names(), ["v1"]);
    }

    #[test]
    fn what_is_no_index_is_refused() {
        for (text, says) in [
            ("", "EOF"),
            ("[]", "invalid type"),
            (r#"{"manifests":{}}"#, "`manifests` is not a list"),
            (r#"{"manifests":[{}]}"#, "entry 0"),
            (r#"{"manifests":[{"digest":"sha256:../../../etc/passwd"}]}"#, "entry 0"),
        ] {
            let why = Index::parse(text.as_bytes()).unwrap_err();
            assert!(why.contains(says), "{text}: {why}");
        }
    }

    proptest! {
        #[test]
        fn no_bytes_are_too_strange(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = Index::parse(&bytes);
        }

        #[test]
        fn a_name_that_was_given_is_found_and_no_other_is_touched(
            there in proptest::collection::vec(("[a-z]{1,3}", "[0-9a-f]{64}"), 0..8),
            (name, hex) in ("[a-z]{1,3}", "[0-9a-f]{64}"),
            extra in "[A-Z]{1,9}",
        ) {
            let entry = |(name, hex): &(String, String)| {
                json!({ "digest": format!("sha256:{hex}"), "annotations": { NAME: name }, extra.as_str(): [1] })
            };
            let all: Vec<Value> = there.iter().map(entry).collect();
            let document = json!({ extra.as_str(): {}, "manifests": all });
            let mut index = Index::parse(document.to_string().as_bytes()).unwrap();
            let digest = Digest::parse(&format!("sha256:{hex}")).unwrap();
            index.set(&name, &digest, 7, "m");
            let read = Index::parse(&index.bytes()).unwrap();
            prop_assert_eq!(&read, &index);
            let Found::One(found) = read.find(Some(&name)) else { panic!("{name} is lost") };
            prop_assert_eq!(found.digest, digest);
            let others = |all: Vec<Entry>| all.into_iter().filter(|one| one.names != [name.clone()]).collect::<Vec<_>>();
            let before = Index::parse(document.to_string().as_bytes()).unwrap();
            prop_assert_eq!(others(read.entries()), others(before.entries()));
            prop_assert_eq!(read.0.get(&extra), Some(&json!({})));
        }
    }
}
