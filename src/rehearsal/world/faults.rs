//! What goes wrong in a world: calls by operation and resource, containers by place and image.

use std::time::Duration;

use super::quantity::duration;
use super::schema::{ContainerFaultTable, ErrorTable, FaultTable};
use crate::rehearsal::ecs::{Fate, Place};
use crate::rehearsal::{balancing, code_deploy, ecr, ecs, logs, parameters, registry, scaling, secrets};

/// A fault of calls.
#[derive(Clone, Debug)]
pub struct ApiFault {
    /// `ecs`, `ecr`, `sts`, `registry`…
    pub service: String,
    /// The operation's name.
    pub operation: String,
    /// The account that calls, or whose registry is called; any.
    pub account: Option<String>,
    /// What the call is about; anything.
    pub resource: Option<String>,
    /// Matching calls let through first.
    pub skip: u32,
    /// Matching calls that go wrong then.
    pub times: u32,
    /// How.
    pub then: Consequence,
    /// Matching calls seen so far.
    pub seen: u32,
}

/// What a caller sees of a fault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Consequence {
    /// Rate exceeded.
    Throttle,
    /// Not authorized.
    AccessDenied,
    /// The connection is lost, and nothing was done.
    LostBefore,
    /// The connection is lost after it was done.
    LostAfter,
    /// The token used so far has expired.
    ExpiredToken,
    /// `RunTask` starts nothing, and says why with HTTP 200: `RESOURCE:MEMORY`.
    Failure { reason: String },
    /// Any error.
    Error { code: String, message: String, status: u16 },
}

/// A fault of containers.
#[derive(Clone, Debug)]
pub struct ContainerFault {
    pub account: Option<String>,
    pub cluster: Option<String>,
    pub service: Option<String>,
    pub container: Option<String>,
    /// Pattern with `*`.
    pub image: Option<String>,
    pub harm: Harm,
}

/// What happens to a container.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Harm {
    /// Its image cannot be pulled, and why.
    Unpullable(String),
    /// Its task cannot be initialized, and why.
    Uninitialized(String),
    /// It starts, and this becomes of it.
    Fate(Fate),
}

/// How long an unhealthy or exiting container lasts where the world does not say.
const AT_ONCE: Duration = Duration::from_secs(2);

impl ApiFault {
    /// Checks a `[[faults]]` table; the account is given as its twelve digits already.
    ///
    /// # Errors
    /// The key below the table, and what is wrong with its value.
    pub fn read(table: FaultTable, account: Option<String>) -> Result<ApiFault, (&'static str, String)> {
        let (service, operation) = known_operation(&table.on).map_err(|error| ("on", error))?;
        let then = consequence(table.then).map_err(|error| ("then", error))?;
        if matches!(then, Consequence::Failure { .. }) && table.on != "ecs:RunTask" {
            return Err(("then", "only ecs:RunTask has failures beside errors".to_owned()));
        }
        Ok(ApiFault {
            service,
            operation,
            account,
            resource: table.resource,
            skip: table.skip,
            times: if table.always { u32::MAX } else { table.times.unwrap_or(1) },
            then,
            seen: 0,
        })
    }

    /// Counts a call if it matches; whether it goes wrong.
    pub fn strikes(&mut self, service: &str, operation: &str, account: &str, resources: &[String]) -> bool {
        let about = |wanted: &String| {
            resources.iter().any(|resource| {
                resource == wanted || wanted.starts_with("sha256:") && resource.starts_with(wanted.as_str())
            })
        };
        let matches = self.service == service
            && (self.operation == operation || self.operation == "*")
            && self.account.as_ref().is_none_or(|wanted| wanted == account)
            && self.resource.as_ref().is_none_or(about);
        if !matches {
            return false;
        }
        self.seen = self.seen.saturating_add(1);
        self.seen > self.skip && self.seen - self.skip <= self.times
    }
}

impl ContainerFault {
    /// Checks a `[[container_faults]]` table; the account is given as its twelve digits already.
    ///
    /// # Errors
    /// The key below the table, and what is wrong with its value.
    pub fn read(table: ContainerFaultTable, account: Option<String>) -> Result<ContainerFault, (&'static str, String)> {
        let mut harms = Vec::new();
        let time = |key: &'static str, text: &str| duration(text).map_err(|error| (key, error));
        if let Some(exit) = table.exit {
            let after = exit.after.map_or(Ok(AT_ONCE), |text| time("exit.after", &text))?;
            harms.push(Harm::Fate(Fate::Exits { code: exit.code, reason: exit.reason, after }));
        }
        if let Some(after) = table.out_of_memory {
            let reason = Some("OutOfMemoryError: Container killed due to memory usage".to_owned());
            harms.push(Harm::Fate(Fate::Exits { code: 137, reason, after: time("out_of_memory", &after)? }));
        }
        harms.extend(table.unpullable.map(Harm::Unpullable));
        harms.extend(table.uninitialized.map(Harm::Uninitialized));
        if let Some(after) = table.unhealthy {
            harms.push(Harm::Fate(Fate::Unhealthy { after: time("unhealthy", &after)? }));
        }
        if let Some(after) = table.sickens {
            harms.push(Harm::Fate(Fate::Sickens { after: time("sickens", &after)? }));
        }
        if let Some(after) = table.reclaimed {
            harms.push(Harm::Fate(Fate::Reclaimed { after: time("reclaimed", &after)? }));
        }
        let (Some(harm), None) = (harms.pop(), harms.pop()) else {
            let problem = "exactly one of exit, out_of_memory, unpullable, uninitialized, unhealthy, sickens and reclaimed says what happens";
            return Err(("exit", problem.to_owned()));
        };
        Ok(ContainerFault {
            account,
            cluster: table.cluster,
            service: table.service,
            container: table.container,
            image: table.image,
            harm,
        })
    }

    /// Whether it is about this container, whose image has these names.
    pub fn concerns(&self, place: &Place, container: &str, images: &[String]) -> bool {
        let is = |wanted: &Option<String>, actual: &str| wanted.as_ref().is_none_or(|wanted| wanted == actual);
        is(&self.account, &place.account)
            && is(&self.cluster, &place.cluster)
            && is(&self.service, &place.service)
            && is(&self.container, container)
            && self.image.as_ref().is_none_or(|pattern| images.iter().any(|image| fits(pattern, image)))
    }
}

fn known_operation(on: &str) -> Result<(String, String), String> {
    let registry: Vec<&str> = registry::Action::NAMES.iter().map(|(name, _)| *name).collect();
    let services: [(&str, &[&str]); 10] = [
        ("ecs", &ecs::OPERATIONS),
        ("ecr", &ecr::OPERATIONS),
        ("sts", &["GetCallerIdentity"]),
        ("secretsmanager", &secrets::OPERATIONS),
        ("ssm", &parameters::OPERATIONS),
        ("logs", &logs::OPERATIONS),
        ("application-autoscaling", &scaling::OPERATIONS),
        ("codedeploy", &code_deploy::OPERATIONS),
        ("elasticloadbalancing", &balancing::OPERATIONS),
        ("registry", &registry),
    ];
    let (service, operation) = on.split_once(':').unwrap_or((on, ""));
    let Some((_, operations)) = services.iter().find(|(name, _)| *name == service) else {
        let known: Vec<&str> = services.iter().map(|(name, _)| *name).collect();
        return Err(format!("`{on}` has no known service, such as \"ecs:UpdateService\": one of {}", known.join(", ")));
    };
    if operation != "*" && !operations.contains(&operation) {
        return Err(format!("`{on}` is no operation of {service}: one of {}", operations.join(", ")));
    }
    Ok((service.to_owned(), operation.to_owned()))
}

fn consequence(value: toml::Value) -> Result<Consequence, String> {
    const NAMES: &str = "throttle, access_denied, lost_before, lost_after, expired_token";
    if let toml::Value::String(name) = &value {
        return Ok(match name.as_str() {
            "throttle" => Consequence::Throttle,
            "access_denied" => Consequence::AccessDenied,
            "lost_before" => Consequence::LostBefore,
            "lost_after" => Consequence::LostAfter,
            "expired_token" => Consequence::ExpiredToken,
            _ => {
                return Err(format!(
                    "`{name}` is not a consequence: one of {NAMES}, or {{ error = \"…\", message = \"…\" }}"
                ));
            }
        });
    }
    if let Some(reason) = value.get("failure").and_then(toml::Value::as_str) {
        return Ok(Consequence::Failure { reason: reason.to_owned() });
    }
    let table: ErrorTable = value.try_into().map_err(|error: toml::de::Error| error.message().to_owned())?;
    let status = table.status.unwrap_or(400);
    if !(400..=599).contains(&status) {
        return Err(format!("status {status} is not an error's: 400 to 599"));
    }
    Ok(Consequence::Error { code: table.error, message: table.message, status })
}

/// Whether a text fits a pattern in which `*` stands for anything.
pub fn fits(pattern: &str, text: &str) -> bool {
    let Some((first, rest)) = pattern.split_once('*') else {
        return pattern == text;
    };
    let Some(mut text) = text.strip_prefix(first) else {
        return false;
    };
    let mut parts: Vec<&str> = rest.split('*').collect();
    let last = parts.pop().unwrap_or_default();
    for part in parts {
        let Some((_, after)) = text.split_once(part) else {
            return false;
        };
        text = after;
    }
    text.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_fits_anything_where_it_has_a_star() {
        for (pattern, text, expected) in [
            ("*", "", true),
            ("*:1.4.2", "shop:1.4.2", true),
            ("*/shop:2026*", "r/shop:20261120-1.4.2", true),
            ("a*b*c", "a--b--c", true),
            ("a*b*c", "a--c--b", false),
            ("shop", "shop", true),
            ("shop", "shop2", false),
        ] {
            assert_eq!(fits(pattern, text), expected, "{pattern} {text}");
        }
    }

    #[test]
    fn a_fault_counts_only_calls_it_is_about() {
        let table = FaultTable {
            on: "ecs:UpdateService".into(),
            account: None,
            resource: Some("web".into()),
            skip: 1,
            times: Some(2),
            always: false,
            then: "throttle".into(),
        };
        let mut fault = ApiFault::read(table, None).expect("a fault");
        let mut strikes = |resource: &str| fault.strikes("ecs", "UpdateService", "1", &[resource.to_owned()]);
        let struck = [strikes("web"), strikes("jobs"), strikes("web"), strikes("web"), strikes("web")];
        assert_eq!(struck, [false, false, true, true, false]);
    }

    #[test]
    fn unknown_operations_and_consequences_are_named() {
        assert!(
            known_operation("ecs:UpdateServce")
                .is_err_and(|error| { error.contains("UpdateService,") || error.contains("UpdateService") })
        );
        assert!(known_operation("s3:GetObject").is_err_and(|error| error.contains("`s3:GetObject`")));
        assert!(consequence("explode".into()).is_err_and(|error| error.contains("`explode`")));
    }
}
