//! A project in a folder of its own, gone when the story ends. It lies outside the checkout, whose own gantry.toml would
//! be found from below.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

static COUNT: AtomicU32 = AtomicU32::new(0);

pub struct Project {
    pub root: PathBuf,
}

impl Project {
    /// An empty project.
    pub fn empty() -> Self {
        let name = format!("gantry-project-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        // gantry tells paths with their links followed
        let root = std::env::temp_dir().canonicalize().expect("a folder for temporary files").join(name);
        let _ = fs::remove_dir_all(&root);
        fs::create_dir_all(&root).expect("a folder for the story");
        Self { root }
    }

    /// A project with the checkout's example release in it: scripts/, config/ and its settings.
    pub fn with_the_release() -> Self {
        let project = Self::empty();
        for part in ["scripts", "config"] {
            copy(&super::checkout().join(part), &project.root.join(part));
        }
        project
    }

    /// A copy of everything in another folder, `.gantry` included.
    pub fn copy_of(other: &Self) -> Self {
        let project = Self::empty();
        copy(&other.root, &project.root);
        project
    }

    /// The same with a file of this text.
    #[must_use]
    pub fn file(self, path: &str, text: impl AsRef<[u8]>) -> Self {
        let place = self.root.join(path);
        fs::create_dir_all(place.parent().expect("inside the project")).expect("a folder");
        fs::write(place, text).expect("a file of the project");
        self
    }

    /// Whether there is no file and no folder in it.
    pub fn is_empty(&self) -> bool {
        fs::read_dir(&self.root).expect("the project").next().is_none()
    }

    /// The journals below `.gantry`, with their text.
    pub fn journals(&self) -> Vec<(PathBuf, String)> {
        self.kept().into_iter().filter(|(path, _)| path.ends_with("journal.jsonl")).collect()
    }

    /// Every file below `.gantry`, with its text.
    pub fn kept(&self) -> Vec<(PathBuf, String)> {
        let mut files = Vec::new();
        collect(&self.root.join(".gantry"), &mut files);
        files.into_iter().map(|path| (path.clone(), fs::read_to_string(&path).expect("text"))).collect()
    }
}

impl Drop for Project {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.root);
    }
}

fn collect(folder: &Path, into: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.path().is_dir() {
            collect(&entry.path(), into);
        } else {
            into.push(entry.path());
        }
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("a folder of the checkout") {
        let (entry, name) = (entry.as_ref().expect("an entry").path(), entry.as_ref().expect("an entry").file_name());
        if entry.is_dir() {
            copy(&entry, &to.join(name));
        } else {
            fs::copy(&entry, to.join(name)).expect("a copy");
        }
    }
}
