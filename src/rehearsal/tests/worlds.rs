//! World files: those of the project load, and mistakes in one are named.

use super::support::{parse, project, release_text};
use crate::rehearsal::World;

#[test]
fn every_world_of_the_project_loads() {
    for name in [
        "scripts/release",
        "tests/worlds/second",
        "tests/worlds/container-exits",
        "tests/worlds/image-cannot-be-pulled",
        "tests/worlds/tested-image-missing",
        "tests/worlds/target-repository-missing",
        "tests/worlds/wrong-account",
        "tests/worlds/token-expires",
    ] {
        let world = World::load(&project(&format!("{name}.world.toml")));
        let world = world.unwrap_or_else(|error| panic!("{error}"));
        assert!(world.args().contains_key("image"), "{name}");
        assert!(world.account("test").is_some() && world.account("prod").is_some(), "{name}");
        assert!(world.account("staging").is_none(), "{name}");
    }
}

#[test]
fn a_world_says_who_when_and_with_what() {
    let world = parse(&format!("{}\n[env]\nGREETING = \"hello\"", release_text())).expect("a world");
    assert_eq!(world.start().to_string(), "2026-11-19T17:00:00Z");
    let prod = world.account("prod").expect("prod");
    assert_eq!((prod.id.as_str(), prod.region.as_str()), ("222222222222", "ap-northeast-1"));
    assert_eq!(world.environment().get("GREETING").map(String::as_str), Some("hello"));
}

#[test]
fn mistakes_are_named_with_their_key() {
    let text = release_text();
    let table = [
        (text.replace("now = ", "nwo = "), "nwo"),
        (text.replace("2026-11-20T02:00+09:00", "tomorrow"), ": now: "),
        (text.replace("\"222222222222\"", "\"2222\""), ": accounts.prod.id: `2222` is not an account id"),
        (text.replace("account = \"prod\"", "account = \"prd\""), "there is no [accounts.prd]; there are: prod, test"),
        (
            text.replace("world/app\"", "world/nothing\""),
            ": repositories[0].images[0].layers[2]: the folder `world/nothing`",
        ),
        (text.replace("{ size = \"600KB\" }", "{ sise = \"1MB\" }"), "sise"),
        (text.replace("600KB", "heavy"), "`heavy` is not a size"),
        (text.replace("web:7", "web:6"), ": clusters[0].services[0].task_definition: `web:6` is in none"),
        (
            text.replace("20261105-1.4.1", "other"),
            "container `app` runs 222222222222.dkr.ecr.ap-northeast-1.amazonaws.com/shop:20261105-1.4.1, which is in no repository",
        ),
        (text.replace("world/web.json", "world/app/app/start"), "it is not JSON"),
        (text.replace("maximum_percent = 200", "maximum_percent = 50"), ": clusters[0].services[0].deployment: "),
        (
            text.replace("desired = 2", "desired = 2\ntimings = { pending = \"soon\" }"),
            ": clusters[0].services[0].timings.pending: `soon`",
        ),
        (
            format!("{text}\n[[faults]]\non = \"ecs:DoIt\"\nthen = \"throttle\""),
            ": faults[0].on: `ecs:DoIt` is no operation of ecs",
        ),
        (format!("{text}\n[[faults]]\non = \"ecs:ListTasks\"\nthen = \"burn\""), ": faults[0].then: `burn`"),
        (format!("{text}\n[[container_faults]]\nservice = \"web\""), ": container_faults[0].exit: exactly one"),
        (format!("{text}\n[[registries]]\nhost = \"r.io\"\nusername = \"u\""), ": registries[0]: either anonymous"),
    ];
    for (text, expected) in table {
        let error = parse(&text).expect_err(expected).to_string();
        assert!(error.contains("release.world.toml") || error.contains("start"), "{error}");
        assert!(error.contains(expected), "{error}\nhas not {expected}");
    }
}

#[test]
fn a_world_that_is_not_there_says_where_to_put_it() {
    let error = World::load(&project("scripts/none.world.toml")).expect_err("no file").to_string();
    assert!(error.contains("none.world.toml"), "{error}");
    assert!(error.contains("put it beside the script"), "{error}");
}
