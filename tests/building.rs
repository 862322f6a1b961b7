//! An image is built and pushed by whatever engine is there. The engine of these stories is a script on PATH that notes
//! what it is told, and pushes with skopeo; the registry is a real one.
#![allow(clippy::disallowed_methods, reason = "a story stands outside of the rooms")]

mod support;

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::time::{Duration, Instant};
use support::image::skopeo_inspect;
use support::layout::{Layout, sha256};
use support::project::Project;
use support::running::Running;
use support::servers::{PASSWORDS, Server};
use support::{Started, gantry};

const WHO: (&str, &str) = ("alice", PASSWORDS[0].0);

const SCRIPT: &str = r#"
image::build(image::parse("HOST/shop:1"), #{
    context: "app", file: "docker/Dockerfile", args: #{ VERSION: "1 2" }, platform: "linux/amd64", target: "release",
}).string
"#;

const ENGINE: &str = r#"#!/bin/sh
echo "$@" >> "$HOME/asked"
case "$1" in
version) echo 27.0 ;;
build)
    echo "STEP 1/1: FROM scratch" >&2
    if [ -e "$HOME/broken" ]; then echo "unknown instruction: FORM" >&2; exit 3; fi
    if [ -e "$HOME/slow" ]; then echo $$ > "$HOME/pid"; exec sleep 600; fi ;;
push)
    stat -c %a "$DOCKER_CONFIG" "$DOCKER_CONFIG/config.json" > "$HOME/modes"
    echo "$DOCKER_CONFIG" > "$HOME/private"
    exec skopeo --insecure-policy copy -q --dest-tls-verify=false --authfile "$DOCKER_CONFIG/config.json" \
        "oci:$HOME/layout:made" "docker://$2" ;;
esac
"#;

struct Stage {
    registry: Server,
    project: Project,
}

impl Stage {
    fn set() -> Self {
        let registry = Server::registry(WHO.0, WHO.1);
        let (user, password) = WHO;
        let settings =
            format!("[registries.\"{}\"]\nusername = \"{user}\"\npassword = \"{password}\"\n", registry.host());
        let project = Project::empty()
            .file("gantry.toml", settings)
            .file("build.rhai", SCRIPT.replace("HOST", &registry.host()))
            .file("app/main", "program")
            .file("docker/Dockerfile", "FROM scratch\n")
            .file("bin/docker", ENGINE);
        fs::set_permissions(project.root.join("bin/docker"), fs::Permissions::from_mode(0o755)).expect("a mode");
        Layout::at(&project.root.join("layout")).layer(&[("main", 0o755, b"program")]).written(&["A=1"]);
        Self { registry, project }
    }

    fn gantry(&self) -> Started {
        let bin = self.project.root.join("bin").display().to_string();
        gantry(&self.project.root).env("PATH", &format!("{bin}:/usr/local/bin:/usr/bin:/bin"))
    }

    fn read(&self, path: &str) -> String {
        fs::read_to_string(self.project.root.join(path)).unwrap_or_else(|why| panic!("{path}: {why}"))
    }

    /// The digest of what the engine pushes.
    fn digest(&self) -> String {
        let index: serde_json::Value = serde_json::from_str(&self.read("layout/index.json")).expect("JSON");
        index["manifests"][0]["digest"].as_str().expect("a digest").to_owned()
    }
}

#[test]
fn an_image_is_built_pushed_and_named_by_its_digest() {
    let stage = Stage::set();
    let (host, root) = (stage.registry.host(), stage.project.root.display().to_string());
    let ended = stage.gantry().args(["run", "build.rhai"]).ends();
    assert_eq!(ended.code, 0, "{ended}");
    assert_eq!(ended.stdout, format!("\"{host}/shop:1@{}\"\n", stage.digest()), "{ended}");
    for line in ["docker builds `app`", "docker: STEP 1/1: FROM scratch", "built and pushed"] {
        assert!(ended.stderr.contains(line), "{line}\n{ended}");
    }
    assert_eq!(skopeo_inspect(&stage.registry, WHO, "shop:1")["Digest"], stage.digest());
    let asked = format!(
        "version --format {{{{.Server.Version}}}}\n\
         build --tag={host}/shop:1 --file={root}/docker/Dockerfile --build-arg=VERSION=1 2 --platform=linux/amd64 \
         --target=release {root}/app\n\
         push {host}/shop:1\n"
    );
    assert_eq!(stage.read("asked"), asked);

    // the login was in a folder of its own, which is gone, and in nothing that is kept
    assert_eq!(stage.read("modes"), "700\n600\n");
    assert!(!Path::new(stage.read("private").trim()).exists());
    let kept = stage.project.kept();
    assert!(kept.iter().any(|(_, text)| text.contains("build_image")), "{kept:?}");
    assert!(kept.iter().all(|(_, text)| !text.contains(WHO.1)), "{kept:?}");

    // a tag that has an image is not built again unless that is said
    let again = stage.gantry().args(["run", "build.rhai"]).ends();
    assert_eq!(again.code, 3, "{again}");
    assert!(again.stderr.contains("shop:1 is there already") && again.stderr.contains("build.rhai:2:8"), "{again}");
    assert_eq!(stage.read("asked"), asked, "no engine was asked");
}

#[test]
fn a_plan_says_that_it_cannot_know_the_digest_and_is_followed_all_the_same() {
    let stage = Stage::set();
    let planned = stage.gantry().args(["plan", "--out", "build.plan", "build.rhai"]).ends();
    assert_eq!(planned.code, 0, "{planned}");
    let said = format!("{}{}", planned.stdout, planned.stderr);
    assert!(said.contains("digest: only the build gives it"), "{planned}");
    assert!(!stage.project.root.join("asked").exists(), "nothing was built");
    let done = stage.gantry().args(["run", "--plan", "build.plan"]).ends();
    assert_eq!(done.code, 0, "{done}");
    assert!(done.stdout.contains(&stage.digest()), "{done}");
}

#[test]
fn a_build_that_fails_is_told_in_the_engines_words() {
    let stage = Stage::set();
    fs::write(stage.project.root.join("broken"), "").expect("a file");
    let ended = stage.gantry().args(["run", "build.rhai"]).ends();
    assert_eq!(ended.code, 3, "{ended}");
    for part in ["docker could not build `app`: exit status: 3", "unknown instruction: FORM", "build.rhai:2:8"] {
        assert!(ended.stderr.contains(part), "{part}\n{ended}");
    }
    assert!(!stage.read("asked").contains("push"), "nothing was pushed");
}

#[test]
fn without_an_engine_it_says_what_it_looked_for() {
    let stage = Stage::set();
    let empty = stage.project.root.join("app").display().to_string();
    let ended = gantry(&stage.project.root).env("PATH", &empty).args(["run", "build.rhai"]).ends();
    assert_eq!(ended.code, 3, "{ended}");
    let message = "docker is not on PATH; podman is not on PATH; buildah is not on PATH";
    assert!(ended.stderr.contains(message) && ended.stderr.contains("image::rebuild needs none"), "{ended}");
}

#[test]
fn a_run_that_is_told_to_stop_ends_its_engine() {
    let stage = Stage::set();
    fs::write(stage.project.root.join("slow"), "").expect("a file");
    let running = Running::start(stage.gantry().args(["run", "build.rhai"]).command()).after("STEP 1/1");
    let until = Instant::now() + Duration::from_mins(1);
    let pid = loop {
        match fs::read_to_string(stage.project.root.join("pid")) {
            Ok(pid) if pid.ends_with('\n') => break pid.trim().to_owned(),
            _ => assert!(Instant::now() < until, "the engine was not started"),
        }
        std::thread::sleep(Duration::from_millis(20));
    };
    let ended = running.signal("INT").ends();
    assert_eq!(ended.code, 4, "{ended}");
    while fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|stat| !stat.contains(") Z ")) {
        assert!(Instant::now() < until, "the engine {pid} still runs");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_rehearsal_builds_nothing_and_comes_to_the_same_image_every_time() {
    let script = r#"
const ARGS = #{ image: #{ help: "of the world file", kind: "image", required: true } };
let shop = ecr::repository(aws::session("prod"), "shop");
[image::build(shop.image("built"), #{ context: "config", to: "prod" }).digest,
 image::inspect(shop.image("built"), "prod").digest]
"#;
    let project = Project::with_the_release().file("scripts/build.rhai", script);
    let rehearse = || {
        let world = ["rehearse", "--world", "scripts/release.world.toml", "scripts/build.rhai"];
        let ended = gantry(&project.root).args(world).ends();
        assert_eq!(ended.code, 0, "{ended}");
        ended
    };
    let first = rehearse();
    let digests: Vec<String> = serde_json::from_str(&first.stdout).unwrap_or_else(|why| panic!("{why}\n{first}"));
    assert!(digests[0] == digests[1] && digests[0].len() == sha256(b"").len(), "{first}");
    assert!(first.stderr.contains("an image without files stands for what would be built of `config`"), "{first}");
    assert_eq!(rehearse().stdout, first.stdout);
}
