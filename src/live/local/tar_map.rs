//! What is where in a tar archive: nothing of it is unpacked.

use std::collections::HashMap;
use std::io::{self, Read, Seek};
use tar::{Archive, EntryType};

/// Links that are followed for one name.
const FOLLOWED: usize = 16;

/// The files of an archive.
#[derive(Debug, Default)]
pub(super) struct TarMap(HashMap<String, Entry>);

#[derive(Debug, PartialEq)]
enum Entry {
    File(Spot),
    /// To another name of the archive.
    Link(String),
}

/// Where the content of a file begins, and how long it is, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Spot {
    /// From the archive's start.
    pub at: u64,
    /// Its length.
    pub size: u64,
}

impl TarMap {
    /// Reads the heads of all entries. Of a name that is there twice the last counts, as for those who unpack it.
    pub fn scan(file: impl Read + Seek) -> io::Result<Self> {
        let mut archive = Archive::new(file);
        let mut map = HashMap::new();
        for entry in archive.entries_with_seek()? {
            let entry = entry?;
            let Some(name) = plain("", &String::from_utf8_lossy(&entry.path_bytes())) else { continue };
            let target = entry.link_name_bytes().map(|target| String::from_utf8_lossy(&target).into_owned());
            let found = match (entry.header().entry_type(), target) {
                (EntryType::Regular | EntryType::Continuous, _) => {
                    Some(Entry::File(Spot { at: entry.raw_file_position(), size: entry.size() }))
                }
                // from the archive's root
                (EntryType::Link, Some(target)) => plain("", &target).map(Entry::Link),
                (EntryType::Symlink, Some(target)) => {
                    let folder = name.rsplit_once('/').map_or("", |(folder, _)| folder);
                    plain(folder, &target).map(Entry::Link)
                }
                _ => None,
            };
            match found {
                Some(found) => map.insert(name, found),
                None => map.remove(&name),
            };
        }
        Ok(Self(map))
    }

    /// The file of a name, by whatever links.
    pub fn find(&self, name: &str) -> Option<Spot> {
        let mut name = plain("", name)?;
        for _ in 0..FOLLOWED {
            match self.0.get(&name)? {
                Entry::File(spot) => return Some(*spot),
                Entry::Link(target) => name.clone_from(target),
            }
        }
        None
    }
}

/// A path in its one form, seen from a folder; `None` for one that leads out of the archive.
fn plain(folder: &str, path: &str) -> Option<String> {
    let from = if path.starts_with('/') { "" } else { folder };
    let mut parts: Vec<&str> = Vec::new();
    for part in from.split('/').chain(path.split('/')) {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::io::Cursor;
    use tar::{Builder, Header};

    fn header(kind: EntryType, size: u64) -> Header {
        let mut header = Header::new_gnu();
        header.set_entry_type(kind);
        header.set_mode(0o644);
        header.set_size(size);
        header
    }

    #[test]
    fn files_are_found_by_every_name_that_they_have() {
        let mut tar = Builder::new(Vec::new());
        let long = format!("{}/layer.tar", "x".repeat(120));
        tar.append_data(&mut header(EntryType::Regular, 3), "./a/layer.tar", &b"one"[..]).unwrap();
        tar.append_data(&mut header(EntryType::Regular, 3), &long, &b"two"[..]).unwrap();
        tar.append_link(&mut header(EntryType::Symlink, 0), "b/layer.tar", "../a/layer.tar").unwrap();
        tar.append_link(&mut header(EntryType::Link, 0), "c/layer.tar", "b/layer.tar").unwrap();
        tar.append_link(&mut header(EntryType::Symlink, 0), "out", "../../etc/passwd").unwrap();
        tar.append_link(&mut header(EntryType::Symlink, 0), "loop", "loop").unwrap();
        let bytes = tar.into_inner().unwrap();
        let map = TarMap::scan(Cursor::new(&bytes)).unwrap();
        let content = |name: &str| {
            let spot = map.find(name)?;
            let (from, size) = (usize::try_from(spot.at).unwrap(), usize::try_from(spot.size).unwrap());
            Some(String::from_utf8_lossy(&bytes[from..from + size]).into_owned())
        };
        for name in ["a/layer.tar", "./a//layer.tar", "b/layer.tar", "c/layer.tar"] {
            assert_eq!(content(name).as_deref(), Some("one"), "{name}");
        }
        assert_eq!(content(&long).as_deref(), Some("two"));
        for name in ["out", "loop", "none", "../a/layer.tar", "etc/passwd"] {
            assert_eq!(content(name), None, "{name}");
        }
    }

    #[test]
    fn the_last_of_a_name_counts() {
        let mut tar = Builder::new(Vec::new());
        tar.append_data(&mut header(EntryType::Regular, 3), "a", &b"one"[..]).unwrap();
        tar.append_data(&mut header(EntryType::Regular, 5), "a", &b"other"[..]).unwrap();
        let map = TarMap::scan(Cursor::new(tar.into_inner().unwrap())).unwrap();
        assert_eq!(map.find("a").map(|spot| spot.size), Some(5));
    }

    proptest! {
        #[test]
        fn no_bytes_are_too_strange(bytes in proptest::collection::vec(any::<u8>(), 0..2048)) {
            let _ = TarMap::scan(Cursor::new(bytes));
        }

        #[test]
        fn no_path_leads_out(folder in "[a./]{0,9}", path in "[a./]{0,12}") {
            if let Some(plain) = plain(&folder, &path) {
                prop_assert!(!plain.starts_with('/') && plain.split('/').all(|part| part != ".."), "{plain}");
            }
        }
    }
}
