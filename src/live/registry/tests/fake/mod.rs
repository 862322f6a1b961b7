//! Registries in memory, that fail where a test tells them to.

use super::super::Registries;
use super::super::hashing::sha256;
use super::super::login::{Content, Login, Logins, Place};
use crate::domain::image_facts::Located;
use crate::domain::image_reference::Reference;
use crate::domain::secret::Secret;
use crate::effects::event::{Event, Events, Listener, Stage};
use crate::effects::fault::{Fault, FaultKind};
use crate::effects::world::Boxed;
use crate::live::stall::{Patient, STALL};
use bytes::Bytes;
use std::collections::{HashMap, HashSet};
use std::io::{Cursor, Read};
use std::sync::{Arc, Mutex};
use std::time::Duration;

mod sending;
mod serving;

pub const OCI: &str = "application/vnd.oci.image.manifest.v1+json";

/// What a request meets instead of its answer.
#[derive(Clone, Debug)]
pub enum Trap {
    /// This answer: status, headers, body.
    Answer(u16, Vec<(&'static str, String)>, &'static str),
    /// The connection is dropped.
    Drop,
    /// It is done, and then the connection is dropped.
    DoneAndDropped,
    /// The answer's body breaks off after so many bytes.
    BreakOff(usize),
    /// The answer's body is another one.
    Instead(&'static [u8]),
    /// The answer's body ends after so many bytes, as if that were all.
    CutShort(usize),
    /// The answer's body comes byte by byte, with this pause between.
    Trickle(Duration),
    /// Of the answer's body so many bytes come, and then nothing more ever.
    Stall(usize),
    /// No answer ever comes.
    Silence,
    /// The connection is reset when so many bytes of an upload have arrived.
    Reset(usize),
}

/// The ways of a host, for as long as it lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Quirk {
    /// PATCH is answered with 201 and a stale Range, as ECR does.
    StalePatch,
    /// A push by digest has no Location, as ECR's.
    NoLocation,
    /// A repository that is not there drops the connection, as ECR does.
    DropsMissing,
    /// A tag that is there takes no push, not even of the same image.
    ImmutableTags,
    /// Blobs are kept by another host, which refuses a login.
    KeptElsewhere,
    /// No Docker-Content-Digest.
    NoDigest,
    /// Who does not accept all four kinds of manifests is given another one than is stored.
    Converts,
    /// HEAD is not known.
    NoHead,
    /// Blobs are mounted from other repositories.
    Mounts,
    /// The referrers API is there, and a push with a subject says so.
    Referrers,
}

#[derive(Default)]
pub struct State {
    /// By `HOST/NAME/DIGEST`.
    pub blobs: HashMap<String, Bytes>,
    /// By `HOST/NAME/VERSION`.
    pub manifests: HashMap<String, Bytes>,
    /// For `METHOD HOST/…` lines that start so; each is met once, in this order.
    pub traps: Vec<(String, Trap)>,
    /// The challenge of a host, and the authorization that it takes.
    pub guards: HashMap<String, (String, String)>,
    /// `METHOD HOST/PATH` with the authorization, where there was one.
    pub log: Vec<String>,
    /// Bytes of uploads that were never ended.
    pub broken: Vec<usize>,
    /// Whether `Range` is understood.
    pub ranges: bool,
    /// Logins there are, the next one first.
    pub logins: Vec<Login>,
    /// What was asked of the logins: the refused one's password.
    pub asked: Vec<Option<String>>,
    pub told: Vec<(String, Stage)>,
    /// Notices, in their order.
    pub notices: Vec<String>,
    quirks: HashSet<(String, Quirk)>,
    /// The connection is dropped instead of answered.
    gone: bool,
    /// Where set: from the request of this number on nobody is there; whether that one still does what it asks.
    pub ends: Option<(usize, bool)>,
    /// Where set: of so many requests one fails, drawn from the seed.
    pub chance: Option<Chance>,
}

/// Faults by chance, the same for the same seed.
pub struct Chance {
    /// The generator's state; not 0.
    pub seed: u64,
    /// Which of so many requests fails, on average.
    pub one_in: u64,
    /// The most failures of one request in a row.
    pub in_a_row: u32,
    failed: HashMap<String, u32>,
    /// How many failed in all.
    pub count: usize,
}

impl Chance {
    pub fn new(seed: u64, one_in: u64, in_a_row: u32) -> Self {
        Self { seed, one_in, in_a_row, failed: HashMap::new(), count: 0 }
    }

    fn draw(&mut self, below: u64) -> u64 {
        // xorshift
        self.seed ^= self.seed << 13;
        self.seed ^= self.seed >> 7;
        self.seed ^= self.seed << 17;
        self.seed % below
    }

    /// What this request meets, if anything.
    fn trap(&mut self, line: &str) -> Option<Trap> {
        let hit = self.draw(self.one_in) == 0;
        let kind = self.draw(9);
        let bytes = usize::try_from(self.draw(12)).unwrap();
        let failed = self.failed.entry(line.to_owned()).or_default();
        if !hit || *failed >= self.in_a_row {
            // Which blob a POST is for cannot be seen, so that one that goes well ends no other's row.
            if !line.starts_with("POST") {
                *failed = 0;
            }
            return None;
        }
        *failed += 1;
        self.count += 1;
        Some(match kind {
            0 => Trap::Drop,
            1 => Trap::DoneAndDropped,
            2 => Trap::Answer(500, vec![], ""),
            3 => Trap::Answer(503, vec![], "<html>busy</html>"),
            4 => Trap::Answer(429, vec![("retry-after", "2".to_owned())], ""),
            5 => Trap::Answer(408, vec![], ""),
            6 => Trap::BreakOff(bytes),
            7 => Trap::Stall(bytes),
            _ => Trap::Reset(bytes),
        })
    }
}

#[derive(Clone, Default)]
pub struct Fake(pub Arc<Mutex<State>>);

impl std::fmt::Debug for Fake {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("Fake")
    }
}

impl Fake {
    pub fn registries(&self) -> Registries {
        let transport = Patient::new(self.clone(), STALL);
        Registries::new(Arc::new(transport), Arc::new(self.clone()), Arc::new(self.clone()))
    }

    /// Switches a way of `host` on.
    pub fn quirk(&self, host: &str, quirk: Quirk) {
        self.0.lock().unwrap().quirks.insert((host.to_owned(), quirk));
    }

    pub fn events(&self) -> Events {
        Events::to(Arc::new(self.clone()))
    }

    /// An image of these layers at `HOST/NAME:TAG`.
    pub fn image(&self, at: &str, layers: &[&'static [u8]]) {
        let (name, tag) = at.rsplit_once(':').unwrap();
        let mut state = self.0.lock().unwrap();
        let mut put = |bytes: Bytes| {
            let digest = sha256(&bytes);
            let descriptor = serde_json::json!({ "digest": digest, "size": bytes.len() });
            state.blobs.insert(format!("{name}/{digest}"), bytes);
            descriptor
        };
        let layers: Vec<_> = layers.iter().map(|layer| put(Bytes::from_static(layer))).collect();
        let diff_ids: Vec<_> = layers.iter().map(|layer| layer["digest"].clone()).collect();
        let config = serde_json::json!({ "rootfs": { "type": "layers", "diff_ids": diff_ids } });
        let config = put(config.to_string().into());
        let manifest = serde_json::json!({ "mediaType": OCI, "config": config, "layers": layers });
        let manifest = Bytes::from(manifest.to_string());
        state.manifests.insert(format!("{name}/{}", sha256(&manifest)), manifest.clone());
        state.manifests.insert(format!("{name}/{tag}"), manifest);
    }

    /// A manifest in the repository `HOST/NAME`, by its digest and by a tag.
    pub fn put(&self, name: &str, tag: &str, manifest: &serde_json::Value) -> Bytes {
        let manifest = Bytes::from(manifest.to_string());
        let mut state = self.0.lock().unwrap();
        state.manifests.insert(format!("{name}/{}", sha256(&manifest)), manifest.clone());
        state.manifests.insert(format!("{name}/{tag}"), manifest.clone());
        manifest
    }

    /// An image of one architecture, by its digest alone; gives the entry that an index has for it.
    pub fn platform(&self, name: &str, architecture: &str, layers: &[&'static [u8]]) -> serde_json::Value {
        let mut state = self.0.lock().unwrap();
        let mut put = |bytes: Bytes| {
            let digest = sha256(&bytes);
            let descriptor = serde_json::json!({ "digest": digest, "size": bytes.len() });
            state.blobs.insert(format!("{name}/{digest}"), bytes);
            descriptor
        };
        let layers: Vec<_> = layers.iter().map(|layer| put(Bytes::from_static(layer))).collect();
        let platform = serde_json::json!({ "os": "linux", "architecture": architecture });
        let mut config = platform.clone();
        let diff_ids: Vec<_> = layers.iter().map(|layer| layer["digest"].clone()).collect();
        config["rootfs"] = serde_json::json!({ "type": "layers", "diff_ids": diff_ids });
        let config = put(config.to_string().into());
        let manifest = serde_json::json!({ "mediaType": OCI, "config": config, "layers": layers }).to_string();
        let digest = sha256(manifest.as_bytes());
        let entry =
            serde_json::json!({ "mediaType": OCI, "digest": digest, "size": manifest.len(), "platform": platform });
        state.manifests.insert(format!("{name}/{digest}"), manifest.into());
        entry
    }

    pub fn trap(&self, line: &str, trap: Trap) {
        self.0.lock().unwrap().traps.push((line.to_owned(), trap));
    }

    pub fn guard(&self, host: &str, challenge: &str, authorization: &str) {
        self.0.lock().unwrap().guards.insert(host.to_owned(), (challenge.to_owned(), authorization.to_owned()));
    }

    pub fn log(&self) -> Vec<String> {
        self.0.lock().unwrap().log.clone()
    }

    /// How many requests began so.
    pub fn count(&self, line: &str) -> usize {
        self.log().iter().filter(|one| one.starts_with(line)).count()
    }
}

impl Logins for Fake {
    fn endpoint(&self, host: &str) -> Result<String, Fault> {
        Ok(format!("https://{host}"))
    }

    fn login<'a>(&'a self, _: Place<'a>, refused: Option<&'a Login>) -> Boxed<'a, Result<Option<Login>, Fault>> {
        Box::pin(async move {
            let mut state = self.0.lock().unwrap();
            state.asked.push(refused.map(|login| login.password.reveal().to_owned()));
            Ok(if state.logins.len() > 1 { Some(state.logins.remove(0)) } else { state.logins.first().cloned() })
        })
    }
}

impl Content for Fake {
    fn open<'a>(&'a self, root: &'a str, entry: &'a str) -> Result<Box<dyn Read + Send>, Fault> {
        let state = self.0.lock().unwrap();
        let found = state.blobs.get(&format!("{root}/{entry}"));
        let found =
            found.ok_or_else(|| Fault::new(FaultKind::Missing, "FileMissing", format!("no `{root}/{entry}`")))?;
        Ok(Box::new(Cursor::new(found.clone())))
    }
}

impl Listener for Fake {
    fn hear(&self, event: &Event) {
        let mut state = self.0.lock().unwrap();
        match event {
            Event::Transfer(transfer) => state.told.push((transfer.digest.to_string(), transfer.stage)),
            Event::Log { message, .. } => state.notices.push(message.clone()),
            _ => {}
        }
    }
}

pub fn login(password: &str) -> Login {
    Login { username: "AWS".to_owned(), password: Secret::new(password) }
}

/// As [`login`] is sent.
pub fn basic(password: &str) -> String {
    use base64::Engine as _;
    format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(format!("AWS:{password}")))
}

pub fn at(image: &str) -> Located {
    Located { image: Reference::parse(image).unwrap(), session: None }
}
