//! A folder that only its owner may enter, gone when it is not needed any more: for what a program must read of a secret.
#![expect(clippy::disallowed_methods, reason = "the room of private folders")]

use std::fs;
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

static COUNT: AtomicU32 = AtomicU32::new(0);

/// The folder.
pub struct PrivateFolder(PathBuf);

impl PrivateFolder {
    /// A new one among the machine's temporary files, with mode 0700.
    ///
    /// # Errors
    /// What the file system says; also where somebody has put something in its place.
    pub fn new() -> io::Result<Self> {
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let place = std::env::temp_dir().join(format!("gantry-private-{}-{number}", std::process::id()));
        fs::DirBuilder::new().mode(0o700).create(&place)?;
        Ok(Self(place))
    }

    /// Writes a file of it, with mode 0600.
    ///
    /// # Errors
    /// What the file system says.
    pub fn file(&self, name: &str, content: &[u8]) -> io::Result<PathBuf> {
        let place = self.0.join(name);
        fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&place)?.write_all(content)?;
        Ok(place)
    }

    /// Makes a link in it to something that is there; to nothing otherwise.
    ///
    /// # Errors
    /// What the file system says.
    pub fn link(&self, name: &str, to: &Path) -> io::Result<()> {
        if to.exists() { std::os::unix::fs::symlink(to, self.0.join(name)) } else { Ok(()) }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for PrivateFolder {
    fn drop(&mut self) {
        // it lies in a folder that the system empties too
        let _ = fs::remove_dir_all(&self.0);
    }
}
