//! Packs a layout into a gzip-compressed tar, a chunk at a time: the same layout gives the same bytes.

use super::hashing::{self, Hashing};
use super::login::Content;
use super::streaming::Chunks;
use crate::domain::image_reference::Digest;
use crate::domain::layer_edit::{Entry, Layout, What};
use crate::effects::fault::{Fault, FaultKind};
use bytes::Bytes;
use flate2::write::GzEncoder;
use flate2::{Compression, GzBuilder};
use futures_util::stream;
use sha2::{Digest as _, Sha256};
use std::io::{self, Read, Write};
use std::sync::Arc;

/// What is read or given at once.
const CHUNK: usize = 128 << 10;
/// Of a tar.
const BLOCK: usize = 512;
/// "Unknown": the layer does not depend on where it was packed.
const NO_SYSTEM: u8 = 255;
const LEVEL: u32 = 6;

/// What a packed layer came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackedLayer {
    /// Of the compressed layer.
    pub digest: Digest,
    /// Bytes, compressed.
    pub size: u64,
    /// Of the tar inside.
    pub diff_id: Digest,
}

/// A layer that can be packed any number of times.
#[derive(Clone)]
pub(super) struct Source {
    /// What is packed.
    pub layout: Layout,
    /// Where the files are.
    pub content: Arc<dyn Content>,
}

/// Packs a layout into nothing, to know what it comes to.
///
/// # Errors
/// Verification where a file is no longer what the layout says; whatever `content` gives.
pub async fn pack(layout: &Layout, content: &Arc<dyn Content>) -> Result<PackedLayer, Fault> {
    let mut packer = Packer::new(layout.clone(), Arc::clone(content));
    loop {
        let (returned, chunk) = step(packer).await?;
        packer = returned;
        if chunk.is_none() {
            return packer.packed.ok_or_else(|| Fault::internal("a layer was packed to no end"));
        }
    }
}

impl Source {
    /// The layer, packed while it is wanted.
    pub fn chunks(&self) -> Chunks {
        let packer = Packer::new(self.layout.clone(), Arc::clone(&self.content));
        Box::pin(stream::try_unfold(packer, |packer| async move {
            let (packer, chunk) = step(packer).await?;
            Ok(chunk.map(|chunk| (chunk, packer)))
        }))
    }
}

/// One chunk, where blocking is allowed. No thread waits while the chunk is sent: on a paused clock it would stop time.
async fn step(mut packer: Packer) -> Result<(Packer, Option<Bytes>), Fault> {
    let step = tokio::task::spawn_blocking(move || {
        let chunk = packer.chunk();
        (packer, chunk)
    });
    let (packer, chunk) = step.await.map_err(|why| Fault::internal(format!("packing a layer: {why}")))?;
    Ok((packer, chunk?))
}

struct Packer {
    layout: Layout,
    content: Arc<dyn Content>,
    next: usize,
    file: Option<Open>,
    tar: Sha256,
    /// Until the end is packed.
    gzip: Option<GzEncoder<Sink>>,
    packed: Option<PackedLayer>,
    /// For what is read of a file; kept, since every step may be on another thread, and each keeps what it freed.
    buffer: Vec<u8>,
}

/// The file that is being packed.
struct Open {
    reader: Box<dyn Read + Send>,
    hashing: Hashing,
    seen: u64,
    size: u64,
    digest: Digest,
    name: String,
}

#[derive(Default)]
struct Sink {
    ready: Vec<u8>,
    hash: Sha256,
    size: u64,
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.ready.extend_from_slice(bytes);
        self.hash.update(bytes);
        self.size += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Packer {
    fn new(layout: Layout, content: Arc<dyn Content>) -> Self {
        let gzip = GzBuilder::new().mtime(0).operating_system(NO_SYSTEM);
        let gzip = Some(gzip.write(Sink::default(), Compression::new(LEVEL)));
        Self { layout, content, next: 0, file: None, tar: Sha256::new(), gzip, packed: None, buffer: Vec::new() }
    }

    /// The next bytes of the layer; `None` at its end, when `packed` says what it came to.
    fn chunk(&mut self) -> Result<Option<Bytes>, Fault> {
        while let Some(gzip) = &mut self.gzip {
            if gzip.get_ref().ready.len() >= CHUNK {
                return Ok(Some(std::mem::take(&mut gzip.get_mut().ready).into()));
            }
            if let Some(file) = self.file.take() {
                self.read(file)?;
            } else if let Some(entry) = self.layout.entries.get(self.next).cloned() {
                self.next += 1;
                self.begin(&entry)?;
            } else {
                return self.end().map(Some);
            }
        }
        Ok(None)
    }

    fn begin(&mut self, entry: &Entry) -> Result<(), Fault> {
        let head = head(entry)
            .map_err(|why| Fault::usage(format!("`/{}` cannot be written into a tar archive: {why}", entry.path)))?;
        self.write(&head)?;
        match &entry.what {
            What::File { root, entry, size, digest } => {
                let name = if entry.is_empty() { root.clone() } else { format!("{root}/{entry}") };
                let reader = self.content.open(root, entry)?;
                let hashing = Hashing::like(digest);
                self.file = Some(Open { reader, hashing, seen: 0, size: *size, digest: digest.clone(), name });
                Ok(())
            }
            What::Text(text) => {
                self.write(text.as_bytes())?;
                self.pad(text.len() as u64)
            }
            What::Folder | What::Link(_) | What::Whiteout => Ok(()),
        }
    }

    fn read(&mut self, file: Open) -> Result<(), Fault> {
        let mut buffer = std::mem::take(&mut self.buffer);
        buffer.resize(CHUNK, 0);
        let read = self.read_into(&mut buffer, file);
        self.buffer = buffer;
        read
    }

    fn read_into(&mut self, buffer: &mut [u8], mut file: Open) -> Result<(), Fault> {
        let count = filled(&mut file.reader, buffer).map_err(|why| {
            let message = format!("could not read file `{}`: {why}", file.name);
            Fault::new(FaultKind::Missing, "FileUnreadable", message).hint("check that it is there and may be read")
        })?;
        let bytes = buffer.get(..count).unwrap_or_default();
        file.seen += bytes.len() as u64;
        if file.seen > file.size {
            return Err(changed(&file.name));
        }
        if count > 0 {
            file.hashing.update(bytes);
            self.write(bytes)?;
            self.file = Some(file);
            return Ok(());
        }
        if file.seen != file.size || file.hashing.finish() != file.digest.to_string() {
            return Err(changed(&file.name));
        }
        self.pad(file.size)
    }

    /// What follows a content of so many bytes, up to the end of its block.
    fn pad(&mut self, size: u64) -> Result<(), Fault> {
        let rest = usize::try_from(size.next_multiple_of(BLOCK as u64) - size).unwrap_or_default();
        self.write(&vec![0; rest])
    }

    fn end(&mut self) -> Result<Bytes, Fault> {
        // Two empty blocks end a tar.
        self.write(&[0; 2 * BLOCK])?;
        let gzip = self.gzip.take().ok_or_else(|| Fault::internal("a layer was ended twice"))?;
        let sink = gzip.finish().map_err(|why| compression(&why))?;
        let diff_id = hashing::sealed(std::mem::take(&mut self.tar));
        self.packed = Some(PackedLayer { digest: hashing::sealed(sink.hash), size: sink.size, diff_id });
        Ok(sink.ready.into())
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), Fault> {
        self.tar.update(bytes);
        match &mut self.gzip {
            Some(gzip) => gzip.write_all(bytes).map_err(|why| compression(&why)),
            None => Err(Fault::internal("a layer was written to after its end")),
        }
    }
}

/// Header blocks of an entry, with those of a long name before them. Everything that is not the entry's own is fixed.
/// Reads until the buffer is full or the file is over: what is compressed depends on the pieces that it is given, and a
/// file system may give any.
fn filled(reader: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut count = 0;
    while let Some(rest) = buffer.get_mut(count..).filter(|rest| !rest.is_empty()) {
        match reader.read(rest) {
            Ok(0) => break,
            Ok(more) => count += more,
            Err(why) if why.kind() == io::ErrorKind::Interrupted => {}
            Err(why) => return Err(why),
        }
    }
    Ok(count)
}

fn head(entry: &Entry) -> io::Result<Vec<u8>> {
    let mut header = tar::Header::new_gnu();
    header.set_mode(entry.mode);
    header.set_uid(entry.owner.uid.into());
    header.set_gid(entry.owner.gid.into());
    header.set_mtime(0);
    header.set_size(0);
    let mut builder = tar::Builder::new(Vec::new());
    match &entry.what {
        What::Link(target) => {
            header.set_entry_type(tar::EntryType::Symlink);
            builder.append_link(&mut header, &entry.path, target)?;
        }
        What::Folder => {
            header.set_entry_type(tar::EntryType::Directory);
            builder.append_data(&mut header, format!("{}/", entry.path), io::empty())?;
        }
        What::Whiteout | What::File { .. } | What::Text(_) => {
            header.set_size(match &entry.what {
                What::File { size, .. } => *size,
                What::Text(text) => text.len() as u64,
                _ => 0,
            });
            header.set_entry_type(tar::EntryType::Regular);
            // The content follows by our own hand, so that no file is held whole.
            builder.append_data(&mut header, &entry.path, io::empty())?;
        }
    }
    Ok(std::mem::take(builder.get_mut()))
}

fn changed(name: &str) -> Fault {
    let message = format!("file `{name}` is not what it was when the script named it");
    Fault::new(FaultKind::Verification, "FileChanged", message).hint("run the script again, and leave its files alone")
}

fn compression(why: &io::Error) -> Fault {
    Fault::internal(format!("compressing a layer: {why}"))
}
