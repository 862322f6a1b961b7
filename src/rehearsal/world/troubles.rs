//! What goes wrong around deployments: alarms, Lambda hooks, capacity. Each names where, by account, cluster, service
//! and image, and the first that fits counts.

use std::time::Duration;

use serde::Deserialize;

use super::WorldError;
use super::build::Builder;
use super::faults::fits;
use super::quantity::duration;
use crate::rehearsal::ecs::{HookEnd, Place};
use crate::rehearsal::moment::Moment;

/// `[[alarms]]`: a `CloudWatch` alarm goes off in a deployment that watches it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AlarmTable {
    /// The alarm, as `deploymentConfiguration.alarms` names it.
    pub name: String,
    pub account: Option<String>,
    pub cluster: Option<String>,
    pub service: Option<String>,
    /// Pattern with `*` on an image of the new revision, so that a rollback does not set it off.
    pub image: Option<String>,
    /// How long after the deployment began.
    pub after: String,
}

/// `[[hooks]]`: what becomes of a Lambda function that a lifecycle hook calls; it succeeds after 2s otherwise.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HookTable {
    /// Pattern with `*` on the function's ARN.
    pub function: String,
    pub account: Option<String>,
    pub cluster: Option<String>,
    pub service: Option<String>,
    /// The lifecycle stage; any.
    pub stage: Option<String>,
    pub outcome: HookOutcome,
    /// How long it takes; 2s.
    pub after: Option<String>,
}

/// `outcome = "fails"`
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum HookOutcome {
    Succeeds,
    Fails,
    /// It answers nothing until its timeout.
    Hangs,
}

/// `[[no_capacity]]`: tasks find no place, and only an event says so.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NoCapacityTable {
    pub account: Option<String>,
    pub cluster: Option<String>,
    pub service: Option<String>,
    /// Pattern with `*` on an image of the revision.
    pub image: Option<String>,
    /// When it begins, after the start of the world; at once.
    pub from: Option<String>,
    /// When there is room again, after the start of the world; never.
    pub until: Option<String>,
    /// Why, as in "was unable to place a task because …".
    pub reason: Option<String>,
}

/// Where a trouble is.
#[derive(Clone, Debug)]
struct Whereabouts {
    account: Option<String>,
    cluster: Option<String>,
    service: Option<String>,
    image: Option<String>,
}

impl Whereabouts {
    fn has(&self, place: &Place, images: &[String]) -> bool {
        let is = |wanted: &Option<String>, actual: &str| wanted.as_ref().is_none_or(|wanted| wanted == actual);
        is(&self.account, &place.account)
            && is(&self.cluster, &place.cluster)
            && is(&self.service, &place.service)
            && self.image.as_ref().is_none_or(|pattern| images.iter().any(|image| fits(pattern, image)))
    }
}

#[derive(Clone, Debug)]
struct Alarm {
    whereabouts: Whereabouts,
    name: String,
    after: Duration,
}

#[derive(Clone, Debug)]
struct HookTrouble {
    whereabouts: Whereabouts,
    function: String,
    stage: Option<String>,
    end: HookEnd,
}

#[derive(Clone, Debug)]
struct NoCapacity {
    whereabouts: Whereabouts,
    from: Duration,
    until: Option<Duration>,
    reason: String,
}

/// All of them.
#[derive(Clone, Debug, Default)]
pub struct Troubles {
    began: Option<Moment>,
    alarms: Vec<Alarm>,
    hooks: Vec<HookTrouble>,
    no_capacity: Vec<NoCapacity>,
}

/// How long a Lambda function takes where the world does not say.
const A_CALL: Duration = Duration::from_secs(2);

/// What EC2 says where the world does not.
const NO_ROOM: &str = "no container instance met all of its requirements.";

impl Troubles {
    /// Reads the tables of a world.
    ///
    /// # Errors
    /// The first mistake, named.
    pub fn read(
        builder: &Builder,
        alarms: Vec<AlarmTable>,
        hooks: Vec<HookTable>,
        no_capacity: Vec<NoCapacityTable>,
    ) -> Result<Troubles, WorldError> {
        let mut troubles = Troubles::default();
        for (index, table) in alarms.into_iter().enumerate() {
            let key = format!("alarms[{index}]");
            let whereabouts = Whereabouts {
                account: builder.account_id(&key, table.account.as_deref())?,
                cluster: table.cluster,
                service: table.service,
                image: table.image,
            };
            let after = time(builder, &format!("{key}.after"), &table.after)?;
            troubles.alarms.push(Alarm { whereabouts, name: table.name, after });
        }
        for (index, table) in hooks.into_iter().enumerate() {
            let key = format!("hooks[{index}]");
            let whereabouts = Whereabouts {
                account: builder.account_id(&key, table.account.as_deref())?,
                cluster: table.cluster,
                service: table.service,
                image: None,
            };
            let after = table.after.map(|text| time(builder, &format!("{key}.after"), &text)).transpose()?;
            let after = after.unwrap_or(A_CALL);
            let end = match table.outcome {
                HookOutcome::Succeeds => HookEnd::Succeeds(after),
                HookOutcome::Fails => HookEnd::Fails(after),
                HookOutcome::Hangs => HookEnd::Hangs,
            };
            let (function, stage) = (table.function, table.stage);
            troubles.hooks.push(HookTrouble { whereabouts, function, stage, end });
        }
        for (index, table) in no_capacity.into_iter().enumerate() {
            let key = format!("no_capacity[{index}]");
            let whereabouts = Whereabouts {
                account: builder.account_id(&key, table.account.as_deref())?,
                cluster: table.cluster,
                service: table.service,
                image: table.image,
            };
            let moment = |name: &str, text: Option<String>| {
                text.map(|text| time(builder, &format!("{key}.{name}"), &text)).transpose()
            };
            troubles.no_capacity.push(NoCapacity {
                from: moment("from", table.from)?.unwrap_or_default(),
                until: moment("until", table.until)?,
                whereabouts,
                reason: table.reason.unwrap_or_else(|| NO_ROOM.to_owned()),
            });
        }
        Ok(troubles)
    }

    /// The troubles of a world that begins at a moment.
    #[must_use]
    pub fn beginning(self, start: Moment) -> Troubles {
        Troubles { began: Some(start), ..self }
    }

    /// How long after its deployment began an alarm goes off.
    pub fn alarm(&self, place: &Place, name: &str, images: &[String]) -> Option<Duration> {
        let mut alarms = self.alarms.iter();
        alarms.find(|alarm| alarm.name == name && alarm.whereabouts.has(place, images)).map(|alarm| alarm.after)
    }

    /// What becomes of a function.
    pub fn hook(&self, place: &Place, function: &str, stage: &str) -> HookEnd {
        let mut hooks = self.hooks.iter();
        let found = hooks.find(|hook| {
            fits(&hook.function, function)
                && hook.stage.as_ref().is_none_or(|wanted| wanted == stage)
                && hook.whereabouts.has(place, &[])
        });
        found.map_or(HookEnd::Succeeds(A_CALL), |hook| hook.end)
    }

    /// Why there is no room for a task.
    pub fn no_room(&self, place: &Place, images: &[String], at: Moment) -> Option<&str> {
        let began = self.began?;
        let mut all = self.no_capacity.iter();
        let found = all.find(|one| {
            began.after(one.from) <= at
                && one.until.is_none_or(|until| at < began.after(until))
                && one.whereabouts.has(place, images)
        });
        found.map(|one| one.reason.as_str())
    }
}

fn time(builder: &Builder, key: &str, text: &str) -> Result<Duration, WorldError> {
    duration(text).map_err(|problem| builder.error(key, problem))
}
