//! Real third-party servers: moto for the shape of AWS calls, Distribution for images. `./test` installs them.

use std::fs;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A server that ends with the story.
pub struct Server {
    child: Child,
    pub port: u16,
    folder: Option<PathBuf>,
}

impl Server {
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    pub fn host(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    fn start(mut command: Command, port: u16, folder: Option<PathBuf>) -> Self {
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        let child = child.unwrap_or_else(|error| panic!("{command:?} does not start ({error}): run ./test once"));
        let server = Self { child, port, folder };
        let until = Instant::now() + Duration::from_mins(1);
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(Instant::now() < until, "{command:?} does not listen on {port}");
            std::thread::sleep(Duration::from_millis(20));
        }
        server
    }

    /// moto, speaking for all of AWS.
    pub fn moto() -> Self {
        let port = free_port();
        let mut command = Command::new(part("moto_server"));
        command.args(["-H", "127.0.0.1", "-p", &port.to_string()]);
        Self::start(command, port, None)
    }

    /// A Distribution registry that lets in `user` with `password`, which must be one of [`PASSWORDS`].
    pub fn registry(user: &str, password: &str) -> Self {
        Self::registry_with(Some((user, password)), None)
    }

    /// One that lets in everybody, and deletes nothing.
    pub fn open_registry() -> Self {
        Self::registry_with(None, None)
    }

    /// The same over TLS, with the certificate and the key of these files.
    pub fn secure_registry(user: &str, password: &str, certificate: &Path, key: &Path) -> Self {
        Self::registry_with(Some((user, password)), Some((certificate, key)))
    }

    fn registry_with(login: Option<(&str, &str)>, tls: Option<(&Path, &Path)>) -> Self {
        let port = free_port();
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("registry-{port}"));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).expect("a folder for the registry");
        let place = folder.display();
        let auth = login.map_or(String::new(), |(user, password)| {
            let hash = PASSWORDS.iter().find(|(known, _)| *known == password).expect("a known password").1;
            fs::write(folder.join("htpasswd"), format!("{user}:{hash}\n")).expect("htpasswd");
            format!("auth: {{htpasswd: {{realm: test, path: {place}/htpasswd}}}}\n")
        });
        let delete = login.is_some();
        let tls = tls.map_or(String::new(), |(certificate, key)| {
            format!(", tls: {{certificate: {}, key: {}}}", certificate.display(), key.display())
        });
        let config = format!(
            "version: 0.1\nlog: {{level: error}}\nstorage: {{filesystem: {{rootdirectory: {place}/data}}, delete: {{enabled: {delete}}}}}\n\
             http: {{addr: \"127.0.0.1:{port}\"{tls}}}\n{auth}"
        );
        fs::write(folder.join("config.yml"), config).expect("config.yml");
        let mut command = Command::new("docker-registry");
        command.arg("serve").arg(folder.join("config.yml")).env_clear();
        Self::start(command, port, Some(folder))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if let Some(folder) = &self.folder {
            let _ = fs::remove_dir_all(folder);
        }
    }
}

/// Passwords and their bcrypt hashes, made once: Distribution takes nothing weaker.
pub const PASSWORDS: [(&str, &str); 2] = [
    ("test-password-1", "$2y$04$V5UGGkZrJrwv3oZNdlVWk.UXmq6AKVs2dmqYhVUnD/FJ4z41vuPY."),
    ("prod-password-2", "$2y$04$C/p3sKkbgQNxXNZYAVCPquG5jYvb3jqONjpEowkHf6TUCh7F.hJpu"),
];

/// A program that `./test` installs under target/.
pub fn part(name: &str) -> PathBuf {
    let place = super::checkout().join("target/parts/bin").join(name);
    assert!(place.exists(), "{} is missing: run ./test once, which installs it", place.display());
    place
}

/// A port that nobody listens on now.
pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a free port").port()
}

/// Runs a stranger and gives what it prints; it has to succeed.
#[track_caller]
pub fn stranger(command: &mut Command) -> String {
    let output = command.stdin(Stdio::null()).output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(output.status.success(), "{command:?}\n{}\n{}", text(&output.stdout), text(&output.stderr));
    text(&output.stdout)
}
