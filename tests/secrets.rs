//! Passwords and tokens reach registries, and nothing else: no file, no line, whatever a registry answers.
#![allow(clippy::disallowed_methods, reason = "a story stands outside of the rooms")]

mod support;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use support::image::{push_layout, skopeo_inspect};
use support::layout::Layout;
use support::project::Project;
use support::servers::{PASSWORDS, Server};
use support::{Ended, gantry};

const TEST: (&str, &str) = ("tester", PASSWORDS[0].0);
const PROD: (&str, &str) = ("releaser", PASSWORDS[1].0);
/// By which the password of the target is given.
const VARIABLE: &str = "PROD_REGISTRY_PASSWORD";
/// What an unkind registry gives for a login.
const TOKEN: &str = "bearer-token-of-the-story";

/// In every manner of telling.
const MANNERS: [[&str; 3]; 4] = [
    ["run", "--output", "text"],
    ["run", "-v", "--verbose"],
    ["run", "--output", "json"],
    ["run", "-v", "--output=json"],
];

fn secrets() -> Vec<String> {
    let pairs = [TEST, PROD].map(|(user, password)| STANDARD.encode(format!("{user}:{password}")));
    let plain = [TEST.1, PROD.1, TOKEN].map(ToOwned::to_owned);
    plain.into_iter().chain(pairs).collect()
}

/// Nothing that gantry left or said has a secret in it.
#[track_caller]
fn keeps_quiet(project: &Project, ended: &Ended) {
    assert!(!ended.stderr.contains("panicked"), "{ended}");
    let kept = project.kept();
    for text in kept.iter().map(|(_, text)| text).chain([&ended.stdout, &ended.stderr]) {
        for secret in secrets() {
            assert!(!text.contains(&secret), "{secret} in\n{text}");
        }
    }
}

/// A project that copies `shop:1` from one registry to the other: the first's password in gantry.toml, the second's in
/// the environment.
fn project(source: &str, target: &str) -> Project {
    let settings = format!(
        "[registries.\"{source}\"]\nusername = \"{}\"\npassword = \"{}\"\n\n\
         [registries.\"{target}\"]\nusername = \"{}\"\npassword_env = \"{VARIABLE}\"\n",
        TEST.0, TEST.1, PROD.0
    );
    let script = format!("image::copy(image::parse(\"{source}/shop:1\"), image::parse(\"{target}/shop:1\"))\n");
    Project::empty().file("gantry.toml", &settings).file("r.rhai", &script)
}

fn run(project: &Project, [verb, first, second]: [&str; 3]) -> Ended {
    let manner: Vec<&str> =
        if first == "-v" && second == "--verbose" { vec![verb, first] } else { vec![verb, first, second] };
    let mut command = gantry(&project.root).env(VARIABLE, PROD.1).command();
    Ended::of(command.args(manner).arg("r.rhai").output().expect("gantry starts"))
}

/// A registry that is there, with `shop:1`.
fn tested() -> Server {
    let server = Server::registry(TEST.0, TEST.1);
    let layout = Project::empty();
    Layout::at(&layout.root).layer(&[("app/bin", 0o755, b"program")]).written(&["PATH=/bin"]);
    push_layout(&layout.root, &server, TEST, "shop:1");
    server
}

#[test]
fn a_copy_that_goes_well_tells_no_password() {
    let first = tested();
    let digest = |server: &Server, login| skopeo_inspect(server, login, "shop:1")["Digest"].clone();
    for manner in MANNERS {
        // a registry that has the image already is not written to
        let second = Server::registry(PROD.0, PROD.1);
        let project = project(&first.host(), &second.host());
        let ended = run(&project, manner);
        ended.exits(0);
        assert_eq!(project.kept().len(), 1, "a run that writes leaves its journal: {manner:?}");
        keeps_quiet(&project, &ended);
        assert_eq!(digest(&second, PROD), digest(&first, TEST));
    }
}

#[test]
fn a_login_that_is_refused_is_not_told() {
    // each registry takes the other's password
    let (first, second) = (Server::registry(TEST.0, PROD.1), Server::registry(PROD.0, TEST.1));
    for manner in MANNERS {
        let project = project(&first.host(), &second.host());
        let ended = run(&project, manner);
        ended.exits(3).says(["the login was refused"]);
        keeps_quiet(&project, &ended);
    }
}

/// A request as an unkind registry sees it.
struct Asked {
    method: String,
    path: String,
    authorization: String,
}

/// What it answers: status, a header, body.
type Answer = (&'static str, String, String);

/// A registry that answers as it is told, once a connection; it ends with the story.
fn unkind(answer: impl Fn(&Asked, &str) -> Answer + Send + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let host = listener.local_addr().expect("its port").to_string();
    let own = host.clone();
    std::thread::spawn(move || {
        for connection in listener.incoming().flatten() {
            // whoever hangs up has seen enough
            let _ = serve(connection, |asked| answer(asked, &own));
        }
    });
    host
}

fn serve(mut connection: TcpStream, answer: impl Fn(&Asked) -> Answer) -> std::io::Result<()> {
    let mut lines = BufReader::new(connection.try_clone()?);
    let (mut first, mut authorization, mut length) = (String::new(), String::new(), 0);
    lines.read_line(&mut first)?;
    loop {
        let mut line = String::new();
        lines.read_line(&mut line)?;
        let Some((name, value)) = line.trim_end().split_once(": ") else { break };
        match name.to_ascii_lowercase().as_str() {
            "authorization" => value.clone_into(&mut authorization),
            "content-length" => length = value.parse().unwrap_or(0),
            _ => {}
        }
    }
    std::io::copy(&mut lines.take(length), &mut std::io::sink())?;
    let mut words = first.split(' ').map(ToOwned::to_owned);
    let (method, path) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let head = method == "HEAD";
    let (status, header, body) = answer(&Asked { method, path, authorization });
    let length = body.len();
    let body = if head { "" } else { &body };
    write!(connection, "HTTP/1.1 {status}\r\n{header}content-length: {length}\r\nconnection: close\r\n\r\n{body}")
}

/// Everything that was sent to log in, told back: as it came, and taken apart.
fn told_back(asked: &Asked) -> String {
    let pair = asked.authorization.split(' ').next_back().unwrap_or_default();
    let plain = STANDARD.decode(pair).ok().and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default();
    let password = plain.split_once(':').map_or(pair, |(_, password)| password);
    format!(
        r#"{{"errors":[{{"code":"NO_{password}","message":"Authorization: {} is {plain}"}}]}}"#,
        asked.authorization
    )
}

fn login_wanted() -> Answer {
    ("401 Unauthorized", "www-authenticate: Basic realm=\"story\"\r\n".to_owned(), String::new())
}

#[test]
fn a_registry_that_tells_the_password_back_is_not_quoted() {
    for status in ["400 Bad Request", "401 Unauthorized", "403 Forbidden", "404 Not Found", "429 Too Many Requests"] {
        let host = unkind(move |asked, _| match asked.authorization.as_str() {
            "" => login_wanted(),
            login => {
                (status, format!("www-authenticate: Basic realm=\"{login}\"\r\nretry-after: 0\r\n"), told_back(asked))
            }
        });
        for manner in MANNERS {
            let project = project(&host, &host.replace("127.0.0.1", "localhost"));
            let ended = run(&project, manner);
            ended.exits(3);
            keeps_quiet(&project, &ended);
            let quoted = status.starts_with("400") || status.starts_with("403") || status.starts_with("429");
            assert_eq!(ended.stderr.contains("Authorization: Basic *** is tester:***"), quoted, "{status}: {ended}");
        }
    }
}

#[test]
fn a_journal_does_not_keep_what_a_registry_tells_back() {
    let source = tested();
    let target = unkind(|asked, _| match (asked.authorization.as_str(), asked.method.as_str()) {
        ("", _) => login_wanted(),
        // nothing is there yet, so that the copy begins
        (_, "HEAD" | "GET") => {
            ("404 Not Found", String::new(), r#"{"errors":[{"code":"MANIFEST_UNKNOWN"}]}"#.to_owned())
        }
        _ => ("400 Bad Request", String::new(), told_back(asked)),
    });
    for manner in MANNERS {
        let project = project(&source.host(), &target);
        let ended = run(&project, manner);
        ended.exits(3).says(["Authorization: Basic *** is releaser:***"]);
        let kept = project.kept();
        assert_eq!(kept.len(), 1, "a write was begun, so that there is a journal: {kept:?}");
        assert!(
            kept[0].1.contains("Authorization: Basic *** is releaser:***"),
            "with the refusal in it: {}",
            kept[0].1
        );
        keeps_quiet(&project, &ended);
    }
}

#[test]
fn a_token_is_not_told_either() {
    let host = unkind(|asked, own| match asked.authorization.as_str() {
        "" => {
            let realm = format!("www-authenticate: Bearer realm=\"http://{own}/token\",service=\"story\"\r\n");
            ("401 Unauthorized", realm, String::new())
        }
        _ if asked.path.starts_with("/token") => {
            ("200 OK", String::new(), format!(r#"{{"token":"{TOKEN}","expires_in":300}}"#))
        }
        _ => ("403 Forbidden", String::new(), told_back(asked)),
    });
    for manner in MANNERS {
        let project = project(&host, &host.replace("127.0.0.1", "localhost"));
        let ended = run(&project, manner);
        ended.exits(3).says(["Bearer *** is"]);
        keeps_quiet(&project, &ended);
    }
}

#[test]
fn a_mistake_beside_a_password_does_not_show_it() {
    let mistakes = [
        "password = \"test-password-1\" x",
        "password = \"test-password-1",
        "password = 'test-password-1' # \"prod-password-2\"\npassword = 'prod-password-2'",
        "passwort = \"test-password-1\"",
        "password = [\"test-password-1\"]",
        "password = { is = \"test-password-1\" }",
        "pass word = \"test-password-1\"",
        "password: test-password-1",
    ];
    for mistake in mistakes {
        let settings = format!("[registries.\"registry.example\"]\nusername = \"tester\"\n{mistake}\n");
        let project = Project::empty().file("gantry.toml", &settings).file("r.rhai", "1");
        for manner in MANNERS {
            let ended = run(&project, manner);
            ended.exits(2).prints_nothing().says(["gantry.toml has a mistake", "line"]);
            keeps_quiet(&project, &ended);
        }
    }
}

/// One that looks different in every form.
const ODD: &str = r#"pä"ss\w/örd +1%2"#;

/// How a careless registry may write a secret.
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
    let inner = quoted[1..quoted.len() - 1].to_owned();
    let twice = serde_json::to_string(&inner).expect("JSON");
    let base = [STANDARD.encode(secret), URL_SAFE_NO_PAD.encode(secret), STANDARD_NO_PAD.encode(secret)];
    let escaped = [percent(true), percent(false), inner, twice[1..twice.len() - 1].to_owned()];
    [vec![secret.to_owned()], base.to_vec(), escaped.to_vec()].concat()
}

/// Every form of what was sent to log in, and of what was in it.
fn every_form_told_back(asked: &Asked) -> String {
    let pair = asked.authorization.split(' ').next_back().unwrap_or_default();
    let plain = STANDARD.decode(pair).ok().and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default();
    let password = plain.split_once(':').map_or(pair, |(_, password)| password);
    let forms = [in_every_form(password), in_every_form(pair)].concat().join(" or ");
    serde_json::json!({ "errors": [{ "code": "TOLD", "message": format!("you said {forms}") }] }).to_string()
}

/// Nothing that was said, and no file of the project but its settings, has a secret in any form.
#[track_caller]
fn keeps_every_form_quiet(project: &Project, ended: &Ended) {
    let kept = project.kept().into_iter().map(|(_, text)| text);
    let plan = std::fs::read_to_string(project.root.join("r.plan"));
    let texts = kept.chain(plan).chain([ended.stdout.clone(), ended.stderr.clone()]);
    let secrets = [TEST.1, TOKEN, ODD].map(ToOwned::to_owned);
    let pairs = [STANDARD.encode(format!("{}:{}", TEST.0, TEST.1)), STANDARD.encode(format!("{}:{ODD}", PROD.0))];
    let forms: Vec<_> = secrets.iter().chain(&pairs).flat_map(|secret| in_every_form(secret)).collect();
    for text in texts {
        for form in &forms {
            assert!(!text.contains(form.as_str()), "{form} in\n{text}");
        }
    }
}

/// A target that tells back in every form: when it is asked for `tell`, and when anything is written. With a token it
/// wants one first.
fn careless(with_token: bool) -> String {
    unkind(move |asked, own| match (asked.authorization.as_str(), asked.method.as_str()) {
        ("", _) if with_token => {
            let realm = format!("www-authenticate: Bearer realm=\"http://{own}/token\",service=\"story\"\r\n");
            ("401 Unauthorized", realm, String::new())
        }
        ("", _) => login_wanted(),
        _ if asked.path.starts_with("/token") => {
            ("200 OK", String::new(), format!(r#"{{"token":"{TOKEN}","expires_in":300}}"#))
        }
        _ if asked.path.starts_with("/v2/tell/") => ("403 Forbidden", String::new(), every_form_told_back(asked)),
        (_, "HEAD" | "GET") => {
            ("404 Not Found", String::new(), r#"{"errors":[{"code":"MANIFEST_UNKNOWN"}]}"#.to_owned())
        }
        _ => ("400 Bad Request", String::new(), every_form_told_back(asked)),
    })
}

#[test]
fn no_file_and_no_output_has_a_secret_in_any_form() {
    let source = tested();
    for with_token in [false, true] {
        let target = careless(with_token);
        let settings = format!(
            "[registries.\"{}\"]\nusername = \"{}\"\npassword = \"{}\"\n\n\
             [registries.\"{target}\"]\nusername = \"{}\"\npassword_env = \"{VARIABLE}\"\n",
            source.host(),
            TEST.0,
            TEST.1,
            PROD.0
        );
        // the first one is told back and caught, also by a plan; the second one is begun, and fails
        let script = format!(
            "try {{ image::copy(image::parse(\"{target}/tell:1\"), image::parse(\"{target}/told:1\")); }}\n\
             catch (e) {{ log::info(`caught ${{e.message}} of ${{e}}`); }}\n\
             image::copy(image::parse(\"{}/shop:1\"), image::parse(\"{target}/shop:1\"))\n",
            source.host()
        );
        let project = Project::empty().file("gantry.toml", &settings).file("r.rhai", &script);
        let started = |args: &[&str]| {
            let mut command = gantry(&project.root).env(VARIABLE, ODD).command();
            let ended = Ended::of(command.args(args).output().expect("gantry starts"));
            keeps_every_form_quiet(&project, &ended);
            ended
        };
        let manners: [&[&str]; 4] = [&[], &["-v"], &["--output", "json"], &["-v", "--output", "json"]];
        for manner in manners {
            let with = |args: &[&str]| started(&[args, manner].concat());
            let planned = with(&["plan", "--out", "r.plan", "r.rhai"]);
            planned.exits(0).says(["caught", "you said *** or ***"]);
            let plan = std::fs::read_to_string(project.root.join("r.plan")).expect("the plan");
            assert!(plan.contains("you said *** or ***"), "the caught fault is in the plan: {plan}");

            let ran = with(&["run", "r.rhai"]);
            assert_eq!(ran.code, 3, "{ran}");
            ran.says(["caught", "you said *** or ***"]);
            let kept = project.kept();
            let (place, journal) = kept.last().expect("a write was begun");
            assert!(journal.matches("you said *** or ***").count() > 1, "both faults are in the journal: {journal}");
            let run = place.parent().and_then(std::path::Path::file_name).expect("its folder").to_string_lossy();
            assert_eq!(with(&["resume", &run]).code, 3);
            with(&["runs"]).exits(0);
            with(&["runs", "show", &run]).exits(0);
            let carried = with(&["run", "--plan", "r.plan"]);
            assert_eq!(carried.code, 3, "{carried}");
        }
    }
}
