//! A layer of an archive that is not compressed, as a registry gets it: the same gzip every time.

use super::tar_map::Spot;
use crate::domain::image_facts::Blob;
use crate::domain::image_reference::Digest;
use crate::live::registry::Hashing;
use flate2::read::GzEncoder;
use flate2::{Compression, GzBuilder};
use std::fs::File;
use std::io::{self, Read, Seek as _, SeekFrom, Take};

/// As of the layers that are made here.
const LEVEL: u32 = 6;
/// "Unknown": the layer does not depend on where it was compressed.
const NO_SYSTEM: u8 = 255;
/// What goes in and comes out at once.
const PIECE: usize = 64 << 10;

/// The content of a spot.
pub(super) fn content(mut file: File, spot: Spot) -> io::Result<Take<File>> {
    file.seek(SeekFrom::Start(spot.at))?;
    Ok(file.take(spot.size))
}

/// A tar while it is compressed. What comes out depends on the pieces that go in, so these are always the same.
pub(super) fn gzip<R: Read>(tar: R) -> Steady<GzEncoder<Steady<R>>> {
    let packing = GzBuilder::new().mtime(0).operating_system(NO_SYSTEM);
    Steady::of(packing.read(Steady::of(tar), Compression::new(LEVEL)))
}

/// Reads in pieces of one size, whatever is asked for and however little is given at once.
pub(super) struct Steady<R> {
    inner: R,
    piece: Vec<u8>,
    given: usize,
}

impl<R: Read> Steady<R> {
    fn of(inner: R) -> Self {
        Self { inner, piece: Vec::new(), given: 0 }
    }
}

impl<R: Read> Read for Steady<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.given == self.piece.len() {
            let mut piece = std::mem::take(&mut self.piece);
            piece.resize(PIECE, 0);
            let mut filled = 0;
            while let Some(rest) = piece.get_mut(filled..).filter(|rest| !rest.is_empty()) {
                match self.inner.read(rest) {
                    Ok(0) => break,
                    Ok(count) => filled += count,
                    Err(why) if why.kind() == io::ErrorKind::Interrupted => {}
                    Err(why) => return Err(why),
                }
            }
            piece.truncate(filled);
            (self.piece, self.given) = (piece, 0);
        }
        let ready = self.piece.get(self.given..).unwrap_or_default();
        let count = ready.len().min(buffer.len());
        // as much as both have
        ready.take(count as u64).read_exact(buffer.get_mut(..count).unwrap_or_default())?;
        self.given += count;
        Ok(count)
    }
}

/// What a tar comes to when it is compressed, and the digest of the tar itself, in the algorithm of `like`.
pub(super) fn measured(tar: impl Read, like: &Digest) -> io::Result<(Blob, String)> {
    let mut tar = Hashed { inner: tar, hashing: Hashing::like(like) };
    let blob = hashed(gzip(&mut tar))?;
    Ok((blob, tar.hashing.finish()))
}

/// The digest and the size of what is read.
pub(super) fn hashed(mut reader: impl Read) -> io::Result<Blob> {
    let (mut hash, mut size, mut buffer) = (Hashing::default(), 0, vec![0; 256 << 10]);
    loop {
        let count = match reader.read(&mut buffer) {
            Ok(0) => break,
            Ok(count) => count,
            Err(why) if why.kind() == io::ErrorKind::Interrupted => continue,
            Err(why) => return Err(why),
        };
        hash.update(buffer.get(..count).unwrap_or_default());
        size += count as u64;
    }
    let digest = Digest::parse(&hash.finish()).map_err(|why| io::Error::other(why.to_string()))?;
    Ok(Blob { digest, size })
}

/// Hashes what passes.
struct Hashed<R> {
    inner: R,
    hashing: Hashing,
}

impl<R: Read> Read for Hashed<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.hashing.update(buffer.get(..count).unwrap_or_default());
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::live::registry::sha256;
    use flate2::read::GzDecoder;

    #[test]
    fn a_tar_is_compressed_to_the_same_bytes_whatever_the_pieces() {
        struct Slow<'a>(&'a [u8]);
        impl Read for Slow<'_> {
            fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
                let count = self.0.len().min(buffer.len()).min(777);
                let (now, rest) = self.0.split_at(count);
                buffer[..count].copy_from_slice(now);
                self.0 = rest;
                Ok(count)
            }
        }
        let tar: Vec<u8> = (0..400_000_u32).flat_map(|number| (number / 7 * 31).to_le_bytes()).collect();
        let (mut whole, mut slow, mut back) = (Vec::new(), Vec::new(), Vec::new());
        gzip(tar.as_slice()).read_to_end(&mut whole).unwrap();
        let mut packing = gzip(Slow(&tar));
        // small pieces out, too
        while packing.by_ref().take(99).read_to_end(&mut slow).unwrap() > 0 {}
        assert!(whole == slow && whole.len() < tar.len());
        GzDecoder::new(whole.as_slice()).read_to_end(&mut back).unwrap();
        assert!(back == tar);
        let (blob, diff_id) = measured(tar.as_slice(), &sha256(b"")).unwrap();
        assert_eq!(blob, Blob { digest: sha256(&whole), size: whole.len() as u64 });
        assert_eq!(diff_id, sha256(&tar).to_string());
    }
}
