//! A local ECS: `gantry sandbox`, and what it was asked.

use super::worlds;
use serde_json::{Value, json};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// A sandbox that ends with the run.
pub struct LocalEcs {
    child: Child,
    /// Where it is, its keys, its registry.
    pub endpoint: String,
    pub key: String,
    pub secret: String,
    pub registry: String,
    /// An empty folder, as home and working directory.
    pub home: PathBuf,
    asked: Arc<Mutex<Vec<(Instant, String)>>>,
}

impl LocalEcs {
    /// Starts one of this world.
    pub fn of(world: &str) -> Self {
        let home = std::env::temp_dir().join(format!("gantry-bench-deploy-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&home);
        std::fs::create_dir_all(&home).expect("a folder");
        std::fs::write(home.join("world.toml"), world).expect("the world file");
        std::fs::write(home.join("web.json"), worlds::WEB).expect("the task definition");
        let mut child = Command::new(env!("CARGO_BIN_EXE_gantry"))
            .args(["--output", "json", "--verbose", "sandbox", "--world", "world.toml"])
            .current_dir(&home)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("gantry starts");
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().expect("stdout")).read_line(&mut line).expect("a line when it is ready");
        let directory: Value = serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}"));
        let text = |pointer: &str| directory.pointer(pointer).and_then(Value::as_str).expect(pointer).to_owned();
        let asked = Arc::<Mutex<Vec<_>>>::default();
        let (told, log) = (BufReader::new(child.stderr.take().expect("stderr")), asked.clone());
        std::thread::spawn(move || {
            for line in told.lines().map_while(Result::ok) {
                let event: Value = serde_json::from_str(&line).unwrap_or_default();
                if let Some(what) = event["asked"].as_str() {
                    log.lock().unwrap_or_else(PoisonError::into_inner).push((Instant::now(), what.to_owned()));
                }
            }
        });
        Self {
            endpoint: text("/endpoint"),
            key: text("/accounts/0/access_key_id"),
            secret: text("/accounts/0/secret_access_key"),
            registry: text("/accounts/0/registry"),
            child,
            home,
            asked,
        }
    }

    /// The environment of a caller.
    pub fn environment<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        command
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", &self.home)
            .env("AWS_ENDPOINT_URL", &self.endpoint)
            .env("AWS_ACCESS_KEY_ID", &self.key)
            .env("AWS_SECRET_ACCESS_KEY", &self.secret)
            .env("AWS_DEFAULT_REGION", "ap-northeast-1")
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .current_dir(&self.home)
    }

    /// What it was asked so far.
    pub fn asked(&self) -> Vec<(Instant, String)> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// How many requests that is.
    pub fn calls(&self) -> usize {
        self.asked().len()
    }

    /// When it was first asked for this.
    pub fn when(&self, what: &str) -> Option<Instant> {
        self.asked().iter().find(|(_, asked)| asked == what).map(|(at, _)| *at)
    }

    /// How long the newest deployment of a service took, in seconds, as ECS says; once it is over, which it need not be
    /// when a program says so.
    pub fn took(&self, service: &str) -> f64 {
        loop {
            let answer = self.ask("ListServiceDeployments", &json!({ "cluster": "prod", "service": service }));
            let newest = &answer["serviceDeployments"][0];
            if let (Some(created), Some(finished)) = (newest["createdAt"].as_f64(), newest["finishedAt"].as_f64()) {
                return finished - created;
            }
            std::thread::sleep(Duration::from_millis(200));
        }
    }

    /// Asks it. It looks at whose key it is, and not at the signature.
    fn ask(&self, operation: &str, what: &Value) -> Value {
        let (host, body) = (self.endpoint.trim_start_matches("http://"), what.to_string());
        let request = format!(
            "POST / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nContent-Type: application/x-amz-json-1.1\r\n\
             X-Amz-Target: AmazonEC2ContainerServiceV20141113.{operation}\r\nContent-Length: {}\r\n\
             Authorization: AWS4-HMAC-SHA256 Credential={}/20261120/ap-northeast-1/ecs/aws4_request, \
             SignedHeaders=host, Signature=00\r\n\r\n{body}",
            body.len(),
            self.key
        );
        let mut stream = TcpStream::connect(host).expect("the sandbox listens");
        stream.write_all(request.as_bytes()).expect("a request");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("an answer");
        let (_, body) = answer.split_once("\r\n\r\n").unwrap_or_default();
        serde_json::from_str(body).unwrap_or_else(|error| panic!("{error}: {answer}"))
    }
}

impl Drop for LocalEcs {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = std::fs::remove_dir_all(&self.home);
    }
}
