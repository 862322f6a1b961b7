//! `image::copy`, `image::rebuild` and what registries tell of images: the half of `image` that asks registries.

use super::image::ImageReference;
use super::rebuild_options::RebuildOptions;
use super::tags::named;
use super::{Handle, Property, optional, text};
use crate::domain::copy_options::CopyOptions as Asked;
use crate::domain::image_facts::{ImageFacts, Located};
use crate::domain::image_reference::{Reference, ecr_host};
use crate::domain::platform::Platform;
use crate::release;
use crate::script::host::{Host, Outcome};
use crate::script::json::to_dynamic;
use crate::script::options::{TakesOptions, fields, options};
use rhai::Map;
use rhai::plugin::*;
use serde::{Deserialize, Deserializer};

/// What a registry tells of an image, as scripts hold it.
#[derive(Clone, Debug, PartialEq)]
pub struct InspectedImage(ImageFacts);

impl Handle for InspectedImage {
    const NAME: &'static str = "InspectedImage";
    const PROPERTIES: &'static [Property<Self>] = &[
        Property { name: "digest", help: "of the manifest", get: |image| image.0.digest.to_string().into() },
        Property { name: "media_type", help: "of the manifest", get: |image| text(&image.0.media_type) },
        Property {
            name: "size",
            help: "bytes of all layers, compressed",
            get: |image| {
                let bytes: u64 = image.0.layers.iter().map(|layer| layer.size).sum();
                i64::try_from(bytes).unwrap_or(i64::MAX).into()
            },
        },
        Property {
            name: "layers",
            help: "digests of the layers, lowest first",
            get: |image| {
                let digests = image.0.layers.iter().map(|layer| layer.digest.to_string().into());
                digests.collect::<rhai::Array>().into()
            },
        },
        Property {
            name: "config",
            help: "the config, as JSON; `()` of an index",
            get: |image| to_dynamic(image.0.config.clone()),
        },
        Property {
            name: "platform",
            help: "`linux/arm64`; `()` of an index",
            get: |image| optional(image.0.platform().as_deref()),
        },
        Property {
            name: "platforms",
            help: "of an index those of its images; of an image its own",
            get: |image| image.0.platforms().into_iter().map(Dynamic::from).collect::<rhai::Array>().into(),
        },
        Property {
            name: "created",
            help: "when it was built, RFC 3339; `()` where it does not say",
            get: |image| optional(image.0.config.get("created").and_then(serde_json::Value::as_str)),
        },
        Property {
            name: "labels",
            help: "name → value",
            get: |image| {
                let labels = image.0.config.pointer("/config/Labels").filter(|labels| labels.is_object());
                to_dynamic(labels.cloned().unwrap_or_else(|| serde_json::json!({})))
            },
        },
    ];

    fn text(&self) -> String {
        self.0.digest.to_string()
    }
}

/// Where a copy comes from and goes to.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CopyOptions {
    /// Session of the source.
    pub from: Option<String>,
    /// Session of the target.
    pub to: Option<String>,
    /// Whether the tag may be taken from another image.
    pub replace: bool,
    /// Of an index only these.
    pub platforms: Vec<Platform>,
    /// Whether what points at the image comes with it.
    pub referrers: bool,
    /// Repositories of the target's registry whose blobs may be taken.
    #[serde(deserialize_with = "texts")]
    pub mount_from: Vec<String>,
}

/// A text, or a list of texts.
pub fn texts<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged, expecting = "a text or a list of texts is expected")]
    enum Said {
        One(String),
        Many(Vec<String>),
    }
    Ok(match Said::deserialize(deserializer)? {
        Said::One(text) => vec![text],
        Said::Many(texts) => texts,
    })
}

/// Of which image is told.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct InspectOptions {
    session: Option<String>,
    platform: Option<Platform>,
}

/// ECR always needs a session; the AWS defaults serve where none is named.
pub fn located(image: Reference, session: Option<String>) -> Located {
    // nobody needs to be known to this machine
    let session = session.filter(|_| image.local().is_none());
    let session = session.or_else(|| ecr_host(image.domain()).map(|_| "default".to_owned()));
    Located { image, session }
}

/// The functions here that take options.
pub const OPTIONS: &[TakesOptions] = &[
    TakesOptions { function: "image::copy", keys: fields::<CopyOptions> },
    TakesOptions { function: "image::rebuild", keys: fields::<RebuildOptions> },
    TakesOptions { function: "image::inspect", keys: fields::<InspectOptions> },
];

/// Images of registries.
#[export_module]
pub mod transfer {
    use super::*;

    /// Copies an image to another registry or repository; gives the target with its digest, which is the source's. Source
    /// and target may also be on this machine: `oci:PATH[:NAME]` and the like, `image::layout`, `image::archive`.
    ///
    /// * `from`, `to`: sessions for ECR
    /// * `replace`: take the tag away from an image that has it; without it that is refused
    /// * `platforms`: of an index only these, `["linux/amd64"]`: one is copied as that image alone, several as a smaller
    ///   index
    /// * `mount_from`: a repository of the target's registry, or several, from which blobs are taken that are there: they do
    ///   not move. The source's own repository is one by itself; in ECR the account's blob mounting has to be on
    /// * `referrers`: signatures, SBOMs and attestations that point at the image come with it; without it you are told
    ///   of those that the registry lists
    ///
    /// ```rhai
    /// let copied = image::copy(image::parse("127.0.0.1:5001/shop:1"), image::parse("127.0.0.1:5002/shop:1"), #{});
    /// ```
    #[rhai_fn(return_raw, volatile)]
    pub fn copy(ctx: NativeCallContext, source: Dynamic, target: Dynamic, how: Map) -> Outcome<ImageReference> {
        let how: CopyOptions = options(&ctx, how)?;
        let (source, target) = (named(&ctx, &source)?, named(&ctx, &target)?);
        Host::of(&ctx)?.run(&ctx, move |gateway| async move {
            let (replace, platforms, referrers) = (how.replace, how.platforms, how.referrers);
            let asked = Asked { replace, platforms, referrers, mount_from: how.mount_from };
            let (from, to) = (located(source, how.from), located(target, how.to));
            release::copy::copy(&gateway, &from, &to, asked).await.map(ImageReference)
        })
    }

    /// Copies an image with the AWS defaults, or none where it is not in ECR.
    ///
    /// ```rhai
    /// let copied = image::copy(image::parse("127.0.0.1:5001/shop:1"), image::parse("127.0.0.1:5002/shop:1"));
    /// ```
    #[rhai_fn(name = "copy", return_raw, volatile)]
    pub fn copy_simply(ctx: NativeCallContext, source: Dynamic, target: Dynamic) -> Outcome<ImageReference> {
        copy(ctx, source, target, Map::new())
    }

    /// Makes an image of another by one layer more, straight in the target's registry; gives it with its digest.
    ///
    /// Equal inputs give an equal digest. What is not named stays as the base has it. Of an index (a multi-platform image)
    /// every image is rebuilt; attestations of the base are not of the result, and are left out with a warning.
    ///
    /// * `files`: path in the image → `dir("…")`, `file("…")` or `text("…")`, or a map of what is put there (`content`),
    ///   `owner` (`"1000:1000"`), `mode` (`"0640"`; of what is executable and of folders with the right to enter), and
    ///   `replace: true` for a folder of which nothing that was there is to stay
    /// * `owner`: whose all of them become where they say nothing themselves; root's without it
    /// * `delete`: paths in the image that are taken out, files and whole folders
    /// * `env`, `labels`: name → value; `()` removes one
    /// * `entrypoint`, `command`: lists; an empty one removes it. A new entrypoint leaves the command alone
    /// * `user`, `working_dir`: texts; an empty one removes it
    /// * `platforms`: of an index only these, such as `["linux/amd64"]`; one alone becomes an image without an index
    /// * `created`: RFC 3339; the base's where it is not given
    /// * `from`, `to`: sessions for ECR
    /// * `replace`: take the tag away from an image that has it; without it that is refused
    /// * `mount_from`: as of `image::copy`
    ///
    /// ```rhai
    /// let released = image::rebuild(
    ///     image::parse("127.0.0.1:5001/shop:1.4.2"),
    ///     image::parse("127.0.0.1:5002/shop:20260725-1.4.2"),
    ///     #{
    ///         files: #{
    ///             "/app/config": #{ content: dir("config/prod"), owner: "1000:1000", replace: true },
    ///             "/app/motd": text("released today"),
    ///         },
    ///         env: #{ APP_ENV: "production", DEBUG: () },
    ///         command: ["serve"],
    ///     },
    /// );
    /// ```
    #[rhai_fn(return_raw, volatile)]
    pub fn rebuild(ctx: NativeCallContext, base: Dynamic, target: Dynamic, how: Map) -> Outcome<ImageReference> {
        let how: RebuildOptions = options(&ctx, how)?;
        let (base, target) = (named(&ctx, &base)?, named(&ctx, &target)?);
        let (edit, asked) = how.split();
        Host::of(&ctx)?.run(&ctx, move |gateway| async move {
            let (from, to) = (located(base, asked.from), located(target, asked.to));
            let how = Asked { mount_from: asked.mount_from, ..Asked::replacing(asked.replace) };
            release::rebuild::rebuild(&gateway, &from, &to, edit, &how).await.map(ImageReference)
        })
    }

    /// What the registry tells of an image, or `()` where it has none of that name.
    ///
    /// ```rhai
    /// let there = image::inspect("127.0.0.1:5002/shop:1.4.2") != ();
    /// ```
    #[rhai_fn(name = "inspect", return_raw, volatile)]
    pub fn inspect_simply(ctx: NativeCallContext, image: Dynamic) -> Outcome<Dynamic> {
        inspect(ctx, image, "")
    }

    /// The same, as a session sees it.
    ///
    /// ```rhai
    /// let there = image::inspect(image::parse("127.0.0.1:5002/shop:1.4.2"), "default") != ();
    /// ```
    #[rhai_fn(return_raw, volatile)]
    pub fn inspect(ctx: NativeCallContext, image: Dynamic, session: &str) -> Outcome<Dynamic> {
        let at = located(named(&ctx, &image)?, (!session.is_empty()).then(|| session.to_owned()));
        let facts = Host::of(&ctx)?.run(&ctx, |gateway| async move { release::image::read(&gateway, &at).await })?;
        Ok(facts.map_or(Dynamic::UNIT, |facts| Dynamic::from(InspectedImage(facts))))
    }

    /// The same.
    ///
    /// * `platform`: of an index the image for it, `"linux/arm64"`, with its config and layers
    /// * `session`: for ECR
    ///
    /// ```rhai
    /// let arm = image::inspect("127.0.0.1:5002/shop:1.4.2", #{ platform: "linux/arm64" });
    /// ```
    #[rhai_fn(name = "inspect", return_raw, volatile)]
    pub fn inspect_with(ctx: NativeCallContext, image: Dynamic, how: Map) -> Outcome<Dynamic> {
        let how: InspectOptions = options(&ctx, how)?;
        let at = located(named(&ctx, &image)?, how.session);
        let facts = Host::of(&ctx)?.run(&ctx, move |gateway| async move {
            match how.platform {
                Some(platform) => release::image::read_for(&gateway, &at, platform).await,
                None => release::image::read(&gateway, &at).await,
            }
        })?;
        Ok(facts.map_or(Dynamic::UNIT, |facts| Dynamic::from(InspectedImage(facts))))
    }
}
