//! Logins of other registries: what skopeo and Docker keep, what helpers know, and a registry with a certificate authority
//! of its own.
#![allow(clippy::disallowed_methods, reason = "stories set up files, servers and processes")]

mod support;

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;
use support::image::push;
use support::project::Project;
use support::servers::{Server, stranger};
use support::stage::{PROD_LOGIN, TEST_LOGIN};
use support::{Ended, checkout, gantry};

/// Whether the image is there, as gantry sees it.
fn asks(project: &Project, registry: &str, environment: &[(&str, String)]) -> Ended {
    let expression = format!("image::exists(\"{registry}/shop:1.4.2\")");
    let mut started = gantry(&project.root).args(["eval", &expression]);
    for (name, value) in environment {
        started = started.env(name, value);
    }
    started.ends()
}

/// A registry with an image, and a project that knows nothing of it.
fn stage() -> (Server, Project) {
    let (registry, project) = (Server::registry(TEST_LOGIN.0, TEST_LOGIN.1), Project::empty());
    push(&registry, TEST_LOGIN, "shop", "1.4.2", &project.root.join("made"));
    (registry, project)
}

#[track_caller]
fn is_let_in(ended: &Ended) {
    ended.exits(0);
    assert_eq!(ended.stdout.trim(), "true", "{ended}");
    assert!(!ended.stderr.contains(TEST_LOGIN.1), "{ended}");
}

#[test]
fn what_skopeo_keeps_lets_gantry_in_wherever_it_is_kept() {
    let (registry, project) = stage();
    let host = registry.host();
    let anonymous = asks(&project, &host, &[]);
    anonymous.exits(3).prints_nothing().says(["it asks for a login, and there is none"]);

    let file = project.root.join("auth.json");
    let login = ["login", "--tls-verify=false", "--username", TEST_LOGIN.0, "--password", TEST_LOGIN.1];
    stranger(Command::new("skopeo").args(login).arg("--authfile").arg(&file).arg(&host));
    is_let_in(&asks(&project, &host, &[("REGISTRY_AUTH_FILE", file.display().to_string())]));

    for (name, folder, place) in [
        ("DOCKER_CONFIG", "docker", "docker/config.json"),
        ("XDG_RUNTIME_DIR", "run", "run/containers/auth.json"),
        ("XDG_CONFIG_HOME", "config", "config/containers/auth.json"),
        ("HOME", "home", "home/.config/containers/auth.json"),
        ("HOME", "home", "home/.docker/config.json"),
    ] {
        let place = project.root.join(place);
        std::fs::create_dir_all(place.parent().expect("a folder")).expect("a folder");
        std::fs::copy(&file, &place).expect("the logins");
        is_let_in(&asks(&project, &host, &[(name, project.root.join(folder).display().to_string())]));
        std::fs::remove_file(place).expect("the logins");
    }

    // the first that has the registry, not the first that is there
    let (others, named) = (project.root.join("others/config.json"), project.root.join("none.json"));
    std::fs::create_dir_all(project.root.join("others")).expect("a folder");
    std::fs::write(others, r#"{"auths":{"else.example":{"auth":"dTpw"}}}"#).expect("logins");
    std::fs::create_dir_all(project.root.join("home/.docker")).expect("a folder");
    std::fs::copy(&file, project.root.join("home/.docker/config.json")).expect("the logins");
    let home = ("HOME", project.root.join("home").display().to_string());
    let docker = ("DOCKER_CONFIG", project.root.join("others").display().to_string());
    is_let_in(&asks(&project, &host, &[home.clone(), docker]));

    // what is named has to be there
    let told = format!("the logins in {}: REGISTRY_AUTH_FILE names this file, and there is none", named.display());
    let ended = asks(&project, &host, &[home, ("REGISTRY_AUTH_FILE", named.display().to_string())]);
    ended.exits(2).prints_nothing().says([told.as_str(), "log in to it, or unset REGISTRY_AUTH_FILE"]);
}

#[test]
fn a_namespace_may_have_a_login_of_its_own() {
    let (registry, project) = stage();
    let host = registry.host();
    push(&registry, TEST_LOGIN, "team/web", "1.4.2", &project.root.join("more"));
    let pair = |user: &str, password: &str| {
        use base64::Engine as _;
        serde_json::json!({ "auth": base64::engine::general_purpose::STANDARD.encode(format!("{user}:{password}")) })
    };
    let whole = pair(TEST_LOGIN.0, "hunter2");
    let team = pair(TEST_LOGIN.0, TEST_LOGIN.1);
    let config = serde_json::json!({ "auths": { host.as_str(): whole, format!("{host}/team"): team } });
    std::fs::write(project.root.join("auth.json"), config.to_string()).expect("logins");
    let file = project.root.join("auth.json").display().to_string();
    let eval = |image: &str| {
        let expression = format!("image::exists(\"{host}/{image}\")");
        gantry(&project.root).args(["eval", &expression]).env("REGISTRY_AUTH_FILE", &file).ends()
    };
    is_let_in(&eval("team/web:1.4.2"));
    eval("shop:1.4.2").exits(3).prints_nothing().says(["the login was refused"]);
    // both in one run: neither takes the other's
    let copy = format!("image::copy(\"{host}/team/web:1.4.2\", \"{host}/team/web:v2\").tag");
    let copied = gantry(&project.root).args(["eval", &copy]).env("REGISTRY_AUTH_FILE", &file).ends();
    copied.exits(0);
    assert_eq!(copied.stdout.trim(), "\"v2\"", "{copied}");
    let copy = format!("image::copy(\"{host}/team/web:1.4.2\", \"{host}/shop:v2\").tag");
    let refused = gantry(&project.root).args(["eval", &copy]).env("REGISTRY_AUTH_FILE", &file).ends();
    refused.exits(3).prints_nothing().says(["of repository `shop`", "the login was refused"]);
}

#[test]
fn who_lets_in_everybody_is_pulled_from_whatever_is_wrong_with_the_logins() {
    let (registry, project) = (Server::open_registry(), Project::empty());
    let host = registry.host();
    push(&registry, TEST_LOGIN, "shop", "1.4.2", &project.root.join("made"));
    let file = project.root.join("config.json");
    let folder = project.root.display().to_string();
    for config in ["{ this is no JSON", r#"{"credsStore":"none"}"#] {
        std::fs::write(&file, config).expect("a file");
        is_let_in(&asks(&project, &host, &[("DOCKER_CONFIG", folder.clone())]));
    }
    let missing = ("REGISTRY_AUTH_FILE", project.root.join("none.json").display().to_string());
    is_let_in(&asks(&project, &host, &[missing]));

    // and one that deletes nothing says what would have to be so
    let expression = format!("image::delete(\"{host}/shop:1.4.2\")");
    let kept = gantry(&project.root).args(["eval", &expression]).ends();
    kept.exits(3).prints_nothing().says(["it lets no images be deleted", "storage.delete.enabled"]);
}

#[test]
fn what_gantry_toml_says_goes_before_it() {
    let (registry, project) = stage();
    let host = registry.host();
    let settings =
        format!("[registries.\"{host}\"]\nusername = \"{}\"\npassword = \"{}\"\n", TEST_LOGIN.0, TEST_LOGIN.1);
    let project = project.file("gantry.toml", settings).file("config.json", "{ this is no JSON");
    is_let_in(&asks(&project, &host, &[("DOCKER_CONFIG", project.root.display().to_string())]));
}

#[test]
fn a_file_of_logins_that_is_damaged_is_named_with_the_place_and_only_where_it_is_needed() {
    let (registry, project) = stage();
    let file = project.root.join("config.json");
    let folder = || vec![("DOCKER_CONFIG", project.root.display().to_string())];
    std::fs::write(&file, "{\n  \"auths\": hunter2\n}").expect("a file");
    let ended = asks(&project, &registry.host(), &folder());
    ended.exits(2).prints_nothing().says([
        &format!("the logins in {}: line 2, column 12: no JSON", file.display()),
        "mend the file, or name the registry's login in gantry.toml",
    ]);
    assert!(!ended.stderr.contains("hunter2"), "{ended}");
    let text = format!("{{\"auths\":{{\"{}\":{{\"auth\":\"aHVudGVyMg==\"}}}}}}", registry.host());
    std::fs::write(&file, text).expect("a file");
    let ended = asks(&project, &registry.host(), &folder());
    ended.exits(2).prints_nothing().says(["`auth` is not USER:PASSWORD in base64"]);

    // nobody asks for a login: nobody reads it
    let rehearsed = gantry(checkout()).args(["rehearse", "scripts/release.rhai"]);
    rehearsed.env("DOCKER_CONFIG", &project.root.display().to_string()).ends().exits(0);
}

/// A credential helper as a shell script, in a folder for the PATH.
fn helper(project: &Project, name: &str, script: &str) -> String {
    let folder = project.root.join("bin");
    std::fs::create_dir_all(&folder).expect("a folder");
    let file = folder.join(format!("docker-credential-{name}"));
    std::fs::write(&file, format!("#!/bin/sh\n{script}\n")).expect("a helper");
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o755)).expect("a helper");
    format!("{}:/usr/bin:/bin", folder.display())
}

#[test]
fn a_credential_helper_is_asked_about_its_registry_alone() {
    let (registry, project) = stage();
    let host = registry.host();
    let asked = project.root.join("asked").display().to_string();
    let answer = format!(r#"{{"ServerURL":"x","Username":"{}","Secret":"{}"}}"#, TEST_LOGIN.0, TEST_LOGIN.1);
    let path = helper(&project, "story", &format!("[ \"$1\" = get ] || exit 9\ncat > {asked}\necho '{answer}'"));
    let folder = project.root.display().to_string();
    let with = |config: String, path: &str| {
        std::fs::write(project.root.join("config.json"), config).expect("a file");
        asks(&project, &host, &[("DOCKER_CONFIG", folder.clone()), ("PATH", path.to_owned())])
    };

    is_let_in(&with(format!("{{\"credHelpers\":{{\"{host}\":\"story\"}}}}"), &path));
    assert_eq!(std::fs::read_to_string(&asked).expect("what it was asked"), host);
    is_let_in(&with("{\"credsStore\":\"story\"}".to_owned(), &path));

    let missing = with("{\"credsStore\":\"none\"}".to_owned(), &path);
    let config = project.root.join("config.json").display().to_string();
    missing.exits(2).prints_nothing().says([
        &format!(
            "registry {host}: the logins in {config}: the credential helper `docker-credential-none` is not on the PATH"
        ),
        "give `username` and `password_env`",
    ]);

    for (script, code, told) in [
        ("echo 'credentials not found in native keychain'; exit 1", 3, "it asks for a login, and there is none"),
        ("echo 'the store is locked' >&2; exit 1", 2, "ended with exit status: 1: the store is locked"),
        (
            "echo '{\"Username\":\"u\",\"Secret\":\"hunter2\"}'; exit 1",
            2,
            "ended with exit status: 1: it did not say why",
        ),
        ("echo 'user hunter2'", 2, "what it printed is not Username and Secret in JSON"),
        ("echo '{\"Username\":\"someone\",\"Secret\":\"else\"}'", 3, "the login was refused"),
    ] {
        let path = helper(&project, "story", script);
        let ended = with("{\"credsStore\":\"story\"}".to_owned(), &path);
        ended.exits(code).prints_nothing().says([told]);
        assert!(!ended.stderr.contains("hunter2"), "{ended}");
    }
}

/// A certificate authority, and a certificate of 127.0.0.1 that it vouches for.
fn certificates(folder: &Path) {
    let openssl = |args: &str| stranger(Command::new("openssl").args(args.split(' ')).current_dir(folder));
    std::fs::write(folder.join("names.cnf"), "subjectAltName=IP:127.0.0.1\n").expect("a file");
    openssl("req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=story-ca -keyout ca.key -out ca.pem");
    openssl("req -newkey rsa:2048 -nodes -subj /CN=registry -keyout registry.key -out registry.csr");
    openssl(
        "x509 -req -in registry.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile names.cnf -out registry.pem",
    );
}

#[test]
fn a_registry_with_its_own_certificate_authority_is_trusted_by_that_one_alone() {
    let project = Project::empty();
    let root = project.root.clone();
    certificates(&root);
    let (user, password) = PROD_LOGIN;
    let registry = Server::secure_registry(user, password, &root.join("registry.pem"), &root.join("registry.key"));
    let host = registry.host();
    let with = |more: &str| {
        let login = format!("username = \"{user}\"\npassword = \"{password}\"\n");
        std::fs::write(root.join("gantry.toml"), format!("[registries.\"{host}\"]\n{login}{more}")).expect("settings");
        asks(&project, &host, &[])
    };

    let trusted = with("ca = \"ca.pem\"\n");
    trusted.exits(0);
    assert_eq!(trusted.stdout.trim(), "false", "{trusted}");

    let unknown = with(&format!("endpoint = \"https://{host}\"\n"));
    unknown.exits(3).prints_nothing().says(["UnknownIssuer", "name a registry's own as `ca` in gantry.toml"]);
    let missing = with("ca = \"none.pem\"\n");
    let setting = format!("registry {host}: `ca` in [registries.\"{host}\"] of gantry.toml: ");
    missing.exits(2).prints_nothing().says([setting.as_str(), "none.pem`: No such file"]);
    std::fs::write(root.join("empty.pem"), "nothing\n").expect("a file");
    with("ca = \"empty.pem\"\n").exits(2).prints_nothing().says([&setting, "there is no certificate in it"]);
    std::fs::write(root.join("damaged.pem"), "-----BEGIN CERTIFICATE-----\n§\n").expect("a file");
    with("ca = \"damaged.pem\"\n").exits(2).prints_nothing().says([&setting, "damaged.pem`: it is no PEM: "]);
    // a certificate that vouches for nobody
    std::fs::rename(root.join("ca.pem"), root.join("true.pem")).expect("a file");
    certificates(&root);
    with("ca = \"ca.pem\"\n").exits(3).prints_nothing().says(["certificate", "BadSignature"]);
    let plain = with(&format!("endpoint = \"http://{host}\"\nca = \"true.pem\"\n"));
    plain.exits(2).prints_nothing().says(["gantry.toml has a mistake", "its `endpoint` is plain http: write https://"]);
}
