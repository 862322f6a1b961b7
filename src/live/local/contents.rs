//! The images of an archive: as its `index.json` says, or made of Docker's `manifest.json`.

use super::docker::{self, Item, Packing, Part};
use super::index::{self, Entry, Index};
use super::packed;
use super::tar_map::{Spot, TarMap};
use crate::domain::image_facts::Blob;
use crate::domain::image_reference::{Digest, Local, Reference};
use crate::effects::fault::{Fault, FaultKind};
use crate::live::registry::sha256;
use bytes::Bytes;
use serde::Deserialize;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::fs::File;
use std::io::{self, Read as _, Seek as _};

/// The most that is read of a document in an archive, in bytes.
const LIMIT: u64 = 8 << 20;
/// Manifests that are looked through for the one of a config.
const MOST: usize = 1000;

/// The images of an archive, and where their blobs are in it.
pub(super) struct Contents {
    /// The images, as they are named by whoever names the archive.
    pub index: Index,
    map: TarMap,
    /// What is not there under its digest.
    made: HashMap<Digest, Made>,
}

/// A blob that an archive has under another name, or not at all.
#[derive(Clone)]
pub(super) enum Made {
    /// A manifest of ours.
    Bytes(Bytes),
    /// As it is.
    File(Spot),
    /// A tar that is compressed while it is read.
    Tar(Spot, u64),
}

/// Why an archive cannot be read.
pub(super) enum Trouble {
    /// What is wrong with it, and what to do.
    NoArchive(String, &'static str),
    /// The file system says so.
    Io(io::Error),
    /// Something in it is not what it should be.
    Damaged(String),
}

impl From<io::Error> for Trouble {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl Trouble {
    /// As a fault about an archive.
    pub fn of(self, local: Local, path: &str) -> Fault {
        match self {
            Self::NoArchive(why, hint) => {
                let message = format!("`{path}` is not {}: {why}", local.a());
                Fault::new(FaultKind::Refused, "NotAnArchive", message).hint(hint)
            }
            Self::Io(error) => Fault::new(FaultKind::Refused, "FileFault", format!("`{path}` cannot be read: {error}"))
                .hint("check that it is whole, and who may read it"),
            Self::Damaged(why) => {
                let message = format!("the {} `{path}` is damaged: {why}", local.noun());
                Fault::new(FaultKind::Verification, "ArchiveDamaged", message).hint("save the image anew")
            }
        }
    }
}

impl Contents {
    /// Reads an archive.
    pub fn read(file: &File, local: Local) -> Result<Self, Trouble> {
        let first = head(file, Spot { at: 0, size: 4 })?;
        if Packing::of(&first).is_some() {
            let why = "it is compressed".to_owned();
            return Err(Trouble::NoArchive(why, "decompress it first, as with gunzip"));
        }
        let mut from_its_start = file.try_clone()?;
        from_its_start.rewind()?;
        let map = TarMap::scan(from_its_start).map_err(|error| {
            Trouble::NoArchive(
                format!("it is no tar that can be read ({error})"),
                "name a file that docker save or skopeo has written",
            )
        })?;
        let reading = Reading { file, map };
        let index = reading.document("index.json")?.map(|bytes| Index::parse(&bytes)).transpose();
        let index = index.map_err(|why| Trouble::Damaged(format!("its index.json cannot be understood: {why}")))?;
        let items = reading.document("manifest.json")?.map(|bytes| docker::items(&bytes)).transpose();
        let items = items.map_err(|why| Trouble::Damaged(format!("its manifest.json cannot be understood: {why}")))?;
        let mut made = HashMap::new();
        let index = match (local, index, items) {
            (Local::DockerArchive, index, Some(items)) => reading.of_docker(index.as_ref(), &items, &mut made)?,
            (Local::DockerArchive, Some(index), None) => in_dockers_words(&index),
            (_, Some(index), _) => index,
            (Local::DockerArchive, None, None) => {
                let why = "there is neither a manifest.json nor an index.json in it".to_owned();
                return Err(Trouble::NoArchive(why, "name a file that docker save or skopeo has written"));
            }
            (_, None, _) => {
                let why = "there is no index.json in it".to_owned();
                return Err(Trouble::NoArchive(why, "if docker save has written it, say docker-archive:"));
            }
        };
        Ok(Self { index, map: reading.map, made })
    }

    /// Where a blob is.
    pub fn blob(&self, digest: &Digest) -> Option<Made> {
        let there = || self.map.find(&place(digest)).map(Made::File);
        self.made.get(digest).cloned().or_else(there)
    }

    /// Whether `docker load` reads it, too.
    pub fn is_dockers(&self) -> bool {
        self.map.find("manifest.json").is_some()
    }
}

/// Where a blob is in an archive of OCI.
pub(super) fn place(digest: &Digest) -> String {
    format!("blobs/{}/{}", digest.algorithm().name(), digest.hex())
}

/// The names of an index as `docker load` gives them.
fn in_dockers_words(index: &Index) -> Index {
    let mut loadable = Index::empty();
    for entry in index.entries() {
        let tagged = |name: &String| Reference::parse(name).ok().filter(|name| name.tag().is_some());
        let names: BTreeSet<String> = entry.names.iter().filter_map(|name| tagged(name)?.loaded_as()).collect();
        loadable.add(&names.into_iter().collect::<Vec<_>>(), &entry);
    }
    loadable
}

/// An archive that is being read.
struct Reading<'a> {
    file: &'a File,
    map: TarMap,
}

fn head(file: &File, spot: Spot) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    packed::content(file.try_clone()?, spot)?.read_to_end(&mut bytes)?;
    Ok(bytes)
}

impl Reading<'_> {
    fn document(&self, name: &str) -> Result<Option<Vec<u8>>, Trouble> {
        let Some(spot) = self.map.find(name) else { return Ok(None) };
        if spot.size > LIMIT {
            return Err(Trouble::Damaged(format!("its {name} has {} bytes", spot.size)));
        }
        Ok(Some(head(self.file, spot)?))
    }

    fn of_docker(
        &self,
        index: Option<&Index>,
        items: &[Item],
        made: &mut HashMap<Digest, Made>,
    ) -> Result<Index, Trouble> {
        let written = index.map(|index| self.by_config(index)).transpose()?.unwrap_or_default();
        let mut named = Index::empty();
        let mut layers = HashMap::new();
        for item in items {
            let config = self.document(&item.config)?;
            let config = config.ok_or_else(|| Trouble::Damaged(format!("there is no `{}` in it", item.config)))?;
            let digest = sha256(&config);
            let entry = match written.get(&digest) {
                // what a registry has is kept under its own digest
                Some(manifest) => manifest.clone(),
                None => self.compressed(item, &config, digest, made, &mut layers)?,
            };
            named.add(&item.names(), &entry);
        }
        Ok(named)
    }

    /// The manifests that are in the archive with compressed layers, by their configs.
    fn by_config(&self, index: &Index) -> Result<HashMap<Digest, Entry>, Trouble> {
        #[derive(Default, Deserialize)]
        #[serde(default)]
        struct Below {
            manifests: Option<Vec<Child>>,
        }
        #[derive(Deserialize)]
        struct Child {
            digest: Digest,
        }
        let mut waiting: Vec<Digest> = index.entries().into_iter().map(|entry| entry.digest).collect();
        let (mut seen, mut found) = (HashSet::new(), HashMap::new());
        while let Some(digest) = waiting.pop().filter(|_| seen.len() < MOST) {
            if !seen.insert(digest.clone()) {
                continue;
            }
            let Some(bytes) = self.document(&place(&digest))? else { continue };
            if let Some(parts) = docker::parts(&bytes) {
                let is_there = |part: &Part| self.map.find(&place(&part.digest)).is_some();
                if parts.layers.iter().all(|layer| layer.is_compressed() && is_there(layer)) {
                    let entry = Entry { names: Vec::new(), digest, media_type: index::media_type(&bytes) };
                    found.insert(parts.config.digest, entry);
                }
            } else if let Ok(below) = serde_json::from_slice::<Below>(&bytes) {
                waiting.extend(below.manifests.into_iter().flatten().map(|child| child.digest));
            }
        }
        Ok(found)
    }

    /// An image whose layers are compressed here, where they are not yet.
    fn compressed(
        &self,
        item: &Item,
        config: &[u8],
        digest: Digest,
        made: &mut HashMap<Digest, Made>,
        known: &mut HashMap<Spot, (Blob, Packing)>,
    ) -> Result<Entry, Trouble> {
        #[derive(Deserialize)]
        struct Config {
            rootfs: RootFs,
        }
        #[derive(Deserialize)]
        struct RootFs {
            diff_ids: Option<Vec<Digest>>,
        }
        let (paths, name) = (item.layers.as_deref().unwrap_or_default(), &item.config);
        let rootfs = serde_json::from_slice::<Config>(config).map(|config| config.rootfs.diff_ids.unwrap_or_default());
        let diff_ids = rootfs.map_err(|why| Trouble::Damaged(format!("`{name}` cannot be understood: {why}")))?;
        if diff_ids.len() != paths.len() {
            let why = format!("`{name}` has {} layers, and manifest.json {}", diff_ids.len(), paths.len());
            return Err(Trouble::Damaged(why));
        }
        let mut layers = Vec::new();
        for (path, diff_id) in paths.iter().zip(&diff_ids) {
            let spot = self.map.find(path).ok_or_else(|| Trouble::Damaged(format!("there is no `{path}` in it")))?;
            let layer = match known.get(&spot) {
                Some(known) => known.clone(),
                None => known.entry(spot).or_insert(self.layer(path, spot, diff_id, made)?).clone(),
            };
            layers.push(layer);
        }
        let spot = self.map.find(name).ok_or_else(|| Trouble::Damaged(format!("there is no `{name}` in it")))?;
        let blob = Blob { digest, size: config.len() as u64 };
        made.insert(blob.digest.clone(), Made::File(spot));
        let (manifest, media_type) = docker::manifest(&blob, &layers);
        let digest = sha256(&manifest);
        made.insert(digest.clone(), Made::Bytes(manifest.into()));
        Ok(Entry { names: Vec::new(), digest, media_type: media_type.to_owned() })
    }

    fn layer(
        &self,
        path: &str,
        spot: Spot,
        diff_id: &Digest,
        made: &mut HashMap<Digest, Made>,
    ) -> Result<(Blob, Packing), Trouble> {
        let content = || packed::content(self.file.try_clone()?, spot);
        if let Some(packing) = Packing::of(&head(self.file, Spot { size: spot.size.min(4), ..spot })?) {
            let blob = packed::hashed(content()?)?;
            made.insert(blob.digest.clone(), Made::File(spot));
            return Ok((blob, packing));
        }
        let (blob, tar) = packed::measured(content()?, diff_id)?;
        if tar != diff_id.to_string() {
            return Err(Trouble::Damaged(format!("`{path}` is {tar}, and its config says {diff_id}")));
        }
        made.insert(blob.digest.clone(), Made::Tar(spot, blob.size));
        Ok((blob, Packing::Gzip))
    }
}
