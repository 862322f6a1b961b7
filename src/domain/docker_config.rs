//! `config.json` of Docker, and `auth.json` of podman and skopeo: who one is at registries.

use super::secret::Secret;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use std::collections::BTreeMap;

/// The parts of the file that are about logins; what else is in it is not looked at.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct DockerConfig {
    auths: BTreeMap<String, Auth>,
    #[serde(rename = "credHelpers")]
    helpers: BTreeMap<String, String>,
    #[serde(rename = "credsStore")]
    store: Option<String>,
}

/// An entry of `auths`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Auth {
    /// base64 of `user:password`.
    #[serde(rename = "auth")]
    pair: Option<Secret>,
    username: Option<String>,
    password: Option<Secret>,
    /// To be exchanged for tokens.
    identitytoken: Option<Secret>,
}

/// How one logs in at a registry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Way {
    /// With a user name and a password.
    Login {
        /// The user name.
        username: String,
        /// The password.
        password: Secret,
    },
    /// With a token that is exchanged for others.
    Identity(Secret),
    /// The program `docker-credential-NAME` knows.
    Helper {
        /// `NAME`.
        name: String,
        /// What it is asked about.
        server: String,
    },
}

/// User name of the answer of a helper whose secret is an identity token.
pub const TOKEN_USER: &str = "<token>";

impl DockerConfig {
    /// Reads the file's text. An empty one says nothing.
    ///
    /// # Errors
    /// No JSON, or of another shape: with line and column, and without any text of the file.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text.trim().is_empty() {
            return Ok(Self::default());
        }
        serde_json::from_str(text).map_err(|error| {
            let what = if error.is_data() { "not of the shape that Docker gives it" } else { "no JSON" };
            format!("line {}, column {}: {what}", error.line(), error.column())
        })
    }

    /// How one logs in at a registry, named as in references, for one repository of it: the registry's own helper, what
    /// the file itself has, the store of all. Of the entries of the file the one of the longest namespace that the
    /// repository is in (`host/team/shop`, `host/team`), then the registry's own name, then its other spellings.
    ///
    /// # Errors
    /// An entry that cannot be read: which, and why.
    pub fn way(&self, host: &str, repository: &str) -> Result<Option<Way>, String> {
        let helpers = self.helpers.iter().filter(|(_, name)| !name.is_empty());
        // helpers are of whole registries
        if let Some((server, name)) = nearest(helpers, host, "") {
            return Ok(Some(Way::Helper { name: name.clone(), server: server.clone() }));
        }
        let entry = nearest(self.auths.iter(), host, repository);
        if let Some((key, auth)) = entry
            && let Some(way) = auth.way().map_err(|why| format!("auths.{key}: {why}"))?
        {
            return Ok(Some(way));
        }
        let server = entry.map_or_else(|| server_of(host), |(key, _)| key.clone());
        let store = self.store.clone().filter(|name| !name.is_empty());
        Ok(store.map(|name| Way::Helper { name, server }))
    }
}

impl Auth {
    fn way(&self) -> Result<Option<Way>, String> {
        let filled = |secret: &&Secret| !secret.reveal().is_empty();
        if let Some(token) = self.identitytoken.as_ref().filter(filled) {
            return Ok(Some(Way::Identity(token.clone())));
        }
        if let Some(auth) = self.pair.as_ref().filter(filled) {
            let decoded = STANDARD.decode(auth.reveal().trim()).map_err(|_| "`auth` is no base64".to_owned())?;
            let pair = String::from_utf8(decoded).map_err(|_| "`auth` is no text".to_owned())?;
            // Docker pads it with zeros
            let pair = pair.trim_end_matches('\0');
            let (username, password) = pair.split_once(':').ok_or("`auth` is not USER:PASSWORD in base64")?;
            return Ok(Some(Way::Login { username: username.to_owned(), password: Secret::new(password) }));
        }
        let password = self.password.as_ref().filter(filled);
        Ok(self
            .username
            .as_ref()
            .filter(|name| !name.is_empty())
            .zip(password)
            .map(|(username, password)| Way::Login { username: username.clone(), password: password.clone() }))
    }
}

/// The entry that is nearest to a repository of a registry.
fn nearest<'a, T>(
    entries: impl Iterator<Item = (&'a String, &'a T)>,
    host: &str,
    repository: &str,
) -> Option<(&'a String, &'a T)> {
    let mut found: Option<(Nearness, (&String, &T))> = None;
    for (key, value) in entries {
        let Some(near) = nearness(key, host, repository) else { continue };
        if found.as_ref().is_none_or(|(best, _)| near > *best) {
            found = Some((near, (key, value)));
        }
    }
    found.map(|(_, entry)| entry)
}

/// How near a key of the file is to a repository; the greater is the nearer.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Nearness {
    /// The registry with a scheme or the path of an API: `https://host/v1/`.
    Spelled,
    /// Another name of it.
    Named,
    /// The registry itself.
    Exact,
    /// A namespace of so many bytes.
    Within(usize),
}

fn nearness(key: &str, host: &str, repository: &str) -> Option<Nearness> {
    let (plain, rest) = match key.split_once("://") {
        Some((_, rest)) => (false, rest),
        None => (true, key),
    };
    let (name, path) = rest.split_once('/').unwrap_or((rest, ""));
    if canonical(name) != canonical(host) {
        return None;
    }
    if plain && !path.is_empty() {
        let inside = repository.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        if inside {
            return Some(Nearness::Within(path.len()));
        }
    }
    // a namespace has a login of its own, which is not the registry's
    match path.trim_matches('/') {
        "" | "v1" | "v2" if !plain || !path.is_empty() => Some(Nearness::Spelled),
        "" if key == host => Some(Nearness::Exact),
        "" => Some(Nearness::Named),
        _ => None,
    }
}

/// Docker Hub has several names.
fn canonical(host: &str) -> String {
    let host = host.to_ascii_lowercase();
    match host.as_str() {
        "index.docker.io" | "registry-1.docker.io" => "docker.io".to_owned(),
        _ => host,
    }
}

/// What helpers know a registry by.
fn server_of(host: &str) -> String {
    if canonical(host) == "docker.io" { "https://index.docker.io/v1/".to_owned() } else { host.to_owned() }
}

/// What `docker-credential-NAME get` printed.
///
/// # Errors
/// It is not the answer of a helper; nothing of it is quoted.
pub fn answered(printed: &str) -> Result<Way, String> {
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Answer {
        username: String,
        secret: Secret,
    }
    let answer: Answer =
        serde_json::from_str(printed).map_err(|_| "what it printed is not Username and Secret in JSON".to_owned())?;
    Ok(if answer.username == TOKEN_USER {
        Way::Identity(answer.secret)
    } else {
        Way::Login { username: answer.username, password: answer.secret }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn login(username: &str, password: &str) -> Way {
        Way::Login { username: username.into(), password: Secret::new(password) }
    }

    #[test]
    fn every_kind_of_entry_is_found_by_every_form_of_its_key() {
        let config = DockerConfig::parse(
            r#"{
                "auths": {
                    "https://index.docker.io/v1/": { "auth": "dXNlcjpwYXNz" },
                    "registry.example:5000": { "username": "someone", "password": "secret:1" },
                    "http://plain.example": { "auth": "bjpwOnE=" },
                    "token.example": { "auth": "AA==", "identitytoken": "tok" },
                    "stored.example": {},
                    "team.example/shop": { "auth": "dXNlcjpwYXNz" }
                },
                "credHelpers": { "helped.example": "pass", "off.example": "" },
                "credsStore": "desktop",
                "HttpHeaders": { "User-Agent": "x" }
            }"#,
        )
        .expect("a config");
        let helper = |name: &str, server: &str| Some(Way::Helper { name: name.to_owned(), server: server.to_owned() });
        for (host, expected) in [
            ("docker.io", Some(login("user", "pass"))),
            ("index.docker.io", Some(login("user", "pass"))),
            ("registry.example:5000", Some(login("someone", "secret:1"))),
            ("plain.example", Some(login("n", "p:q"))),
            ("token.example", Some(Way::Identity(Secret::new("tok")))),
            ("stored.example", helper("desktop", "stored.example")),
            ("helped.example", helper("pass", "helped.example")),
            ("off.example", helper("desktop", "off.example")),
            ("team.example", helper("desktop", "team.example")),
            ("registry.example", helper("desktop", "registry.example")),
        ] {
            assert_eq!(config.way(host, "web"), Ok(expected), "{host}");
        }
        assert_eq!(DockerConfig::default().way("docker.io", "library/redis"), Ok(None));
        let hub = DockerConfig::parse(r#"{"credsStore":"pass"}"#).expect("a config");
        assert_eq!(hub.way("docker.io", "library/redis"), Ok(helper("pass", "https://index.docker.io/v1/")));
    }

    #[test]
    fn the_longest_namespace_goes_before_the_registry_and_its_name_before_other_spellings() {
        let user = |name: &str| serde_json::json!({ "username": name, "password": "p" });
        let config = serde_json::json!({ "auths": {
            "https://reg.example/v1/": user("spelled"),
            "reg.example": user("registry"),
            "reg.example/team": user("team"),
            "reg.example/team/shop": user("shop"),
            "http://alone.example/v2": user("spelled"),
            "docker.io/library": user("library"),
            "index.docker.io": user("index"),
            "https://index.docker.io/v1/": user("hub"),
        } });
        let config = DockerConfig::parse(&config.to_string()).expect("a config");
        for (host, repository, expected) in [
            ("reg.example", "shop", Some("registry")),
            ("reg.example", "team", Some("team")),
            ("reg.example", "team/web", Some("team")),
            ("reg.example", "team/shop", Some("shop")),
            ("reg.example", "team/shop/sidecar", Some("shop")),
            ("reg.example", "team/shopping", Some("team")),
            ("reg.example", "teams/shop", Some("registry")),
            ("alone.example", "shop", Some("spelled")),
            ("docker.io", "library/redis", Some("library")),
            ("docker.io", "team/redis", Some("index")),
            ("else.example", "team/shop", None),
        ] {
            let expected = expected.map(|name| login(name, "p"));
            assert_eq!(config.way(host, repository), Ok(expected), "{host}/{repository}");
        }
    }

    #[test]
    fn what_is_wrong_is_told_by_its_place_and_nothing_is_quoted() {
        assert_eq!(DockerConfig::parse("{\n  \"auths\": secret").unwrap_err(), "line 2, column 12: no JSON");
        let shape = DockerConfig::parse(r#"{"auths":{"h":{"auth":["secret"]}}}"#).unwrap_err();
        assert!(shape.ends_with("not of the shape that Docker gives it") && !shape.contains("secret"), "{shape}");
        for (auth, why) in [("%%", "no base64"), ("/w==", "no text"), ("dXNlcg==", "not USER:PASSWORD")] {
            let config = DockerConfig::parse(&format!(r#"{{"auths":{{"h":{{"auth":"{auth}"}}}}}}"#)).expect("JSON");
            let told = config.way("h", "shop").unwrap_err();
            assert!(told.starts_with("auths.h: `auth` is") && told.contains(why), "{told}");
        }
        assert!(DockerConfig::parse("").is_ok());
    }

    #[test]
    fn helpers_answer_with_a_login_or_a_token() {
        let answer = |text: &str| answered(text).ok();
        assert_eq!(answer(r#"{"ServerURL":"h","Username":"u","Secret":"s"}"#), Some(login("u", "s")));
        assert_eq!(answer(r#"{"Username":"<token>","Secret":"t"}"#), Some(Way::Identity(Secret::new("t"))));
        assert_eq!(answer("credentials not found"), None);
    }

    proptest! {
        #[test]
        fn no_text_is_too_strange(text in ".{0,200}", host in "[a-z0-9.:/-]{0,30}", repository in "[a-z/é]{0,9}") {
            if let Ok(config) = DockerConfig::parse(&text) {
                let _ = config.way(&host, &repository);
            }
            let _ = answered(&text);
        }

        #[test]
        fn what_docker_writes_is_read(user in "[^:\u{0}]{1,20}", password in "[^\u{0}]{1,40}", host in "[a-z]{1,8}\\.example(:[1-9][0-9]{0,3})?") {
            let auth = STANDARD.encode(format!("{user}:{password}"));
            let text = serde_json::json!({ "auths": { format!("https://{host}/v2/"): { "auth": auth } } }).to_string();
            let config = DockerConfig::parse(&text).expect("a config");
            prop_assert_eq!(config.way(&host, "shop"), Ok(Some(login(&user, &password))));
            prop_assert_eq!(config.way("other.example", "shop"), Ok(None));
        }

        #[test]
        fn of_all_namespaces_the_longest_wins(
            keys in proptest::collection::btree_set("h(/(a|b|ab)){0,3}", 0..8),
            repository in "(a|b|ab)(/(a|b|ab)){0,3}",
        ) {
            let entry = |key: &String| (key.clone(), serde_json::json!({ "username": key, "password": "p" }));
            let auths: serde_json::Map<String, serde_json::Value> = keys.iter().map(entry).collect();
            let config = DockerConfig::parse(&serde_json::json!({ "auths": auths }).to_string()).expect("a config");
            // the repository's own name, then ever less of it, then the registry's
            let mut name = format!("h/{repository}");
            let expected = loop {
                if keys.contains(&name) {
                    break Some(login(&name, "p"));
                }
                let Some((shorter, _)) = name.rsplit_once('/') else { break None };
                name = shorter.to_owned();
            };
            prop_assert_eq!(config.way("h", &repository), Ok(expected));
        }

        #[test]
        fn damaged_files_do_no_harm(at in 0_usize..200, byte in any::<u8>()) {
            let mut text = r#"{"auths":{"https://index.docker.io/v1/":{"auth":"dXNlcjpwYXNz"}},"credHelpers":{"h":"pass"}}"#.as_bytes().to_vec();
            let at = at % text.len();
            text[at] = byte;
            if let Ok(config) = DockerConfig::parse(&String::from_utf8_lossy(&text)) {
                for host in ["docker.io", "h"] {
                    let _ = config.way(host, "shop");
                }
            }
        }
    }
}
