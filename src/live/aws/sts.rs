//! AWS STS: who a session is.

use super::json::Exchange;
use super::retry::Again;
use super::session::Session;
use crate::effects::fault::Fault;
use aws_sdk_sts::config::Config;
use aws_sdk_sts::error::ProvideErrorMetadata;

/// The account of a session's credentials: `GetCallerIdentity`, which needs no permission. With `may_lack`, an endpoint
/// that does not know the operation is none's account rather than a fault.
pub async fn account(session: &Session, may_lack: bool) -> Result<Option<String>, Fault> {
    let asked = session.reads("sts:GetCallerIdentity", "the caller");
    // STS speaks XML: its answer is small and wholly modelled.
    let exchange = Exchange::watching();
    let again = Again::read();
    let differing = Config::builder().interceptor(again.clone()).retry_classifier(again);
    let call = session.sts.get_caller_identity().customize().interceptor(exchange.clone()).config_override(differing);
    match call.send().await {
        Ok(identity) => Ok(identity.account),
        Err(error) => {
            let status = error.raw_response().map(|answer| answer.status().as_u16());
            if may_lack && status.is_some_and(|status| is_unknown(status, error.code())) {
                return Ok(None);
            }
            Err(exchange.fault(&error, &asked))
        }
    }
}

/// Whether an answer means that there is no such operation: emulators say so in many ways, down to a page that says yes.
fn is_unknown(status: u16, code: Option<&str>) -> bool {
    const CODES: &[&str] = &["InvalidAction", "NotImplemented", "UnknownOperation", "UnknownOperationException"];
    match code {
        Some(code) if CODES.contains(&code) => true,
        Some(_) => matches!(status, 404 | 405 | 500 | 501),
        None => !matches!(status, 401 | 403 | 429 | 502..=504),
    }
}

#[cfg(test)]
mod tests {
    use super::is_unknown;

    #[test]
    fn an_unknown_operation_is_told_from_a_refusal() {
        let rows = [
            (404, None, true),
            (500, Some("InternalFailure"), true),
            (400, Some("InvalidAction"), true),
            (200, None, true),
            (403, Some("InvalidClientTokenId"), false),
            (403, None, false),
            (400, Some("ExpiredToken"), false),
            (503, None, false),
        ];
        for (status, code, expected) in rows {
            assert_eq!(is_unknown(status, code), expected, "{status} {code:?}");
        }
    }
}
