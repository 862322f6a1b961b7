//! A registry: its host, who may use it, and its repositories.

use std::collections::BTreeMap;

use super::access::{Access, Tokens};
use super::repository::Repository;
use crate::rehearsal::moment::Moment;

/// A registry's state.
#[derive(Clone, Debug)]
pub struct Registry {
    /// The host that requests name, with the port where it has one.
    pub host: String,
    /// Who may use it.
    pub access: Access,
    /// Repositories by name.
    pub repositories: BTreeMap<String, Repository>,
}

impl Registry {
    /// The registry of an account in a Region, empty.
    pub fn ecr(account: &str, region: &str) -> Registry {
        Registry::new(Registry::ecr_host(account, region), Access::Ecr(Tokens::default()))
    }

    /// A registry that is not ECR's, empty.
    pub fn new(host: String, access: Access) -> Registry {
        Registry { host, access, repositories: BTreeMap::new() }
    }

    /// The host of an account's ECR registry in a Region.
    pub fn ecr_host(account: &str, region: &str) -> String {
        format!("{account}.dkr.ecr.{region}.amazonaws.com")
    }

    /// Whether it has ECR's ways.
    pub fn is_ecr(&self) -> bool {
        matches!(self.access, Access::Ecr(_))
    }

    /// A fresh token, where the registry is ECR's.
    pub fn issue_token(&mut self, now: Moment) -> Option<(String, Moment)> {
        match &mut self.access {
            Access::Ecr(tokens) => Some(tokens.issue(&self.host, now)),
            Access::Password { .. } | Access::Anonymous => None,
        }
    }

    /// Makes every token given so far an expired one.
    pub fn expire_tokens(&mut self) {
        if let Access::Ecr(tokens) = &mut self.access {
            tokens.expire_all();
        }
    }

    /// The digest that an image's `repository[:tag][@digest]` part has here; `latest` where it
    /// names neither.
    pub fn resolve(&self, rest: &str) -> Option<String> {
        let (repository, reference) = self.look_up(rest)?;
        let (digest, _) = repository.pullable(reference)?;
        Some(digest.to_owned())
    }

    /// Every `host/repository:tag` that is this image now.
    pub fn tagged_names(&self, rest: &str) -> Vec<String> {
        let found = self.look_up(rest).and_then(|(repository, reference)| {
            let (digest, _) = repository.manifest(reference)?;
            Some((repository, repository.tags_of(digest)))
        });
        let named = |(repository, tags): (&Repository, Vec<&str>)| {
            let names = tags.iter().map(|tag| format!("{}/{}:{tag}", self.host, repository.name));
            names.collect()
        };
        found.map_or_else(Vec::new, named)
    }

    fn look_up<'a>(&self, rest: &'a str) -> Option<(&Repository, &'a str)> {
        let (name, reference) = match rest.split_once('@') {
            Some((named, digest)) => (named.split_once(':').map_or(named, |parts| parts.0), digest),
            None => rest.split_once(':').unwrap_or((rest, "latest")),
        };
        Some((self.repositories.get(name)?, reference))
    }
}
