//! What a registry says when it refuses, turned into faults that name it and say what to do.

use crate::domain::image_reference::Local;
use crate::effects::fault::{Fault, FaultKind};
use crate::live::transport::Unanswered;
use http::StatusCode;
use serde::Deserialize;
use std::fmt::Write as _;

/// One entry of the `errors` that the distribution specification gives every refusal.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(super) struct Complaint {
    /// `MANIFEST_UNKNOWN`, `DENIED`…
    pub code: String,
    /// For people.
    pub message: String,
}

/// The complaints of a body; none where it is not the specification's document.
pub(super) fn complaints(body: &[u8]) -> Vec<Complaint> {
    #[derive(Deserialize)]
    struct Document {
        errors: Vec<Complaint>,
    }
    serde_json::from_slice::<Document>(body).map(|document| document.errors).unwrap_or_default()
}

/// What was being done, in words for a fault: `could not {doing} in registry {host}`.
#[derive(Clone, Debug)]
pub(super) struct Doing {
    /// The registry as references name it.
    pub host: String,
    /// The repository's path in it.
    pub repository: String,
    /// Such as ``read manifest `1.2` of repository `shop` ``.
    pub what: String,
}

impl Doing {
    /// A fault about it.
    pub fn fault(&self, kind: FaultKind, code: impl Into<String>, why: impl AsRef<str>) -> Fault {
        // of what is on this machine, `what` says where
        let place = if self.is_here() { String::new() } else { format!(" in registry `{}`", self.host) };
        Fault::new(kind, code, format!("could not {}{place}: {}", self.what, why.as_ref()))
    }

    /// The registry's answer was a refusal.
    pub fn answered(&self, status: StatusCode, body: &[u8]) -> Fault {
        let complaints = complaints(body);
        let said = said(status, &complaints);
        if complaints.iter().any(|one| one.message.contains("immutable")) {
            return self.fault(FaultKind::Refused, "ImageTagAlreadyExists", said).hint(
                "the tag is immutable here and has another image: choose another tag, or deploy the image that it has",
            );
        }
        if complaints.iter().any(|one| one.code == "MANIFEST_BLOB_UNKNOWN") {
            return self.fault(FaultKind::Refused, "MANIFEST_BLOB_UNKNOWN", said).hint(
                "a layer or an image that this one names was deleted there meanwhile (a lifecycle policy and a garbage \
                 collection do that): the same once more sends what is missing",
            );
        }
        let code = complaints.first().map(|one| one.code.clone()).filter(|code| !code.is_empty());
        let code = code.unwrap_or_else(|| format!("Http{}", status.as_u16()));
        match status.as_u16() {
            401 | 403 => self.fault(FaultKind::Denied, code, said).hint(self.login_hint()),
            404 => self.fault(FaultKind::Missing, code, said).hint(format!(
                "check the name, or create repository `{}` in registry `{}` first",
                self.repository, self.host
            )),
            408 | 429 | 500..=599 => {
                self.fault(FaultKind::Refused, code, said).hint("this may pass: try again later").retryable()
            }
            _ => self.fault(FaultKind::Refused, code, said),
        }
    }

    /// No answer came.
    pub fn unanswered(&self, why: &Unanswered) -> Fault {
        let fault = self.fault(
            FaultKind::Network,
            if why.timeout { "Timeout" } else { "NoAnswer" },
            format!("no answer: {why}"),
        );
        let hint = if why.sent && !why.timeout {
            format!(
                "repository `{}` may be missing: ECR drops the connection instead of saying so; otherwise check the network",
                self.repository
            )
        } else {
            format!("check that `{}` is the right registry and can be reached from here", self.host)
        };
        fault.hint(hint).retryable()
    }

    /// The login was refused, and there is no other.
    pub fn denied(&self, why: impl AsRef<str>) -> Fault {
        self.fault(FaultKind::Denied, "UNAUTHORIZED", why).hint(self.login_hint())
    }

    /// What came is not what was asked for.
    pub fn unverified(&self, why: impl AsRef<str>) -> Fault {
        let fault = self.fault(FaultKind::Verification, "Unverified", why);
        if self.is_here() {
            let why = "a file there is damaged, if its content does not have the digest that names it: write it anew";
            return fault.hint(why);
        }
        fault.hint("something between here and the registry changes what passes, or the registry's storage is damaged")
    }

    /// Whether it is on this machine.
    fn is_here(&self) -> bool {
        Local::of(&self.host).is_some()
    }

    fn login_hint(&self) -> String {
        format!(
            "check the login under [registries.\"{}\"] in gantry.toml, or what the session's role may do in ECR",
            self.host
        )
    }
}

/// Whether ECR refuses the token itself: it answers 403, not 401, to one that is older than 12 hours.
pub(super) fn expired(body: &[u8]) -> bool {
    complaints(body).iter().any(|one| {
        let message = one.message.to_ascii_lowercase();
        message.contains("authorization token") && (message.contains("expired") || message.contains("invalid"))
    })
}

fn said(status: StatusCode, complaints: &[Complaint]) -> String {
    let mut said = format!("it answered {status}");
    for one in complaints {
        let space = if one.code.is_empty() || one.message.is_empty() { "" } else { ": " };
        // Writing to a String cannot fail.
        let _ = write!(said, "; {}{space}{}", one.code, one.message);
    }
    said
}

#[cfg(test)]
mod tests {
    use super::*;

    fn doing() -> Doing {
        let what = "read manifest `1.2` of repository `shop`".to_owned();
        Doing { host: "reg.example".to_owned(), repository: "shop".to_owned(), what }
    }

    #[test]
    fn a_refusal_keeps_the_registrys_code_and_words() {
        let body = br#"{"errors":[{"code":"DENIED","message":"no such right","detail":[1]},{"message":"again"}]}"#;
        let fault = doing().answered(StatusCode::FORBIDDEN, body);
        assert_eq!((fault.kind, fault.code.as_str(), fault.retryable), (FaultKind::Denied, "DENIED", false));
        assert_eq!(
            fault.message,
            "could not read manifest `1.2` of repository `shop` in registry `reg.example`: it answered 403 Forbidden; \
             DENIED: no such right; again"
        );
        assert!(fault.hint.is_some_and(|hint| hint.contains(r#"[registries."reg.example"]"#)));
    }

    #[test]
    fn the_status_picks_the_kind() {
        let cases = [
            (401, FaultKind::Denied, "Http401", false),
            (404, FaultKind::Missing, "Http404", false),
            (400, FaultKind::Refused, "Http400", false),
            (429, FaultKind::Refused, "Http429", true),
            (503, FaultKind::Refused, "Http503", true),
        ];
        for (status, kind, code, retryable) in cases {
            let fault = doing().answered(StatusCode::from_u16(status).unwrap(), b"<html>not a registry</html>");
            assert_eq!((fault.kind, fault.code.as_str(), fault.retryable), (kind, code, retryable), "{status}");
        }
    }

    #[test]
    fn what_is_missing_below_a_manifest_is_no_missing_repository() {
        let body = br#"{"errors":[{"code":"MANIFEST_BLOB_UNKNOWN","message":"blob unknown to registry"}]}"#;
        for status in [StatusCode::BAD_REQUEST, StatusCode::NOT_FOUND] {
            let fault = doing().answered(status, body);
            assert_eq!((fault.kind, fault.code.as_str()), (FaultKind::Refused, "MANIFEST_BLOB_UNKNOWN"));
            assert!(fault.hint.is_some_and(|hint| hint.ends_with("the same once more sends what is missing")));
        }
    }

    #[test]
    fn an_immutable_tag_is_a_fault_of_its_own() {
        let body = br#"{"errors":[{"code":"TAG_INVALID","message":"The image tag '1.2' already exists in the 'shop' repository and cannot be overwritten because the tag is immutable."}]}"#;
        let fault = doing().answered(StatusCode::BAD_REQUEST, body);
        assert_eq!((fault.kind, fault.code.as_str()), (FaultKind::Refused, "ImageTagAlreadyExists"));
        assert!(fault.hint.is_some_and(|hint| hint.contains("another tag")));
    }

    #[test]
    fn a_dropped_connection_may_mean_a_missing_repository() {
        let dropped = Unanswered { sent: true, timeout: false, why: "connection closed".to_owned() };
        let fault = doing().unanswered(&dropped);
        assert_eq!((fault.kind, fault.code.as_str(), fault.retryable), (FaultKind::Network, "NoAnswer", true));
        assert!(fault.hint.is_some_and(|hint| hint.starts_with("repository `shop` may be missing")));

        let refused = Unanswered { sent: false, timeout: false, why: "connection refused".to_owned() };
        let fault = doing().unanswered(&refused);
        assert!(fault.message.ends_with("no answer: connection refused"), "{fault}");
        assert!(fault.hint.is_some_and(|hint| hint.contains("`reg.example` is the right registry")));
    }
}
