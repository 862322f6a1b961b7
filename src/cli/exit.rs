//! The exit codes, and which of them a failure is.

use crate::effects::fault::{Fault, FaultKind};

/// What the process says when it ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// Done.
    Done = 0,
    /// The release failed, or the script did after it had written something.
    Failed = 1,
    /// The command line, the script, its arguments or its account are wrong; nothing was written.
    Wrong = 2,
    /// The world refused before anything was decided.
    Refused = 3,
    /// Interrupted.
    Interrupted = 4,
    /// A plan has changes, and `--detailed-exitcode` asked.
    Changes = 5,
}

impl Exit {
    /// The exit of a run that ended in `fault` (none: the script itself failed), having written something or not.
    pub fn of(fault: Option<&Fault>, wrote: bool) -> Self {
        match fault.map(|fault| fault.kind) {
            Some(FaultKind::Interrupted | FaultKind::Waiting) => Self::Interrupted,
            Some(FaultKind::Rollout) => Self::Failed,
            _ if wrote => Self::Failed,
            Some(FaultKind::Verification) => Self::Failed,
            None | Some(FaultKind::Usage | FaultKind::Account | FaultKind::Diverged) => Self::Wrong,
            Some(
                FaultKind::Missing
                | FaultKind::Denied
                | FaultKind::Refused
                | FaultKind::Network
                | FaultKind::Moved
                | FaultKind::Journal
                | FaultKind::Internal,
            ) => Self::Refused,
        }
    }
}

impl From<Exit> for std::process::ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_of_failure_has_its_exit_code() {
        use FaultKind::{
            Account, Denied, Diverged, Internal, Interrupted, Journal, Missing, Moved, Network, Refused, Rollout,
            Usage, Verification, Waiting,
        };
        let table = [
            (None, 2, 1),
            (Some(Usage), 2, 1),
            (Some(Account), 2, 1),
            (Some(Diverged), 2, 1),
            (Some(Moved), 3, 1),
            (Some(Missing), 3, 1),
            (Some(Denied), 3, 1),
            (Some(Refused), 3, 1),
            (Some(Network), 3, 1),
            (Some(Journal), 3, 1),
            (Some(Internal), 3, 1),
            (Some(Verification), 1, 1),
            (Some(Rollout), 1, 1),
            (Some(Interrupted), 4, 4),
            (Some(Waiting), 4, 4),
        ];
        for (kind, nothing_written, written) in table {
            let fault = kind.map(|kind| Fault::new(kind, "X", "x"));
            assert_eq!(Exit::of(fault.as_ref(), false) as u8, nothing_written, "{kind:?}");
            assert_eq!(Exit::of(fault.as_ref(), true) as u8, written, "{kind:?}");
        }
    }
}
