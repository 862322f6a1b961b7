//! Layers of the world's images: a folder or a filler becomes a gzipped tar that is the same on
//! every machine, so that digests are too.

use std::io::{self, Write as _};

use bytes::Bytes;
use flate2::{Compression, GzBuilder};

use super::files::{Entry, Kind};
use crate::rehearsal::digest::sha256;

/// A layer, packed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layer {
    /// Digest of the compressed bytes: the blob's name.
    pub digest: String,
    /// Digest of the tar inside: the config's `rootfs.diff_ids`.
    pub diff_id: String,
    /// The blob.
    pub blob: Bytes,
    /// What made it, for the config's history.
    pub created_by: String,
}

/// Packs a folder's entries, which are sorted: owner root, time zero, modes 0755 and 0644.
pub fn of_folder(name: &str, entries: &[Entry]) -> io::Result<Layer> {
    let mut archive = tar::Builder::new(Vec::new());
    for entry in entries {
        let mut header = header();
        match &entry.kind {
            Kind::Directory => {
                header.set_entry_type(tar::EntryType::Directory);
                header.set_mode(0o755);
                header.set_size(0);
                archive.append_data(&mut header, format!("{}/", entry.path), io::empty())?;
            }
            Kind::File { content, executable } => {
                header.set_entry_type(tar::EntryType::Regular);
                header.set_mode(if *executable { 0o755 } else { 0o644 });
                header.set_size(content.len() as u64);
                archive.append_data(&mut header, &entry.path, content.as_slice())?;
            }
            Kind::Link { target } => {
                header.set_entry_type(tar::EntryType::Symlink);
                header.set_mode(0o777);
                header.set_size(0);
                archive.append_link(&mut header, &entry.path, target)?;
            }
        }
    }
    pack(&archive.into_inner()?, Compression::default(), format!("COPY {name} /"))
}

/// A layer of one file that does not compress, so that a transfer takes the time of a real one.
/// The same size gives the same layer.
pub fn filler(size: u64) -> io::Result<Layer> {
    let length = usize::try_from(size).map_err(|_| io::ErrorKind::OutOfMemory)?;
    let mut content = Vec::with_capacity(length + 8);
    // xorshift: a few lines give bytes that look random and never differ between machines
    let mut state = 0x9E37_79B9_7F4A_7C15_u64 ^ size;
    while content.len() < length {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        content.extend_from_slice(&state.to_le_bytes());
    }
    content.truncate(length);
    let mut archive = tar::Builder::new(Vec::with_capacity(length + 2048));
    let mut header = header();
    header.set_entry_type(tar::EntryType::Regular);
    header.set_mode(0o644);
    header.set_size(size);
    archive.append_data(&mut header, format!("usr/lib/filler-{size}.bin"), content.as_slice())?;
    drop(content);
    pack(&archive.into_inner()?, Compression::none(), format!("RUN filler of {size} bytes"))
}

fn header() -> tar::Header {
    let mut header = tar::Header::new_ustar();
    header.set_mtime(0);
    header.set_uid(0);
    header.set_gid(0);
    header
}

fn pack(archive: &[u8], compression: Compression, created_by: String) -> io::Result<Layer> {
    // operating system 255 (unknown) and no time: the header must not differ between machines
    let mut gzip = GzBuilder::new().mtime(0).operating_system(255).write(Vec::new(), compression);
    gzip.write_all(archive)?;
    let blob = Bytes::from(gzip.finish()?);
    Ok(Layer { digest: sha256(&blob), diff_id: sha256(archive), blob, created_by })
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;

    fn unpacked(layer: &Layer) -> Vec<(String, u32, Vec<u8>)> {
        let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(layer.blob.as_ref()));
        let entries = archive.entries().expect("entries");
        entries
            .map(|entry| {
                let mut entry = entry.expect("an entry");
                let path = entry.path().expect("a path").display().to_string();
                let mode = entry.header().mode().expect("a mode");
                assert_eq!(entry.header().mtime().expect("a time"), 0);
                assert_eq!(entry.header().uid().expect("an owner"), 0);
                let mut content = Vec::new();
                entry.read_to_end(&mut content).expect("content");
                (path, mode, content)
            })
            .collect()
    }

    #[test]
    fn a_folder_becomes_a_layer_with_its_files_and_modes() {
        let entries = [
            Entry { path: "app".into(), kind: Kind::Directory },
            Entry { path: "app/start".into(), kind: Kind::File { content: b"#!/bin/sh\n".to_vec(), executable: true } },
        ];
        let layer = of_folder("world/app", &entries).expect("a layer");
        assert_eq!(
            unpacked(&layer),
            [("app/".to_owned(), 0o755, Vec::new()), ("app/start".to_owned(), 0o755, b"#!/bin/sh\n".to_vec()),]
        );
        assert_eq!(layer, of_folder("world/app", &entries).expect("the same layer"));
        assert_eq!(layer.digest, sha256(&layer.blob));
        assert_ne!(layer.digest, layer.diff_id);
    }

    #[test]
    fn a_filler_has_its_size_on_the_wire_and_is_the_same_every_time() {
        let layer = filler(100_000).expect("a layer");
        assert!(layer.blob.len() > 100_000, "stored, not compressed");
        assert_eq!(layer.digest, filler(100_000).expect("a layer").digest);
        assert_ne!(layer.digest, filler(100_001).expect("a layer").digest);
        let files = unpacked(&layer);
        assert_eq!(files.len(), 1);
        assert_eq!(files[0].2.len(), 100_000);
    }
}
