//! From the SDK's errors to faults: which class, which code, and what to do about it.

use super::asked::Asked;
use super::{credentials, hints, retry};
use crate::effects::fault::{Fault, FaultKind};
use crate::live::transport::Unanswered;
use aws_credential_types::provider::error::CredentialsError;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use std::error::Error;

/// The fault that an error of the SDK comes to. `host` is where the last attempt went, where there was one.
///
/// A write is in doubt when its request can have arrived and the answer does not settle it: a timeout, a connection
/// that broke after sending, a 5xx, an answer that broke off or cannot be understood.
pub fn of<E>(error: &SdkError<E, HttpResponse>, asked: &Asked, host: Option<&str>) -> Fault
where
    E: ProvideErrorMetadata + Error + 'static,
{
    match error {
        SdkError::ServiceError(answer) => answered(answer.err().code(), answer.err().message(), answer.raw(), asked),
        // No AWS error, but a whole answer that says no: a proxy's page.
        SdkError::ResponseError(answer) if is_whole_refusal(answer.raw()) => answered(None, None, answer.raw(), asked),
        SdkError::ResponseError(_) => {
            let message = format!("{asked}: the answer of {} broke off: {}", host_or_aws(host), chain(error));
            let fault = Fault::new(FaultKind::Network, "AnswerBroken", message).retryable();
            in_doubt_if(asked.write, fault)
        }
        SdkError::TimeoutError(_) => {
            let message = format!("{asked}: no answer from {} in time: {}", host_or_aws(host), chain(error));
            let fault = Fault::new(FaultKind::Network, "Timeout", message).retryable();
            in_doubt_if(asked.write, fault.hint(hints::network()))
        }
        _ => undispatched(error, asked, host),
    }
}

/// No answer: no credentials to sign with, no connection, or one that broke.
fn undispatched<E>(error: &SdkError<E, HttpResponse>, asked: &Asked, host: Option<&str>) -> Fault
where
    E: Error + 'static,
{
    let unanswered = find::<Unanswered>(error);
    if let Some(credentials) = find::<CredentialsError>(error) {
        return credentials::fault(credentials, unanswered.is_some(), asked);
    }
    let Some(unanswered) = unanswered else {
        let message = format!("{asked}: the request could not be made: {}", chain(error));
        let fault = Fault::new(FaultKind::Network, "Undispatched", message);
        // Without a word from the transport it cannot be known how far the request came, unless it never had a host.
        return in_doubt_if(asked.write && host.is_some(), fault);
    };
    let code = if unanswered.timeout { "Timeout" } else { "Unreachable" };
    let message = format!("{asked}: no answer from {}: {}", host_or_aws(host), unanswered.why);
    let fault = Fault::new(FaultKind::Network, code, message).retryable().hint(hints::network());
    in_doubt_if(asked.write && unanswered.sent, fault)
}

fn is_whole_refusal(raw: &HttpResponse) -> bool {
    !raw.status().is_success() && raw.body().bytes().is_some()
}

/// An answer that says no.
fn answered(code: Option<&str>, message: Option<&str>, raw: &HttpResponse, asked: &Asked) -> Fault {
    let status = raw.status().as_u16();
    let text = raw.body().bytes().map(String::from_utf8_lossy).unwrap_or_default();
    let why = message.map_or_else(|| excerpt(&text), str::to_owned);
    let throttled = retry::is_throttled(status, code, &why);
    let code = code.map_or_else(|| format!("Http{status}"), str::to_owned);
    let kind = kind(&code, &why);
    let message = if why.is_empty() { format!("{asked}: {code}") } else { format!("{asked}: {code}: {why}") };
    let mut fault = Fault::new(kind, code, message);
    fault.hint = hints::answered(&fault, &why, throttled, asked);
    fault.retryable = throttled || status >= 500;
    in_doubt_if(asked.write && status >= 500 && !throttled, fault)
}

/// The class of an answer that says no.
fn kind(code: &str, why: &str) -> FaultKind {
    const DENIED: &[&str] = &[
        "AuthFailure",
        "ExpiredToken",
        "ExpiredTokenException",
        "IncompleteSignature",
        "IncompleteSignatureException",
        "InvalidAccessKeyId",
        "InvalidClientTokenId",
        "InvalidSignatureException",
        "MissingAuthenticationToken",
        "MissingAuthenticationTokenException",
        "NotAuthorized",
        "OptInRequired",
        "RequestExpired",
        "SignatureDoesNotMatch",
        "UnauthorizedOperation",
        "UnrecognizedClientException",
    ];
    const MISSING: &[&str] = &[
        "ApplicationDoesNotExistException",
        "ClusterNotFoundException",
        "DeploymentDoesNotExistException",
        "DeploymentGroupDoesNotExistException",
        "ImageNotFoundException",
        "ListenerNotFound",
        "LoadBalancerNotFound",
        "ObjectNotFoundException",
        "ParameterNotFound",
        "ParameterVersionNotFound",
        "RepositoryNotFoundException",
        "ResourceNotFoundException",
        "ServiceNotActiveException",
        "ServiceNotFoundException",
        "TargetGroupNotFound",
    ];
    // DescribeTaskDefinition has no code of its own for a definition that is not there.
    if MISSING.contains(&code) || why.contains("Unable to describe task definition") {
        FaultKind::Missing
    } else if code.starts_with("AccessDenied") || DENIED.contains(&code) || matches!(code, "Http401" | "Http403") {
        FaultKind::Denied
    } else {
        FaultKind::Refused
    }
}

fn in_doubt_if(doubt: bool, fault: Fault) -> Fault {
    if doubt { fault.in_doubt() } else { fault }
}

fn host_or_aws(host: Option<&str>) -> &str {
    host.unwrap_or("AWS")
}

/// The first of a kind in an error's chain of causes.
fn find<'a, T: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a T> {
    std::iter::successors(Some(error), |error| (*error).source()).find_map(|error| error.downcast_ref::<T>())
}

/// Every cause below an error, outermost first, without those that say nothing new.
pub fn chain(error: &(dyn Error + 'static)) -> String {
    let mut words: Vec<String> = Vec::new();
    for cause in std::iter::successors(error.source(), |error| (*error).source()) {
        let word = cause.to_string();
        if !words.iter().any(|said| said.contains(&word)) {
            words.push(word);
        }
    }
    words.join(": ")
}

/// The beginning of a body that is not an AWS error, on one line: mostly a proxy's page.
fn excerpt(text: &str) -> String {
    const ENOUGH: usize = 200;
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut shown = line.chars().filter(|c| !c.is_control());
    let short: String = shown.by_ref().take(ENOUGH).collect();
    if shown.next().is_some() { format!("{short}…") } else { short }
}

#[cfg(test)]
mod tests {
    use super::{FaultKind, excerpt, kind};

    #[test]
    fn a_code_picks_the_class() {
        let rows = [
            ("ClusterNotFoundException", "Cluster not found.", FaultKind::Missing),
            ("ClientException", "Unable to describe task definition.", FaultKind::Missing),
            ("ClientException", "Invalid cpu", FaultKind::Refused),
            ("RepositoryNotFoundException", "", FaultKind::Missing),
            ("AccessDeniedException", "", FaultKind::Denied),
            ("ExpiredTokenException", "", FaultKind::Denied),
            ("Http403", "<html>", FaultKind::Denied),
            ("Http404", "not here", FaultKind::Refused),
            ("ServerException", "", FaultKind::Refused),
            ("Http200", "<html>", FaultKind::Refused),
        ];
        for (code, why, expected) in rows {
            assert_eq!(kind(code, why), expected, "{code} {why}");
        }
    }

    #[test]
    fn an_excerpt_is_one_short_line() {
        assert_eq!(excerpt("<html>\n  <body>\t no\u{7} </body>"), "<html> <body> no </body>");
        let long = excerpt(&"é".repeat(500));
        assert_eq!(long.chars().count(), 201);
        assert!(long.ends_with('…'));
    }
}
