//! What a folder or an archive with images can do. Everything here blocks.

use super::index::Index;
use crate::domain::image_reference::Digest;
use crate::effects::fault::Fault;
use std::io::{Read, Write};

/// A blob, about to be read. Nobody has looked at its digest yet.
pub(super) struct Opened {
    /// Bytes.
    pub size: u64,
    /// All of them.
    pub reader: Box<dyn Read + Send>,
}

/// A change of an index.
pub(super) type Change<'a> = &'a dyn Fn(&mut Index);

/// Images in one place.
pub(super) trait Store: Send + Sync {
    /// Which images are there; none where nothing is there at all.
    ///
    /// # Errors
    /// `NotALayout` or `NotAnArchive` where something else is there; what the file system says.
    fn index(&self) -> Result<Option<Index>, Fault>;

    /// A blob or a manifest.
    ///
    /// # Errors
    /// What the file system says.
    fn open(&self, digest: &Digest) -> Result<Option<Opened>, Fault>;

    /// The place is made where it is missing, and can take a blob.
    ///
    /// # Errors
    /// As [`Store::index`].
    fn begin(&self) -> Result<Box<dyn Incoming>, Fault>;

    /// Changes the index, when all blobs are there; nobody sees half of it.
    ///
    /// # Errors
    /// As [`Store::index`].
    fn change(&self, change: Change<'_>) -> Result<(), Fault>;

    /// Where a blob is, for people.
    fn told(&self, digest: &Digest) -> String;
}

/// A blob that is being written; nobody sees it before it is whole.
pub(super) trait Incoming: Write + Send {
    /// It is whole, and is what the digest names.
    ///
    /// # Errors
    /// What the file system says.
    fn keep(self: Box<Self>, digest: &Digest) -> Result<(), Fault>;
}
