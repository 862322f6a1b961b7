//! What the SDK may send again, and when: reads after any passing failure, writes only when AWS throttled them.

use super::query;
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::{BeforeTransmitInterceptorContextRef, InterceptorContext};
use aws_smithy_runtime_api::client::retries::classifiers::{
    ClassifyRetry, RetryAction, RetryClassifierPriority, RetryReason,
};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;
use aws_smithy_types::retry::{ErrorKind, RetryConfig};
use serde_json::Value;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

/// How often one call is sent at the most.
pub const ATTEMPTS: u32 = 5;
/// The first pause after a throttled attempt; ECS refills its buckets by the second.
const THROTTLED: Duration = Duration::from_secs(1);
/// The first pause after another passing failure.
const TRANSIENT: Duration = Duration::from_millis(200);
/// No pause is longer.
const LONGEST: Duration = Duration::from_secs(20);

/// The SDK's codes for throttling that AWS answers to ECS, ECR and STS calls, and those that its own list lacks.
const THROTTLING: &[&str] = &[
    "Throttling",
    "ThrottlingException",
    "ThrottledException",
    "RequestThrottledException",
    "RequestThrottled",
    "TooManyRequestsException",
    "RequestLimitExceeded",
    "SlowDown",
];

/// Whether an answer says that nothing was done because too much was asked: by its status, its code or its text (ECS
/// also throttles with a `ClientException` that says "Rate exceeded").
pub fn is_throttled(status: u16, code: Option<&str>, message: &str) -> bool {
    let says_so = (400..500).contains(&status) && message.contains("Rate exceeded");
    status == 429 || code.is_some_and(|code| THROTTLING.contains(&code)) || says_so
}

/// The SDK's part of the policy; [`Again`] decides and names the pauses.
pub fn config() -> RetryConfig {
    RetryConfig::standard().with_max_attempts(ATTEMPTS).with_max_backoff(LONGEST)
}

/// Decides for one call whether it is sent again. It overrides every classifier of the SDK, and its pauses are exact
/// (doubling, no jitter), so that a rehearsal takes the same simulated time whenever it runs.
///
/// It has to be given to a call both as classifier and as interceptor: the SDK classifies one failure several times, so
/// that attempts are counted where they are sent.
#[derive(Clone, Debug)]
pub struct Again {
    write: bool,
    attempts: Arc<AtomicU32>,
}

impl Again {
    /// For a read: throttling, timeouts, broken connections and 5xx are tried again.
    pub fn read() -> Self {
        Self { write: false, attempts: Arc::default() }
    }

    /// For a write that is not idempotent: only throttling is tried again, because after anything else it may have
    /// happened.
    pub fn write() -> Self {
        Self { write: true, attempts: Arc::default() }
    }

    fn decide(&self, throttled: bool, previous: &RetryAction) -> RetryAction {
        let kind = match previous {
            _ if throttled => ErrorKind::ThrottlingError,
            _ if self.write => return RetryAction::RetryForbidden,
            RetryAction::RetryIndicated(RetryReason::RetryableError { kind, .. }) => *kind,
            _ => return RetryAction::NoActionIndicated,
        };
        let before = self.attempts.load(Ordering::Relaxed).saturating_sub(1);
        RetryAction::retryable_error_with_explicit_delay(kind, pause(kind, before).max(asked_for(previous)))
    }
}

impl Intercept for Again {
    fn name(&self) -> &'static str {
        "How often it was sent"
    }

    fn read_before_transmit(
        &self,
        _: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        self.attempts.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }
}

impl ClassifyRetry for Again {
    fn classify_retry(&self, context: &InterceptorContext) -> RetryAction {
        self.classify_retry_v2(context, &RetryAction::NoActionIndicated)
    }

    fn classify_retry_v2(&self, context: &InterceptorContext, previous: &RetryAction) -> RetryAction {
        if !context.is_failed() {
            return RetryAction::NoActionIndicated;
        }
        let throttled = context.response().is_some_and(|response| {
            let (code, message) = code_and_message(response.body().bytes().unwrap_or_default());
            !response.status().is_success() && is_throttled(response.status().as_u16(), code.as_deref(), &message)
        });
        self.decide(throttled, previous)
    }

    fn name(&self) -> &'static str {
        "What may be sent again"
    }

    fn priority(&self) -> RetryClassifierPriority {
        // One past the SDK's last own classifier would tie with a plug-in's; two past it is last in any case.
        let last = RetryClassifierPriority::run_after(RetryClassifierPriority::transient_error_classifier());
        RetryClassifierPriority::run_after(last)
    }
}

/// Code and message of an error of the AWS JSON protocol, whose code sometimes has a namespace before `#`, or of the Query
/// protocol.
fn code_and_message(body: &[u8]) -> (Option<String>, String) {
    if body.first() == Some(&b'<') {
        let error = std::str::from_utf8(body).ok().and_then(query::error);
        return error.map_or((None, String::new()), |(code, message)| (Some(code), message));
    }
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    let text = |names: [&str; 2]| names.iter().find_map(|name| body.get(name)?.as_str());
    let code = text(["__type", "code"]).map(|code| code.rsplit('#').next().unwrap_or(code).to_owned());
    (code, text(["message", "Message"]).unwrap_or_default().to_owned())
}

/// The pause after so many failures before this one.
fn pause(kind: ErrorKind, failures: u32) -> Duration {
    let first = if kind == ErrorKind::ThrottlingError { THROTTLED } else { TRANSIENT };
    first.saturating_mul(2_u32.saturating_pow(failures)).min(LONGEST)
}

/// The pause that the server asked for with `x-amz-retry-after`.
fn asked_for(action: &RetryAction) -> Duration {
    match action {
        RetryAction::RetryIndicated(RetryReason::RetryableError { retry_after, .. }) => retry_after.unwrap_or_default(),
        _ => Duration::ZERO,
    }
}

#[cfg(test)]
mod tests {
    use super::{Again, is_throttled, pause};
    use aws_smithy_runtime_api::client::retries::classifiers::RetryAction;
    use aws_smithy_types::retry::ErrorKind;
    use std::sync::atomic::Ordering;
    use std::time::Duration;

    #[test]
    fn throttling_is_seen_by_status_code_and_text() {
        let rows = [
            (429, None, "", true),
            (400, Some("ThrottlingException"), "", true),
            (400, Some("TooManyRequestsException"), "", true),
            (400, Some("ClientException"), "Rate exceeded", true),
            (400, Some("ClientException"), "Unable to describe task definition.", false),
            (502, None, "Rate exceeded", false),
            (400, Some("LimitExceededException"), "too many repositories", false),
            (500, Some("ServerException"), "", false),
        ];
        for (status, code, text, expected) in rows {
            assert_eq!(is_throttled(status, code, text), expected, "{status} {code:?} {text}");
        }
    }

    #[test]
    fn a_write_is_sent_again_after_throttling_alone() {
        let write = Again::write();
        for previous in [RetryAction::transient_error(), RetryAction::server_error(), RetryAction::NoActionIndicated] {
            assert_eq!(write.decide(false, &previous), RetryAction::RetryForbidden, "{previous}");
        }
        let first =
            RetryAction::retryable_error_with_explicit_delay(ErrorKind::ThrottlingError, Duration::from_secs(1));
        assert_eq!(write.decide(true, &RetryAction::NoActionIndicated), first);
    }

    #[test]
    fn a_read_is_sent_again_after_what_may_pass_and_pauses_double() {
        let read = Again::read();
        assert_eq!(read.decide(false, &RetryAction::NoActionIndicated), RetryAction::NoActionIndicated);
        for (attempts, millis) in [(1, 200), (2, 400), (3, 800)] {
            read.attempts.store(attempts, Ordering::Relaxed);
            let expected = RetryAction::retryable_error_with_explicit_delay(
                ErrorKind::TransientError,
                Duration::from_millis(millis),
            );
            assert_eq!(read.decide(false, &RetryAction::transient_error()), expected);
        }
    }

    #[test]
    fn a_pause_never_overflows_nor_outgrows_the_longest() {
        assert_eq!(pause(ErrorKind::ThrottlingError, 3), Duration::from_secs(8));
        assert_eq!(pause(ErrorKind::ThrottlingError, u32::MAX), Duration::from_secs(20));
    }
}
