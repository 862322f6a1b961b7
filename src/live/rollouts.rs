//! Watches rollouts: looks, judges, waits a beat, and looks again; one watcher for all of an account and Region.

mod batches;
mod beat;
mod explain;
mod records;
mod round;
mod trouble;
mod watched;
mod watcher;
mod why;

pub use explain::tasks_of;
pub use why::Asked;

use super::aws::Aws;
use super::host::surroundings::Surroundings;
use crate::domain::rollout::{Judge, Policy, Target, judge};
use crate::effects::event::Events;
use crate::effects::fault::Fault;
use crate::effects::reply::RolloutEnd;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use watched::Watched;
use watcher::Watcher;

/// What is watched.
#[derive(Clone)]
pub struct Watch {
    /// The session.
    pub session: String,
    /// Name or ARN.
    pub cluster: String,
    /// Name.
    pub service: String,
    /// Our deployment, and how far to wait.
    pub target: Target,
    /// When a crash loop is a failure.
    pub policy: Policy,
}

impl Watch {
    fn name(&self) -> String {
        format!("{}/{}", self.cluster.rsplit('/').next().unwrap_or(&self.cluster), self.service)
    }
}

/// All watchers of a run, by account, Region and endpoint.
pub struct Watchers {
    aws: Arc<Aws>,
    surroundings: Surroundings,
    judge: Judge,
    by_place: Mutex<BTreeMap<String, Arc<Watcher>>>,
    /// The records that answers of `UpdateService` named, by the ids of the deployments (`ecs-svc/…`) that began.
    records: Mutex<BTreeMap<String, String>>,
}

/// A round that is under way when time runs out is given so long to end.
const GRACE: Duration = Duration::from_secs(10);

impl Watchers {
    /// No watcher yet.
    pub fn new(aws: Arc<Aws>, surroundings: Surroundings) -> Self {
        Self { aws, surroundings, judge, by_place: Mutex::default(), records: Mutex::default() }
    }

    /// The same with another judge, for tests that show what a worse one would have said.
    #[must_use]
    pub fn judged_by(self, judge: Judge) -> Self {
        Self { judge, ..self }
    }

    /// Keeps what an answer of `UpdateService` tells of the record of the deployment that began, so that it need not be
    /// looked for. It may name the record of the one before: what a record says of itself is checked when it is read.
    pub fn learn(&self, answer: &Value) {
        let service = answer.get("service");
        let record = service.and_then(|one| one.get("currentServiceDeployment")).and_then(Value::as_str);
        let mut deployments =
            service.and_then(|one| one.get("deployments")).and_then(Value::as_array).into_iter().flatten();
        let primary = deployments.find(|one| one.get("status").and_then(Value::as_str) == Some("PRIMARY"));
        let id = primary.and_then(|one| one.get("id")).and_then(Value::as_str);
        if let (Some(id), Some(record)) = (id, record.filter(|arn| !arn.is_empty())) {
            self.records.lock().unwrap_or_else(PoisonError::into_inner).insert(id.to_owned(), record.to_owned());
        }
    }

    /// Looks until the judgment is final or `limit` is over. A look that gets no answer does not end the watch: the
    /// rollout goes on without us, and the limit is what bounds it.
    ///
    /// # Errors
    /// Of a look that cannot succeed later either: permissions, a service that is not there.
    pub async fn watch(&self, watch: Watch, limit: Duration, events: &Events) -> Result<RolloutEnd, Fault> {
        let place = self.aws.place(&watch.session).await;
        let record = self.records.lock().unwrap_or_else(PoisonError::into_inner).remove(&watch.target.deployment);
        let watched = Watched::new(watch, limit, events.clone(), self.surroundings.clone(), self.judge);
        let watched = Arc::new(watched.recorded_as(record));
        let (ticket, answer) = self.watcher(&place).join(watched.clone());
        let answered = tokio::time::timeout(limit.saturating_add(GRACE), answer).await;
        drop(ticket);
        let ended = match answered {
            Ok(Ok(ended)) => ended,
            Ok(Err(_)) => Err(Fault::internal("the watcher of rollouts ended early")),
            // the last look is what there is
            Err(_) => watched.last().ok_or_else(|| watched.unseen()),
        };
        let (verdict, seen) = ended?;
        let took = watched.elapsed();
        Box::pin(explain::end(&self.aws, &watched.watch, verdict, seen, took)).await
    }

    fn watcher(&self, place: &str) -> Arc<Watcher> {
        let mut all = self.by_place.lock().unwrap_or_else(PoisonError::into_inner);
        let new = || Arc::new(Watcher::new(self.aws.clone(), place.to_owned()));
        all.entry(place.to_owned()).or_insert_with(new).clone()
    }
}
