//! `[[scalable_targets]]`: which services auto scaling owns the desired count of, and what it does with it.

use std::time::Duration;

use serde::Deserialize;

use super::build::{A_DAY, Builder};
use super::quantity::duration;
use super::{WorldError, services};
use crate::rehearsal::estate::Whereabouts;
use crate::rehearsal::scaling::{Planned, Suspended, Target};

/// `[[scalable_targets]]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScalableTargetTable {
    /// Name of an account of this file.
    pub account: String,
    pub cluster: String,
    pub service: String,
    pub min: u32,
    pub max: u32,
    /// Which of `in`, `out` and `scheduled` is suspended at the start; none.
    #[serde(default)]
    pub suspended: Vec<SuspendedName>,
    /// Names of its target tracking policies.
    #[serde(default)]
    pub policies: Vec<String>,
    /// What it does as long as it is not suspended.
    #[serde(default)]
    pub scales: Vec<ScaleTable>,
}

/// `{ after = "30s", desired = 4 }`, from the world's start.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScaleTable {
    pub after: String,
    pub desired: u32,
}

/// A kind of scaling.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SuspendedName {
    In,
    Out,
    Scheduled,
}

/// Registers the world's scalable targets.
pub fn targets(builder: &mut Builder, tables: Vec<ScalableTargetTable>) -> Result<(), WorldError> {
    for (index, table) in tables.into_iter().enumerate() {
        let key = format!("scalable_targets[{index}]");
        let account = builder.account(&format!("{key}.account"), &table.account)?;
        let resource = format!("service/{}/{}", table.cluster, table.service);
        let cluster = services::realm(builder, &account).clusters.get(&table.cluster);
        if !cluster.is_some_and(|cluster| cluster.services.contains_key(&table.service)) {
            return Err(builder.error(
                format!("{key}.service"),
                format!(
                    "there is no service `{}` in a cluster `{}` of {}",
                    table.service, table.cluster, table.account
                ),
            ));
        }
        if table.min > table.max {
            return Err(builder.error(format!("{key}.min"), "it is more than max"));
        }
        let mut planned = Vec::new();
        for (index, scale) in table.scales.into_iter().enumerate() {
            let after: Duration = duration(&scale.after)
                .map_err(|problem| builder.error(format!("{key}.scales[{index}].after"), problem))?;
            planned.push(Planned { after, desired: scale.desired });
        }
        planned.sort_by_key(|planned| planned.after);
        let suspended = |name: SuspendedName| table.suspended.contains(&name);
        let suspended = Suspended {
            inward: suspended(SuspendedName::In),
            outward: suspended(SuspendedName::Out),
            scheduled: suspended(SuspendedName::Scheduled),
        };
        let created = builder.seed.start.before(A_DAY * 7);
        let place = Whereabouts { account: &account.id, region: &account.region };
        let mut target = Target::new(place, &resource, table.min, table.max, suspended, created);
        target.planned = planned;
        target.policies = table.policies;
        if builder.estate(&account).scaling.targets.insert(resource, target).is_some() {
            return Err(builder.error(format!("{key}.service"), format!("`{}` is there twice", table.service)));
        }
    }
    Ok(())
}
