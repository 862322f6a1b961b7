//! A script that deploys two services at the same time, and its world.

use super::checkout;
use super::project::Project;

/// Two services at the same time, with the image that was copied before.
const BRANCHES: &str = r#"
    const ARGS = #{ image: #{ help: "tested image", kind: "image", required: true } };
    let test = aws::session("test");
    let prod = aws::session("prod");
    let target = ecr::repository(prod, "shop").image("1.4.2");
    let released = image::copy(image::parse(args.image), target, #{ from: test, to: prod });
    parallel(["web", "worker"], |name| {
        let rollout = ecs::service(prod, "prod", name).deploy(#{ images: #{ app: released } });
        rollout.wait("drained", #{ timeout: "15m" });
        rollout.task_definition
    })
"#;

/// The release's project with a second service beside the first, and a script that deploys both.
pub fn project() -> Project {
    let scripts = checkout().join("scripts");
    let text = |name: &str| std::fs::read_to_string(scripts.join(name)).expect("the release's world");
    let worker = text("world/web.json").replace("\"family\": \"web\"", "\"family\": \"worker\"");
    let clusters = "[[clusters]]\naccount = \"prod\"\n";
    let definition =
        "[[task_definitions]]\naccount = \"prod\"\nfile = \"world/worker.json\"\nrevision = 3\n\n".to_owned();
    let service = "\n[[clusters.services]]\nname = \"worker\"\ntask_definition = \"worker:3\"\ndesired = 3\n";
    let world = text("release.world.toml");
    assert!(worker.contains("\"family\": \"worker\"") && world.contains(clusters));
    let world = world.replace(clusters, &(definition + clusters)) + service;
    Project::with_the_release()
        .file("scripts/both.rhai", BRANCHES)
        .file("scripts/both.world.toml", world)
        .file("scripts/world/worker.json", worker)
}
