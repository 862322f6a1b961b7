//! How files and deletions are laid out.

use super::super::{ImpossibleEdit, LayerEdit, Layout, Mode, Owner, Put, PutContent, What};
use crate::domain::file_tree::{FileEntry, FileKind, FileTree};

fn tree(entries: &[(&str, FileKind)]) -> FileTree {
    let entry = |(path, kind): &(&str, FileKind)| FileEntry {
        path: (*path).to_owned(),
        mode: 0o100_644,
        size: 0,
        kind: kind.clone(),
    };
    FileTree { root: "root".to_owned(), entries: entries.iter().map(entry).collect(), digest: String::new() }
}

fn file() -> FileKind {
    FileKind::File(format!("sha256:{}", "e3b0".repeat(16)))
}

fn edit(files: &[(&str, FileTree)], delete: &[&str]) -> LayerEdit {
    LayerEdit {
        files: files.iter().map(|(path, tree)| ((*path).to_owned(), tree.clone().into())).collect(),
        delete: delete.iter().map(|path| (*path).to_owned()).collect(),
        ..LayerEdit::default()
    }
}

fn paths(edit: &LayerEdit) -> Vec<String> {
    Layout::of(edit).unwrap().entries.iter().map(|entry| entry.path.clone()).collect()
}

#[test]
fn a_file_becomes_its_path_and_a_folder_lands_below_it() {
    let one = tree(&[("", file())]);
    let many = tree(&[("a", FileKind::Folder), ("a/b", file()), ("c", FileKind::Link("a/b".to_owned()))]);
    let edit = edit(&[("/etc/motd", one), ("/app", many.clone()), ("/", many)], &[]);
    assert_eq!(paths(&edit), ["a", "a/b", "app/a", "app/a/b", "app/c", "c", "etc/motd"]);
    assert!(Layout::of(&edit).unwrap().entries.iter().all(|entry| entry.mode == 0o644), "permission bits only");
}

#[test]
fn an_empty_folder_is_there_all_the_same() {
    let layout = Layout::of(&edit(&[("/app/empty", tree(&[]))], &[])).unwrap();
    let entries: Vec<_> = layout.entries.iter().map(|entry| (entry.path.as_str(), entry.mode, &entry.what)).collect();
    assert_eq!(entries, [("app/empty", 0o755, &What::Folder)]);
    assert!(Layout::of(&edit(&[("/", tree(&[]))], &[])).unwrap().is_empty());
}

#[test]
fn deletions_are_whiteouts_and_a_replaced_folder_is_emptied_first() {
    let files = tree(&[("!first", file()), ("x", file())]);
    let cases = [
        (edit(&[], &["/app/old", "/top"]), vec!["app/.wh.old", ".wh.top"]),
        (edit(&[], &["/app", "/app/old"]), vec![".wh.app"]),
        (
            edit(&[("/app/config", files.clone())], &["/app/config"]),
            vec!["app/config", "app/config/.wh..wh..opq", "app/config/!first", "app/config/x"],
        ),
        (
            edit(&[("/app/config", files)], &["/app", "/app/config/y"]),
            vec!["app", "app/.wh..wh..opq", "app/config/!first", "app/config/x"],
        ),
    ];
    for (edit, expected) in cases {
        let mut found = paths(&edit);
        let mut expected: Vec<String> = expected.into_iter().map(str::to_owned).collect();
        if edit.files.is_empty() {
            found.sort();
            expected.sort();
        }
        assert_eq!(found, expected);
    }
}

#[test]
fn what_contradicts_itself_is_refused_by_name() {
    let one = || tree(&[("", file())]);
    let cases = [
        (edit(&[("/a", one())], &["/a"]), "`/a` is both put into the image and deleted"),
        (edit(&[("/a", one()), ("/a/b", one())], &[]), "`/a/b` cannot lie in `/a`"),
        (edit(&[("/a", one())], &["/a/b"]), "`/a/b` cannot lie in `/a`"),
        (edit(&[("/a", tree(&[("b", file())])), ("/a/b", one())], &[]), "`/a/b` is put into the image twice"),
        (edit(&[("/a/.wh.b", one())], &[]), "`.wh.b` would delete a file"),
        (edit(&[], &["/a/.wh.b"]), "`/a/.wh.b` is the name of a deletion"),
        (edit(&[("a", one())], &[]), "`a` is not a path in an image"),
        (edit(&[("/", one())], &[]), "`/` is not a path in an image"),
        (edit(&[], &["/"]), "`/` is not a path in an image"),
        (edit(&[], &["/a/"]), "`/a/` is not a path in an image"),
        (edit(&[], &["/a/../b"]), "`/a/../b` is not a path in an image"),
        (edit(&[], &["/a//b"]), "`/a//b` is not a path in an image"),
        (edit(&[("/a", tree(&[("../b", file())]))], &[]), "`../b` of `root` is not a plain relative path"),
    ];
    for (edit, why) in cases {
        let impossible = Layout::of(&edit).unwrap_err();
        assert!(impossible.why.contains(why), "{impossible} / {why}");
    }
}

fn put(content: PutContent, owner: Option<&str>, mode: Option<&str>, replace: bool) -> Put {
    Put { content, owner: owner.map(|o| o.parse().unwrap()), mode: mode.map(|m| m.parse().unwrap()), replace }
}

fn of(path: &str, put: Put) -> LayerEdit {
    LayerEdit { files: [(path.to_owned(), put)].into(), ..LayerEdit::default() }
}

fn laid(edit: &LayerEdit) -> Vec<(String, u32, String)> {
    let layout = Layout::of(edit).unwrap();
    layout.entries.iter().map(|entry| (entry.path.clone(), entry.mode, entry.owner.to_string())).collect()
}

fn executable(mut tree: FileTree, path: &str) -> FileTree {
    tree.entries.iter_mut().filter(|entry| entry.path == path).for_each(|entry| entry.mode = 0o755);
    tree
}

#[test]
fn owners_and_modes_are_chosen_and_what_is_entered_or_executed_stays_so() {
    let mixed =
        tree(&[("a", FileKind::Folder), ("a/b", file()), ("link", FileKind::Link("a".into())), ("run", file())]);
    let mixed = PutContent::Tree(executable(mixed, "run"));
    let expect = |lines: &[(&str, u32, &str)]| -> Vec<(String, u32, String)> {
        lines.iter().map(|(path, mode, owner)| ((*path).to_owned(), *mode, (*owner).to_owned())).collect()
    };
    assert_eq!(
        laid(&of("/app", put(mixed.clone(), Some("1000:50"), Some("0640"), false))),
        expect(&[
            ("app/a", 0o750, "1000:50"),
            ("app/a/b", 0o640, "1000:50"),
            ("app/link", 0o644, "1000:50"),
            ("app/run", 0o750, "1000:50"),
        ])
    );
    let replaced = laid(&of("/app", put(mixed, Some("7"), None, true)));
    let (folder, marker) = (replaced[0].clone(), replaced[1].clone());
    assert_eq!([folder, marker].to_vec(), expect(&[("app", 0o755, "7:7"), ("app/.wh..wh..opq", 0o644, "0:0")]));
    assert_eq!(replaced.len(), 6);

    let one = put(PutContent::Tree(executable(tree(&[("", file())]), "")), None, Some("600"), false);
    assert_eq!(laid(&of("/bin/run", one)), expect(&[("bin/run", 0o600, "0:0")]), "a single file has just that mode");
    let text = put(PutContent::Text("x".into()), Some("1:2"), None, false);
    let layout = Layout::of(&of("/motd", text.clone())).unwrap();
    assert_eq!(layout.entries[0].what, What::Text("x".into()));
    assert_eq!(laid(&of("/motd", text)), expect(&[("motd", 0o644, "1:2")]));
    for content in [PutContent::Text("x".into()), PutContent::Tree(tree(&[("", file())]))] {
        let why = Layout::of(&of("/motd", put(content, None, None, true))).unwrap_err().why;
        assert_eq!(why, "`/motd` is a file, and only a folder can replace another");
    }
}

#[test]
fn owners_and_modes_are_read_strictly_and_written_as_they_are_read() {
    for (text, owner) in [("0:0", Some((0, 0))), ("1000", Some((1000, 1000))), ("4294967295:1", Some((u32::MAX, 1)))] {
        assert_eq!(text.parse::<Owner>().ok(), owner.map(|(uid, gid)| Owner { uid, gid }), "{text}");
    }
    for text in ["", ":", "1:", ":1", "app", "app:app", "+1", "1:2:3", "4294967296", "-1:0"] {
        let why = text.parse::<Owner>().unwrap_err().to_string();
        assert!(why.starts_with(&format!("`{text}` is not an owner")), "{why}");
    }
    for (text, bits) in [("0640", 0o640), ("755", 0o755), ("4755", 0o4755)] {
        let mode: Mode = text.parse().unwrap();
        assert_eq!(mode.bits(), bits);
        assert_eq!(mode.to_string().parse(), Ok(mode));
    }
    for text in ["", "8", "64", "0o640", "rw-", "00640", "0888", "+640"] {
        assert!(text.parse::<Mode>().is_err(), "{text}");
    }
}

#[test]
fn an_edit_of_a_config_is_checked_before_anybody_is_asked() {
    let text = |text: &str| Some(text.to_owned());
    let env = |name: &str| LayerEdit { env: [(name.to_owned(), None)].into(), ..LayerEdit::default() };
    let created = |at: &str| LayerEdit { created: text(at), ..LayerEdit::default() };
    let cases = [
        (env("A=B"), "`A=B` cannot be the name of an environment variable"),
        (env(""), "`` cannot be the name of an environment variable"),
        (LayerEdit { labels: [(String::new(), None)].into(), ..LayerEdit::default() }, "a label must have a name"),
        (LayerEdit { working_dir: text("app"), ..LayerEdit::default() }, "`app` is not a working directory"),
        (LayerEdit { user: text("a\0b"), ..LayerEdit::default() }, "the user has a NUL character"),
        (LayerEdit { command: Some(vec!["\0".into()]), ..LayerEdit::default() }, "the command has a NUL character"),
        (created("yesterday"), "`yesterday` is not an instant"),
        (created("2026-07-25 00:00:00Z"), "is not an instant"),
        (created("2026-07-25T00:00Z"), "is not an instant"),
        (created("2026-07-25T00:00:00"), "is not an instant"),
    ];
    for (edit, why) in cases {
        let impossible: ImpossibleEdit = Layout::of(&edit).unwrap_err();
        assert!(impossible.why.contains(why), "{impossible} / {why}");
    }
    for good in ["2026-07-25T00:00:00Z", "2026-07-25T00:00:00.123456789Z", "2026-07-25T09:00:00+09:00"] {
        assert!(Layout::of(&created(good)).is_ok(), "{good}");
    }
}
