//! However big an image or a folder is, gantry holds little of it: blobs and files are streamed.
#![allow(clippy::disallowed_methods, clippy::disallowed_macros, reason = "a story stands outside of the rooms")]

mod support;

use std::fs;
use support::image::{push_layout, skopeo_inspect};
use support::layout::{File, Layout, noise, sha256};
use support::project::Project;
use support::running::Running;
use support::servers::{PASSWORDS, Server};
use support::{Ended, gantry};

const FIRST: (&str, &str) = ("alice", PASSWORDS[0].0);
const SECOND: (&str, &str) = ("bob", PASSWORDS[1].0);
const MB: usize = 1_000_000;
/// The most that may ever be resident, in bytes.
const PEAK: usize = 40 * MB;

/// Copies, and stays until it is told to end, so that it can be looked at.
const COPY: &str = r#"
image::copy(image::parse("FIRST/big:1"), image::parse("SECOND/big:1"));
log::info("there");
time::sleep("10m");
"#;
const PACK: &str = r#"
image::rebuild(image::parse("FIRST/small:1"), image::parse("SECOND/packed:1"), #{ files: #{ "/data": dir("data") } });
log::info("there");
time::sleep("10m");
"#;

/// Two registries, and a project that knows both.
struct Stage {
    first: Server,
    second: Server,
    project: Project,
}

impl Stage {
    fn set() -> Self {
        let (first, second) = (Server::registry(FIRST.0, FIRST.1), Server::registry(SECOND.0, SECOND.1));
        let login = |server: &Server, (user, password): (&str, &str)| {
            format!("[registries.\"{}\"]\nusername = \"{user}\"\npassword = \"{password}\"\n", server.host())
        };
        let settings = login(&first, FIRST) + &login(&second, SECOND);
        Self { project: Project::empty().file("gantry.toml", &settings), first, second }
    }

    /// An image of so many layers with a file of noise in each, pushed to the first registry.
    fn with_image(self, reference: &str, layers: u64, size: usize) -> Self {
        let folder = self.project.root.join("layout");
        let made = (0..layers).fold(Layout::at(&folder), |layout, number| {
            let file: File<'_> = (&format!("data/{number}"), 0o644, &noise(number + 1, size));
            layout.layer(&[file])
        });
        made.written(&["PATH=/bin"]);
        push_layout(&folder, &self.first, FIRST, reference);
        fs::remove_dir_all(folder).expect("our own folder");
        self
    }

    /// Runs a script until it says `there`, and gives the peak of its resident memory in bytes and how it ended.
    fn peak_of(&self, script: &str) -> (usize, Ended) {
        let script = script.replace("FIRST", &self.first.host()).replace("SECOND", &self.second.host());
        fs::write(self.project.root.join("r.rhai"), script).expect("a script");
        let running = Running::start(gantry(&self.project.root).args(["run", "r.rhai"]).command()).after("there");
        let peak = high_water_mark(running.process());
        let ended = running.signal("INT").ends();
        ended.exits(4);
        (peak, ended)
    }
}

/// `VmHWM` of a process: the most that was ever resident, in bytes.
fn high_water_mark(process: u32) -> usize {
    let status = fs::read_to_string(format!("/proc/{process}/status")).expect("it still runs");
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("Linux has it");
    let kib: usize = line.trim().strip_suffix(" kB").expect("in kB").trim().parse().expect("a number");
    kib * 1024
}

#[track_caller]
fn is_little((peak, told): &(usize, Ended), of_what: &str) {
    let (whole, tenth) = (peak / MB, peak % MB * 10 / MB);
    assert!(*peak < PEAK, "{of_what}: {whole}.{tenth} MB were resident\n{told}");
    // for those who measure: cargo test --test memory -- --nocapture
    println!("{of_what}: at most {whole}.{tenth} MB resident");
}

#[test]
fn an_image_of_500_mb_in_8_layers_is_copied_in_less_than_40_mb() {
    let stage = Stage::set().with_image("big:1", 8, 500 * MB / 8);
    let measured = stage.peak_of(COPY);
    is_little(&measured, "a copy of 500 MB");

    // it was the whole image, and it moved
    let (from, to) = (skopeo_inspect(&stage.first, FIRST, "big:1"), skopeo_inspect(&stage.second, SECOND, "big:1"));
    assert_eq!(to["Digest"], from["Digest"]);
    assert_eq!(to["Layers"].as_array().map(Vec::len), Some(8));
    measured.1.says([": 9 blobs (500.1 MB) moved"]);
}

#[test]
fn a_folder_of_300_mb_is_packed_in_less_than_40_mb() {
    let stage = Stage::set().with_image("small:1", 1, 1000);
    let folder = stage.project.root.join("data");
    fs::create_dir(&folder).expect("a folder");
    for number in 0..3 {
        fs::write(folder.join(format!("{number}.bin")), noise(number + 100, 100 * MB)).expect("a file");
    }
    let measured = stage.peak_of(PACK);
    is_little(&measured, "a layer of 300 MB");

    let packed = skopeo_inspect(&stage.second, SECOND, "packed:1");
    assert_eq!(packed["Layers"].as_array().map(Vec::len), Some(2));
    let files = support::image::unpacked(&stage.second, SECOND, "packed:1", &stage.project.root);
    for number in 0..3 {
        let content = fs::read(files.join(format!("data/{number}.bin"))).expect("it is in the image");
        assert_eq!(sha256(&content), sha256(&noise(number + 100, 100 * MB)), "{number}.bin");
    }
}
