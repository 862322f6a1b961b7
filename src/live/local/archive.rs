//! Images in a tar archive, OCI's or Docker's.
//!
//! What is written lies beside the archive, in a layout of its own, until the image is whole; then the archive is written
//! anew with all that it had, and takes the place of the old one. An archive for `docker load` is OCI's with a
//! `manifest.json`, as Docker itself has written it since version 25: the layers stay compressed as they are, so that the
//! image keeps its digest.

use super::contents::{Contents, Made, Trouble};
use super::export;
use super::files;
use super::index::Index;
use super::layout::Layout;
use super::packed;
use super::store::{Change, Incoming, Opened, Store};
use crate::domain::image_reference::{Digest, Local};
use crate::effects::fault::Fault;
use crate::live::host::files::ProjectFiles;
use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Cursor};
use std::os::unix::fs::MetadataExt as _;
use std::sync::{Arc, Mutex, PoisonError};

/// What is known of archives, as long as they are the same files: the layers of one may have been compressed for it.
pub(super) type Known = Mutex<HashMap<(Local, String), (Stamp, Arc<Contents>)>>;

/// Device, inode, size and time of the last change: another of these is another file.
pub(super) type Stamp = (u64, u64, u64, i64, i64);

/// An archive of the project.
#[derive(Clone)]
pub(super) struct Archive {
    files: ProjectFiles,
    local: Local,
    path: String,
    known: Arc<Known>,
}

impl Archive {
    /// The archive at `path`, whether it is there or not.
    pub fn at(files: &ProjectFiles, local: Local, path: &str, known: &Arc<Known>) -> Self {
        Self { files: files.clone(), local, path: path.to_owned(), known: Arc::clone(known) }
    }

    /// Where an image is until it is whole.
    fn staging(&self) -> Layout {
        let name = self.path.rsplit('/').next().unwrap_or(&self.path);
        Layout::at(&self.files, &format!("{}/.{name}.gantry", files::folder_of(&self.path)))
    }

    /// What is in it, with the file it was read from.
    fn read(&self) -> Result<Option<(File, Arc<Contents>)>, Fault> {
        let failed = |error: io::Error| Trouble::Io(error).of(self.local, &self.path);
        let Some((file, _)) = files::open_file(&self.files, &self.path)? else { return Ok(None) };
        let facts = file.metadata().map_err(failed)?;
        let stamp = (facts.dev(), facts.ino(), facts.len(), facts.mtime(), facts.mtime_nsec());
        let key = (self.local, self.path.clone());
        // held while it is read: nobody should compress the same layers beside
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, contents)) = known.get(&key).filter(|(then, _)| *then == stamp) {
            return Ok(Some((file, Arc::clone(contents))));
        }
        let contents = Contents::read(&file, self.local).map_err(|trouble| trouble.of(self.local, &self.path))?;
        let contents = Arc::new(contents);
        known.insert(key, (stamp, Arc::clone(&contents)));
        Ok(Some((file, contents)))
    }

    fn opened(&self, file: File, made: Made) -> Result<Opened, Fault> {
        let failed = |error: io::Error| Trouble::Io(error).of(self.local, &self.path);
        Ok(match made {
            Made::Bytes(bytes) => Opened { size: bytes.len() as u64, reader: Box::new(Cursor::new(bytes)) },
            Made::File(spot) => {
                Opened { size: spot.size, reader: Box::new(packed::content(file, spot).map_err(failed)?) }
            }
            Made::Tar(spot, size) => {
                let tar = packed::content(file, spot).map_err(failed)?;
                Opened { size, reader: Box::new(packed::gzip(tar)) }
            }
        })
    }
}

impl Store for Archive {
    fn index(&self) -> Result<Option<Index>, Fault> {
        Ok(self.read()?.map(|(_, contents)| contents.index.clone()))
    }

    fn open(&self, digest: &Digest) -> Result<Option<Opened>, Fault> {
        if let Some((file, contents)) = self.read()?
            && let Some(made) = contents.blob(digest)
        {
            return self.opened(file, made).map(Some);
        }
        self.staging().open(digest)
    }

    fn begin(&self) -> Result<Box<dyn Incoming>, Fault> {
        if let Some((_, contents)) = self.read()?
            && self.local == Local::OciArchive
            && contents.is_dockers()
        {
            let why = "docker load reads it, too, and would not know of another image".to_owned();
            let hint = "write to another file, or say docker-archive:";
            return Err(Trouble::NoArchive(why, hint).of(self.local, &self.path));
        }
        self.staging().begin()
    }

    fn change(&self, change: Change<'_>) -> Result<(), Fault> {
        // others wait for their turn, also where only a name changes
        let staging = self.staging();
        let _held = loop {
            drop(staging.begin()?);
            if let Some(held) = staging.hold()? {
                break held;
            }
        };
        let mut index = self.index()?.unwrap_or_else(Index::empty);
        change(&mut index);
        let mut file = files::Temporary::beside(&self.files, &self.path)?;
        let needed = export::write(&mut file, self, self.local, &index)?;
        file.keep(&self.files, &self.path)?;
        // what is in the archive now is not needed beside it; what else is there is another's, who is not ready yet
        staging.clear(needed.iter())
    }

    fn told(&self, digest: &Digest) -> String {
        format!("{}/{}", self.path, super::contents::place(digest))
    }
}
