//! The rooms of the architecture may know each other only as ARCHITECTURE.md says.
#![allow(clippy::disallowed_methods, reason = "the test reads the sources")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Room → the rooms it may use.
const MAY_USE: [(&str, &[&str]); 7] = [
    ("domain", &[]),
    ("effects", &["domain"]),
    ("release", &["effects", "domain"]),
    ("live", &["effects", "domain"]),
    ("script", &["release", "effects", "domain"]),
    ("rehearsal", &[]),
    ("cli", &["domain", "effects", "release", "script"]),
];

/// The one place where everything meets.
const COMPOSITION_ROOT: &str = "src/cli/compose";

fn sources(folder: &Path, into: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder of the project") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            sources(&path, into);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            into.push(path);
        }
    }
}

/// The rooms that a line of code names: after `crate::`, alone or first in braces.
fn rooms_named(line: &str) -> Vec<&'static str> {
    let rooms = MAY_USE.map(|(room, _)| room);
    line.match_indices("crate::")
        .flat_map(|(at, path)| {
            let rest = &line[at + path.len()..];
            let names: Vec<&str> = match rest.strip_prefix('{') {
                Some(list) => list.split([',', '}']).map(str::trim).collect(),
                None => vec![rest],
            };
            rooms.into_iter().filter(move |room| {
                names.iter().any(|name| {
                    name.strip_prefix(room)
                        .is_some_and(|after| !after.starts_with(|c: char| c.is_alphanumeric() || c == '_'))
                })
            })
        })
        .collect()
}

#[test]
fn every_arrow_between_rooms_is_one_of_the_map() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (mut wrong, mut arrows) = (Vec::new(), BTreeMap::<(&str, &str), usize>::new());
    for (room, may_use) in MAY_USE {
        let mut files = Vec::new();
        sources(&root.join("src").join(room), &mut files);
        assert!(!files.is_empty(), "room {room} is empty");
        for file in files {
            let name = file.strip_prefix(root).expect("inside").display().to_string();
            let text = fs::read_to_string(&file).expect("a source file");
            for (number, line) in text.lines().enumerate() {
                let code = line.trim_start();
                if code.starts_with("//") {
                    continue;
                }
                for used in rooms_named(code) {
                    let allowed = used == room || may_use.contains(&used) || name.starts_with(COMPOSITION_ROOT);
                    *arrows.entry((room, used)).or_default() += 1;
                    if !allowed {
                        wrong.push(format!("{name}:{}: {room} must not know {used}: {code}", number + 1));
                    }
                }
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
    for expected in [("effects", "domain"), ("live", "effects"), ("script", "release"), ("cli", "live")] {
        assert!(arrows.contains_key(&expected), "no arrow {expected:?} was seen: is the test blind?");
    }
}

#[test]
fn the_test_sees_arrows_in_every_form() {
    assert_eq!(rooms_named("use crate::effects::call::Call;"), ["effects"]);
    assert_eq!(rooms_named("use crate::{domain, live::aws};"), ["domain", "live"]);
    assert_eq!(rooms_named("let x = crate::live::f(crate::cli::g());"), ["live", "cli"]);
    assert_eq!(rooms_named("use crate::live_and_let_live;"), Vec::<&str>::new());
}
