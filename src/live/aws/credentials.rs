//! Faults of credentials: there are none, they are no longer good, or whoever gives them cannot be reached.

use super::asked::Asked;
use super::fault::chain;
use super::hints;
use crate::effects::fault::{Fault, FaultKind};
use aws_credential_types::provider::error::CredentialsError;

/// What the SDK says of every provider that has nothing to do.
const NOT_ENABLED: &str = "the credential provider was not enabled: ";

/// The fault of a call that could not be signed. `unanswered` tells that a provider got no answer over the network.
pub fn fault(error: &CredentialsError, unanswered: bool, asked: &Asked) -> Fault {
    let session = &asked.session;
    let why = chain(error).replace(NOT_ENABLED, "");
    // That no metadata service answers is no network problem, but how AWS's default chain ends outside of AWS.
    let unreachable = matches!(error, CredentialsError::ProviderTimedOut(_))
        || unanswered && !matches!(error, CredentialsError::CredentialsNotLoaded(_));
    if unreachable {
        let message = format!("session `{session}`: its credentials cannot be fetched: {why}");
        return Fault::new(FaultKind::Network, "CredentialsUnreachable", message).retryable().hint(hints::network());
    }
    // The default chain tells on a line of its own what became of each provider.
    let mut lines = why.lines().map(str::trim).filter(|line| !line.is_empty());
    let first = match (lines.next(), &asked.profile) {
        (Some(line), _) => line.trim_end_matches(" Attempted:").to_owned(),
        (None, Some(profile)) => format!("profile `{profile}` has none"),
        (None, None) => "none are set".to_owned(),
    };
    let message = format!("session `{session}` has no usable credentials: {first}");
    let hint = match (&asked.profile, &asked.role) {
        (Some(profile), _) if why.contains("was not defined") => {
            format!("check the name `{profile}`: `aws configure list-profiles` lists the profiles there are")
        }
        (_, Some(role)) if why.contains("AccessDenied") => {
            format!("allow the session's own credentials sts:AssumeRole on {role}, and let its trust policy name them")
        }
        _ => hints::log_in(asked),
    };
    let details = lines.map(str::to_owned).collect();
    Fault::new(FaultKind::Denied, "NoCredentials", message).hint(hint).details(details)
}
