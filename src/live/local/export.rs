//! Writes an archive: `oci-layout`, `index.json`, every blob that its images need, and `manifest.json` for Docker. The
//! same images give the same bytes.

use super::contents::place;
use super::docker::{self, Item};
use super::index::{Entry, Index};
use super::layout::VERSION;
use super::store::Store;
use crate::domain::image_reference::{Digest, Local, Reference};
use crate::effects::fault::{Fault, FaultKind};
use crate::live::registry::Hashing;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, BufWriter, Read, Write};
use tar::{Builder, EntryType, Header};

/// The most that is read of a manifest, in bytes.
const LIMIT: u64 = 4 << 20;

/// Writes the images of `index`, whose blobs `store` has; gives what they are.
pub(super) fn write(
    into: impl Write,
    store: &dyn Store,
    local: Local,
    index: &Index,
) -> Result<BTreeSet<Digest>, Fault> {
    let failed = |why: io::Error| {
        Fault::new(FaultKind::Refused, "FileFault", format!("an archive cannot be written: {why}"))
            .hint("check who may write there, and that there is room left")
    };
    let mut needed = BTreeMap::new();
    let mut items = Vec::new();
    for entry in index.entries() {
        gather(store, &entry.digest, &mut needed)?;
        items.push(item(store, &entry)?);
    }
    let is_docker = local == Local::DockerArchive;
    let index = if is_docker { in_containerds_words(index, &needed) } else { index.clone() };
    let mut tar = Builder::new(BufWriter::with_capacity(256 << 10, into));
    for folder in folders(needed.keys()) {
        tar.append_data(&mut header(EntryType::Directory, 0o755, 0), folder, io::empty()).map_err(failed)?;
    }
    for (digest, size) in &needed {
        let Some(opened) = store.open(digest)? else { return Err(lost(store, digest)) };
        let mut checked = Checked { inner: opened.reader.take(*size), hashing: Hashing::like(digest) };
        tar.append_data(&mut header(EntryType::Regular, 0o644, *size), place(digest), &mut checked).map_err(failed)?;
        let came = checked.hashing.finish();
        if came != digest.to_string() {
            let message = format!("`{}` is damaged: its content is {came}", store.told(digest));
            return Err(Fault::new(FaultKind::Verification, "BlobDamaged", message).hint("write the image anew"));
        }
    }
    let mut documents = vec![("index.json", index.bytes())];
    if is_docker {
        documents.push(("manifest.json", docker::document(&merged(items))));
    }
    documents.push(("oci-layout", VERSION.as_bytes().to_vec()));
    for (name, bytes) in documents {
        let mut header = header(EntryType::Regular, 0o644, bytes.len() as u64);
        tar.append_data(&mut header, name, bytes.as_slice()).map_err(failed)?;
    }
    let mut out = tar.into_inner().map_err(failed)?;
    out.flush().map_err(failed)?;
    Ok(needed.into_keys().collect())
}

fn header(kind: EntryType, mode: u32, size: u64) -> Header {
    let mut header = Header::new_gnu();
    header.set_entry_type(kind);
    header.set_mode(mode);
    header.set_size(size);
    header.set_mtime(0);
    header
}

fn folders<'a>(digests: impl Iterator<Item = &'a Digest>) -> Vec<String> {
    let algorithms: BTreeSet<_> = digests.map(|digest| format!("blobs/{}/", digest.algorithm().name())).collect();
    ["blobs/".to_owned()].into_iter().chain(algorithms).collect()
}

/// What a manifest or an index names; nothing of anything else.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Named {
    config: Option<Part>,
    layers: Option<Vec<Part>>,
    manifests: Option<Vec<Part>>,
}

#[derive(Deserialize)]
struct Part {
    digest: Digest,
    /// Where it is instead.
    urls: Option<Vec<String>>,
}

/// A manifest, and everything below it, with sizes.
fn gather(store: &dyn Store, digest: &Digest, needed: &mut BTreeMap<Digest, u64>) -> Result<(), Fault> {
    let mut waiting = vec![digest.clone()];
    while let Some(digest) = waiting.pop() {
        if needed.contains_key(&digest) {
            continue;
        }
        let (size, named) = manifest(store, &digest)?;
        needed.insert(digest, size);
        for part in named.config.into_iter().chain(named.layers.into_iter().flatten()) {
            match store.open(&part.digest)? {
                Some(opened) => drop(needed.insert(part.digest, opened.size)),
                None if part.urls.is_some_and(|urls| !urls.is_empty()) => {}
                None => return Err(lost(store, &part.digest)),
            }
        }
        waiting.extend(named.manifests.into_iter().flatten().map(|part| part.digest));
    }
    Ok(())
}

fn manifest(store: &dyn Store, digest: &Digest) -> Result<(u64, Named), Fault> {
    let Some(opened) = store.open(digest)? else { return Err(lost(store, digest)) };
    let mut bytes = Vec::new();
    opened.reader.take(LIMIT).read_to_end(&mut bytes).map_err(|why| {
        Fault::new(FaultKind::Refused, "FileFault", format!("`{}` cannot be read: {why}", store.told(digest)))
    })?;
    // an index may also name what is no manifest, such as the layers of a build cache
    Ok((opened.size, serde_json::from_slice(&bytes).unwrap_or_default()))
}

fn lost(store: &dyn Store, digest: &Digest) -> Fault {
    let message = format!("blob {digest} is missing: there is no `{}`", store.told(digest));
    Fault::new(FaultKind::Verification, "BlobMissing", message).hint("make it anew: it is not whole")
}

/// An image as Docker knows it; none of what it does not load.
fn item(store: &dyn Store, entry: &Entry) -> Result<Option<Item>, Fault> {
    let (_, image) = manifest(store, &entry.digest)?;
    let Some(config) = image.config else { return Ok(None) };
    let is_tagged = |name: &&String| Reference::parse(name).is_ok_and(|name| name.tag().is_some());
    let tags: Vec<String> = entry.names.iter().filter(is_tagged).cloned().collect();
    if tags.is_empty() && !entry.names.is_empty() {
        return Ok(None);
    }
    let layers = image.layers.into_iter().flatten().map(|layer| place(&layer.digest)).collect();
    Ok(Some(Item { config: place(&config.digest), repo_tags: Some(tags), layers: Some(layers) }))
}

/// The images, each once with all of its names.
fn merged(items: Vec<Option<Item>>) -> Vec<Item> {
    let mut merged: Vec<Item> = Vec::new();
    for item in items.into_iter().flatten() {
        match merged.iter_mut().find(|one| one.config == item.config && one.layers == item.layers) {
            Some(one) => one.repo_tags.get_or_insert_default().extend(item.repo_tags.into_iter().flatten()),
            None => merged.push(item),
        }
    }
    merged
}

/// The index as Docker writes it: containerd's name for the whole reference, and the tag alone for OCI's.
fn in_containerds_words(index: &Index, sizes: &BTreeMap<Digest, u64>) -> Index {
    let mut written = Index::empty();
    for entry in index.entries() {
        let size = sizes.get(&entry.digest).copied().unwrap_or_default();
        for name in &entry.names {
            let reference = Reference::parse(name).ok().filter(|name| name.tag().is_some());
            let short = reference.as_ref().and_then(Reference::tag).unwrap_or(name);
            written.push(&entry, size, Some(short), reference.as_ref().map(ToString::to_string).as_deref());
        }
        if entry.names.is_empty() {
            written.push(&entry, size, None, None);
        }
    }
    written
}

/// Hashes what passes.
struct Checked<R> {
    inner: R,
    hashing: Hashing,
}

impl<R: Read> Read for Checked<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.hashing.update(buffer.get(..count).unwrap_or_default());
        Ok(count)
    }
}
