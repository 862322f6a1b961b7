//! Which operation of the distribution protocol a request is: method and path, read once.

use http::Method;

/// A request's operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operation {
    /// What is asked.
    pub action: Action,
    /// The repository; empty for [`Action::Ping`].
    pub repository: String,
    /// Tag, digest or upload identifier; empty where the action has none.
    pub reference: String,
}

/// What a request asks of a registry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    Ping,
    ListTags,
    HeadManifest,
    GetManifest,
    PutManifest,
    DeleteManifest,
    HeadBlob,
    GetBlob,
    StartUpload,
    PatchUpload,
    PutUpload,
    ListReferrers,
}

impl Action {
    /// Every action with its name, as a fault's `on = "registry:…"` has it.
    pub const NAMES: [(&'static str, Action); 12] = [
        ("Ping", Action::Ping),
        ("ListTags", Action::ListTags),
        ("HeadManifest", Action::HeadManifest),
        ("GetManifest", Action::GetManifest),
        ("PutManifest", Action::PutManifest),
        ("DeleteManifest", Action::DeleteManifest),
        ("HeadBlob", Action::HeadBlob),
        ("GetBlob", Action::GetBlob),
        ("StartUpload", Action::StartUpload),
        ("PatchUpload", Action::PatchUpload),
        ("PutUpload", Action::PutUpload),
        ("ListReferrers", Action::ListReferrers),
    ];

    /// Its name.
    pub fn name(self) -> &'static str {
        Action::NAMES.iter().find(|(_, action)| *action == self).map_or("", |(name, _)| name)
    }
}

impl Operation {
    /// Reads method and path; `None` for what the protocol does not have.
    pub fn read(method: &Method, path: &str) -> Option<Operation> {
        let rest = path.strip_prefix("/v2")?.trim_start_matches('/');
        if rest.is_empty() {
            return (method == Method::GET || method == Method::HEAD).then(|| Operation::new(Action::Ping, "", ""));
        }
        if let Some(name) = rest.strip_suffix("/tags/list") {
            return (method == Method::GET).then(|| Operation::new(Action::ListTags, name, ""));
        }
        if let Some((name, reference)) = rest.rsplit_once("/referrers/") {
            return (method == Method::GET).then(|| Operation::new(Action::ListReferrers, name, reference));
        }
        if let Some((name, reference)) = rest.rsplit_once("/manifests/") {
            let action = match *method {
                Method::HEAD => Action::HeadManifest,
                Method::GET => Action::GetManifest,
                Method::PUT => Action::PutManifest,
                Method::DELETE => Action::DeleteManifest,
                _ => return None,
            };
            return Some(Operation::new(action, name, reference));
        }
        let (name, reference) = rest.rsplit_once("/blobs/")?;
        if let Some(upload) = reference.strip_prefix("uploads") {
            let upload = upload.trim_matches('/');
            let action = match *method {
                Method::POST if upload.is_empty() => Action::StartUpload,
                Method::PATCH if !upload.is_empty() => Action::PatchUpload,
                Method::PUT if !upload.is_empty() => Action::PutUpload,
                _ => return None,
            };
            return Some(Operation::new(action, name, upload));
        }
        let action = match *method {
            Method::HEAD => Action::HeadBlob,
            Method::GET => Action::GetBlob,
            _ => return None,
        };
        Some(Operation::new(action, name, reference))
    }

    fn new(action: Action, repository: &str, reference: &str) -> Operation {
        Operation { action, repository: repository.to_owned(), reference: reference.to_owned() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_is_known_by_method_and_path() {
        let table = [
            (Method::GET, "/v2/", Action::Ping, "", ""),
            (Method::GET, "/v2/team/shop/tags/list", Action::ListTags, "team/shop", ""),
            (Method::HEAD, "/v2/shop/manifests/1.4.2", Action::HeadManifest, "shop", "1.4.2"),
            (Method::GET, "/v2/shop/manifests/1.4.2", Action::GetManifest, "shop", "1.4.2"),
            (Method::PUT, "/v2/shop/manifests/1.4.2", Action::PutManifest, "shop", "1.4.2"),
            (Method::DELETE, "/v2/shop/manifests/sha256:00", Action::DeleteManifest, "shop", "sha256:00"),
            (Method::HEAD, "/v2/shop/blobs/sha256:00", Action::HeadBlob, "shop", "sha256:00"),
            (Method::GET, "/v2/shop/blobs/sha256:00", Action::GetBlob, "shop", "sha256:00"),
            (Method::POST, "/v2/a/b/blobs/uploads/", Action::StartUpload, "a/b", ""),
            (Method::PATCH, "/v2/shop/blobs/uploads/u1", Action::PatchUpload, "shop", "u1"),
            (Method::PUT, "/v2/shop/blobs/uploads/u1", Action::PutUpload, "shop", "u1"),
            (Method::GET, "/v2/a/b/referrers/sha256:00", Action::ListReferrers, "a/b", "sha256:00"),
        ];
        assert_eq!(table.len(), Action::NAMES.len());
        for (method, path, action, repository, reference) in table {
            assert_eq!(
                Operation::read(&method, path),
                Some(Operation::new(action, repository, reference)),
                "{method} {path}"
            );
        }
    }

    #[test]
    fn what_the_protocol_does_not_have_is_no_operation() {
        for (method, path) in [
            (Method::PATCH, "/v2/shop/manifests/1"),
            (Method::POST, "/v2/shop/manifests/1"),
            (Method::GET, "/v1/"),
            (Method::GET, "/v2/shop"),
            (Method::PUT, "/v2/shop/blobs/uploads/"),
        ] {
            assert_eq!(Operation::read(&method, path), None, "{method} {path}");
        }
    }
}
