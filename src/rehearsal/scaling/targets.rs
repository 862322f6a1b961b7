//! Scalable targets, and the changes of a desired count that the world has planned for them.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};

use crate::rehearsal::ecs::Realm;
use crate::rehearsal::moment::Moment;

/// Scalable targets by resource: `service/prod/web`.
#[derive(Clone, Debug, Default)]
pub struct Scaling {
    /// By resource.
    pub targets: BTreeMap<String, Target>,
}

/// The scalable target of a service's desired count.
#[derive(Clone, Debug)]
pub struct Target {
    /// Its ARN.
    pub arn: String,
    /// `MinCapacity`
    pub min: u32,
    /// `MaxCapacity`
    pub max: u32,
    /// `RoleARN`
    pub role: String,
    /// When it was registered.
    pub created: Moment,
    /// What is suspended.
    pub suspended: Suspended,
    /// What it does, the earliest first.
    pub planned: Vec<Planned>,
    /// Names of its target tracking policies.
    pub policies: Vec<String>,
}

/// `SuspendedState`
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Suspended {
    /// `DynamicScalingInSuspended`
    pub inward: bool,
    /// `DynamicScalingOutSuspended`
    pub outward: bool,
    /// `ScheduledScalingSuspended`
    pub scheduled: bool,
}

/// A change of the desired count, as an alarm would cause it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Planned {
    /// How long after the world's start.
    pub after: Duration,
    /// To what.
    pub desired: u32,
}

impl Suspended {
    /// The members of `SuspendedState`.
    pub fn document(self) -> Value {
        json!({
            "DynamicScalingInSuspended": self.inward,
            "DynamicScalingOutSuspended": self.outward,
            "ScheduledScalingSuspended": self.scheduled,
        })
    }

    /// These members, changed where a request has them.
    #[must_use]
    pub fn changed(self, request: &Value) -> Suspended {
        let flag = |member: &str, now: bool| request.get(member).and_then(Value::as_bool).unwrap_or(now);
        Suspended {
            inward: flag("DynamicScalingInSuspended", self.inward),
            outward: flag("DynamicScalingOutSuspended", self.outward),
            scheduled: flag("ScheduledScalingSuspended", self.scheduled),
        }
    }

    fn forbids(self, from: u32, to: u32) -> bool {
        to > from && self.outward || to < from && self.inward
    }
}

impl Scaling {
    /// Does what was planned until `now`. What is due while it is suspended is not made up for.
    pub fn advance(&mut self, realm: &mut Realm, start: Moment, now: Moment) {
        for (resource, target) in &mut self.targets {
            let due = target.planned.iter().take_while(|planned| start.after(planned.after) <= now).count();
            for planned in target.planned.drain(..due) {
                let Some(service) = service(realm, resource) else {
                    continue;
                };
                let wanted = planned.desired.clamp(target.min, target.max);
                if wanted != service.desired && !target.suspended.forbids(service.desired, wanted) {
                    service.scale(wanted, now);
                }
            }
        }
    }

    /// When something is planned next.
    pub fn next(&self, start: Moment) -> Option<Moment> {
        let planned = self.targets.values().filter_map(|target| target.planned.first());
        planned.map(|first| start.after(first.after)).min()
    }
}

/// The service of a resource: `service/CLUSTER/SERVICE`.
pub fn service<'a>(realm: &'a mut Realm, resource: &str) -> Option<&'a mut crate::rehearsal::ecs::Service> {
    let (cluster, name) = resource.strip_prefix("service/")?.split_once('/')?;
    realm.clusters.get_mut(cluster)?.services.get_mut(name).map(|hosted| &mut hosted.service)
}
