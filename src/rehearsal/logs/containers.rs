//! Containers with the awslogs driver write into their streams: `prefix/container/task-id`.

use std::collections::BTreeMap;

use serde_json::Value;

use super::store::{Line, Logs};
use crate::rehearsal::ecs::{Place, Realm, Task};
use crate::rehearsal::estate::Estates;
use crate::rehearsal::world::{ContainerLog, TaskRun};

/// The tasks whose containers have begun to write, and whether they have ended since.
pub type Following = BTreeMap<String, bool>;

/// Opens the streams of containers that have started, and closes those of containers that have ended.
pub fn follow(
    realm: &Realm,
    estates: &mut Estates,
    following: &mut Following,
    runs: &[TaskRun],
    logs: &[ContainerLog],
) {
    for cluster in realm.clusters.values() {
        for hosted in cluster.services.values() {
            for task in hosted.service.tasks.values() {
                let place = &hosted.service.place;
                let lines = |family: &str, container: &str, image: &str| written(logs, place, family, container, image);
                follow_task(realm, task, estates, following, &lines);
            }
        }
        for run in cluster.runs.tasks.values() {
            let place = Place { account: realm.account.clone(), cluster: cluster.name.clone(), service: String::new() };
            let lines = |family: &str, container: &str, image: &str| {
                let command = run.order.commands.get(container).map_or(&[][..], Vec::as_slice);
                let own = runs.iter().find(|run| run.concerns(&place, family, container, command));
                let own = own.filter(|run| !run.lines.is_empty()).map(|run| run.lines.clone());
                own.unwrap_or_else(|| written(logs, &place, family, container, image))
            };
            follow_task(realm, &run.task, estates, following, &lines);
        }
    }
}

fn written(logs: &[ContainerLog], place: &Place, family: &str, container: &str, image: &str) -> Vec<Line> {
    let found = logs.iter().find(|log| log.concerns(place, family, container, image));
    found.map(|log| log.lines.clone()).unwrap_or_default()
}

fn follow_task(
    realm: &Realm,
    task: &Task,
    estates: &mut Estates,
    following: &mut Following,
    lines: &dyn Fn(&str, &str, &str) -> Vec<Line>,
) {
    let (Some(started), ended) = (task.started_at, task.execution_stopped_at) else {
        return;
    };
    let known = following.get(&task.id).copied();
    if known == Some(ended.is_some()) {
        return;
    }
    let Some(definition) = realm.definitions.find(&task.revision.arn) else {
        return;
    };
    let family = definition.document.get("family").and_then(Value::as_str).unwrap_or_default();
    let containers = definition.document.get("containerDefinitions").and_then(Value::as_array);
    for container in containers.into_iter().flatten() {
        let text = |pointer: &str| container.pointer(pointer).and_then(Value::as_str);
        let option = |name: &str| text(&format!("/logConfiguration/options/{name}"));
        let (Some("awslogs"), Some(group), Some(name)) =
            (text("/logConfiguration/logDriver"), option("awslogs-group"), text("/name"))
        else {
            continue;
        };
        // without a prefix, the stream has the name that the container runtime gives
        let stream = match option("awslogs-stream-prefix") {
            Some(prefix) => format!("{prefix}/{name}/{}", task.id),
            None => task.id.clone(),
        };
        let region = option("awslogs-region").unwrap_or(&realm.region);
        let own: &mut Logs = &mut estates.entry((realm.account.clone(), region.to_owned())).or_default().logs;
        if known.is_none() {
            own.begin(group, stream.clone(), started, &lines(family, name, text("/image").unwrap_or_default()));
        }
        if let Some(ended) = ended {
            own.end(group, &stream, ended);
        }
    }
    following.insert(task.id.clone(), ended.is_some());
}
