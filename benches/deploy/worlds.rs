//! The worlds that are deployed to.

use std::fmt::Write as _;

const HEAD: &str = r#"
now = "2026-11-20T02:00+09:00"
latency = "3ms"
[accounts.prod]
id = "222222222222"
region = "ap-northeast-1"
[[repositories]]
account = "prod"
name = "shop"
[[repositories.images]]
tags = ["1", "2"]
layers = [{ size = "1MB" }]
[[task_definitions]]
account = "prod"
file = "web.json"
[[clusters]]
account = "prod"
name = "prod"
"#;

/// `web.json` beside the world.
pub const WEB: &str = r#"{
  "family": "web", "cpu": "256", "memory": "512", "networkMode": "bridge",
  "containerDefinitions": [
    { "name": "app", "image": "${registry}/shop:1", "essential": true, "portMappings": [{ "containerPort": 8080 }] }
  ]
}"#;

/// Nothing takes any time.
pub fn instant() -> String {
    services(1, &[])
}

/// The new tasks run after four seconds and are healthy after ten, when the old ones go.
pub fn ten_seconds() -> String {
    services(1, &[("pending", "4s"), ("healthy", "6s")])
}

/// So many services, as Fargate is: a minute and a half until the old tasks are gone.
pub fn many(services_there: usize) -> String {
    let timings = [("pending", "30s"), ("healthy", "15s"), ("deactivating", "30s"), ("stopping", "15s")];
    services(services_there, &timings)
}

fn services(count: usize, timings: &[(&str, &str)]) -> String {
    let mut world = HEAD.to_owned();
    for number in 0..count {
        let name = if count == 1 { "web".to_owned() } else { format!("web-{number}") };
        let _ = write!(world, "[[clusters.services]]\nname = \"{name}\"\ntask_definition = \"web:1\"\ndesired = 2\n");
        let _ = writeln!(world, "[clusters.services.timings]");
        for stage in [
            "provisioning",
            "pending",
            "healthy",
            "deactivating",
            "stopping",
            "deprovisioning",
            "settling",
            "starting",
            "shift",
            "cleanup",
        ] {
            let lasts = timings.iter().find(|(name, _)| *name == stage).map_or("0s", |(_, lasts)| lasts);
            let _ = writeln!(world, "{stage} = \"{lasts}\"");
        }
    }
    world
}
