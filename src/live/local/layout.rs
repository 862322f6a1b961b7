//! An OCI image layout: a folder with `oci-layout`, `index.json` and `blobs/ALGORITHM/HEX`.
//!
//! Whatever happens while it is written, it stays a layout: blobs and `index.json` are written beside their places and
//! moved there when they are whole and on disk, `index.json` last.

use super::files::{self, Temporary};
use super::index::Index;
use super::store::{Change, Incoming, Opened, Store};
use crate::domain::image_reference::Digest;
use crate::effects::fault::{Fault, FaultKind};
use crate::live::host::files::ProjectFiles;
use serde::Deserialize;
use std::fs::File;
use std::io::{self, Write};

/// The most that is read of `index.json` and `oci-layout`, in bytes.
const LIMIT: u64 = 4 << 20;
const MARK: &str = "oci-layout";
const INDEX: &str = "index.json";
/// The content of `oci-layout`.
pub(super) const VERSION: &str = r#"{"imageLayoutVersion":"1.0.0"}"#;

/// A layout of the project.
#[derive(Clone, Debug)]
pub(super) struct Layout {
    files: ProjectFiles,
    path: String,
}

impl Layout {
    /// The layout at `path`, whether it is there or not.
    pub fn at(files: &ProjectFiles, path: &str) -> Self {
        Self { files: files.clone(), path: path.to_owned() }
    }

    /// Holds it against everybody else who does, until what it gives is dropped; none where it was cleared meanwhile.
    pub fn hold(&self) -> Result<Option<File>, Fault> {
        files::hold(&self.files, &self.below(MARK))
    }

    /// Removes blobs, and the layout itself where no other is left in it.
    pub fn clear<'a>(&self, blobs: impl Iterator<Item = &'a Digest>) -> Result<(), Fault> {
        for digest in blobs {
            files::remove(&self.files, &self.blob(digest))?;
        }
        files::sweep(&self.files, &self.path)?;
        for algorithm in ["sha256", "sha384", "sha512"] {
            files::remove_empty(&self.files, &self.below(&format!("blobs/{algorithm}")))?;
        }
        if files::remove_empty(&self.files, &self.below("blobs"))? {
            files::remove(&self.files, &self.below(MARK))?;
            if !files::remove_empty(&self.files, &self.path)? {
                // somebody has begun to write to it
                files::replace(&self.files, &self.below(MARK), VERSION.as_bytes())?;
            }
        }
        Ok(())
    }

    fn below(&self, name: &str) -> String {
        format!("{}/{name}", self.path)
    }

    fn blob(&self, digest: &Digest) -> String {
        self.below(&format!("blobs/{}/{}", digest.algorithm().name(), digest.hex()))
    }

    /// Whether a layout is there.
    fn is_there(&self) -> Result<bool, Fault> {
        #[derive(Deserialize)]
        struct Mark {
            #[serde(rename = "imageLayoutVersion")]
            version: String,
        }
        // what is there comes first: a layout that another branch makes meanwhile gets its mark before anything else
        let there = files::names(&self.files, &self.path)?;
        let Some(mark) = files::read(&self.files, &self.below(MARK), LIMIT)? else {
            return match there {
                // a process that died here has left nothing but a blob half written
                Some(names) if names.iter().any(|name| !files::is_temporary(name)) => {
                    Err(self.is_none(&format!("there is no `{MARK}` in it")))
                }
                _ => Ok(false),
            };
        };
        let mark: Mark = serde_json::from_slice(&mark).map_err(|why| self.is_none(&format!("`{MARK}`: {why}")))?;
        if mark.version.starts_with("1.") {
            return Ok(true);
        }
        Err(self.is_none(&format!("it is of version {}, and 1 is known", mark.version)))
    }

    fn is_none(&self, why: &str) -> Fault {
        Fault::new(FaultKind::Refused, "NotALayout", format!("`{}` is not an OCI image layout: {why}", self.path)).hint(
            "name the folder that has `oci-layout` and `index.json` in it, or one that is new or empty to write to",
        )
    }

    fn read(&self) -> Result<Index, Fault> {
        // a layout that nothing was written to yet has none
        let Some(bytes) = files::read(&self.files, &self.below(INDEX), LIMIT)? else { return Ok(Index::empty()) };
        Index::parse(&bytes).map_err(|why| {
            let message = format!("`{}` cannot be understood: {why}", self.below(INDEX));
            Fault::new(FaultKind::Verification, "IndexUnreadable", message).hint("write the layout anew")
        })
    }
}

impl Store for Layout {
    fn index(&self) -> Result<Option<Index>, Fault> {
        if self.is_there()? { self.read().map(Some) } else { Ok(None) }
    }

    fn open(&self, digest: &Digest) -> Result<Option<Opened>, Fault> {
        files::open(&self.files, &self.blob(digest))
    }

    fn begin(&self) -> Result<Box<dyn Incoming>, Fault> {
        if !self.is_there()? {
            files::make_folder(&self.files, &self.path)?;
            // first of all: a folder with blobs and without it would be nobody's
            files::replace(&self.files, &self.below(MARK), VERSION.as_bytes())?;
        }
        Ok(Box::new(Writing { file: Temporary::in_folder(&self.files, &self.path)?, layout: self.clone() }))
    }

    fn change(&self, change: Change<'_>) -> Result<(), Fault> {
        // other branches and processes wait for their turn
        let _held = self.hold()?;
        let before = self.read()?;
        let mut after = before.clone();
        change(&mut after);
        if after != before || files::read(&self.files, &self.below(INDEX), LIMIT)?.is_none() {
            files::replace(&self.files, &self.below(INDEX), &after.bytes())?;
        }
        files::sweep(&self.files, &self.path)
    }

    fn told(&self, digest: &Digest) -> String {
        self.blob(digest)
    }
}

/// A blob on its way into a layout.
struct Writing {
    file: Temporary,
    layout: Layout,
}

impl Write for Writing {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Incoming for Writing {
    fn keep(self: Box<Self>, digest: &Digest) -> Result<(), Fault> {
        let Self { file, layout } = *self;
        files::make_folder(&layout.files, &layout.below(&format!("blobs/{}", digest.algorithm().name())))?;
        file.keep(&layout.files, &layout.blob(digest))
    }
}
