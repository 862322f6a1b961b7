//! Whether a run does what was planned: calls compared with symbols bound, and reads by what matters.

use crate::domain::image_reference::{Digest, Reference};
use crate::effects::call::{Call, EcsCall, TaskCall};
use crate::effects::reply::Reply;
use serde_json::Value;
use std::collections::BTreeMap;

/// Symbol (`<new-1>` in its place: a revision, a deployment's id) → what AWS chose.
pub type Bound = BTreeMap<String, String>;

/// Whether `now` is the planned call, with symbols standing for what AWS chose; binds those that are met first.
pub fn agree(planned: &Call, now: &Call, bound: &mut Bound) -> bool {
    let timed = resumed_wait(planned, now);
    let (Ok(planned), Ok(now)) = (serde_json::to_value(timed.as_ref().unwrap_or(planned)), serde_json::to_value(now))
    else {
        return false;
    };
    same(&planned, &now, bound)
}

/// A wait that goes on after a pause has what is left of its time, which no plan can know: the planned call with the time
/// that it has now.
fn resumed_wait(planned: &Call, now: &Call) -> Option<Call> {
    let Call::Ecs(EcsCall::WatchRollout { timeout_millis: left, .. }) = now else { return None };
    let mut planned = planned.clone();
    match &mut planned {
        Call::Ecs(EcsCall::WatchRollout { target, timeout_millis, .. })
            if !target.answered.is_empty() && left <= timeout_millis =>
        {
            *timeout_millis = *left;
        }
        _ => return None,
    }
    Some(planned)
}

fn same(planned: &Value, now: &Value, bound: &mut Bound) -> bool {
    match (planned, now) {
        (Value::String(planned), Value::String(now)) => same_text(planned, now, bound),
        (Value::Array(planned), Value::Array(now)) => {
            planned.len() == now.len() && planned.iter().zip(now).all(|(planned, now)| same(planned, now, bound))
        }
        (Value::Object(planned), Value::Object(now)) => {
            planned.len() == now.len()
                && planned.iter().all(|(key, planned)| now.get(key).is_some_and(|now| same(planned, now, bound)))
        }
        (planned, now) => planned == now,
    }
}

/// A symbol stands where AWS chooses: an ARN `…:task-definition/web:<new-1>`, an id `ecs-svc/<new-1>`, a run `<new-run>`.
fn same_text(planned: &str, now: &str, bound: &mut Bound) -> bool {
    if planned == now {
        return true;
    }
    if built(planned, now) {
        return *bound.entry(planned.to_owned()).or_insert_with(|| now.to_owned()) == now;
    }
    // account, Region and partition of a planned ARN are ours to guess, and the session's to know
    let ends = |text: &str| text.split_once(":task-definition/").map(|(_, end)| end.to_owned());
    let (planned, now) = match (ends(planned), ends(now)) {
        (Some(planned), Some(now)) => (planned, now),
        _ => (planned.to_owned(), now.to_owned()),
    };
    let Some((before, rest)) = planned.split_once("<new-") else { return false };
    let Some((_, after)) = rest.split_once('>') else { return false };
    let chosen = now.strip_prefix(before).and_then(|end| end.strip_suffix(after));
    if chosen.is_none_or(str::is_empty) {
        return false;
    }
    *bound.entry(planned).or_insert_with(|| now.clone()) == now
}

/// Whether an image that was planned by its tag, because it is built, is now named with its digest too.
fn built(planned: &str, now: &str) -> bool {
    let digest = now.strip_prefix(planned).and_then(|rest| rest.strip_prefix('@'));
    let tagged = || Reference::parse(planned).is_ok_and(|image| image.tag().is_some() && image.digest().is_none());
    digest.is_some_and(|digest| Digest::parse(digest).is_ok()) && tagged()
}

/// What has moved since a read was planned, in lines; empty where nothing that matters has.
///
/// Counts of running tasks, events and instants change all the time and decide nothing; the deployment that a service
/// is on, its settings, a revision's content, a tag's digest do.
pub fn moved(call: &Call, then: &Reply, now: &Reply) -> Vec<String> {
    if then == now {
        return Vec::new();
    }
    match (call, then, now) {
        // only what the release waits for looks at them
        (
            Call::Ecs(EcsCall::ListTasks { .. } | EcsCall::DescribeTasks { .. })
            | Call::Task(TaskCall::ListTasks { .. } | TaskCall::GetLogEvents { .. }),
            _,
            _,
        ) => Vec::new(),
        (_, Reply::Document(then), Reply::Document(now)) => {
            let (mut then, mut now) = (then.clone(), now.clone());
            settle(&mut then);
            settle(&mut now);
            crate::domain::diff::differences(&then, &now, &crate::domain::diff::Rules::PLAIN)
                .iter()
                .map(ToString::to_string)
                .collect()
        }
        (_, Reply::Image(then), Reply::Image(now)) => {
            let digest = |facts: &Option<crate::domain::image_facts::ImageFacts>| {
                facts.as_ref().map_or_else(|| "not there".to_owned(), |facts| facts.digest.to_string())
            };
            let (then, now) = (digest(then), digest(now));
            if then == now { Vec::new() } else { vec![format!("digest: {then} → {now}")] }
        }
        (_, Reply::Secret(then), Reply::Secret(now)) => vec![format!("version: {} → {}", then.version, now.version)],
        _ => vec!["it reads otherwise".to_owned()],
    }
}

/// Members that change by themselves.
const RESTLESS: [&str; 12] = [
    "events",
    "runningCount",
    "pendingCount",
    // auto scaling owns it
    "desiredCount",
    "failedTasks",
    "updatedAt",
    "createdAt",
    "rolloutState",
    "rolloutStateReason",
    "lastRecordedPullTime",
    "registeredAt",
    "currentServiceDeployment",
];

fn settle(value: &mut Value) {
    match value {
        Value::Object(members) => {
            // what an earlier deployment still drains is nobody's change
            if let Some(Value::Array(deployments)) = members.get_mut("deployments") {
                deployments.retain(|one| one.get("status").is_some_and(|status| status == "PRIMARY"));
            }
            for member in RESTLESS {
                members.shift_remove(member);
            }
            members.values_mut().for_each(settle);
        }
        Value::Array(items) => items.iter_mut().for_each(settle),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn update(definition: &str, service: &str) -> Call {
        let document = json!({ "service": service, "taskDefinition": definition });
        Call::Ecs(EcsCall::UpdateService { session: "prod".into(), document, before: Some("ecs-svc/1".into()) })
    }

    #[test]
    fn a_symbol_stands_for_one_thing_that_aws_chooses() {
        let arn = |revision: &str| format!("arn:aws:ecs:eu:1:task-definition/web:{revision}");
        let mut bound = Bound::new();
        assert!(agree(&update(&arn("<new-1>"), "web"), &update(&arn("8"), "web"), &mut bound));
        assert!(agree(&update(&arn("<new-1>"), "web"), &update(&arn("8"), "web"), &mut bound));
        assert!(!agree(&update(&arn("<new-1>"), "web"), &update(&arn("9"), "web"), &mut bound), "bound to 8");
        assert!(!agree(&update(&arn("7"), "web"), &update(&arn("8"), "web"), &mut bound));
        assert!(!agree(&update(&arn("<new-2>"), "web"), &update("other:8", "web"), &mut bound));
        assert!(!agree(&update(&arn("<new-1>"), "web"), &update(&arn("8"), "api"), &mut bound));
        let china = "arn:aws-cn:ecs:cn-north-1:2:task-definition/web:8";
        assert!(
            agree(&update(&arn("<new-1>"), "web"), &update(china, "web"), &mut bound),
            "the partition is not planned"
        );
        assert!(!agree(&update("web:<new-1>-blue", "web"), &update("web:8-green", "web"), &mut bound));
        assert!(agree(&update("<new-user>", "web"), &update("<new-user>", "web"), &mut bound), "a text of the user's");
    }

    #[test]
    fn an_image_that_is_built_has_its_digest_only_when_it_is() {
        let digest = |digit: &str| format!("reg.example/shop:1@sha256:{}", digit.repeat(64));
        let mut bound = Bound::new();
        assert!(agree(&update("reg.example/shop:1", "web"), &update(&digest("a"), "web"), &mut bound));
        assert!(!agree(&update("reg.example/shop:1", "web"), &update(&digest("b"), "web"), &mut bound), "bound");
        assert!(!agree(&update("reg.example/shop", "web"), &update("reg.example/shop:1", "web"), &mut bound));
        assert!(!agree(&update("reg.example/shop:2", "web"), &update(&digest("a"), "web"), &mut bound));
    }

    #[test]
    fn what_changes_by_itself_does_not_matter_and_what_someone_changes_does() {
        let call = Call::Ecs(EcsCall::DescribeServices {
            session: "p".into(),
            cluster: "c".into(),
            services: vec!["web".into()],
        });
        let service = |running: u32, definition: &str| {
            Reply::Document(json!({ "services": [{ "serviceName": "web", "runningCount": running,
                "taskDefinition": definition, "events": [running] }] }))
        };
        assert_eq!(moved(&call, &service(2, "web:7"), &service(1, "web:7")), Vec::<String>::new());
        assert_eq!(moved(&call, &service(2, "web:7"), &service(2, "web:9")).len(), 1);
    }
}
