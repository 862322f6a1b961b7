//! What a run stands on: the state of services and tags as it saw or made them, to be compared before it writes more.

use crate::domain::equivalence::same_resource;
use crate::domain::image_facts::Located;
use crate::effects::call::{Call, EcsCall, ImageCall};
use crate::effects::event::Events;
use crate::effects::fault::{Fault, FaultKind};
use crate::effects::journal::entry::Answer;
use crate::effects::journal::state::{State, Step};
use crate::effects::reply::Reply;
use crate::effects::world::World;
use serde_json::Value;
use std::collections::BTreeMap;

/// The last known state of everything the run has read or written.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Expected {
    /// Session, cluster and service → its PRIMARY deployment's id and definition.
    services: BTreeMap<(String, String, String), (String, String)>,
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
            Call::Ecs(EcsCall::StopServiceDeployment { .. } | EcsCall::ContinueServiceDeployment { .. }) => {
                self.note(call, &Reply::Nothing);
            }
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
        if let Some(primary) = primary(service) {
            self.services.insert(key, (text(primary, "id").to_owned(), text(primary, "taskDefinition").to_owned()));
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
        for ((session, cluster, service), (id, definition)) in &self.services {
            let call = Call::Ecs(EcsCall::DescribeServices {
                session: session.clone(),
                cluster: cluster.clone(),
                services: vec![service.clone()],
            });
            let answer = world.perform(&call, events).await?.document()?;
            let now = answer.pointer("/services/0").and_then(primary);
            let same =
                now.is_some_and(|now| text(now, "id") == id && same_resource(definition, text(now, "taskDefinition")));
            if !same {
                moved.push(service_moved(cluster, service, id, definition, now));
            }
        }
        for (at, digest) in self.images.values() {
            let look = ImageCall::ReadImage { at: at.clone(), manifest_only: true };
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

fn service_moved(cluster: &str, service: &str, id: &str, definition: &str, now: Option<&Value>) -> String {
    let short = |definition: &str| definition.rsplit('/').next().unwrap_or(definition).to_owned();
    let now = match now {
        Some(now) => format!("runs {} by deployment {}", short(text(now, "taskDefinition")), text(now, "id")),
        None => "is not there".to_owned(),
    };
    format!("{cluster}/{service} {now}, and ran {} by deployment {id}", short(definition))
}

fn primary(service: &Value) -> Option<&Value> {
    service.get("deployments")?.as_array()?.iter().find(|one| text(one, "status") == "PRIMARY")
}

fn text<'a>(document: &'a Value, key: &str) -> &'a str {
    document.get(key).and_then(Value::as_str).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
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
            expected.services.iter().map(|((_, _, name), (id, _))| (name.as_str(), id.as_str())).collect();
        assert_eq!(known, [("worker", "k2")], "web is in doubt, and looked for");
    }
}
