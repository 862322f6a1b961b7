//! The project a script belongs to: its root, and its `gantry.toml`.

use super::machine;
use crate::domain::settings::Settings;
use crate::effects::fault::Fault;
use std::path::{Path, PathBuf};

/// The file that marks a project's root.
const SETTINGS: &str = "gantry.toml";

/// A project.
pub struct Project {
    /// Its root, absolute.
    pub root: PathBuf,
    /// Its settings; empty without a file.
    pub settings: Settings,
}

impl Project {
    /// The project around `place` (a folder): the nearest folder above with a `gantry.toml`; without one the folder that
    /// gantry was started in, or `place` itself where that is elsewhere.
    ///
    /// # Errors
    /// A file that cannot be read or has a mistake, with its line.
    pub fn around(place: &Path) -> Result<Self, Fault> {
        let place = machine::canonical(place)
            .map_err(|error| Fault::usage(format!("{} cannot be opened: {error}", place.display())))?;
        if let Some(root) = place.ancestors().find(|folder| machine::is_file(&folder.join(SETTINGS))) {
            return Ok(Self { root: root.to_owned(), settings: read(&root.join(SETTINGS))? });
        }
        let here = machine::here().ok().and_then(|here| machine::canonical(&here).ok());
        let root = here.filter(|here| place.starts_with(here)).unwrap_or(place);
        Ok(Self { root, settings: Settings::default() })
    }

    /// A path relative to the root, for people and for the journal.
    pub fn relative(&self, path: &Path) -> String {
        path.strip_prefix(&self.root).unwrap_or(path).display().to_string()
    }
}

fn read(path: &Path) -> Result<Settings, Fault> {
    let text = machine::read(path).map_err(|error| Fault::usage(format!("{}: {error}", path.display())))?;
    toml::from_str(&text).map_err(|error| {
        Fault::usage(format!("{} has a mistake\n{}", path.display(), error.to_string().trim_end()))
            .hint("sessions and registries are described in the README")
    })
}
