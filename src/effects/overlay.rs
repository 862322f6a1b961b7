//! What is planned so far, as later reads of the plan see it.

use super::call::{Call, CodeDeployCall, EcrCall, EcsCall, ImageCall, ScalingCall, TaskCall};
use super::reply::{Identity, Reply};
use crate::domain::image_facts::Located;
use crate::domain::image_reference::{Digest, Reference};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// Session, cluster and service.
type Place = (String, String, String);

/// Planned writes, and the reads they stand on.
#[derive(Clone, Debug, Default)]
pub struct Overlay {
    /// Who the sessions are.
    sessions: BTreeMap<String, Identity>,
    /// ARN → answer of its description.
    definitions: BTreeMap<String, Value>,
    /// Family → how many revisions are planned.
    revisions: BTreeMap<String, usize>,
    /// Services as last seen or planned.
    services: BTreeMap<Place, Value>,
    /// The services that are planned, of these.
    planned_services: std::collections::BTreeSet<Place>,
    /// Session and name → repository.
    repositories: BTreeMap<(String, String), Value>,
    /// Tagged image → digest.
    images: BTreeMap<Reference, Digest>,
    /// Images that will have been deleted, as they were named.
    deleted: BTreeSet<String>,
    deployments: usize,
    code_deployments: usize,
    tasks: usize,
    /// Session and resource → scalable target as last seen or planned, and whether it is planned.
    scalable: BTreeMap<(String, String), (Value, bool)>,
}

impl Overlay {
    /// Takes in who a session is.
    pub fn session(&mut self, name: &str, identity: &Identity) {
        self.sessions.insert(name.to_owned(), identity.clone());
    }

    /// Takes in a call and its reply, read or predicted.
    pub fn note(&mut self, call: &Call, reply: &Reply) {
        match (call, reply) {
            (Call::Ecs(EcsCall::DescribeServices { session, cluster, .. }), Reply::Document(answer)) => {
                for service in answer.get("services").and_then(Value::as_array).into_iter().flatten() {
                    let place = (session.clone(), cluster.clone(), text(service, "serviceName").to_owned());
                    if !self.planned_services.contains(&place) {
                        self.services.insert(place, service.clone());
                    }
                }
            }
            (Call::Ecs(EcsCall::RegisterTaskDefinition { document, .. }), Reply::Document(answer)) => {
                let arn = answer.pointer("/taskDefinition/taskDefinitionArn").and_then(Value::as_str);
                self.definitions.insert(arn.unwrap_or_default().to_owned(), answer.clone());
                *self.revisions.entry(text(document, "family").to_owned()).or_default() += 1;
            }
            (
                Call::Ecs(
                    EcsCall::CreateService { session, document, .. } | EcsCall::UpdateService { session, document, .. },
                ),
                Reply::Document(answer),
            ) => {
                // a creation names it otherwise
                let name = [text(document, "service"), text(document, "serviceName")].concat();
                let place = (session.clone(), text(document, "cluster").to_owned(), name);
                if let Some(service) = answer.get("service") {
                    self.services.insert(place.clone(), service.clone());
                    self.planned_services.insert(place);
                    self.deployments += 1;
                }
            }
            (Call::CodeDeploy(CodeDeployCall::CreateDeployment { .. }), _) => self.code_deployments += 1,
            (Call::Task(TaskCall::RunTask { .. }), _) => self.tasks += 1,
            (Call::Ecr(EcrCall::CreateRepository { session, document }), Reply::Document(repository)) => {
                let key = (session.clone(), text(document, "repositoryName").to_owned());
                self.repositories.insert(key, repository.clone());
            }
            (Call::Scaling(ScalingCall::DescribeScalableTarget { session, resource }), Reply::Document(answer)) => {
                if let Some(target) = answer.pointer("/ScalableTargets/0") {
                    let key = (session.clone(), resource.clone());
                    self.scalable.entry(key).or_insert_with(|| (target.clone(), false));
                }
            }
            (Call::Scaling(ScalingCall::RegisterScalableTarget { session, resource, suspended, .. }), _) => {
                let seen = self.scalable.get_mut(&(session.clone(), resource.clone()));
                if let Some((Value::Object(target), planned)) = seen {
                    target.insert("SuspendedState".into(), json!(suspended));
                    *planned = true;
                }
            }
            (
                Call::Image(
                    ImageCall::CopyImage { to, .. }
                    | ImageCall::RetagImage { to, .. }
                    | ImageCall::RebuildImage { to, .. },
                ),
                Reply::Pushed(pushed),
            ) => {
                if let Some(digest) = pushed.image.digest() {
                    self.images.insert(to.image.without_digest(), digest.clone());
                }
            }
            (Call::Image(ImageCall::DeleteImage { at, .. }), _) => {
                self.deleted.insert(at.image.to_string());
            }
            _ => {}
        }
    }

    /// The answer to a read that is about something planned; none where the world answers.
    pub fn answer(&self, call: &Call) -> Option<Reply> {
        match call {
            Call::Ecs(EcsCall::DescribeServices { session, cluster, services }) => {
                let [service] = services.as_slice() else { return None };
                let place = (session.clone(), cluster.clone(), service.clone());
                let planned = self.planned_services.contains(&place).then(|| self.services.get(&place)).flatten()?;
                Some(Reply::Document(json!({ "services": [planned], "failures": [] })))
            }
            Call::Ecs(EcsCall::DescribeTaskDefinition { task_definition, .. }) => {
                let exact = self.definitions.get(task_definition);
                let newest = || {
                    let count = self.revisions.get(task_definition)?;
                    let end = format!("/{task_definition}:{}", symbol(*count));
                    self.definitions.iter().find(|(arn, _)| arn.ends_with(&end)).map(|(_, answer)| answer)
                };
                exact.or_else(newest).map(|answer| Reply::Document(answer.clone()))
            }
            Call::Ecr(EcrCall::DescribeRepository { session, name }) => {
                let repository = self.repositories.get(&(session.clone(), name.clone()))?;
                Some(Reply::Document(repository.clone()))
            }
            Call::Ecr(EcrCall::DescribeImages { session, repository, .. }) => {
                self.repositories.get(&(session.clone(), repository.clone()))?;
                Some(Reply::Document(json!({ "imageDetails": [] })))
            }
            Call::Scaling(ScalingCall::DescribeScalableTarget { session, resource }) => {
                let (target, planned) = self.scalable.get(&(session.clone(), resource.clone()))?;
                planned.then(|| Reply::Document(json!({ "ScalableTargets": [target] })))
            }
            _ => None,
        }
    }

    /// A scalable target as last seen or planned.
    pub fn scalable_target(&self, session: &str, resource: &str) -> Option<&Value> {
        self.scalable.get(&(session.to_owned(), resource.to_owned())).map(|(target, _)| target)
    }

    /// Whether an image is planned, by its tag or under the digest that is named; also that it will be gone.
    pub fn has_image(&self, at: &Located) -> bool {
        if self.deleted.contains(&at.image.to_string()) {
            return true;
        }
        let wanted = at.image.digest();
        let named = at.image.without_digest();
        // on this machine, what is not named is the only one there
        let only = named.local().is_some() && named.tag().is_none() && wanted.is_none();
        self.images.iter().any(|(tagged, digest)| {
            let here = tagged.without_tag() == named.without_tag();
            *tagged == named && wanted.is_none_or(|wanted| wanted == digest) || here && (only || wanted == Some(digest))
        })
    }

    /// A service as last seen or planned.
    pub fn service(&self, session: &str, cluster: &str, service: &str) -> Option<&Value> {
        self.services.get(&(session.to_owned(), cluster.to_owned(), service.to_owned()))
    }

    /// Account and Region of a session, as far as they are known.
    pub fn place(&self, session: &str) -> (&str, &str) {
        let identity = self.sessions.get(session);
        let account = identity.and_then(|one| one.account.as_deref()).unwrap_or("000000000000");
        (account, identity.map_or("unknown", |one| one.region.as_str()))
    }

    /// The symbol of a family's next revision.
    pub fn next_revision(&self, family: &str) -> String {
        symbol(self.revisions.get(family).copied().unwrap_or_default() + 1)
    }

    /// The symbol of the next deployment of `CodeDeploy`.
    pub fn next_code_deployment(&self) -> String {
        format!("d-{}", symbol(self.code_deployments + 1))
    }

    /// The symbol of the next one-off task.
    pub fn next_task(&self) -> String {
        symbol(self.tasks + 1)
    }

    /// The symbol of the next deployment.
    pub fn next_deployment(&self) -> String {
        format!("ecs-svc/{}", symbol(self.deployments + 1))
    }
}

/// A symbol: what AWS chooses, bound when the plan is carried out.
fn symbol(number: usize) -> String {
    format!("<new-{number}>")
}

fn text<'a>(document: &'a Value, key: &str) -> &'a str {
    document.get(key).and_then(Value::as_str).unwrap_or_default()
}
