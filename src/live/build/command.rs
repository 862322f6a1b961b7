//! What the engines are told, each in its own words.

use crate::domain::image_build::{Engine, ImageBuild};
use crate::domain::image_reference::Reference;
use std::path::Path;

/// What is pushed.
pub(super) struct Push<'a> {
    /// The image's name, with its tag.
    pub name: &'a str,
    /// Whether the registry speaks plain http.
    pub plain: bool,
    /// A file with the login, in the form of Docker's config.json.
    pub login: Option<&'a Path>,
}

/// What tells whether an engine is there and works: of docker whether its daemon answers.
pub(super) fn probe_args(engine: Engine) -> Vec<String> {
    let args: &[&str] = match engine {
        Engine::Docker => &["version", "--format", "{{.Server.Version}}"],
        Engine::Podman | Engine::Buildah => &["--version"],
    };
    args.iter().map(|&arg| arg.to_owned()).collect()
}

/// What builds the image `name`.
pub(super) fn build_args(
    engine: Engine,
    build: &ImageBuild,
    context: &Path,
    file: Option<&Path>,
    name: &str,
) -> Vec<String> {
    let mut args = vec!["build".to_owned()];
    match engine {
        Engine::Docker => {}
        // as docker and podman do by themselves
        Engine::Buildah => args.push("--layers".to_owned()),
        Engine::Podman => {}
    }
    args.push(format!("--tag={name}"));
    args.extend(file.map(|file| format!("--file={}", file.display())));
    args.extend(build.args.iter().map(|(name, value)| format!("--build-arg={name}={value}")));
    args.extend(build.platform.iter().map(|platform| format!("--platform={platform}")));
    args.extend(build.target.iter().map(|stage| format!("--target={stage}")));
    args.push(context.display().to_string());
    args
}

/// What pushes it. Docker finds the login by its environment.
pub(super) fn push_args(engine: Engine, push: &Push<'_>) -> Vec<String> {
    let mut args = vec!["push".to_owned()];
    if engine != Engine::Docker {
        args.extend(push.login.map(|file| format!("--authfile={}", file.display())));
        args.extend(push.plain.then(|| "--tls-verify=false".to_owned()));
    }
    args.push(push.name.to_owned());
    args
}

/// The registry as the engine reaches it: by its endpoint, where gantry.toml gives another than its name.
pub(super) fn registry(to: &Reference, endpoint: &str) -> String {
    let authority = endpoint.split_once("://").map_or(endpoint, |(_, rest)| rest);
    // what everybody calls docker.io has another address
    let own = to.domain() == "docker.io" || authority.is_empty();
    if own { to.domain().to_owned() } else { authority.trim_end_matches('/').to_owned() }
}

/// The image's name and tag in that registry.
pub(super) fn pushed_as(to: &Reference, endpoint: &str) -> String {
    format!("{}/{}:{}", registry(to, endpoint), to.path(), to.tag().unwrap_or("latest"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn build() -> ImageBuild {
        ImageBuild {
            context: "app".into(),
            file: Some("docker/Dockerfile".into()),
            args: [("VERSION".to_owned(), "1 2".to_owned())].into(),
            platform: "linux/arm64".parse().ok(),
            target: Some("release".into()),
            engine: None,
        }
    }

    #[test]
    fn each_engine_is_told_in_its_own_words() {
        let (context, file) = (Path::new("/p/app"), Path::new("/p/docker/Dockerfile"));
        let common = "--tag=h/shop:1 --file=/p/docker/Dockerfile --build-arg=VERSION=1 2 --platform=linux/arm64 \
                      --target=release /p/app";
        let login = Some(Path::new("/private/config.json"));
        for (engine, built, pushed) in [
            (Engine::Docker, format!("build {common}"), "push h/shop:1"),
            (
                Engine::Podman,
                format!("build {common}"),
                "push --authfile=/private/config.json --tls-verify=false h/shop:1",
            ),
            (
                Engine::Buildah,
                format!("build --layers {common}"),
                "push --authfile=/private/config.json --tls-verify=false h/shop:1",
            ),
        ] {
            assert_eq!(build_args(engine, &build(), context, Some(file), "h/shop:1").join(" "), built);
            assert_eq!(push_args(engine, &Push { name: "h/shop:1", plain: true, login }).join(" "), pushed);
        }
        let plainest = ImageBuild { args: [].into(), platform: None, target: None, ..build() };
        assert_eq!(build_args(Engine::Docker, &plainest, context, None, "a:1"), ["build", "--tag=a:1", "/p/app"]);
        assert_eq!(push_args(Engine::Podman, &Push { name: "a:1", plain: false, login: None }), ["push", "a:1"]);
    }

    #[test]
    fn an_endpoint_of_its_own_is_where_the_engine_pushes_to() {
        let image = Reference::parse("reg.example/team/shop:7").unwrap();
        assert_eq!(pushed_as(&image, "https://reg.example"), "reg.example/team/shop:7");
        assert_eq!(pushed_as(&image, "http://127.0.0.1:5001"), "127.0.0.1:5001/team/shop:7");
        let hub = Reference::parse("me/shop:7").unwrap();
        assert_eq!(pushed_as(&hub, "https://registry-1.docker.io"), "docker.io/me/shop:7");
    }
}
