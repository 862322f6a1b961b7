//! Where ECS's records of deployments are to be had, and where not: older partitions, emulators, missing permissions.

use crate::effects::fault::{Fault, FaultKind};
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// What is known of the records, by session: permissions differ.
#[derive(Default)]
pub struct Records(Mutex<BTreeMap<String, Known>>);

#[derive(Clone, Copy, PartialEq, Eq)]
enum Known {
    Kept,
    Missing,
}

/// What a refusal of the records means.
#[derive(Debug, PartialEq, Eq)]
pub enum Refusal {
    /// They are not to be had, which is news: a notice is due.
    News,
    /// They are not to be had, which is known.
    Known,
    /// It may pass.
    Passing,
}

impl Records {
    /// Whether it makes sense to ask.
    pub fn are_asked_for(&self, session: &str) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(session) != Some(&Known::Missing)
    }

    /// They were answered.
    pub fn answered(&self, session: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).entry(session.to_owned()).or_insert(Known::Kept);
    }

    /// They were refused. A server's error is how emulators answer what they do not know: it counts as that unless the
    /// records were there before.
    pub fn refused(&self, session: &str, fault: &Fault) -> Refusal {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = all.get(session).copied();
        let for_good = match fault.kind {
            FaultKind::Network => false,
            FaultKind::Refused if fault.retryable => known.is_none() && !is_busy(fault),
            _ => true,
        };
        match known {
            Some(Known::Missing) => Refusal::Known,
            _ if for_good => {
                all.insert(session.to_owned(), Known::Missing);
                Refusal::News
            }
            _ => Refusal::Passing,
        }
    }
}

/// Whether AWS says that it has too much to do, and not that it does not know what was asked.
fn is_busy(fault: &Fault) -> bool {
    let said = |word: &str| fault.code.contains(word) || fault.message.contains(word);
    ["Throttl", "TooManyRequests", "Rate exceeded", "Http429", "Http503", "ServiceUnavailable"].into_iter().any(said)
}

#[cfg(test)]
mod tests {
    use super::{Records, Refusal};
    use crate::effects::fault::{Fault, FaultKind};

    #[test]
    fn records_are_missing_where_they_are_not_known_and_not_where_aws_is_busy() {
        let fault = |kind, code: &str, retryable| Fault { retryable, ..Fault::new(kind, code, code) };
        for (fault, fresh, proven) in [
            (fault(FaultKind::Denied, "AccessDeniedException", false), Refusal::News, Refusal::News),
            (fault(FaultKind::Refused, "UnknownOperationException", false), Refusal::News, Refusal::News),
            (fault(FaultKind::Refused, "Http500", true), Refusal::News, Refusal::Passing),
            (fault(FaultKind::Refused, "ThrottlingException", true), Refusal::Passing, Refusal::Passing),
            (fault(FaultKind::Refused, "Http503", true), Refusal::Passing, Refusal::Passing),
            (fault(FaultKind::Network, "Timeout", true), Refusal::Passing, Refusal::Passing),
        ] {
            let records = Records::default();
            assert!(records.are_asked_for("prod"));
            let first = records.refused("prod", &fault);
            assert_eq!(first, fresh, "{fault:?}");
            // one notice, however many ask
            if first == Refusal::News {
                assert_eq!(records.refused("prod", &fault), Refusal::Known, "{fault:?}");
                assert!(!records.are_asked_for("prod") && records.are_asked_for("test"));
            }
            let records = Records::default();
            records.answered("prod");
            assert_eq!(records.refused("prod", &fault), proven, "{fault:?}");
        }
    }
}
