//! Secrets that a script fetches: they are used, and found in no file, no line and no error, whatever is done with them.
#![allow(clippy::disallowed_methods, reason = "stories set up files, servers and processes")]

mod support;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use support::moto::{Account, REGION};
use support::project::Project;
use support::running::Running;
use support::servers::Server;
use support::silent::Silent;
use support::{Ended, Started, gantry};

/// One that looks different in every form.
const PASSWORD: &str = r#"pä"ss\w/örd +1%2"#;
const TOKEN: &str = "token/of+the story?";
const VARIABLE: &str = "the value of a variable";

/// What is done with them: told, put into calls that fail and are caught, put into a task definition, and thrown.
const SCRIPT: &str = r#"
let prod = aws::session("default");
let password = secret::get(prod, "shop/db", #{ key: "password" });
let token = ssm::parameter(prod, "/shop/token");
let variable = env::secret("DEPLOY_TOKEN");
log::info(`fetched ${password}, ${token} and ${variable}, and port ${ssm::parameter(prod, "/shop/port")}`);
print(`revealed ${password.reveal()}, ${token.reveal()} and ${variable.reveal()}`);
let web = ecs::service(prod, "prod", "web");
for value in [password.reveal(), token.reveal(), variable.reveal()] {
    try { ecs::service(prod, value, "web").task_definition() } catch (e) { log::info(`caught ${e.message}`); }
}
let rollout = web.deploy(#{
    env: #{ app: #{ PASSWORD: password.reveal(), URL: `db://u:${token.reveal()}@h?x=${variable.reveal()}` } },
    secrets: #{ app: #{ DB: password.value_from } },
});
approve("go on?");
let running = web.task_definition();
for value in [password.reveal(), token.reveal(), variable.reveal()] {
    if !json::stringify(running).contains(value.split("\"")[0]) { throw "it is not what was registered"; }
}
#{ task_definition: rollout.task_definition, told: [password.reveal(), token.reveal(), variable.reveal()] }
"#;

/// moto with the secrets and the service, and a project with the script.
fn stage() -> (Server, Project) {
    let moto = Server::moto();
    let account = Account::test(&moto).with_the_service();
    let secret = json!({ "username": "shop", "password": PASSWORD }).to_string();
    account.aws(&["secretsmanager", "create-secret", "--name", "shop/db", "--secret-string", &secret]);
    put(&account, "/shop/token", "SecureString", TOKEN);
    put(&account, "/shop/port", "String", "5432");
    (moto, Project::empty().file("r.rhai", SCRIPT))
}

fn put(account: &Account, name: &str, kind: &str, value: &str) {
    let parameter = ["ssm", "put-parameter", "--overwrite", "--name", name];
    account.aws(&[&parameter[..], &["--type", kind, "--value", value]].concat());
}

fn started(moto: &Server, project: &Project) -> Started {
    gantry(&project.root)
        .env("AWS_ENDPOINT_URL", &moto.url())
        .env("AWS_REGION", REGION)
        .env("AWS_ACCESS_KEY_ID", "key")
        .env("AWS_SECRET_ACCESS_KEY", "secret")
        .env("DEPLOY_TOKEN", VARIABLE)
}

/// Runs it, and looks for the secrets in all that it said and left.
#[track_caller]
fn told(moto: &Server, project: &Project, args: &[&str]) -> Ended {
    let mut command = started(moto, project).command();
    let ended = Ended::of(command.args(args).output().expect("gantry starts"));
    keeps_quiet(project, &ended);
    ended
}

/// Every form in which a secret may be written.
fn in_every_form(secret: &str) -> Vec<String> {
    let percent = |upper: bool| -> String {
        let one = |byte: u8| match byte {
            byte if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) => char::from(byte).to_string(),
            byte if upper => format!("%{byte:02X}"),
            byte => format!("%{byte:02x}"),
        };
        secret.bytes().map(one).collect()
    };
    let quoted = serde_json::to_string(secret).expect("JSON");
    let twice = serde_json::to_string(&quoted[1..quoted.len() - 1]).expect("JSON");
    let escaped = [quoted[1..quoted.len() - 1].to_owned(), twice[1..twice.len() - 1].to_owned()];
    let coded = [percent(true), percent(false), STANDARD.encode(secret), URL_SAFE_NO_PAD.encode(secret)];
    [vec![secret.to_owned()], escaped.to_vec(), coded.to_vec()].concat()
}

#[track_caller]
fn keeps_quiet(project: &Project, ended: &Ended) {
    assert!(!ended.stderr.contains("panicked"), "{ended}");
    let plan = std::fs::read_to_string(project.root.join("r.plan"));
    let texts = project.kept().into_iter().map(|(_, text)| text).chain(plan);
    for text in texts.chain([ended.stdout.clone(), ended.stderr.clone()]) {
        for form in [PASSWORD, TOKEN, VARIABLE].iter().flat_map(|secret| in_every_form(secret)) {
            assert!(!text.contains(&form), "{form} in\n{text}");
        }
    }
}

/// What the container has in moto.
fn environment(moto: &Server, revision: u32) -> Value {
    let definition = Account::test(moto).revision(revision);
    let containers = definition["containerDefinitions"].as_array().expect("containers").clone();
    let app = containers.into_iter().find(|one| one["name"] == "app").expect("app");
    let member = |list: &str, name: &str, value: &str| {
        let list = app[list].as_array().expect("a list");
        list.iter().find(|one| one["name"] == name).expect(name)[value].clone()
    };
    json!([member("environment", "PASSWORD", "value"), member("environment", "URL", "value")])
}

fn run_of(project: &Project) -> String {
    let journals = project.journals();
    // names begin with their time: the newest
    let (path, _) = journals.iter().max().expect("a journal");
    path.parent().and_then(std::path::Path::file_name).expect("its folder").to_string_lossy().into_owned()
}

/// In every manner of telling; the second of each pair finds the release done already.
const MANNERS: [[&[&str]; 2]; 2] = [[&["-v"], &[]], [&["-v", "--output", "json"], &["--output", "json"]]];

#[test]
fn a_secret_is_used_and_found_nowhere_in_any_sitting_or_manner() {
    for pair in MANNERS {
        let (moto, project) = stage();
        for manner in pair {
            in_every_sitting(&moto, &project, manner);
        }
    }
}

fn in_every_sitting(moto: &Server, project: &Project, manner: &[&str]) {
    let told = |args: &[&str]| told(moto, project, &[args, manner].concat());
    let planned = told(&["plan", "--out", "r.plan", "r.rhai"]);
    planned.exits(0).says(["fetched ***, *** and ***, and port 5432", "revealed ***, *** and ***", "cluster `***`"]);
    assert!(std::fs::read_to_string(project.root.join("r.plan")).expect("a plan").contains("***secret:"));

    let ran = told(&["run", "--plan", "r.plan"]);
    ran.exits(4).says(["revealed ***, *** and ***", "cluster `***`"]);
    let expected = json!([PASSWORD, format!("db://u:{TOKEN}@h?x={VARIABLE}")]);
    assert_eq!(environment(moto, 2), expected, "AWS has what was meant, to the letter");
    let run = run_of(project);
    told(&["runs"]).exits(0);
    told(&["runs", "show", &run]).exits(0);

    let resumed = told(&["resume", &run, "--approve"]);
    resumed.exits(0).says(["revealed ***, *** and ***"]);
    let value: Value = serde_json::from_str(&resumed.stdout).expect("JSON");
    let value = if manner.contains(&"json") { &value["value"] } else { &value };
    assert_eq!(value, &json!({ "task_definition": "web:2", "told": ["***", "***", "***"] }));
    assert_eq!(environment(moto, 2), expected);
    told(&["runs", "show", &run]).exits(0);
}

#[test]
fn a_run_that_was_killed_goes_on_with_the_version_it_began_with() {
    let (moto, project) = stage();
    let silent = Silent::start();
    let asking = "try { ecs::service(aws::session(\"silent\"), password.reveal(), \"x\").task_definition() } catch {}";
    let settings = format!("[sessions.silent]\nendpoint = \"{}\"\n", silent.url);
    let script = SCRIPT.replace("approve(\"go on?\");", asking);
    let project = project.file("r.rhai", &script).file("gantry.toml", &settings);
    let running = Running::start(started(&moto, &project).args(["run", "-v", "r.rhai"]).command());
    assert_eq!(silent.asked(), "AmazonEC2ContainerServiceV20141113.DescribeServices");
    let killed = running.signal("KILL").ends();
    keeps_quiet(&project, &killed);
    for _ in ["to the one that is dead", "to the one that goes on"] {
        silent.answer(400, r#"{"__type":"ClusterNotFoundException","message":"none"}"#);
    }

    // rotated meanwhile: the run still stands on what it has put into the task definition
    let account = Account::test(&moto);
    let rotated = json!({ "username": "shop", "password": "another-password" }).to_string();
    account.aws(&["secretsmanager", "put-secret-value", "--secret-id", "shop/db", "--secret-string", &rotated]);
    put(&account, "/shop/token", "SecureString", "another-token");
    let run = run_of(&project);
    let resumed = told(&moto, &project, &["resume", &run]);
    resumed.exits(0).says(["revealed ***, *** and ***"]);
    let value: Value = serde_json::from_str(&resumed.stdout).expect("JSON");
    assert_eq!(value["task_definition"], "web:2", "registered once");
    assert!(!resumed.stdout.contains("another"), "{resumed}");
}

#[test]
fn another_value_is_another_run() {
    let (moto, project) = stage();
    told(&moto, &project, &["run", "r.rhai"]).exits(4);
    let run = run_of(&project);
    let before = project.kept();
    let mut command = started(&moto, &project).env("DEPLOY_TOKEN", "something else").command();
    let resumed = Ended::of(command.args(["resume", &run, "--approve"]).output().expect("gantry starts"));
    resumed.exits(3).prints_nothing().says([
        "error: `read the secret variable DEPLOY_TOKEN` gives another secret than when this run began\n",
        "hint: give it back the value that the run was begun with, or start the release again from its beginning\n",
    ]);
    assert_eq!(project.kept(), before, "nothing is begun, and nothing forgotten");
    told(&moto, &project, &["resume", &run, "--approve"]).exits(0);
}

#[test]
fn a_plan_is_refused_once_the_secret_is_another_one() {
    let (moto, project) = stage();
    told(&moto, &project, &["plan", "--out", "r.plan", "r.rhai"]).exits(0);
    put(&Account::test(&moto), "/shop/token", "SecureString", "another-token");
    let refused = told(&moto, &project, &["run", "--plan", "r.plan"]);
    refused.exits(3).says(["the world has moved", "fetch parameter /shop/token: version: 1 → 2"]);
    assert!(project.kept().is_empty(), "nothing was written");
}

#[test]
fn a_secret_is_neither_compared_nor_put_together_nor_printed() {
    let (moto, project) = stage();
    let rows = [
        ("s == \"x\"", "a secret is neither compared nor put together with other values"),
        ("\"x\" != s", "a secret is neither compared nor put together with other values"),
        ("s == s", "a secret is neither compared nor put together with other values"),
        ("s == 1", "a secret is neither compared nor put together with other values"),
        ("\"x\" + s", "a secret is neither compared nor put together with other values"),
        ("#{ s: s }", "Secret"),
        ("json::stringify(s)", "Secret"),
        ("ecs::service(p, \"prod\", \"web\").deploy(#{ env: #{ app: #{ X: s } } })", "Secret"),
        ("throw s.reveal()", "***"),
        ("throw #{ a: s.reveal() }", "***"),
    ];
    for (expression, why) in rows {
        let head = "let p = aws::session(\"default\"); let s = secret::get(p, \"shop/db\", #{ key: \"password\" });\n";
        let project = Project::empty().file("r.rhai", format!("{head}{expression}"));
        let ended = told(&moto, &project, &["run", "r.rhai"]);
        assert_eq!(ended.code, 2, "{expression}: {ended}");
        assert!(ended.stderr.contains(why), "{expression}: {ended}");
    }
    drop(project);
}

#[test]
fn what_is_not_there_is_told_by_its_name() {
    let (moto, _) = stage();
    let rows = [
        ("secret::get(p, \"none\")", 3, "secretsmanager:GetSecretValue of secret `none`"),
        ("secret::get(p, \"shop/db\", #{ key: \"pasword\" })", 3, "secret `shop/db` has no member `pasword`"),
        ("secret::get(p, \"shop/db\", #{ stage: \"NONE\" })", 3, "secret `shop/db`"),
        ("secret::get(p, \"shop/db\", #{ version: \"a\", stage: \"b\" })", 2, "not both"),
        ("ssm::parameter(p, \"/none\")", 3, "ssm:GetParameter of parameter `/none`"),
        ("ssm::parameter(p, \"/shop/token\", #{ version: 9 })", 3, "parameter `/shop/token:9`"),
        ("env::secret(\"NONE\")", 3, "the environment variable `NONE` is not set"),
    ];
    for (expression, code, why) in rows {
        let project = Project::empty().file("r.rhai", format!("let p = aws::session(\"default\");\n{expression}"));
        let ended = told(&moto, &project, &["run", "r.rhai"]);
        ended.exits(code).prints_nothing();
        assert!(ended.stderr.contains(why), "{expression}: {ended}");
    }
}

/// A server that tells the secrets back in every form, in an answer and in refusals.
const TOLD_BACK: &str = r#"
let prod = aws::session("default");
let fetched = [secret::get(prod, "shop/db"), ssm::parameter(prod, "/shop/token"), env::secret("DEPLOY_TOKEN")];
let silent = aws::session("silent");
try { ecs::service(silent, "prod", "x").task_definition() } catch (e) { log::info(`caught ${e.message}`); }
ecr::create_repository(silent, "shop")
"#;

#[test]
fn what_a_server_tells_back_in_any_form_is_not_quoted() {
    let (moto, project) = stage();
    let silent = Silent::start();
    let settings = format!("[sessions.silent]\nendpoint = \"{}\"\n", silent.url);
    let project = project.file("r.rhai", TOLD_BACK).file("gantry.toml", &settings);
    let forms: Vec<_> = [PASSWORD, TOKEN, VARIABLE].iter().flat_map(|secret| in_every_form(secret)).collect();
    let forms = forms.join(" or ");
    let refusal = json!({ "__type": "InvalidParameterException", "message": format!("you said {forms}") }).to_string();
    let service = json!({ "services": [{ "serviceName": "x", "taskDefinition": forms, "tags": [{ "key": forms }] }] });
    for manner in [&["-v"][..], &["-v", "--output", "json"]] {
        silent.answer(200, &service.to_string());
        silent.answer(400, &refusal);
        silent.answer(400, r#"{"__type":"RepositoryNotFoundException","message":"none"}"#);
        silent.answer(400, &refusal);
        let ran = told(&moto, &project, &[&["run", "r.rhai"], manner].concat());
        ran.exits(3).says(["caught", "you said *** or ***", "ecr:CreateRepository", "you said *** or ***"]);
        let run = run_of(&project);
        let (_, journal) = project.journals().into_iter().max().expect("a write was begun");
        assert!(journal.contains("***secret:") && journal.contains("you said *** or ***"), "{journal}");
        told(&moto, &project, &[&["runs", "show", &run], manner].concat()).exits(0);
        silent.answer(400, &refusal);
        let resumed = told(&moto, &project, &[&["resume", &run], manner].concat());
        resumed.exits(3).says(["caught", "you said *** or ***", "ecr:CreateRepository", "you said *** or ***"]);
    }
}
