//! A rebuild from its base to its tag, on a clock that only moves when everybody waits.

use super::super::Registries;
use super::super::hashing::sha256;
use super::super::login::Content;
use super::fake::{Fake, at};
use crate::domain::copy_options::CopyOptions;
use crate::domain::file_tree::{FileEntry, FileKind, FileTree};
use crate::domain::image_facts::BlobFate;
use crate::domain::layer_edit::LayerEdit;
use crate::effects::event::{Events, Stage};
use crate::effects::fault::{Fault, FaultKind};
use bytes::Bytes;
use std::collections::BTreeMap;
use std::io::{Cursor, Read};
use std::sync::{Arc, Mutex};

const CONTENT: &[u8] = b"production";

fn edit() -> LayerEdit {
    let kind = FileKind::File(sha256(CONTENT).to_string());
    let entry = FileEntry { path: "app.env".into(), mode: 0o644, size: CONTENT.len() as u64, kind };
    let tree = FileTree { root: "prod".into(), entries: vec![entry], digest: String::new() };
    LayerEdit { files: BTreeMap::from([("/app/config".to_owned(), tree.into())]), ..LayerEdit::default() }
}

fn shop() -> Fake {
    let fake = Fake::default();
    fake.image("a.example/shop:1", &[b"base"]);
    fake.0.lock().unwrap().blobs.insert("prod/app.env".to_owned(), Bytes::from_static(CONTENT));
    fake
}

#[tokio::test(start_paused = true)]
async fn a_rebuild_moves_the_base_and_makes_the_rest() {
    let fake = shop();
    let all = fake.registries();
    let (from, to) = (at("a.example/shop:1"), at("b.example/shop:prod"));
    let pushed = all.rebuild(&from, &to, &edit(), &CopyOptions::replacing(true), &fake.events()).await.unwrap();
    let fates: Vec<_> = pushed.blobs.iter().map(|(_, fate)| *fate).collect();
    assert_eq!(fates, [BlobFate::Sent, BlobFate::Made, BlobFate::Made]);
    let told = fake.0.lock().unwrap().told.clone();
    for (blob, _) in &pushed.blobs {
        let digest = blob.digest.to_string();
        let stages: Vec<_> = told.iter().filter(|(of, _)| *of == digest).map(|(_, stage)| *stage).collect();
        assert_eq!(stages, [Stage::Moving(0), Stage::Sent]);
        let stored = fake.0.lock().unwrap().blobs.get(&format!("b.example/shop/{digest}")).map(Bytes::len);
        assert_eq!(stored, usize::try_from(blob.size).ok());
    }
    let manifest = fake.0.lock().unwrap().manifests["b.example/shop/prod"].clone();
    assert_eq!(Some(&sha256(&manifest)), pushed.image.digest());

    let before = fake.log().len();
    let again = all.rebuild(&from, &to, &edit(), &CopyOptions::replacing(true), &fake.events()).await.unwrap();
    assert!(again.unchanged);
    assert_eq!(again.image, pushed.image);
    assert!(fake.log()[before..].iter().all(|line| line.starts_with("GET a.") || line.starts_with("HEAD b.")));

    let elsewhere = all
        .rebuild(&from, &at("c.example/other:x"), &edit(), &CopyOptions::replacing(true), &fake.events())
        .await
        .unwrap();
    assert_eq!(elsewhere.image.digest(), pushed.image.digest(), "the same inputs, the same digest");
}

/// A file that is another each time it is opened.
struct Turning(Mutex<Vec<&'static [u8]>>);

impl Content for Turning {
    fn open<'a>(&'a self, _: &'a str, _: &'a str) -> Result<Box<dyn Read + Send>, Fault> {
        Ok(Box::new(Cursor::new(self.0.lock().unwrap().remove(0))))
    }
}

#[tokio::test(start_paused = true)]
async fn a_file_that_changes_while_its_layer_is_sent_is_noticed() {
    let fake = shop();
    let turning = Turning(Mutex::new(vec![CONTENT, b"PRODUCTION"]));
    let all = Registries::new(Arc::new(fake.clone()), Arc::new(fake.clone()), Arc::new(turning));
    let (from, to) = (at("a.example/shop:1"), at("b.example/shop:prod"));
    let fault = all.rebuild(&from, &to, &edit(), &CopyOptions::replacing(true), &Events::nowhere()).await.unwrap_err();
    assert_eq!((fault.kind, fault.code.as_str()), (FaultKind::Verification, "FileChanged"));
    assert!(fault.message.contains("`prod/app.env`"), "{fault}");
    assert!(!fake.0.lock().unwrap().manifests.contains_key("b.example/shop/prod"));
}

#[tokio::test(start_paused = true)]
async fn a_target_without_a_tag_is_refused_before_anything_is_asked() {
    let fake = shop();
    let digest = sha256(b"x");
    let to = at(&format!("b.example/shop@{digest}"));
    let all = fake.registries();
    let fault = all
        .rebuild(&at("a.example/shop:1"), &to, &edit(), &CopyOptions::replacing(true), &Events::nowhere())
        .await
        .unwrap_err();
    assert_eq!(fault.kind, FaultKind::Usage);
    assert!(fault.message.contains(&to.image.to_string()), "{fault}");
    assert_eq!(fake.log(), Vec::<String>::new());
}
