//! `image::build`: an image of a Dockerfile.

use super::image::ImageReference;
use super::transfer::located;
use crate::domain::image_build::{Engine, ImageBuild};
use crate::domain::platform::Platform;
use crate::release;
use crate::script::host::{Host, Outcome};
use crate::script::options::{TakesOptions, fields, options};
use rhai::Map;
use rhai::plugin::*;
use serde::Deserialize;
use std::collections::BTreeMap;

/// What is built, and by whom.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct BuildOptions {
    context: Option<String>,
    file: Option<String>,
    args: BTreeMap<String, String>,
    platform: Option<Platform>,
    target: Option<String>,
    engine: Option<Engine>,
    to: Option<String>,
    replace: bool,
}

/// The functions here that take options.
pub const OPTIONS: &[TakesOptions] = &[TakesOptions { function: "image::build", keys: fields::<BuildOptions> }];

/// Images that are built.
#[export_module]
pub mod build {
    use super::*;

    /// Builds an image of a Dockerfile with docker, podman or buildah, whichever is there, and pushes it; gives it with
    /// its digest. For what a layer cannot do: where files and settings are all that changes, `image::rebuild` is
    /// quicker, needs no engine, and gives the same digest every time.
    ///
    /// A plan cannot know the digest; a rehearsal builds nothing, and an image without files stands for it.
    ///
    /// * `context`: the folder that the Dockerfile sees, relative to the project's root, which it is without it
    /// * `file`: the Dockerfile, relative to the project's root; the one in `context` without it
    /// * `args`: build arguments; not for secrets, for they are in the image's history
    /// * `platform`: such as `linux/arm64`
    /// * `target`: the stage that is built
    /// * `engine`: `"docker"`, `"podman"` or `"buildah"`
    /// * `to`: session for ECR
    /// * `replace`: take the tag away from an image that has it; without it that is refused
    ///
    /// ```rhai
    /// let built = image::build(image::parse("127.0.0.1:5002/shop:1.4.2"), #{ context: "app", args: #{ VERSION: "1.4.2" } });
    /// ```
    #[rhai_fn(return_raw, volatile)]
    pub fn build(ctx: NativeCallContext, target: ImageReference, how: Map) -> Outcome<ImageReference> {
        let how: BuildOptions = options(&ctx, how)?;
        let (to, replace) = (located(target.0, how.to), how.replace);
        let build = ImageBuild {
            context: how.context.unwrap_or_else(|| ".".to_owned()),
            file: how.file,
            args: how.args,
            platform: how.platform,
            target: how.target,
            engine: how.engine,
        };
        Host::of(&ctx)?.run(&ctx, move |gateway| async move {
            release::build::build(&gateway, &to, build, replace).await.map(ImageReference)
        })
    }
}
