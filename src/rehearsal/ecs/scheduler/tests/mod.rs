//! Stories of services: what the scheduler does, second by second.

mod courses;
mod failures;
mod rolls;
mod swaps;
mod troubles;

use std::time::Duration;

use super::*;
use crate::rehearsal::moment::Moment;

/// New images share the fate that a story gives them; old ones run.
struct Fates(Result<Fate, String>);

impl Surroundings for Fates {
    fn start(&self, _: &Place, _: &str, image: &str) -> Result<Started, String> {
        let fate = if image == "new" { self.0.clone()? } else { Fate::Runs };
        Ok(Started { digest: format!("digest of {image}"), fate })
    }
}

fn start() -> Moment {
    Moment::of("2026-11-20T02:00:00Z".parse().expect("a time"))
}

fn revision(image: &str) -> Revision {
    Revision {
        arn: format!("web:{image}"),
        containers: vec![ContainerSpec {
            name: "app".into(),
            image: image.into(),
            essential: true,
            health_check: true,
        }],
        cpu: None,
        memory: None,
    }
}

fn service(desired: u32, rules: Rules, balanced: bool) -> Service {
    let place = Place { account: "1".into(), cluster: "prod".into(), service: "web".into() };
    let digests = ["digest of old".to_owned()];
    let arn = "arn:service/prod/web".to_owned();
    let mut service = Service::established(place, arn, desired, revision("old"), &digests, start());
    service.rules = rules;
    service.target = balanced.then(|| TargetGroup { arn: "arn:web".into(), container: "app".into(), port: 80 });
    service
}

fn breaker(rollback: bool) -> Rules {
    Rules { breaker: true, rollback, ..Rules::default() }
}

/// One line whenever the counts of the service change: the second, then what each deployment
/// has desired to run, pending, running, healthy, and leaving.
fn timeline(service: &mut Service, fates: &Fates, seconds: u64) -> Vec<String> {
    let mut lines: Vec<(u64, String)> = Vec::new();
    for second in 0..=seconds {
        service.advance(start().after(Duration::from_secs(second)), fates);
        let mut parts: Vec<String> = Vec::new();
        for image in ["new", "old"] {
            let tasks: Vec<&Task> =
                service.tasks.values().filter(|task| task.revision.arn == format!("web:{image}")).collect();
            let count = |wanted: &dyn Fn(&Task) -> bool| tasks.iter().filter(|task| wanted(task)).count();
            let leaving = count(&|task| task.stopping && task.stage != Stage::Stopped);
            parts.push(format!(
                "{image} {}p {}r {}h {leaving}l",
                count(&Task::is_pending),
                count(&|task: &Task| task.is_running()),
                count(&|task| task.healthy),
            ));
        }
        let states: Vec<&str> = service.deployments.iter().map(|deployment| deployment.rollout.name()).collect();
        let line = format!("{} | {}", parts.join(", "), states.join(" "));
        if lines.last().is_none_or(|(_, last)| *last != line) {
            lines.push((second, line));
        }
    }
    lines.into_iter().map(|(second, line)| format!("{second:>3} {line}")).collect()
}

/// The events since the start, oldest first, with names for identifiers.
fn messages(service: &Service) -> Vec<String> {
    let short = |message: &str| {
        let mut words: Vec<&str> = Vec::new();
        for word in message.trim_start_matches("(service web) ").split(' ') {
            let task = word.trim_end_matches(['.', ')']);
            let is_task = task.len() == 32 && task.bytes().all(|byte| byte.is_ascii_hexdigit());
            words.push(match word {
                _ if is_task => "T)",
                _ if word.starts_with("ecs-svc/") => "D)",
                other => other,
            });
        }
        words.join(" ")
    };
    let mut messages: Vec<String> = service.events.iter().map(|event| short(&event.message)).collect();
    messages.reverse();
    messages.split_off(1)
}

/// The second of a line of the timeline, and what is behind it, for stories about few of them.
fn line_at(lines: &[String], second: u64) -> &str {
    let prefix = format!("{second:>3} ");
    lines.iter().find_map(|line| line.strip_prefix(&prefix)).unwrap_or("nothing changes")
}
