//! A tested image, made by strangers: umoci lays out its files, skopeo pushes it.

use super::servers::{Server, stranger};
use std::fs;
use std::path::Path;
use std::process::Command;

/// The files of the tested image.
pub const FILES: [(&str, &str); 4] = [
    ("app/start", "#!/bin/sh\nexec sleep 3600\n"),
    ("app/config/settings.toml", "environment = \"test\"\n"),
    ("app/config/debug.toml", "toolbar = true\n"),
    ("etc/os-release", "ID=none\n"),
];

/// Pushes an image of [`FILES`] in two layers to `repository:tag` of a registry. `work` is a folder for it.
pub fn push(registry: &Server, login: (&str, &str), repository: &str, tag: &str, work: &Path) {
    let layout = work.join("layout");
    let image = format!("{}:made", layout.display());
    umoci(&["init", "--layout", &layout.display().to_string()]);
    umoci(&["new", "--image", &image]);
    for (number, files) in FILES.chunks(2).enumerate() {
        let bundle = work.join(format!("bundle-{number}"));
        let place = bundle.display().to_string();
        umoci(&["unpack", "--rootless", "--image", &image, &place]);
        for (path, text) in files {
            let file = bundle.join("rootfs").join(path);
            fs::create_dir_all(file.parent().expect("a folder")).expect("a folder");
            fs::write(file, text).expect("a file of the image");
        }
        umoci(&["repack", "--image", &image, &place]);
    }
    umoci(&["config", "--image", &image, "--config.env", "APP_ENV=test", "--config.env", "KEEP=1"]);
    umoci(&["config", "--image", &image, "--config.entrypoint", "/app/start", "--architecture", "amd64"]);
    push_layout(&layout, registry, login, &format!("{repository}:{tag}"));
}

/// Pushes the image `made` of the OCI layout in `folder`.
pub fn push_layout(folder: &Path, registry: &Server, login: (&str, &str), reference: &str) {
    let (source, target) = (format!("oci:{}:made", folder.display()), address(registry, reference));
    push_as(&[], &source, &target, login);
}

/// The same in the words of Docker's schema 2.
pub fn push_layout_as_docker(folder: &Path, registry: &Server, login: (&str, &str), reference: &str) {
    let (source, target) = (format!("oci:{}:made", folder.display()), address(registry, reference));
    push_as(&["--format", "v2s2"], &source, &target, login);
}

fn push_as(how: &[&str], source: &str, target: &str, login: (&str, &str)) {
    let who = credentials(login);
    let always = ["copy", "-q", "--all", "--dest-tls-verify=false", "--dest-creds", &who];
    skopeo(&[&always, how, &[source, target]].concat());
}

/// The manifest of an image or index, as its registry has it.
pub fn skopeo_raw(registry: &Server, login: (&str, &str), reference: &str) -> serde_json::Value {
    let (who, image) = (credentials(login), address(registry, reference));
    let text = skopeo(&["inspect", "--raw", "--tls-verify=false", "--creds", &who, &image]);
    serde_json::from_str(&text).expect("skopeo prints JSON")
}

/// What `skopeo inspect` says of an image.
pub fn skopeo_inspect(registry: &Server, login: (&str, &str), reference: &str) -> serde_json::Value {
    let (who, image) = (credentials(login), address(registry, reference));
    let text = skopeo(&["inspect", "--tls-verify=false", "--creds", &who, &image]);
    serde_json::from_str(&text).expect("skopeo prints JSON")
}

/// The config of an image, as its registry has it.
pub fn skopeo_config(registry: &Server, login: (&str, &str), reference: &str) -> serde_json::Value {
    let (who, image) = (credentials(login), address(registry, reference));
    let text = skopeo(&["inspect", "--config", "--raw", "--tls-verify=false", "--creds", &who, &image]);
    serde_json::from_str(&text).expect("skopeo prints JSON")
}

/// Unpacks an image with umoci and gives the folder of its files.
pub fn unpacked(registry: &Server, login: (&str, &str), reference: &str, work: &Path) -> std::path::PathBuf {
    pulled(registry, login, reference, work);
    unpacked_layout(work)
}

/// Pulls an image as it is to the layout `pulled` in `work`.
pub fn pulled(registry: &Server, login: (&str, &str), reference: &str, work: &Path) -> std::path::PathBuf {
    let layout = work.join("pulled");
    let (source, target) = (address(registry, reference), format!("oci:{}:made", layout.display()));
    skopeo(&["copy", "-q", "--src-tls-verify=false", "--src-creds", &credentials(login), &source, &target]);
    layout
}

/// Unpacks what was pulled to `work`.
pub fn unpacked_layout(work: &Path) -> std::path::PathBuf {
    let (layout, bundle) = (work.join("pulled"), work.join("pulled-bundle"));
    let image = format!("{}:made", layout.display());
    umoci(&["unpack", "--rootless", "--image", &image, &bundle.display().to_string()]);
    bundle.join("rootfs")
}

/// A blob of an image that [`unpacked`] has pulled to `work`.
pub fn fetched(work: &Path, digest: &str) -> Vec<u8> {
    let name = digest.strip_prefix("sha256:").expect("a digest");
    fs::read(work.join("pulled/blobs/sha256").join(name)).expect("a blob of the image")
}

/// An image as skopeo names it.
fn address(registry: &Server, reference: &str) -> String {
    format!("docker://{}/{reference}", registry.host())
}

fn credentials((user, password): (&str, &str)) -> String {
    format!("{user}:{password}")
}

/// skopeo, which has to succeed.
pub fn skopeo(args: &[&str]) -> String {
    stranger(Command::new("skopeo").arg("--insecure-policy").args(args))
}

/// umoci, which has to succeed.
pub fn umoci(args: &[&str]) {
    stranger(Command::new("umoci").args(args));
}
