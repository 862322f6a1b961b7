//! How files and deletions are laid out.

use super::super::layer::{Layout, What};
use crate::domain::file_tree::{FileEntry, FileKind, FileTree};
use crate::domain::image_facts::LayerEdit;
use crate::effects::fault::FaultKind;

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
    FileKind::File(super::super::hashing::sha256(b"").to_string())
}

fn edit(files: &[(&str, FileTree)], delete: &[&str]) -> LayerEdit {
    LayerEdit {
        files: files.iter().map(|(path, tree)| ((*path).to_owned(), tree.clone())).collect(),
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
        let fault = Layout::of(&edit).unwrap_err();
        assert_eq!(fault.kind, FaultKind::Usage, "{fault}");
        assert!(fault.message.contains(why), "{fault} / {why}");
    }
}
