//! What a run stands on: the state of services and tags as it saw or made them, to be compared before it writes more.

use crate::domain::equivalence::same_resource;
use crate::domain::image_facts::Located;
use crate::effects::call::{BoundFor, Call, EcsCall, ImageCall};
use crate::effects::event::Events;
use crate::effects::fault::{Fault, FaultKind};
use crate::effects::journal::entry::Answer;
use crate::effects::journal::state::{State, Step};
use crate::effects::reply::Reply;
use crate::effects::world::World;
use serde_json::Value;
use std::collections::BTreeMap;

/// What a service was seen to run.
#[derive(Clone, Debug, PartialEq)]
struct Runs {
    /// The id of its PRIMARY deployment, or of its PRIMARY task set.
    id: String,
    /// Its definition.
    definition: String,
    /// Whether it is a task set: another controller than ECS deploys the service.
    task_set: bool,
}

impl Runs {
    fn of(service: &Value) -> Option<Self> {
        let primary = |member: &str| {
            let all = service.get(member).and_then(Value::as_array).into_iter().flatten();
            all.into_iter().find(|one| text(one, "status") == "PRIMARY")
        };
        let deployment = primary("deployments");
        let one = deployment.or_else(|| primary("taskSets"))?;
        let [id, definition] = ["id", "taskDefinition"].map(|member| text(one, member).to_owned());
        Some(Self { id, definition, task_set: deployment.is_none() })
    }

    fn kind(&self) -> &'static str {
        if self.task_set { "task set" } else { "deployment" }
    }
}

/// The last known state of everything the run has read or written.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Expected {
    /// Session, cluster and service → what it runs.
    services: BTreeMap<(String, String, String), Runs>,
    /// Image and session → its digest; none where there was no such image.
    images: BTreeMap<(String, Option<String>), (Located, Option<String>)>,
}

impl Expected {
    /// What the recorded calls of a run came to, in the order in which they were begun: branches of a script replay side
    /// by side, and what one has done must not seem moved to another. What a write in doubt is about is left out, since
    /// whether it has moved is what the look for that write tells.
    pub fn of(past: &State) -> Self {
        // what an interrupted sitting did about a rollout at its end is no step of the script: for that the world has moved
        let steps = past.steps.iter().filter(|(key, _)| !key.is_at_the_end());
        let answered = steps.filter_map(|(key, step)| match step {
            Step::Done(call, answer, at) => match answer.as_ref() {
                Answer::Reply(reply) => Some((*at, key, call, reply)),
                Answer::Fault(_) => None,
            },
            Step::Started(..) | Step::InDoubt(..) => None,
        });
        let mut answered: Vec<_> = answered.collect();
        answered.sort_by_key(|(at, key, ..)| (*at, *key));
        let mut expected = Self::default();
        for (_, _, call, reply) in answered {
            expected.note(call, reply);
        }
        for (_, call) in past.in_doubt() {
            expected.forget(call);
        }
        expected
    }

    fn forget(&mut self, call: &Call) {
        match call {
            Call::Ecs(EcsCall::UpdateService { session, document, .. }) => {
                let name = text(document, "service");
                let name = name.rsplit('/').next().unwrap_or(name).to_owned();
                self.services.remove(&(session.clone(), text(document, "cluster").to_owned(), name));
            }
            Call::Ecs(EcsCall::StopServiceDeployment { .. } | EcsCall::ContinueServiceDeployment { .. })
            | Call::CodeDeploy(_) => self.note(call, &Reply::Nothing),
            Call::Image(
                ImageCall::CopyImage { to, .. }
                | ImageCall::RetagImage { to, .. }
                | ImageCall::RebuildImage { to, .. }
                | ImageCall::BuildImage { to, .. },
            ) => {
                self.images.remove(&(to.image.to_string(), to.session.clone()));
                // on this machine, what is not named is the only one there, and that may be over
                if to.image.local().is_some() {
                    self.images.remove(&(to.image.without_tag().to_string(), to.session.clone()));
                }
            }
            Call::Image(ImageCall::DeleteImage { at, .. }) => self.forget_all_of(at),
            _ => {}
        }
    }

    /// A deleted image takes its other tags with it.
    fn forget_all_of(&mut self, at: &Located) {
        let repository = at.image.without_tag().without_digest();
        self.images.retain(|_, (other, _)| other.image.without_tag().without_digest() != repository);
    }

    /// Takes in a call and what came of it.
    pub fn note(&mut self, call: &Call, reply: &Reply) {
        match (call, reply) {
            (Call::Ecs(EcsCall::DescribeServices { session, cluster, .. }), Reply::Document(answer)) => {
                for service in answer.get("services").and_then(Value::as_array).into_iter().flatten() {
                    self.note_service(session, cluster, service);
                }
            }
            (Call::Ecs(EcsCall::UpdateService { session, document, .. }), Reply::Document(answer)) => {
                if let Some(service) = answer.get("service") {
                    self.note_service(session, text(document, "cluster"), service);
                }
            }
            (Call::Ecs(EcsCall::CreateService { session, document, .. }), Reply::Document(answer)) => {
                if let Some(service) = answer.get("service") {
                    self.note_service(session, text(document, "cluster"), service);
                }
            }
            (Call::Image(ImageCall::DeleteImage { at, .. }), _) => self.forget_all_of(at),
            // that goes on as before
            (Call::Ecs(EcsCall::ContinueServiceDeployment { action, .. }), _) if action == "CONTINUE" => {}
            // what was stopped or taken back makes room for a deployment that ECS begins
            (
                Call::Ecs(
                    EcsCall::StopServiceDeployment { session, deployment, .. }
                    | EcsCall::ContinueServiceDeployment { session, deployment, .. },
                ),
                _,
            ) => {
                self.services.retain(|(of, cluster, service), _| {
                    let end = |name: &str| name.rsplit('/').next().unwrap_or(name).to_owned();
                    let place = format!("/{}/{}/", end(cluster), end(service));
                    of != session || !deployment.contains(&place)
                });
            }
            (Call::Image(ImageCall::FindImage { at }), Reply::Text(digest)) => self.note_image(at, digest.clone()),
            // it moves the traffic of one of the services that it deploys, and does not say of which
            (Call::CodeDeploy(_), _) if call.writes() => {
                let theirs = call.sessions();
                self.services.retain(|(of, ..), runs| !runs.task_set || !theirs.contains(&of.as_str()));
            }
            (
                Call::Image(ImageCall::ReadImage { at, .. } | ImageCall::BuildImage { to: at, .. }),
                Reply::Image(facts),
            ) => {
                self.note_image(at, facts.as_ref().map(|facts| facts.digest.to_string()));
            }
            (
                Call::Image(
                    ImageCall::CopyImage { to, .. }
                    | ImageCall::RetagImage { to, .. }
                    | ImageCall::RebuildImage { to, .. },
                ),
                Reply::Pushed(pushed),
            ) => {
                self.forget(call);
                self.note_image(to, pushed.image.digest().map(ToString::to_string));
            }
            _ => {}
        }
    }

    /// Takes in a call that was made after the run was gone on with. A look does not replace what was seen before: the
    /// script may have decided by that.
    pub fn note_anew(&mut self, call: &Call, reply: &Reply) {
        if call.writes() {
            return self.note(call, reply);
        }
        let mut seen = Self::default();
        seen.note(call, reply);
        for (place, service) in seen.services {
            self.services.entry(place).or_insert(service);
        }
        for (place, image) in seen.images {
            self.images.entry(place).or_insert(image);
        }
    }

    fn note_service(&mut self, session: &str, cluster: &str, service: &Value) {
        let key = (session.to_owned(), cluster.to_owned(), text(service, "serviceName").to_owned());
        if let Some(runs) = Runs::of(service) {
            self.services.insert(key, runs);
        }
    }

    fn note_image(&mut self, at: &Located, digest: Option<String>) {
        // a digest cannot move
        if at.image.digest().is_none() {
            let key = (at.image.to_string(), at.session.clone());
            self.images.insert(key, (at.clone(), digest));
        }
    }

    /// Reads all of it again.
    ///
    /// # Errors
    /// `Moved`, naming every difference; what a read says.
    pub async fn check(&self, world: &dyn World, events: &Events) -> Result<(), Fault> {
        let mut moved = Vec::new();
        for ((session, cluster, service), before) in &self.services {
            let call = Call::Ecs(EcsCall::DescribeServices {
                session: session.clone(),
                cluster: cluster.clone(),
                services: vec![service.clone()],
            });
            let answer = world.perform(&call, events).await?.document()?;
            let now = answer.pointer("/services/0").and_then(Runs::of);
            let is_the_same = |now: &Runs| now.id == before.id && same_resource(&before.definition, &now.definition);
            if !now.as_ref().is_some_and(is_the_same) {
                moved.push(service_moved(cluster, service, before, now.as_ref()));
            }
        }
        for (at, digest) in self.images.values() {
            let look = ImageCall::ReadImage { at: at.clone(), manifest_only: true, bound_for: BoundFor::default() };
            let now = world.perform(&Call::Image(look), events).await?.image()?;
            let now = now.map(|facts| facts.digest.to_string());
            if now != *digest {
                let [before, now] = [digest, &now].map(|digest| digest.as_deref().unwrap_or("not there"));
                moved.push(format!("image {} is {now}, and was {before}", at.image.familiar()));
            }
        }
        if moved.is_empty() {
            return Ok(());
        }
        let message = "the world is not any more what this run stands on; nothing more was written";
        Err(Fault::new(FaultKind::Moved, "Moved", message)
            .details(moved)
            .hint("someone else has changed it meanwhile: look at it, then start the release again from its beginning"))
    }
}

fn service_moved(cluster: &str, service: &str, before: &Runs, now: Option<&Runs>) -> String {
    let by = |runs: &Runs| {
        let name = runs.definition.rsplit('/').next().unwrap_or(&runs.definition);
        format!("{name} by {} {}", runs.kind(), runs.id)
    };
    let now = now.map_or_else(|| "is not there".to_owned(), |now| format!("runs {}", by(now)));
    format!("{cluster}/{service} {now}, and ran {}", by(before))
}

fn text<'a>(document: &'a Value, key: &str) -> &'a str {
    document.get(key).and_then(Value::as_str).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::effects::call::CodeDeployCall;
    use crate::effects::key::Key;
    use serde_json::json;

    fn describe(service: &str) -> Call {
        let (session, cluster) = ("prod".to_owned(), "prod".to_owned());
        Call::Ecs(EcsCall::DescribeServices { session, cluster, services: vec![service.to_owned()] })
    }

    fn update(service: &str) -> Call {
        let document = json!({ "cluster": "prod", "service": service });
        Call::Ecs(EcsCall::UpdateService { session: "prod".into(), document, before: None })
    }

    fn with_primary(service: &str, id: &str) -> Value {
        let deployments = json!([{ "id": id, "status": "PRIMARY", "taskDefinition": "web:1" }]);
        json!({ "serviceName": service, "deployments": deployments })
    }

    fn done(key: &str, call: Call, reply: Value, at: i64) -> (Key, Step) {
        let answer = Answer::Reply(Reply::Document(reply));
        (key.parse().expect("a key"), Step::Done(Box::new(call), Box::new(answer), at))
    }

    #[test]
    fn what_branches_did_is_known_before_any_of_them_has_replayed() {
        let both = json!({ "services": [with_primary("web", "w1"), with_primary("worker", "k1")] });
        let steps = [
            done("1", describe("both"), both, 1),
            // branch 1 was faster, and its key comes later
            done("2/1.1", update("worker"), json!({ "service": with_primary("worker", "k2") }), 2),
            done("2/0.1", describe("worker"), json!({ "services": [with_primary("worker", "k2")] }), 3),
            ("2/0.2".parse().expect("a key"), Step::InDoubt(Box::new(update("web")), 4)),
        ];
        let expected = Expected::of(&State { steps: steps.into(), ..State::default() });
        let known: Vec<_> =
            expected.services.iter().map(|((_, _, name), runs)| (name.as_str(), runs.id.as_str())).collect();
        assert_eq!(known, [("worker", "k2")], "web is in doubt, and looked for");
    }

    #[test]
    fn a_service_that_code_deploy_deploys_is_known_by_its_task_set_until_code_deploy_is_told_to_move_it() {
        let sets = json!([{ "id": "ecs-svc/1", "status": "PRIMARY", "taskDefinition": "web:1" },
            { "id": "ecs-svc/2", "status": "ACTIVE", "taskDefinition": "web:2" }]);
        let web = json!({ "serviceName": "web", "deployments": [], "taskSets": sets });
        let both = Reply::Document(json!({ "services": [web, with_primary("worker", "k1")] }));
        let mut expected = Expected::default();
        expected.note(&describe("both"), &both);
        let names = |expected: &Expected| {
            let known = expected.services.iter().map(|((_, _, name), runs)| (name.clone(), runs.task_set));
            known.collect::<Vec<_>>()
        };
        assert_eq!(names(&expected), [("web".to_owned(), true), ("worker".to_owned(), false)]);
        let (session, deployment) = ("prod".to_owned(), "d-1".to_owned());
        let look = CodeDeployCall::GetDeployment { session: session.clone(), deployment: deployment.clone() };
        expected.note(&Call::CodeDeploy(look), &Reply::Nothing);
        assert_eq!(names(&expected).len(), 2);
        let stop = CodeDeployCall::StopDeployment { session, deployment, rollback: true };
        expected.note(&Call::CodeDeploy(stop), &Reply::Nothing);
        assert_eq!(names(&expected), [("worker".to_owned(), false)]);
    }
}
