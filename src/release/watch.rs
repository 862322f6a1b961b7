//! Waiting for many rollouts at the same time.

use super::deploy::Rollout;
use super::wait::{OnFailure, wait};
use crate::domain::rollout::Until;
use crate::effects::fault::Fault;
use crate::effects::gateway::Gateway;
use futures_util::future::join_all;

/// Waits until every one of `rollouts` is where it is wanted. All come to their end, also when one fails, and what failed
/// is treated as `on_failure` says before anything is thrown.
///
/// # Errors
/// That of the first one that failed, in the order of `rollouts`, with the others that failed among its details; one that
/// ends the run goes before.
pub async fn watch(
    gateway: &Gateway,
    rollouts: &[Rollout],
    until: Until,
    timeout_millis: u64,
    on_failure: OnFailure,
) -> Result<(), Fault> {
    let branches = gateway.fork(rollouts.len());
    let waits = branches.iter().zip(rollouts);
    let ends = join_all(waits.map(|(branch, rollout)| wait(branch, rollout, until, timeout_millis, on_failure))).await;
    let count = ends.len();
    let mut failed: Vec<Fault> = ends.into_iter().filter_map(Result::err).collect();
    if let Some(over) = failed.iter().position(Fault::ends_the_run) {
        return Err(failed.swap_remove(over));
    }
    let others = failed.len().saturating_sub(1);
    let mut failed = failed.into_iter();
    let Some(mut first) = failed.next() else { return Ok(()) };
    if others > 0 {
        first.details.push(format!("{others} more of {count} rollouts failed:"));
        first.details.extend(failed.map(|fault| fault.message));
    }
    Err(first)
}
