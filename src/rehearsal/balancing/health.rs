//! `DescribeTargetHealth`: each task of a service behind a target group is a target of it, from its start until it has
//! drained.

use serde_json::{Value, json};

use super::groups::groups;
use super::operations::not_found;
use crate::rehearsal::aws_error::AwsError;
use crate::rehearsal::ecs::{Hosted, Realm, Task};
use crate::rehearsal::identifier;
use crate::rehearsal::moment::Moment;
use crate::rehearsal::query::Form;

/// Answers `DescribeTargetHealth`, in the order in which the tasks were started.
pub fn describe(realm: &Realm, form: &Form, now: Moment) -> Result<Value, AwsError> {
    let groups = groups(realm);
    let (group, services) = groups.get(form.get("TargetGroupArn").unwrap_or_default()).ok_or_else(not_found)?;
    let mut found = Vec::new();
    for hosted in services {
        let mut tasks: Vec<&Task> = hosted.service.tasks.values().collect();
        tasks.sort_by_key(|task| task.number);
        for task in tasks {
            let Some((state, why)) = state(hosted, task, now) else {
                continue;
            };
            let mut health = json!({ "State": state });
            if let Some((members, (reason, description))) = health.as_object_mut().zip(why) {
                members.insert("Reason".to_owned(), json!(reason));
                members.insert("Description".to_owned(), json!(description));
            }
            found.push(json!({
                "Target": { "Id": address(task), "Port": group.port, "AvailabilityZone": format!("{}a", realm.region) },
                "HealthCheckPort": group.port.to_string(),
                "TargetHealth": health,
            }));
        }
    }
    Ok(json!({ "TargetHealthDescriptions": found }))
}

/// A state, and its reason with a description.
type State = (&'static str, Option<(&'static str, &'static str)>);

/// The state of a task's target; none for a task that has none, yet or any more.
fn state(hosted: &Hosted, task: &Task, now: Moment) -> Option<State> {
    task.started_at?;
    if task.unhealthy && !task.stopping {
        return Some(("unhealthy", Some(("Target.FailedHealthChecks", "Health checks failed"))));
    }
    if !task.stopping {
        return Some(if task.healthy {
            ("healthy", None)
        } else {
            ("initial", Some(("Elb.InitialHealthChecking", "Initial health checks in progress")))
        });
    }
    // the delay may be longer than the scheduler waits for: the target is then there when its task is gone
    let delay = hosted.deregistration_delay.unwrap_or(hosted.service.timings.deactivating);
    let draining = task.stopping_at.is_some_and(|stopping| now < stopping.after(delay));
    let why = ("Target.DeregistrationInProgress", "Target deregistration is in progress");
    draining.then_some(("draining", Some(why)))
}

/// An address in the VPC for a task.
fn address(task: &Task) -> String {
    let digits = identifier::hexadecimal(&["address", &task.id], 6);
    let byte = |at: usize| u8::from_str_radix(digits.get(at..at + 2).unwrap_or_default(), 16).unwrap_or_default();
    format!("10.{}.{}.{}", byte(0), byte(2), byte(4))
}
