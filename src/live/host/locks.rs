//! One release of a service at a time, from this project: a locked file a service below `.gantry/locks/`.
#![expect(clippy::disallowed_methods, reason = "the room of the project's locks")]

use crate::effects::event::{Events, Level};
use crate::effects::fault::{Fault, FaultKind};
use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// How often a waiting run looks again.
const LOOK_AGAIN: Duration = Duration::from_secs(2);

/// The services that this process holds. A lock ends with the process, however it ends.
pub struct Locks {
    folder: PathBuf,
    held: Mutex<Vec<(String, File)>>,
}

impl Locks {
    /// The locks of the project at `root`.
    pub fn of(root: &std::path::Path) -> Self {
        Self { folder: root.join(".gantry/locks"), held: Mutex::default() }
    }

    /// Holds `place` (account, Region, cluster and service in one name) for the run `by`, to the end of the process.
    ///
    /// # Errors
    /// `InProgress`, naming the run that holds it, unless `wait`; what the file system says.
    pub async fn hold(&self, place: &str, by: &str, wait: bool, events: &Events) -> Result<(), Fault> {
        let mut told = false;
        loop {
            match self.attempt(place, by) {
                Ok(None) => return Ok(()),
                Ok(Some(holder)) if wait => {
                    if !told {
                        events.log(Level::Info, format!("{place} is being released by {holder}: waiting for it"));
                        told = true;
                    }
                    tokio::time::sleep(LOOK_AGAIN).await;
                }
                Ok(Some(holder)) => {
                    let message = format!("{place} is being released by {holder} from this project");
                    return Err(Fault::new(FaultKind::Refused, "InProgress", message)
                        .hint("wait until it has ended, or deploy with in_progress: \"wait\""));
                }
                Err(error) => {
                    let message = format!("{} cannot be locked: {error}", self.folder.join(place).display());
                    return Err(Fault::new(FaultKind::Journal, "LockUnwritable", message).hint(
                        "make that folder writable, or remove what stands in its place: nothing else is kept there",
                    ));
                }
            }
        }
    }

    /// None when it is held now; else who has it.
    fn attempt(&self, place: &str, by: &str) -> io::Result<Option<String>> {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        if held.iter().any(|(one, _)| one == place) {
            return Ok(None);
        }
        DirBuilder::new().recursive(true).mode(0o700).create(&self.folder)?;
        let mut options = OpenOptions::new();
        let name = self.folder.join(format!("{place}.lock"));
        let mut file = options.read(true).write(true).create(true).truncate(false).mode(0o600).open(name)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut holder = String::new();
                file.read_to_string(&mut holder)?;
                return Ok(Some(format!("run {}", holder.trim())));
            }
            Err(TryLockError::Error(error)) => return Err(error),
        }
        file.set_len(0)?;
        file.rewind()?;
        writeln!(file, "{by}")?;
        held.push((place.to_owned(), file));
        Ok(None)
    }
}
