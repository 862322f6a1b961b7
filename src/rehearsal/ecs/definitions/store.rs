//! The task definitions of an account in a Region: families and their revisions.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::normalise::computed;
use crate::rehearsal::ecs::scheduler::{ContainerSpec, Revision};
use crate::rehearsal::moment::Moment;

/// A registered revision.
#[derive(Clone, Debug)]
pub struct Definition {
    /// The document, as describing shows it.
    pub document: Value,
    /// Its tags, which are shown beside it.
    pub tags: Vec<Value>,
    /// What the scheduler needs.
    pub revision: Revision,
}

impl Definition {
    /// Whether it was not deregistered.
    pub fn is_active(&self) -> bool {
        self.document.get("status").and_then(Value::as_str) == Some("ACTIVE")
    }
}

/// Families, each with its revisions.
#[derive(Clone, Debug, Default)]
pub struct Definitions {
    families: BTreeMap<String, BTreeMap<u64, Definition>>,
}

/// Where and when a revision is registered, and by whom.
#[derive(Clone, Copy, Debug)]
pub struct Registration<'a> {
    pub account: &'a str,
    pub region: &'a str,
    /// The caller's ARN.
    pub by: &'a str,
    pub at: Moment,
}

impl Definitions {
    /// The revision that a family's next registration gets.
    pub fn next_revision(&self, family: &str) -> u64 {
        let newest = self.families.get(family).and_then(|family| family.keys().next_back());
        newest.map_or(1, |newest| newest + 1)
    }

    /// The revision named by `family`, `family:revision` or an ARN.
    pub fn find(&self, name: &str) -> Option<&Definition> {
        let name = match name.strip_prefix("arn:") {
            Some(arn) => arn.split_once(":task-definition/")?.1,
            None => name,
        };
        match name.split_once(':') {
            Some((family, revision)) => self.families.get(family)?.get(&revision.parse().ok()?),
            // a family stands for its newest revision that was not deregistered
            None => self.families.get(name)?.values().rev().find(|definition| definition.is_active()),
        }
    }

    /// Deregisters a revision; none where there is no such one.
    pub fn deregister(&mut self, family: &str, revision: u64, at: Moment) -> Option<&Definition> {
        let definition = self.families.get_mut(family)?.get_mut(&revision)?;
        let members = definition.document.as_object_mut()?;
        members.insert("status".to_owned(), json!("INACTIVE"));
        members.insert("deregisteredAt".to_owned(), at.epoch_seconds());
        Some(definition)
    }

    /// Every revision, by family and then by revision.
    pub fn all(&self) -> impl DoubleEndedIterator<Item = (&str, &Definition)> {
        self.families
            .iter()
            .flat_map(|(family, revisions)| revisions.values().map(move |definition| (family.as_str(), definition)))
    }

    /// Keeps a document that is complete already as this revision.
    pub(super) fn keep(
        &mut self,
        mut document: Map<String, Value>,
        tags: Vec<Value>,
        number: u64,
        registration: &Registration<'_>,
    ) -> Option<&Definition> {
        let family = document.get("family")?.as_str()?.to_owned();
        let Registration { account, region, by, at } = registration;
        let arn = format!("arn:aws:ecs:{region}:{account}:task-definition/{family}:{number}");
        let (compatibilities, attributes) = computed(&document);
        for (member, value) in [
            ("taskDefinitionArn", json!(arn)),
            ("revision", json!(number)),
            ("status", json!("ACTIVE")),
            ("requiresAttributes", attributes),
            ("compatibilities", compatibilities),
            ("registeredAt", at.epoch_seconds()),
            ("registeredBy", json!(by)),
        ] {
            document.insert(member.to_owned(), value);
        }
        let revision = revision(arn, &document);
        let definition = Definition { document: Value::Object(document), tags, revision };
        let revisions = self.families.entry(family).or_default();
        revisions.insert(number, definition);
        revisions.get(&number)
    }
}

fn revision(arn: String, document: &Map<String, Value>) -> Revision {
    let containers = document.get("containerDefinitions").and_then(Value::as_array);
    let text = |value: &Value, member: &str| value.get(member).and_then(Value::as_str).unwrap_or_default().to_owned();
    let containers = containers.into_iter().flatten().map(|container| ContainerSpec {
        name: text(container, "name"),
        image: text(container, "image"),
        essential: container.get("essential").and_then(Value::as_bool).unwrap_or(true),
        health_check: container.get("healthCheck").is_some(),
    });
    let own = |member: &str| document.get(member).and_then(Value::as_str).map(str::to_owned);
    Revision { arn, containers: containers.collect(), cpu: own("cpu"), memory: own("memory") }
}
