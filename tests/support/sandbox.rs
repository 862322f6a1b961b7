//! `gantry sandbox` as strangers meet it: a process with ports, and a state that can be read.

use super::project::Project;
use super::servers::{part, stranger};
use super::{Ended, gantry};
use serde_json::Value;
use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};

/// A sandbox that ends with the story.
pub struct Sandbox {
    child: Child,
    /// What it said when it was ready.
    pub directory: Value,
    /// Its folder, for the files of strangers.
    pub home: Project,
}

impl Sandbox {
    /// The world of the example release, this many times as fast as the wall's clock, `and` this more in its file.
    pub fn of_the_release(speed: u32, and: &str) -> Self {
        let home = Project::with_the_release();
        let world = home.root.join("scripts/release.world.toml");
        let text = std::fs::read_to_string(&world).expect("the world file");
        std::fs::write(&world, text + "\n" + and).expect("the world file");
        let mut command = gantry(&home.root)
            .args([
                "--output",
                "json",
                "sandbox",
                "--world",
                &world.display().to_string(),
                "--speed",
                &speed.to_string(),
            ])
            .command();
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("gantry starts");
        let mut line = String::new();
        let stdout = child.stdout.as_mut().expect("its stdout");
        BufReader::new(stdout).read_line(&mut line).expect("a line when it is ready");
        let directory = serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: not JSON: {line}"));
        let sandbox = Self { child, directory, home };
        sandbox.settle();
        sandbox
    }

    /// A text of its directory, such as `/endpoint`.
    #[track_caller]
    pub fn at(&self, pointer: &str) -> &str {
        self.directory.pointer(pointer).and_then(Value::as_str).unwrap_or_else(|| panic!("no {pointer}"))
    }

    /// What it said of an account.
    #[track_caller]
    pub fn account(&self, name: &str) -> BTreeMap<String, String> {
        let accounts = self.directory["accounts"].as_array().expect("accounts");
        let account = accounts.iter().find(|account| account["name"] == name).unwrap_or_else(|| panic!("no {name}"));
        serde_json::from_value(account.clone()).expect("texts")
    }

    /// Where an account's registry is.
    pub fn registry(&self, account: &str) -> String {
        self.account(account)["registry_address"].clone()
    }

    /// The environment of an account's caller.
    pub fn environment(&self, account: &str) -> [(&'static str, String); 5] {
        let account = self.account(account);
        [
            ("AWS_ENDPOINT_URL", self.at("/endpoint").to_owned()),
            ("AWS_ACCESS_KEY_ID", account["access_key_id"].clone()),
            ("AWS_SECRET_ACCESS_KEY", account["secret_access_key"].clone()),
            ("AWS_DEFAULT_REGION", account["region"].clone()),
            ("HOME", self.home.root.display().to_string()),
        ]
    }

    /// aws-cli as a caller of an account. It asks once: what a story does to a connection is not tried again.
    pub fn aws_command(&self, account: &str, args: &[&str]) -> Command {
        let mut command = Command::new(part("aws"));
        command.env_clear().envs(self.environment(account)).env("AWS_MAX_ATTEMPTS", "1");
        command.args(["--output", "json"]).args(args);
        command
    }

    /// What aws-cli answers; it has to succeed.
    #[track_caller]
    pub fn aws(&self, account: &str, args: &[&str]) -> Value {
        let text = stranger(&mut self.aws_command(account, args));
        if text.trim().is_empty() { Value::Null } else { serde_json::from_str(&text).expect("aws prints JSON") }
    }

    /// gantry in the sandbox's project, to its end.
    pub fn gantry(&self, args: &[&str]) -> Ended {
        Ended::of(self.gantry_command(args).output().expect("gantry starts"))
    }

    /// gantry in the sandbox's project, for stories that kill it. It knows the sandbox as it would know AWS: the endpoint
    /// from the environment, keys and a profile from ~/.aws.
    pub fn gantry_command(&self, args: &[&str]) -> Command {
        let mut command = gantry(&self.home.root).env("AWS_ENDPOINT_URL", self.at("/endpoint")).command();
        command.args(args);
        command
    }

    /// Settings whose sessions are both accounts: test by a profile, prod by a role.
    fn settle(&self) {
        let (test, prod) = (self.account("test"), self.account("prod"));
        let settings = format!(
            "[sessions.test]\nprofile = \"shop-test\"\nexpect_account = \"{test_id}\"\n\n\
             [sessions.prod]\nregion = \"{region}\"\nassume_role = \"arn:aws:iam::{prod_id}:role/release\"\n\
             expect_account = \"{prod_id}\"\n\n\
             [registries.\"{test_host}\"]\nendpoint = \"http://{test_address}\"\n\n\
             [registries.\"{prod_host}\"]\nendpoint = \"http://{prod_address}\"\n",
            test_id = test["account"],
            prod_id = prod["account"],
            region = prod["region"],
            test_host = test["registry"],
            test_address = test["registry_address"],
            prod_host = prod["registry"],
            prod_address = prod["registry_address"],
        );
        let root = &self.home.root;
        std::fs::write(root.join("gantry.toml"), settings).expect("settings");
        let key = |name: &str, of: &BTreeMap<String, String>| {
            format!(
                "[{name}]\naws_access_key_id = {}\naws_secret_access_key = {}\n",
                of["access_key_id"], of["secret_access_key"]
            )
        };
        std::fs::create_dir_all(root.join(".aws")).expect("a folder");
        std::fs::write(root.join(".aws/credentials"), key("default", &test) + &key("shop-test", &test)).expect("keys");
        let config = format!("[profile shop-test]\nregion = {}\n", test["region"]);
        std::fs::write(root.join(".aws/config"), config).expect("profiles");
    }

    /// The world's state.
    pub fn world(&self) -> Value {
        let endpoint = self.at("/endpoint").strip_prefix("http://").expect("http").to_owned();
        let (head, body) = get(&endpoint, "/_world");
        assert!(head.starts_with("HTTP/1.1 200"), "{head}");
        serde_json::from_str(&body).expect("the state is JSON")
    }

    /// Sends it a signal and gives how it ended.
    pub fn end(mut self, signal: &str) -> Option<i32> {
        stranger(Command::new("kill").args([&format!("-{signal}"), &self.child.id().to_string()]));
        self.child.wait().expect("it ends").code()
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Head and body of a GET.
pub fn get(address: &str, path: &str) -> (String, String) {
    let mut stream = TcpStream::connect(address).expect("it listens");
    write!(stream, "GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n").expect("a request is sent");
    let mut text = String::new();
    stream.read_to_string(&mut text).expect("an answer");
    let (head, body) = text.split_once("\r\n\r\n").expect("head and body");
    (head.to_owned(), body.to_owned())
}
