//! What stands beside an image and points at it: signatures, SBOMs, attestations.
//!
//! They are found through the referrers API of the distribution specification, through its fallback tag
//! (`sha256-HEX`) where a registry does not have that, and through cosign's tags (`sha256-HEX.sig`, `.att`, `.sbom`).

use super::client::Ask;
use super::errors::Doing;
use super::hashing::sha256;
use super::manifest::{self, Kind};
use super::manifests::Manifest;
use super::push::Origin;
use super::repository::{Repository, Right};
use super::route::Route;
use super::tree;
use super::work::Work;
use crate::domain::image_facts::Blob;
use crate::domain::image_reference::Digest;
use crate::effects::event::Level;
use crate::effects::fault::{Fault, FaultKind};
use bytes::Bytes;
use http::{Method, StatusCode};
use serde_json::{Value, json};
use std::collections::{HashSet, VecDeque};
use std::time::Duration;

const INDEX: &str = "application/vnd.oci.image.index.v1+json";
/// Of one page of referrers.
const LIMIT: usize = 4 << 20;
/// Referrers of one image, and those of these: a limit for what is not meant well.
const MOST: usize = 500;
/// What cosign puts behind the fallback tag's name.
const COSIGN: [&str; 3] = ["sig", "att", "sbom"];
/// How long a copy waits to know what it leaves behind.
const COURTESY: Duration = Duration::from_secs(5);

/// What stands beside an image.
#[derive(Debug, Default)]
pub(super) struct Referrers {
    /// Pushed by their digests, each after what it names.
    manifests: Vec<Manifest>,
    /// By what they point at: their entries, as an index of referrers has them.
    entries: Vec<(Digest, Vec<Value>)>,
    /// cosign's tags with what they name.
    tags: Vec<(String, Manifest)>,
}

/// Finds everything that points at the manifests of `work`, and adds its blobs to it.
pub(super) async fn gather(route: &Route<'_>, work: &mut Work) -> Result<Referrers, Fault> {
    let doing = route.doing();
    let all = work.children.iter().chain([&work.manifest]).map(|manifest| manifest.digest.clone());
    let mut subjects: VecDeque<Digest> = all.collect();
    let mut seen: HashSet<Digest> = subjects.iter().cloned().collect();
    let mut found = Referrers::default();
    let mut blobs: Vec<Blob> = Vec::new();
    while let Some(subject) = subjects.pop_front() {
        let entries = listed(&route.from, &subject).await?;
        for entry in &entries {
            let Some(child) = described(entry, &doing)? else { continue };
            if seen.insert(child.digest.clone()) {
                subjects.push_back(child.digest.clone());
                let manifest = tree::named(&route.from, child).await?;
                let below = tree::below(&route.from, &manifest, &doing).await?;
                blobs.extend(below.blobs);
                found.manifests.extend(below.manifests);
                found.manifests.push(manifest);
            }
        }
        if !entries.is_empty() {
            found.entries.push((subject.clone(), entries));
        }
        for suffix in COSIGN {
            let tag = format!("{}.{suffix}", fallback(&subject));
            if let Some(manifest) = route.from.manifest(&tag).await? {
                let below = tree::below(&route.from, &manifest, &doing).await?;
                blobs.extend(below.blobs);
                found.manifests.extend(below.manifests);
                found.tags.push((tag, manifest));
            }
        }
        if seen.len() > MOST + work.children.len() {
            let why = format!("more than {MOST} signatures, SBOMs and the like point at it");
            return Err(doing.fault(FaultKind::Refused, "TooManyReferrers", why).hint("copy it without `referrers`"));
        }
    }
    work.blobs.extend(blobs.into_iter().map(|blob| (blob, Origin::Registry(route.from.clone()))));
    Ok(found)
}

impl Referrers {
    /// How many there are.
    pub fn count(&self) -> usize {
        self.tags.len() + self.entries.iter().map(|(_, entries)| entries.len()).sum::<usize>()
    }

    /// Whether the target lists them all beside the same image, so that there is nothing to push. A registry that lists one has it
    /// whole.
    pub async fn are_there(&self, route: &Route<'_>) -> Result<bool, Fault> {
        for (subject, entries) in &self.entries {
            let there: HashSet<Digest> = listed(&route.to, subject).await?.iter().filter_map(digest_of).collect();
            if !entries.iter().filter_map(digest_of).all(|digest| there.contains(&digest)) {
                return Ok(false);
            }
        }
        for (tag, manifest) in &self.tags {
            if route.to.tagged(tag).await?.as_ref() != Some(&manifest.digest) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Pushes them, but for those that are there; their blobs, and what they point at, must be there.
    pub async fn push(&self, route: &Route<'_>) -> Result<(), Fault> {
        let mut there = HashSet::new();
        let mut unlisted = Vec::new();
        for (subject, entries) in &self.entries {
            match route.to.referrers(subject).await? {
                Some(listed) => there.extend(listed.iter().filter_map(digest_of)),
                None => unlisted.push((subject, entries)),
            }
        }
        for manifest in self.manifests.iter().filter(|manifest| !there.contains(&manifest.digest)) {
            route.to.push_manifest(&manifest.digest.to_string(), manifest).await?;
        }
        for (subject, entries) in unlisted {
            note(&route.to, subject, entries).await?;
        }
        for (tag, manifest) in &self.tags {
            match route.to.tagged(tag).await? {
                Some(there) if there == manifest.digest => {}
                Some(_) if !route.replace => {
                    let target = route.target.without_tag().familiar();
                    let message =
                        format!("{target} has another signature at {tag}, which stays: `replace` would take it");
                    route.events.log(Level::Warn, message);
                }
                _ => route.to.push_manifest(tag, manifest).await?,
            }
        }
        Ok(())
    }
}

/// Tells that something points at an image that is copied without it. It is asked once, and only the referrers API:
/// whatever comes of that, the copy does not depend on it.
pub(super) async fn tell_of_those_left(route: &Route<'_>, image: &Digest) {
    let ask = route.from.about_referrers(image);
    let Ok(Ok(answer)) = tokio::time::timeout(COURTESY, route.from.client.read(&ask, LIMIT)).await else { return };
    let count = if answer.status == StatusCode::OK { entries(&answer.body).map_or(0, |all| all.len()) } else { 0 };
    if count > 0 {
        let (target, image) = (route.target.familiar(), image.short());
        let message = format!(
            "{target}: {count} signatures, SBOMs or the like of {image} stay behind: copy them with `referrers: true`"
        );
        route.events.log(Level::Warn, message);
    }
}

impl Repository {
    /// What the referrers API lists, or `None` where the registry does not have it.
    async fn referrers(&self, subject: &Digest) -> Result<Option<Vec<Value>>, Fault> {
        let mut ask = self.about_referrers(subject);
        let mut all = Vec::new();
        loop {
            let answer = self.client.ask(&ask, LIMIT).await?;
            match answer.status {
                StatusCode::OK => {}
                StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED | StatusCode::BAD_REQUEST => return Ok(None),
                status => return Err(ask.doing.answered(status, &answer.body)),
            }
            let Some(page) = entries(&answer.body) else {
                // Some answer any path with a page of their own.
                return Ok(None);
            };
            all.extend(page);
            match super::redirect::next_page(&answer.headers, &answer.uri) {
                Some(next) if all.len() <= MOST => ask.target = super::client::Target::Absolute(next),
                _ => return Ok(Some(all)),
            }
        }
    }

    fn about_referrers(&self, subject: &Digest) -> Ask {
        let doing = self.doing("read", &format!("the referrers of {subject}"));
        self.ask(Method::GET, &format!("referrers/{subject}"), Right::Pull, doing)
    }
}

/// The entries of everything that points at a manifest.
async fn listed(repository: &Repository, subject: &Digest) -> Result<Vec<Value>, Fault> {
    match repository.referrers(subject).await? {
        Some(all) => Ok(all),
        None => Ok(repository
            .manifest(&fallback(subject))
            .await?
            .and_then(|index| entries(&index.bytes))
            .unwrap_or_default()),
    }
}

/// Notes referrers under the fallback tag of a registry without the API, beside those that are noted there.
async fn note(repository: &Repository, subject: &Digest, more: &[Value]) -> Result<(), Fault> {
    let tag = fallback(subject);
    let there = repository.manifest(&tag).await?;
    let mut all = there.and_then(|index| entries(&index.bytes)).unwrap_or_default();
    let known: HashSet<String> = all.iter().map(|entry| entry["digest"].to_string()).collect();
    let missing: Vec<&Value> = more.iter().filter(|entry| !known.contains(&entry["digest"].to_string())).collect();
    if missing.is_empty() {
        return Ok(());
    }
    all.extend(missing.into_iter().cloned());
    let bytes = json!({ "schemaVersion": 2, "mediaType": INDEX, "manifests": all }).to_string();
    let bytes = Bytes::from(bytes);
    let index = Manifest { digest: sha256(&bytes), media_type: INDEX.to_owned(), bytes };
    repository.push_manifest(&tag, &index).await
}

/// The tag of the fallback: `sha256-HEX`.
fn fallback(digest: &Digest) -> String {
    format!("{}-{}", digest.algorithm().name(), digest.hex())
}

/// The entries of an index; `None` where it is none.
fn entries(index: &[u8]) -> Option<Vec<Value>> {
    let mut document: Value = serde_json::from_slice(index).ok()?;
    match document.get_mut("manifests")?.take() {
        Value::Array(all) => Some(all),
        Value::Null => Some(Vec::new()),
        _ => None,
    }
}

fn digest_of(entry: &Value) -> Option<Digest> {
    Digest::parse(entry.get("digest")?.as_str()?).ok()
}

/// Digest and size of an entry; `None` for what is no manifest we know.
fn described(entry: &Value, doing: &Doing) -> Result<Option<Blob>, Fault> {
    let media_type = entry["mediaType"].as_str().unwrap_or_default();
    if !matches!(manifest::kind(media_type), Some(Kind::Image(_) | Kind::Index)) {
        return Ok(None);
    }
    serde_json::from_value(entry.clone()).map(Some).map_err(|why| {
        doing.fault(FaultKind::Verification, "ManifestUnreadable", format!("a referrer cannot be understood: {why}"))
    })
}
