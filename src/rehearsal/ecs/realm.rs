//! What ECS keeps for one account in one Region.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Map, Value, json};

use super::definitions::Definitions;
use super::deployments::{Availability, Visibility, deployment_arn};
use super::one_off::Runs;
use super::scheduler::{Service, Surroundings};
use super::service_json::service;
use crate::rehearsal::aws_error::AwsError;
use crate::rehearsal::moment::Moment;

/// Clusters and task definitions of an account in a Region.
#[derive(Clone, Debug)]
pub struct Realm {
    /// The account's twelve digits.
    pub account: String,
    /// The Region.
    pub region: String,
    /// Task definitions.
    pub definitions: Definitions,
    /// Clusters by name.
    pub clusters: BTreeMap<String, Cluster>,
    /// Whether service deployments can be asked for.
    pub availability: Availability,
}

/// A cluster.
#[derive(Clone, Debug)]
pub struct Cluster {
    pub name: String,
    pub arn: String,
    /// Services by name.
    pub services: BTreeMap<String, Hosted>,
    /// Tasks that run once.
    pub runs: Runs,
}

/// A service: what the scheduler keeps, and what is only shown.
#[derive(Clone, Debug)]
pub struct Hosted {
    pub service: Service,
    /// `deploymentConfiguration`, complete.
    pub configuration: Map<String, Value>,
    /// Members that are shown as they were set: `networkConfiguration`, `enableExecuteCommand`…
    pub members: Map<String, Value>,
    pub tags: Vec<Value>,
    /// `FARGATE` or `EC2`.
    pub launch_type: &'static str,
    /// How long its targets drain; as long as its tasks are DEACTIVATING.
    pub deregistration_delay: Option<Duration>,
    /// What each service revision was set to.
    pub settings: BTreeMap<String, Map<String, Value>>,
    /// The `deploymentConfiguration` of each service deployment.
    pub configurations: BTreeMap<String, Map<String, Value>>,
    /// Whether the service shows its service deployments.
    pub tells_deployments: bool,
    /// When what was done is seen.
    pub visibility: Visibility,
    /// `deploymentController.type`
    pub controller: &'static str,
    /// The request that created it, if one did.
    pub created_by: Option<Value>,
    /// What is shown until then, instead of what is.
    pub stale: Option<(Moment, Value)>,
}

impl Hosted {
    /// Whether what was made at a moment is seen now.
    pub fn is_seen(&self, made: Moment, now: Moment) -> bool {
        // what was there before the world began is
        self.visibility.lag.is_zero() || made.after(self.visibility.lag) <= now
    }

    /// The service as it is seen now.
    pub fn seen(&self, cluster: &Cluster, now: Moment) -> Value {
        match &self.stale {
            Some((until, document)) if now < *until => document.clone(),
            _ => service(cluster, self, Some(now)),
        }
    }

    /// Before a change: what is seen now stays in sight for a while.
    pub fn linger(&mut self, shown: Value, now: Moment) {
        if !self.visibility.lag.is_zero() {
            self.stale = Some((now.after(self.visibility.lag), shown));
        }
    }

    /// `loadBalancers`
    pub fn load_balancers(&self) -> Value {
        if let Some(given) = self.members.get("loadBalancers") {
            return given.clone();
        }
        let targets = self.service.target.iter().map(|target| {
            json!({
                "targetGroupArn": target.arn,
                "containerName": target.container,
                "containerPort": target.port,
            })
        });
        targets.collect()
    }
}

/// Who calls.
#[derive(Clone, Debug)]
pub struct Caller {
    /// ARN, as STS answers it.
    pub arn: String,
}

/// What an operation knows beside its request.
pub struct Context<'a> {
    /// When.
    pub now: Moment,
    /// Who.
    pub caller: &'a Caller,
}

impl Realm {
    /// Nothing yet.
    pub fn new(account: &str, region: &str) -> Realm {
        Realm {
            account: account.to_owned(),
            region: region.to_owned(),
            definitions: Definitions::default(),
            clusters: BTreeMap::new(),
            availability: Availability::default(),
        }
    }

    /// The world begins.
    pub fn begin(&mut self, start: Moment) {
        for cluster in self.clusters.values_mut() {
            for hosted in cluster.services.values_mut() {
                hosted.service.protect(start);
            }
        }
    }

    /// Lets time pass until `now`.
    pub fn advance(&mut self, now: Moment, world: &dyn Surroundings) {
        for cluster in self.clusters.values_mut() {
            for hosted in cluster.services.values_mut() {
                hosted.service.advance(now, world);
            }
            cluster.runs.advance(now, world);
        }
    }

    /// The cluster that a request names, `default` where it names none.
    ///
    /// # Errors
    /// `ClusterNotFoundException`
    pub fn cluster(&self, body: &Value) -> Result<&Cluster, AwsError> {
        self.clusters.get(cluster_name(body)).ok_or_else(cluster_not_found)
    }

    /// The cluster that a request names, to be changed.
    ///
    /// # Errors
    /// `ClusterNotFoundException`
    pub fn cluster_mut(&mut self, body: &Value) -> Result<&mut Cluster, AwsError> {
        self.clusters.get_mut(cluster_name(body)).ok_or_else(cluster_not_found)
    }

    /// ARN of the newest service deployment of a service.
    pub fn current_deployment(&self, cluster: &str, service: &str) -> Option<String> {
        let hosted = self.clusters.get(cluster)?.services.get(service)?;
        Some(deployment_arn(hosted, &hosted.service.current()?.id))
    }

    /// ARN of something of this realm: `service/prod/web`.
    pub fn arn(&self, resource: &str) -> String {
        format!("arn:aws:ecs:{}:{}:{resource}", self.region, self.account)
    }
}

/// A name, or the last part of an ARN.
pub fn last_part(name_or_arn: &str) -> &str {
    name_or_arn.rsplit('/').next().unwrap_or(name_or_arn)
}

/// A text member of a request; empty where there is none.
pub fn text<'a>(body: &'a Value, member: &str) -> &'a str {
    body.get(member).and_then(Value::as_str).unwrap_or_default()
}

/// A list of texts of a request.
pub fn texts<'a>(body: &'a Value, member: &str) -> Vec<&'a str> {
    let list = body.get(member).and_then(Value::as_array);
    list.into_iter().flatten().filter_map(Value::as_str).collect()
}

/// Whether a request includes tags.
pub fn wants_tags(body: &Value) -> bool {
    texts(body, "include").contains(&"TAGS")
}

fn cluster_name(body: &Value) -> &str {
    match text(body, "cluster") {
        "" => "default",
        named => last_part(named),
    }
}

fn cluster_not_found() -> AwsError {
    AwsError::new("ClusterNotFoundException", "Cluster not found.")
}
