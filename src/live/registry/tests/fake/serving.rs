//! What a fake registry answers: as the specification says, but for its quirks.

use super::super::super::hashing::sha256;
use super::{OCI, Quirk, State};
use bytes::Bytes;
use http::header::{ACCEPT, AUTHORIZATION, LOCATION, RANGE, WWW_AUTHENTICATE};
use http::request::Parts;
use http::{HeaderMap, Method};
use serde_json::{Value, json};

/// Status, headers, body.
pub type Plain = (u16, Vec<(&'static str, String)>, Bytes);

const BUCKET: &str = "bucket.";
const DIGEST: &str = "docker-content-digest";

fn refusal(status: u16, code: &str, message: &str) -> Plain {
    let body = json!({ "errors": [{ "code": code, "message": message }] });
    (status, vec![], body.to_string().into())
}

impl State {
    fn has(&self, host: &str, quirk: Quirk) -> bool {
        self.quirks.contains(&(host.to_owned(), quirk))
    }

    pub fn serve(&mut self, head: &Parts, sent: &Bytes) -> Plain {
        let host = head.uri.host().unwrap_or_default().to_owned();
        if let Some(registry) = host.strip_prefix(BUCKET) {
            // As S3 does with a signed address and a login beside it.
            if head.headers.contains_key(AUTHORIZATION) {
                return (400, vec![], Bytes::from_static(b"<Code>InvalidArgument</Code>"));
            }
            let key = format!("{registry}{}", head.uri.path());
            let Some(found) = self.blobs.get(&key) else { return (404, vec![], Bytes::new()) };
            return ranged(found, &head.headers, self.ranges);
        }
        if let Some((challenge, expected)) = self.guards.get(&host) {
            let given = head.headers.get(AUTHORIZATION).map(|value| value.to_str().unwrap().to_owned());
            if given.as_ref() != Some(expected) {
                return (401, vec![(WWW_AUTHENTICATE.as_str(), challenge.clone())], Bytes::new());
            }
        }
        if head.method == Method::HEAD && self.has(&host, Quirk::NoHead) {
            return (405, vec![], Bytes::new());
        }
        let path = head.uri.path().trim_start_matches("/v2/");
        let query = head.uri.query().unwrap_or_default();
        if let Some((name, upload)) = path.split_once("/blobs/uploads/") {
            return self.upload(&head.method, &host, name, upload, query, sent);
        }
        if let Some(name) = path.strip_suffix("/tags/list") {
            return self.tags(&host, name);
        }
        for (infix, kind) in [("/manifests/", 'm'), ("/blobs/", 'b'), ("/referrers/", 'r')] {
            let Some((name, version)) = path.split_once(infix) else { continue };
            return match (kind, &head.method) {
                ('m', &Method::PUT) => self.take(&host, name, version, sent),
                ('m', _) => self.manifest(&host, name, version, head),
                ('b', _) => self.blob(&host, name, version, head),
                _ => self.referrers(&host, name, version),
            };
        }
        (404, vec![], Bytes::new())
    }

    fn tags(&self, host: &str, name: &str) -> Plain {
        let start = format!("{host}/{name}/");
        let all = self.manifests.keys().filter_map(|key| key.strip_prefix(&start));
        let mut tags: Vec<&str> = all.clone().filter(|version| !version.starts_with("sha256:")).collect();
        tags.sort_unstable();
        match all.count() {
            0 => refusal(404, "NAME_UNKNOWN", "unknown"),
            _ => (200, vec![], json!({ "name": name, "tags": tags }).to_string().into()),
        }
    }

    fn manifest(&self, host: &str, name: &str, version: &str, head: &Parts) -> Plain {
        let Some(found) = self.manifests.get(&format!("{host}/{name}/{version}")) else {
            return refusal(404, "MANIFEST_UNKNOWN", "unknown");
        };
        let accepted = head.headers.get(ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let all = ["image.index.v1", "image.manifest.v1", "manifest.list.v2", "distribution.manifest.v2"];
        let converts = self.has(host, Quirk::Converts) && !all.iter().all(|kind| accepted.contains(kind));
        let found = if converts { Bytes::from_static(b"{\"schemaVersion\":1}") } else { found.clone() };
        let digest = (DIGEST, sha256(&found).to_string());
        let headers = if self.has(host, Quirk::NoDigest) { vec![] } else { vec![digest] };
        (200, headers, if head.method == Method::HEAD { Bytes::new() } else { found })
    }

    fn blob(&self, host: &str, name: &str, digest: &str, head: &Parts) -> Plain {
        let key = format!("{host}/{name}/{digest}");
        let Some(found) = self.blobs.get(&key) else { return refusal(404, "BLOB_UNKNOWN", "unknown") };
        if head.method == Method::HEAD {
            return (200, vec![("content-length", found.len().to_string())], Bytes::new());
        }
        if self.has(host, Quirk::KeptElsewhere) {
            let elsewhere = format!("https://{BUCKET}{host}/{name}/{digest}?signed=1");
            return (307, vec![(LOCATION.as_str(), elsewhere)], Bytes::new());
        }
        ranged(found, &head.headers, self.ranges)
    }

    fn take(&mut self, host: &str, name: &str, version: &str, sent: &Bytes) -> Plain {
        let digest = sha256(sent).to_string();
        let key = format!("{host}/{name}/{version}");
        if version.starts_with("sha256:") && version != digest {
            return refusal(400, "DIGEST_INVALID", "provided digest did not match uploaded content");
        }
        if self.has(host, Quirk::ImmutableTags) && !version.starts_with("sha256:") && self.manifests.contains_key(&key)
        {
            let message = format!(
                "The image tag '{version}' already exists in the '{name}' repository and cannot be overwritten because \
                 the tag is immutable."
            );
            return refusal(400, "TAG_INVALID", &message);
        }
        let document: Value = serde_json::from_slice(sent).unwrap_or_default();
        let list = |member: &str| document[member].as_array().cloned().unwrap_or_default();
        let absent = |one: &Value| {
            let key = format!("{host}/{name}/{}", one["digest"].as_str().unwrap_or_default());
            one["urls"].is_null() && !self.blobs.contains_key(&key) && !self.manifests.contains_key(&key)
        };
        let config = document.get("config").cloned();
        let named = list("layers").into_iter().chain(list("manifests")).chain(config);
        if let Some(one) = named.into_iter().find(absent) {
            return refusal(400, "MANIFEST_BLOB_UNKNOWN", &one["digest"].to_string());
        }
        self.manifests.insert(format!("{host}/{name}/{digest}"), sent.clone());
        self.manifests.insert(key, sent.clone());
        let mut headers = Vec::new();
        if !self.has(host, Quirk::NoLocation) {
            headers.push((LOCATION.as_str(), format!("/v2/{name}/manifests/{digest}")));
        }
        if !self.has(host, Quirk::NoDigest) {
            headers.push((DIGEST, digest));
        }
        let subject = document["subject"]["digest"].as_str().map(str::to_owned);
        if let (Some(subject), true) = (subject, self.has(host, Quirk::Referrers)) {
            headers.push(("oci-subject", subject));
        }
        (201, headers, Bytes::new())
    }

    fn referrers(&self, host: &str, name: &str, digest: &str) -> Plain {
        if !self.has(host, Quirk::Referrers) {
            return (404, vec![], Bytes::from_static(b"404 page not found"));
        }
        let start = format!("{host}/{name}/sha256:");
        let mut entries: Vec<Value> = Vec::new();
        for (key, bytes) in &self.manifests {
            let document: Value = serde_json::from_slice(bytes).unwrap_or_default();
            if key.starts_with(&start) && document["subject"]["digest"] == digest {
                entries.push(json!({
                    "mediaType": document["mediaType"].as_str().unwrap_or(OCI), "digest": sha256(bytes),
                    "size": bytes.len(), "artifactType": document["artifactType"],
                }));
            }
        }
        entries.sort_by_key(|entry| entry["digest"].to_string());
        let index = json!({
            "schemaVersion": 2, "mediaType": "application/vnd.oci.image.index.v1+json", "manifests": entries,
        });
        (200, vec![], index.to_string().into())
    }

    fn upload(&mut self, method: &Method, host: &str, name: &str, upload: &str, query: &str, sent: &Bytes) -> Plain {
        let start = format!("{host}/{name}/");
        if self.has(host, Quirk::DropsMissing) && !self.manifests.keys().any(|key| key.starts_with(&start)) {
            self.gone = true;
            return (0, vec![], Bytes::new());
        }
        match *method {
            Method::POST => {
                let mount = query.strip_prefix("mount=").and_then(|query| query.split_once("&from="));
                if let (Some((digest, from)), true) = (mount, self.has(host, Quirk::Mounts))
                    && let Some(found) = self.blobs.get(&format!("{host}/{from}/{digest}")).cloned()
                {
                    self.blobs.insert(format!("{start}{digest}"), found);
                    return (201, vec![(LOCATION.as_str(), format!("/v2/{name}/blobs/{digest}"))], Bytes::new());
                }
                let to = format!("/v2/{name}/blobs/uploads/1?state=s{upload}");
                (202, vec![(LOCATION.as_str(), to)], Bytes::new())
            }
            Method::PATCH if self.has(host, Quirk::StalePatch) => {
                let to = format!("/v2/{name}/blobs/uploads/1?state=s");
                (201, vec![(LOCATION.as_str(), to), ("range", "0-0".to_owned())], Bytes::new())
            }
            Method::PUT => {
                let digest = query.strip_prefix("state=s&digest=").unwrap_or("?");
                if digest != sha256(sent).to_string() {
                    return refusal(400, "DIGEST_INVALID", "provided digest did not match uploaded content");
                }
                self.blobs.insert(format!("{start}{digest}"), sent.clone());
                (201, vec![], Bytes::new())
            }
            _ => (204, vec![], Bytes::new()),
        }
    }
}

fn ranged(found: &Bytes, headers: &HeaderMap, ranges: bool) -> Plain {
    if let (Some(range), true) = (headers.get(RANGE), ranges) {
        let range = &range.to_str().unwrap()["bytes=".len()..];
        let (from, to) = range.split_once('-').unwrap();
        let (from, to): (usize, usize) = (from.parse().unwrap(), to.parse().unwrap_or(found.len() - 1));
        if from >= found.len() {
            return (416, vec![], Bytes::new());
        }
        let said = format!("bytes {from}-{to}/{}", found.len());
        return (206, vec![("content-range", said)], found.slice(from..=to));
    }
    (200, vec![("content-length", found.len().to_string())], found.clone())
}
