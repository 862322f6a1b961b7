//! What a run has written so far, so that a failure can list it and the exit code can tell.

use super::call::Call;
use super::fault::Fault;
use super::key::Key;
use super::reply::Reply;
use super::summary;
use serde::Serialize;
use std::sync::{Mutex, PoisonError};

/// One write.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Written {
    /// The call's key.
    pub key: String,
    /// In a few words, with what came of it.
    pub what: String,
    /// Whether no answer says that it happened.
    pub in_doubt: bool,
}

/// What a call changed, in a few words, and whether that is in doubt; none where it changed nothing.
pub fn written(call: &Call, result: &Result<Reply, Fault>) -> Option<(String, bool)> {
    if !call.writes() {
        return None;
    }
    match result {
        Ok(Reply::Pushed(pushed)) if pushed.unchanged => None,
        Ok(reply) => Some((summary::done(call, reply), false)),
        Err(fault) if fault.happened => Some((summary::asked(call), false)),
        Err(fault) if fault.in_doubt => Some((summary::asked(call), true)),
        Err(_) => None,
    }
}

/// The writes of a run.
#[derive(Default)]
pub struct Ledger(Mutex<Vec<Written>>);

impl Ledger {
    /// Notes a call that was made, if it wrote or may have.
    pub fn note(&self, key: &Key, call: &Call, result: &Result<Reply, Fault>) {
        if let Some((what, in_doubt)) = written(call, result) {
            let written = Written { key: key.to_string(), what, in_doubt };
            self.0.lock().unwrap_or_else(PoisonError::into_inner).push(written);
        }
    }

    /// All of them, in order.
    pub fn all(&self) -> Vec<Written> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
