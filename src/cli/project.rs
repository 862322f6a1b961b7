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
    let wrong = |why: &str| {
        Fault::usage(format!("{} has a mistake\n{}", path.display(), why.trim_end()))
            .hint("sessions and registries are described in the README")
    };
    let settings: Settings = toml::from_str(&text).map_err(|error| wrong(&told(&text, &error)))?;
    settings.check().map_err(|why| wrong(&why))?;
    Ok(settings)
}

/// A mistake with its line, unless that may hold a password: neither the line nor what was found there is shown then.
fn told(text: &str, error: &toml::de::Error) -> String {
    let whole = error.to_string();
    let Some(span) = error.span() else { return error.message().to_owned() };
    let start = text.get(..span.start).map_or(0, |before| before.rfind('\n').map_or(0, |at| at + 1));
    let end = text.get(span.end..).and_then(|after| after.find('\n')).map_or(text.len(), |at| span.end + at);
    let lines = text.get(start..end).unwrap_or(text);
    if !lines.to_ascii_lowercase().contains("pass") {
        return whole;
    }
    let head = whole.lines().next().unwrap_or("TOML parse error");
    format!("{head}\nthe line is not shown, since it may hold a password: it is written as `password = \"…\"`")
}
