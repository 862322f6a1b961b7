//! One round of looks: as few requests as AWS allows, then a judgment of each rollout.

use super::batches::{DEPLOYMENTS, SERVICES, batches};
use super::records::Refusal;
use super::watched::Watched;
use super::watcher::Watcher;
use super::why::Asked;
use crate::domain::rollout::ServiceDeployment;
use crate::effects::fault::{Fault, FaultKind};
use futures_util::future::join_all;
use serde_json::Value;
use std::sync::Arc;

/// So many requests are under way at once.
const AT_ONCE: usize = 8;

type Group = [Arc<Watched>];

impl Watcher {
    /// Looks at all of them.
    pub(super) async fn round(&self, all: &Group) {
        self.records(all).await;
        self.services(all).await;
        let found = self.pin(all).await;
        self.records(&found).await;
        self.services(&found).await;
        self.tasks(all).await;
        for one in all {
            let records = self.records.are_asked_for(&one.watch.session);
            if let Some(end) = one.conclude(records, &|pause| self.jittered(pause)) {
                answer(one, end);
            } else if one.is_held_up() {
                self.tell_what_holds(one).await;
            }
        }
    }

    /// Says which tasks of before are protected, and until when, where that is so.
    async fn tell_what_holds(&self, one: &Watched) {
        let watch = &one.watch;
        let asked = Asked { aws: &self.aws, session: &watch.session, cluster: &watch.cluster };
        if let Some(held) = asked.protected_of_before(&watch.service, &watch.target.deployment).await {
            one.warn(format!("{}: {held}", watch.name()));
        }
    }

    /// Reads ECS's records of those whose record is known.
    async fn records(&self, all: &Group) {
        let asked = all.iter().filter(|one| self.records.are_asked_for(&one.watch.session));
        let pinned = asked.filter_map(|one| Some((one.watch.session.clone(), (one.wants_record()?, one.clone()))));
        let batches = batches(pinned, DEPLOYMENTS);
        for some in batches.chunks(AT_ONCE) {
            join_all(some.iter().map(|(session, batch)| self.read_records(session, batch))).await;
        }
    }

    async fn read_records(&self, session: &str, batch: &[(String, Arc<Watched>)]) {
        let arns: Vec<String> = batch.iter().map(|(arn, _)| arn.clone()).collect();
        match self.aws.describe_service_deployments(session, &arns).await {
            Ok(answer) => {
                self.records.answered(session);
                for record in list(&answer, "serviceDeployments").filter_map(ServiceDeployment::of) {
                    for (_, one) in batch.iter().filter(|(arn, _)| *arn == record.arn) {
                        one.take_record(record.clone());
                    }
                }
            }
            Err(fault) => self.no_records(session, &fault, batch.iter().map(|(_, one)| one)),
        }
    }

    /// Without the records `deployments[]` is what there is: said once, and judged at once.
    fn no_records<'a>(&self, session: &str, fault: &Fault, mut asked: impl Iterator<Item = &'a Arc<Watched>>) {
        match (self.records.refused(session, fault), asked.next()) {
            (Refusal::News, Some(one)) => one.warn(format!(
                "ECS's records of deployments cannot be read in session {session} ({}): rollouts are judged by the \
                 deployments that their services list",
                fault.code
            )),
            (Refusal::Passing, Some(one)) => one.no_answer(fault),
            _ => {}
        }
    }

    /// Describes the services of those that want it.
    async fn services(&self, all: &Group) {
        let wanting = all.iter().filter(|one| one.wants_service(self.records.are_asked_for(&one.watch.session)));
        let asked = wanting.map(|one| ((one.watch.session.clone(), one.watch.cluster.clone()), one.clone()));
        let batches = batches(asked, SERVICES);
        for some in batches.chunks(AT_ONCE) {
            join_all(some.iter().map(|((session, cluster), batch)| self.describe(session, cluster, batch))).await;
        }
    }

    async fn describe(&self, session: &str, cluster: &str, batch: &Group) {
        let mut names: Vec<String> = batch.iter().map(|one| one.watch.service.clone()).collect();
        names.dedup();
        let answer = match self.aws.describe_services(session, cluster, &names).await {
            Ok(answer) => answer,
            Err(fault) => return batch.iter().for_each(|one| failed(one, &fault)),
        };
        for one in batch {
            let wanted = one.watch.service.rsplit('/').next().unwrap_or_default();
            let is_it = |service: &&Value| service.get("serviceName").and_then(Value::as_str) == Some(wanted);
            let service = list(&answer, "services").find(is_it).ok_or_else(|| {
                let message = format!("service {} is not there any more", one.watch.name());
                Fault::new(FaultKind::Missing, "ServiceMissing", message)
            });
            let taken = service.and_then(|service| {
                one.take_service(service).map_err(|error| {
                    let message = format!("ECS's description of {} is not understood: {error}", one.watch.name());
                    Fault::new(FaultKind::Verification, "NotUnderstood", message)
                })
            });
            if let Err(fault) = taken {
                answer_fault(one, fault);
            }
        }
    }

    /// Finds the records of those whose record is not known yet; those that it found.
    async fn pin(&self, all: &Group) -> Vec<Arc<Watched>> {
        let unknown = |one: &&Arc<Watched>| {
            let state = one.state();
            state.pin.is_none() && state.service.is_some() && self.records.are_asked_for(&one.watch.session)
        };
        let unpinned: Vec<_> = all.iter().filter(unknown).cloned().collect();
        for some in unpinned.chunks(AT_ONCE) {
            join_all(some.iter().map(|one| self.find_record(one))).await;
        }
        unpinned.into_iter().filter(|one| one.state().pin.is_some()).collect()
    }

    /// By `currentServiceDeployment` of a service whose PRIMARY deployment is ours, or by the digits of our
    /// deployment's id in the newest records of the service. What the record says of itself is checked when it is read.
    async fn find_record(&self, one: &Arc<Watched>) {
        let current = one.state().current.take();
        if current.is_some() {
            one.state().pin = current;
            return;
        }
        let watch = &one.watch;
        match self.aws.list_service_deployments(&watch.session, &watch.cluster, &watch.service).await {
            Ok(answer) => {
                self.records.answered(&watch.session);
                let digits = watch.target.deployment.rsplit('/').next().unwrap_or_default();
                let ours = list(&answer, "serviceDeployments").find(|record| {
                    let revision = record.get("targetServiceRevisionArn").and_then(Value::as_str);
                    !digits.is_empty() && revision.and_then(|arn| arn.rsplit('/').next()) == Some(digits)
                });
                let arn = ours.and_then(|record| record.get("serviceDeploymentArn")).and_then(Value::as_str);
                one.state().pin = arn.map(str::to_owned);
            }
            Err(fault) => self.no_records(&watch.session, &fault, std::iter::once(one)),
        }
    }

    /// Lists and describes the tasks of those whose tasks tell something, also those that are desired to be stopped,
    /// since a task that drains is.
    async fn tasks(&self, all: &Group) {
        let wanting: Vec<_> = all.iter().filter(|one| one.wants_tasks()).cloned().collect();
        for some in wanting.chunks(AT_ONCE) {
            join_all(some.iter().map(|one| self.list(one))).await;
        }
    }

    async fn list(&self, one: &Arc<Watched>) {
        match super::explain::tasks(&self.aws, &one.watch).await {
            Ok(tasks) => one.take_tasks(&tasks),
            Err(fault) => failed(one, &fault),
        }
    }
}

/// A look that failed: one that may pass is made again, another ends the watch.
fn failed(one: &Arc<Watched>, fault: &Fault) {
    if fault.retryable || fault.kind == FaultKind::Network {
        one.no_answer(fault);
    } else {
        answer_fault(one, fault.clone());
    }
}

fn answer_fault(one: &Arc<Watched>, fault: Fault) {
    answer(one, Err(fault));
}

fn answer(one: &Arc<Watched>, end: super::watched::Ended) {
    if let Some(answer) = one.state().answer.take() {
        // whoever asked may have gone away since
        let _ = answer.send(end);
    }
}

fn list<'a>(answer: &'a Value, member: &str) -> impl Iterator<Item = &'a Value> {
    answer.get(member).and_then(Value::as_array).into_iter().flatten()
}
