//! A Distribution registry with a password, and what it was asked.

use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Who is let in.
pub const LOGIN: (&str, &str) = ("tester", "test-password-1");
/// bcrypt of the password, made once: Distribution takes nothing weaker.
const HASH: &str = "$2y$04$V5UGGkZrJrwv3oZNdlVWk.UXmq6AKVs2dmqYhVUnD/FJ4z41vuPY.";

pub struct Registry {
    child: Child,
    pub host: String,
    folder: PathBuf,
}

impl Registry {
    /// Starts one in a folder of its own.
    pub fn start(name: &str) -> Self {
        let folder = super::made::folder(name);
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let host = listener.local_addr().expect("a free port").to_string();
        drop(listener);
        std::fs::write(folder.join("htpasswd"), format!("{}:{HASH}\n", LOGIN.0)).expect("htpasswd");
        let place = folder.display();
        let config = format!(
            "version: 0.1\nlog: {{level: error, accesslog: {{disabled: false}}}}\n\
             storage: {{filesystem: {{rootdirectory: {place}/data}}, delete: {{enabled: true}}}}\n\
             http: {{addr: \"{host}\"}}\nauth: {{htpasswd: {{realm: bench, path: {place}/htpasswd}}}}\n"
        );
        std::fs::write(folder.join("config.yml"), config).expect("config.yml");
        let log = std::fs::File::create(folder.join("log")).expect("a log");
        let child = Command::new("docker-registry")
            .arg("serve")
            .arg(folder.join("config.yml"))
            .env_clear()
            .stdin(Stdio::null())
            .stdout(log)
            .stderr(Stdio::null())
            .spawn()
            .expect("docker-registry starts: ./test installs it");
        let until = Instant::now() + Duration::from_mins(1);
        while TcpStream::connect(&host).is_err() {
            assert!(Instant::now() < until, "docker-registry does not listen on {host}");
            std::thread::sleep(Duration::from_millis(20));
        }
        Self { child, host, folder }
    }

    /// What it was asked so far, as `METHOD PATH STATUS`, by its access log.
    pub fn requests(&self) -> Vec<String> {
        let log = std::fs::read_to_string(self.folder.join("log")).unwrap_or_default();
        let line = |line: &str| {
            let (_, rest) = line.split_once('"')?;
            let (request, rest) = rest.split_once('"')?;
            let request = request.rsplit_once(' ').map_or(request, |(request, _)| request);
            Some(format!("{request} {}", rest.split_whitespace().next()?))
        };
        log.lines().filter_map(line).collect()
    }

    /// Removes a repository, so that the disk does not fill. Blobs that are of others too stay.
    pub fn forget(&self, repository: &str) {
        let place = self.folder.join("data/docker/registry/v2/repositories").join(repository);
        let _ = std::fs::remove_dir_all(place);
        // a blob that no repository has any more is sent and written again
        let _ = std::fs::remove_dir_all(self.folder.join("data/docker/registry/v2/blobs"));
    }

    /// The digest of a tag, as the registry has it on disk.
    pub fn digest(&self, repository: &str, tag: &str) -> String {
        let of = self.folder.join("data/docker/registry/v2/repositories").join(repository);
        std::fs::read_to_string(of.join("_manifests/tags").join(tag).join("current/link")).unwrap_or_default()
    }
}

impl Drop for Registry {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}
