//! Packing: the same layout, the same bytes, and only the files that were named.

use super::super::hashing::sha256;
use super::super::login::Content;
use super::super::pack::{PackedLayer, Source, pack};
use super::fake::Fake;
use crate::domain::file_tree::{FileEntry, FileKind, FileTree};
use crate::domain::layer_edit::{LayerEdit, Layout, Put, PutContent};
use crate::effects::fault::FaultKind;
use bytes::Bytes;
use flate2::read::GzDecoder;
use futures_util::TryStreamExt as _;
use std::collections::BTreeMap;
use std::io::Read;
use std::sync::Arc;

fn project(big: &Bytes) -> (Fake, LayerEdit) {
    let fake = Fake::default();
    let long = format!("{}/{}", "d".repeat(90), "f".repeat(90));
    let file = |path: &str, content: &Bytes| {
        fake.0.lock().unwrap().blobs.insert(format!("conf/{path}"), content.clone());
        let kind = FileKind::File(sha256(content).to_string());
        FileEntry { path: path.to_owned(), mode: 0o640, size: content.len() as u64, kind }
    };
    let mut entries = vec![file("big", big), file(&long, &Bytes::from_static(b"far"))];
    entries.push(FileEntry { path: "link".into(), mode: 0o777, size: 0, kind: FileKind::Link("x".repeat(120)) });
    let tree = FileTree { root: "conf".into(), entries, digest: String::new() };
    let text = Put {
        content: PutContent::Text("released".into()),
        owner: "1000:4294967295".parse().ok(),
        mode: "0600".parse().ok(),
        replace: false,
    };
    let files = BTreeMap::from([("/app".to_owned(), tree.into()), ("/motd".to_owned(), text)]);
    let edit = LayerEdit { files, delete: vec!["/old".to_owned()], ..LayerEdit::default() };
    (fake, edit)
}

async fn bytes(layout: &Layout, content: &Arc<dyn Content>) -> Vec<u8> {
    let source = Source { layout: layout.clone(), content: Arc::clone(content) };
    let chunks: Vec<Bytes> = source.chunks().try_collect().await.unwrap();
    assert!(chunks.len() > 2 && chunks.iter().all(|chunk| chunk.len() < 1 << 20), "in pieces");
    chunks.concat()
}

#[tokio::test]
async fn the_same_layout_gives_the_same_bytes_and_they_say_nothing_of_this_machine() {
    // Does not compress, and ends within a block.
    let mut seed = 1_u32;
    let noise = std::iter::repeat_with(|| {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        seed.to_be_bytes()[0]
    });
    let big: Bytes = noise.take(700_001).collect();
    let (fake, edit) = project(&big);
    let layout = Layout::of(&edit).unwrap();
    let content: Arc<dyn Content> = Arc::new(fake);
    let packed = pack(&layout, &content).await.unwrap();
    let gzip = bytes(&layout, &content).await;
    assert_eq!(gzip, bytes(&layout, &content).await);
    assert_eq!(gzip[4..10], [0, 0, 0, 0, 0, 255], "no time, no system");

    let mut tar = Vec::new();
    GzDecoder::new(&gzip[..]).read_to_end(&mut tar).unwrap();
    let expected = PackedLayer { digest: sha256(&gzip), size: gzip.len() as u64, diff_id: sha256(&tar) };
    assert_eq!(packed, expected);

    let mut archive = tar::Archive::new(&tar[..]);
    let mut found = Vec::new();
    for entry in archive.entries().unwrap() {
        let mut entry = entry.unwrap();
        let header = entry.header();
        assert_eq!(header.mtime().unwrap(), 0);
        let owner = (header.uid().unwrap(), header.gid().unwrap());
        assert_eq!(header.username().unwrap().unwrap_or_default(), "");
        let (kind, mode) = (header.entry_type(), header.mode().unwrap());
        let path = entry.path().unwrap().display().to_string();
        let link = entry.link_name().unwrap().map(|link| link.display().to_string());
        assert_eq!(owner, if path == "motd" { (1000, u64::from(u32::MAX)) } else { (0, 0) });
        let mut content = Vec::new();
        entry.read_to_end(&mut content).unwrap();
        found.push((path, kind, mode, link, content));
    }
    let long = format!("app/{}/{}", "d".repeat(90), "f".repeat(90));
    let regular = tar::EntryType::Regular;
    let expected = [
        (".wh.old".to_owned(), regular, 0o644, None, Vec::new()),
        ("app/big".to_owned(), regular, 0o640, None, big.to_vec()),
        (long, regular, 0o640, None, b"far".to_vec()),
        ("app/link".to_owned(), tar::EntryType::Symlink, 0o777, Some("x".repeat(120)), Vec::new()),
        ("motd".to_owned(), regular, 0o600, None, b"released".to_vec()),
    ];
    assert!(found == expected, "{:?}", found.iter().map(|entry| &entry.0).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_file_that_changed_since_it_was_named_is_refused() {
    for now in [&b"1234"[..], b"12345678", b"12x45"] {
        let (fake, edit) = project(&Bytes::from_static(b"12345"));
        fake.0.lock().unwrap().blobs.insert("conf/big".to_owned(), Bytes::from_static(now));
        let content: Arc<dyn Content> = Arc::new(fake);
        let fault = pack(&Layout::of(&edit).unwrap(), &content).await.unwrap_err();
        assert_eq!((fault.kind, fault.code.as_str()), (FaultKind::Verification, "FileChanged"));
        assert!(fault.message.contains("`conf/big`"), "{fault}");
    }
    let (fake, edit) = project(&Bytes::new());
    fake.0.lock().unwrap().blobs.remove("conf/big");
    let content: Arc<dyn Content> = Arc::new(fake);
    let fault = pack(&Layout::of(&edit).unwrap(), &content).await.unwrap_err();
    assert_eq!(fault.code, "FileMissing", "what the files say is passed on");
}
