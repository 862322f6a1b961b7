//! `gantry.toml`, world files and sessions with mistakes: told with file, line and caret before anything runs.
#![allow(clippy::disallowed_methods, reason = "stories set up files, servers and processes")]

mod support;

use support::gantry;
use support::project::Project;
use support::silent::Silent;

const HINT: &str = "  hint: sessions and registries are described in the README\n";
const WORLD: &str =
    "now = \"2026-11-20T02:00+09:00\"\n\n[accounts.prod]\nid = \"222222222222\"\nregion = \"eu-central-1\"\n";

#[test]
fn a_mistake_in_the_settings_is_told_with_its_line() {
    let unknown = "TOML parse error at line 2, column 1\n  |\n2 | regoin = \"x\"\n  | ^^^^^^\n\
                   unknown field `regoin`, expected one of `profile`, `region`, `assume_role`, `external_id`, `endpoint`, \
                   `expect_account`, `echo`\n";
    let section = "TOML parse error at line 1, column 2\n  |\n1 | [sesions.prod]\n  |  ^^^^^^^\n\
                   unknown field `sesions`, expected one of `sessions`, `registries`, `deadline`\n";
    let broken = "TOML parse error at line 1, column 15\n  |\n1 | [sessions.prod\n  |               ^\n\
                  unclosed table, expected `]`\n";
    let table = [
        ("[sessions.prod]\nregoin = \"x\"\n", unknown),
        ("[sesions.prod]\nregion = \"x\"\n", section),
        ("[sessions.prod\nregion = \"x\"\n", broken),
    ];
    for (settings, told) in table {
        let project = Project::empty().file("gantry.toml", settings).file("r.rhai", "print(\"never\")");
        let file = project.root.join("gantry.toml");
        let expected = format!("error: {} has a mistake\n{told}{HINT}", file.display());
        gantry(&project.root).args(["run", "r.rhai"]).ends().is(2, "", &expected);
        gantry(&project.root).args(["rehearse", "r.rhai"]).ends().is(2, "", &expected);
        gantry(&project.root).args(["eval", "1"]).ends().is(2, "", &expected);
        gantry(&project.root).args(["list"]).ends().is(2, "", &expected);
        gantry(&project.root).args(["help", "deploy"]).ends().is(2, "", &expected);
        let counted = "checked 1 script: 1 mistake, 0 warnings\n";
        gantry(&project.root).args(["check", "r.rhai"]).ends().is(2, counted, &expected);
    }
}

#[test]
fn the_settings_above_the_script_hold_wherever_gantry_is_started() {
    let project = Project::empty().file("gantry.toml", "[sessions.prod]\nregoin = 1\n").file("deep/er/r.rhai", "1");
    let elsewhere = Project::empty();
    let script = project.root.join("deep/er/r.rhai").display().to_string();
    let ended = gantry(&elsewhere.root).args(["run", &script]).ends();
    ended.exits(2).prints_nothing().says(["gantry.toml has a mistake", "line 2, column 1", "`regoin`"]);
}

#[test]
fn a_session_that_is_not_in_the_settings_is_told() {
    let settings = "[sessions.prod]\nregion = \"eu-central-1\"\n";
    let project = Project::empty().file("gantry.toml", settings).file("r.rhai", "aws::session(\"prdo\").account()");
    let ended = gantry(&project.root).args(["run", "r.rhai"]).ends().timeless();
    ended.exits(2).prints_nothing().says([
        "  x there is no session `prdo`: gantry.toml has ",
        "`prod`",
        "\n   ,-[r.rhai:1:22]\n 1 | aws::session(\"prdo\").account()\n   :                      ^^^^^^^\n   `----\n",
        "0 of them changed something\n",
    ]);
}

fn with_world(world: &str) -> Project {
    Project::empty().file("r.rhai", "print(\"never\")").file("r.world.toml", world)
}

#[test]
fn a_world_that_is_not_there_is_named() {
    let project = Project::empty().file("r.rhai", "print(\"never\")");
    let file = project.root.join("r.world.toml");
    let expected = format!(
        "error: there is no world file {}\n  hint: describe the accounts, images and services to rehearse against there, \
         or name another with --world\n",
        file.display()
    );
    gantry(&project.root).args(["rehearse", "r.rhai"]).ends().is(2, "", &expected);
    let named = gantry(&project.root).args(["rehearse", "r.rhai", "--world", "nope.toml"]).ends();
    named.exits(2).prints_nothing().says(["error: nope.toml: ", "cannot be read"]);
    let built_in = gantry(&project.root).args(["rehearse", "deploy", "--cluster", "c"]).ends();
    built_in.is(2, "", "error: a built-in command has no world file of its own\n  hint: name one with --world\n");
}

#[test]
fn a_mistake_in_a_world_is_told_with_its_line() {
    let table: [(&str, [&str; 4]); 4] = [
        (
            "colour = 1\n",
            ["line 6, column 1", "6 | colour = 1", "^^^^^^", "unknown field `colour`, expected `id` or `region`"],
        ),
        (
            "[acounts.test]\nid = \"1\"\n",
            ["line 6, column 2", "6 | [acounts.test]", "^^^^^^^", "unknown field `acounts`"],
        ),
        ("[accounts.test\n", ["line 6, column 15", "6 | [accounts.test", "^", "unclosed table"]),
        (
            "[[clusters]]\naccount = \"prod\"\nname = \"prod\"\n[[clusters.services]]\nname = \"web\"\ndesird = 1\n",
            ["line 11, column 1", "11 | desird = 1", "^^^^^^", "unknown field `desird`"],
        ),
    ];
    for (text, told) in table {
        let project = with_world(&format!("{WORLD}{text}"));
        let ended = gantry(&project.root).args(["rehearse", "r.rhai"]).ends();
        ended.exits(2).prints_nothing().says(["error: ", "r.world.toml"]).says(told);
        assert!(
            !ended.stderr.contains("never") && !ended.stderr.contains("\n\n"),
            "nothing ran, nothing is empty\n{ended}"
        );
    }
}

#[test]
fn a_world_gives_only_arguments_that_the_script_has() {
    let project = with_world(&WORLD.replace("\n\n", "\n[args]\nimgae = \"a\"\n"));
    let script = "const ARGS = #{ image: #{ kind: \"image\" } };\nprint(\"never\")";
    let project = project.file("r.rhai", script);
    let ended = gantry(&project.root).args(["rehearse", "r.rhai"]).ends();
    ended.is(2, "", "error: the script has no argument `imgae`\n  hint: did you mean `image`?\n");
}

#[test]
fn a_session_without_an_account_in_the_world_is_told() {
    let project = with_world(WORLD).file("r.rhai", "aws::session(\"prdo\").account()");
    gantry(&project.root).args(["rehearse", "r.rhai"]).ends().is(
        2,
        "",
        "  x the rehearsed world has no account for session `prdo`: it has `prod`\n   ,-[r.rhai:1:22]\n \
         1 | aws::session(\"prdo\").account()\n   :                      ^^^^^^^\n   `----\n  \
         help: name an account in the world file like the session, or the session like an account\n\n\
         failed in 0.0s: 1 call, 0 of them changed something\n",
    );
}

#[test]
fn a_rehearsal_asks_nobody_outside() {
    let script = "let prod = aws::session(\"prod\");\nlog::info(prod.region());\nprod.account()\n";
    let settings = "[sessions.prod]\nprofile = \"nobody\"\nendpoint = \"http://127.0.0.1:1\"\n";
    let project = with_world(WORLD).file("r.rhai", script).file("gantry.toml", settings);
    let ended = gantry(&project.root)
        .args(["rehearse", "r.rhai"])
        .env("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
        .env("AWS_PROFILE", "nobody")
        .ends();
    let told = "   0.0s  eu-central-1\n\ndone in 0.0s: 1 call, 0 of them changed something\n";
    ended.timeless().is(0, "\"222222222222\"\n", told);
    assert!(project.kept().is_empty(), "a rehearsal keeps nothing");
}

#[test]
fn an_endpoint_that_is_not_awss_has_refused_and_decided_nothing() {
    let endpoint = Silent::start();
    let settings = format!("[sessions.prod]\nregion = \"eu-central-1\"\nendpoint = \"{}\"\n", endpoint.url);
    let script =
        "let prod = aws::session(\"prod\");\nlet web = ecs::service(prod, \"prod\", \"web\");\nweb.task_definition()\n";
    let project = Project::empty().file("r.rhai", script).file("gantry.toml", &settings);
    for page in ["<html>Welcome</html>", "[]", "{\"services\":"] {
        endpoint.answer(200, page);
        let command = gantry(&project.root).args(["run", "r.rhai"]);
        let ended = command.env("AWS_ACCESS_KEY_ID", "key").env("AWS_SECRET_ACCESS_KEY", "secret").ends().timeless();
        ended.exits(3).prints_nothing().says([
            "ecs:DescribeServices of service `web` in cluster `prod` (session `prod`",
            "the answer cannot be understood: ",
            "help: is the endpoint really AWS's, and is there a proxy between?",
            "0 of them changed something\n",
        ]);
        assert_eq!(endpoint.asked(), "AmazonEC2ContainerServiceV20141113.DescribeServices", "once");
    }
}
