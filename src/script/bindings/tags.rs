//! `image::tags`, `image::retag`, `image::promote`, `image::delete` and the digest of an image: what is done with names in
//! registries.

use super::image::{ImageReference, malformed};
use super::transfer::{located, texts};
use crate::domain::copy_options::CopyOptions;
use crate::domain::image_facts::Located;
use crate::domain::image_reference::Reference;
use crate::domain::platform::Platform;
use crate::effects::fault::Fault;
use crate::release::{promote, tags};
use crate::script::host::{Host, Outcome};
use crate::script::options::{TakesOptions, fields, options};
use crate::script::thrown::raise;
use rhai::plugin::*;
use rhai::{Array, Map};
use serde::Deserialize;

/// Which tags are listed.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TagsOptions {
    session: Option<String>,
    pattern: Option<String>,
    limit: Option<u32>,
}

/// How a tag is given.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RetagOptions {
    session: Option<String>,
    replace: bool,
}

/// Where an image is asked about.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ThereOptions {
    session: Option<String>,
}

/// What is deleted.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DeleteOptions {
    session: Option<String>,
    tags: bool,
}

/// How an image is promoted.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PromoteOptions {
    from: Option<String>,
    to: Option<String>,
    also: Vec<String>,
    create: bool,
    replace: bool,
    platforms: Vec<Platform>,
    referrers: bool,
    #[serde(deserialize_with = "texts")]
    mount_from: Vec<String>,
}

/// The functions here that take options.
pub const OPTIONS: &[TakesOptions] = &[
    TakesOptions { function: "image::tags", keys: fields::<TagsOptions> },
    TakesOptions { function: "image::retag", keys: fields::<RetagOptions> },
    TakesOptions { function: "image::promote", keys: fields::<PromoteOptions> },
    TakesOptions { function: "image::delete", keys: fields::<DeleteOptions> },
    TakesOptions { function: "image::digest", keys: fields::<ThereOptions> },
    TakesOptions { function: "image::exists", keys: fields::<ThereOptions> },
];

/// An image that a script names, as a reference or as text.
pub fn named(ctx: &NativeCallContext, image: &Dynamic) -> Outcome<Reference> {
    if let Some(image) = image.read_lock::<ImageReference>() {
        return Ok(image.0.clone());
    }
    if let Some(text) = image.read_lock::<rhai::ImmutableString>() {
        return Reference::anywhere(&text).map_err(|error| raise(ctx, malformed(&error)));
    }
    let message = format!("`{}` takes an image or its text, not {}", ctx.fn_name(), image.type_name());
    Err(raise(ctx, Fault::usage(message).hint("write it as `image::parse(\"…\")` or as text")))
}

fn there(ctx: &NativeCallContext, image: &Dynamic, how: Map) -> Outcome<Located> {
    let how: ThereOptions = options(ctx, how)?;
    Ok(located(named(ctx, image)?, how.session))
}

/// Names of images in registries.
#[export_module]
pub mod tagging {
    use super::*;

    /// The tags of a repository, the last pushed first where the registry tells when that was, as ECR does, and else the
    /// last by name.
    ///
    /// ```rhai
    /// let newest = image::tags("127.0.0.1:5001/shop")[0];
    /// ```
    #[rhai_fn(name = "tags", return_raw, volatile)]
    pub fn tags_simply(ctx: NativeCallContext, repository: Dynamic) -> Outcome<Array> {
        tags(ctx, repository, Map::new())
    }

    /// The same of those that match.
    ///
    /// * `pattern`: `"2026*"`: `*` is any text
    /// * `limit`: at most so many
    /// * `session`: for ECR
    ///
    /// ```rhai
    /// let lately = image::tags("127.0.0.1:5001/shop", #{ pattern: "2026*-1.*", limit: 5 });
    /// ```
    #[rhai_fn(return_raw, volatile)]
    pub fn tags(ctx: NativeCallContext, repository: Dynamic, how: Map) -> Outcome<Array> {
        let how: TagsOptions = options(&ctx, how)?;
        let at = located(named(&ctx, &repository)?, how.session);
        let (pattern, limit) = (how.pattern.unwrap_or_else(|| "*".to_owned()), how.limit);
        let limit = limit.map_or(usize::MAX, |limit| usize::try_from(limit).unwrap_or(usize::MAX));
        let found = Host::of(&ctx)?
            .run(&ctx, move |gateway| async move { tags::tags(&gateway, &at, &pattern, limit).await })?;
        Ok(found.into_iter().map(Dynamic::from).collect())
    }

    /// Gives an image one more tag in its repository; gives it with that tag and its digest. No layer moves; in ECR that is
    /// two calls.
    ///
    /// ```rhai
    /// let live = image::retag("127.0.0.1:5001/shop:1.4.2", "live-20260725");
    /// ```
    #[rhai_fn(name = "retag", return_raw, volatile)]
    pub fn retag_simply(ctx: NativeCallContext, image: Dynamic, tag: &str) -> Outcome<ImageReference> {
        retag(ctx, image, tag, Map::new())
    }

    /// The same.
    ///
    /// * `replace`: take the tag away from an image that has it; without it that is refused
    /// * `session`: for ECR
    ///
    /// ```rhai
    /// let live = image::retag(image::parse("127.0.0.1:5001/shop:1.4.2"), "live", #{ replace: true });
    /// ```
    #[rhai_fn(return_raw, volatile)]
    pub fn retag(ctx: NativeCallContext, image: Dynamic, tag: &str, how: Map) -> Outcome<ImageReference> {
        let how: RetagOptions = options(&ctx, how)?;
        let (from, tag) = (located(named(&ctx, &image)?, how.session), tag.to_owned());
        let work = move |gateway| async move { tags::retag(&gateway, &from, &tag, how.replace).await };
        Host::of(&ctx)?.run(&ctx, work).map(ImageReference)
    }

    /// Promotes an image with the AWS defaults, or none where it is not in ECR.
    ///
    /// ```rhai
    /// let released = image::promote("127.0.0.1:5001/test/shop:1.4.2", "127.0.0.1:5002/shop");
    /// ```
    #[rhai_fn(name = "promote", return_raw, volatile)]
    pub fn promote_simply(ctx: NativeCallContext, source: Dynamic, target: Dynamic) -> Outcome<ImageReference> {
        promote(ctx, source, target, Map::new())
    }

    /// Makes a tested image the one of a release: copies it to another repository, or tags it where it is in that one
    /// already. Without a tag the target gets the source's. Gives it with its digest, which is the source's.
    ///
    /// * `also`: more tags that it gets
    /// * `create`: make the repository in ECR where it is missing
    /// * `from`, `to`, `replace`, `platforms`, `referrers`, `mount_from`: as of `image::copy`
    ///
    /// ```rhai
    /// let released = image::promote("127.0.0.1:5001/test/shop:1.4.2", "127.0.0.1:5002/shop:20260725-1.4.2", #{
    ///     also: ["live"],
    ///     replace: true,
    ///     referrers: true,
    /// });
    /// ```
    #[rhai_fn(return_raw, volatile)]
    pub fn promote(ctx: NativeCallContext, source: Dynamic, target: Dynamic, how: Map) -> Outcome<ImageReference> {
        let how: PromoteOptions = options(&ctx, how)?;
        let from = located(named(&ctx, &source)?, how.from);
        let to = located(named(&ctx, &target)?, how.to);
        let (replace, platforms, referrers) = (how.replace, how.platforms, how.referrers);
        let copying = CopyOptions { replace, platforms, referrers, mount_from: how.mount_from };
        let how = promote::Promotion { also: how.also, create: how.create, copying };
        let work = move |gateway| async move { promote::promote(&gateway, &from, &to, how).await };
        Host::of(&ctx)?.run(&ctx, work).map(ImageReference)
    }

    /// Deletes a tag, or an image that is named by its digest and has no tag. Gives whether there was one.
    ///
    /// ```rhai
    /// let there_was_one = image::delete("127.0.0.1:5001/shop@sha256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824");
    /// ```
    #[rhai_fn(name = "delete", return_raw, volatile)]
    pub fn delete_simply(ctx: NativeCallContext, image: Dynamic) -> Outcome<bool> {
        delete(ctx, image, Map::new())
    }

    /// The same.
    ///
    /// * `tags`: an image that is named by its digest takes its tags with it; without it that is refused, naming them
    /// * `session`: for ECR, which deletes tags; other registries may delete by digest alone
    ///
    /// ```rhai
    /// let tag = "222222222222.dkr.ecr.eu-west-1.amazonaws.com/shop:old";
    /// image::delete(tag, #{ session: "prod" });
    /// ```
    #[rhai_fn(return_raw, volatile)]
    pub fn delete(ctx: NativeCallContext, image: Dynamic, how: Map) -> Outcome<bool> {
        let how: DeleteOptions = options(&ctx, how)?;
        let at = located(named(&ctx, &image)?, how.session);
        Host::of(&ctx)?.run(&ctx, move |gateway| async move { tags::delete(&gateway, &at, how.tags).await })
    }

    /// The image with the digest that it has in its registry, or `()` where there is none.
    ///
    /// ```rhai
    /// let pinned = image::digest("127.0.0.1:5001/shop:1.4.2");
    /// ```
    #[rhai_fn(name = "digest", return_raw, volatile)]
    pub fn digest_simply(ctx: NativeCallContext, image: Dynamic) -> Outcome<Dynamic> {
        digest(ctx, image, Map::new())
    }

    /// The same. `session`: for ECR.
    ///
    /// ```rhai
    /// let pinned = image::digest(image::parse("127.0.0.1:5001/shop:1.4.2"), #{});
    /// ```
    #[rhai_fn(return_raw, volatile)]
    pub fn digest(ctx: NativeCallContext, image: Dynamic, how: Map) -> Outcome<Dynamic> {
        let at = there(&ctx, &image, how)?;
        let found = Host::of(&ctx)?.run(&ctx, |gateway| async move { tags::digest(&gateway, &at).await })?;
        Ok(found.map_or(Dynamic::UNIT, |image| Dynamic::from(ImageReference(image))))
    }

    /// Whether an image is in its registry.
    ///
    /// ```rhai
    /// if !image::exists("127.0.0.1:5001/shop:1.4.2") { throw "build it first"; }
    /// ```
    #[rhai_fn(name = "exists", return_raw, volatile)]
    pub fn exists_simply(ctx: NativeCallContext, image: Dynamic) -> Outcome<bool> {
        exists(ctx, image, Map::new())
    }

    /// The same. `session`: for ECR.
    ///
    /// ```rhai
    /// let there = image::exists(image::parse("127.0.0.1:5001/shop:1.4.2"), #{});
    /// ```
    #[rhai_fn(return_raw, volatile)]
    pub fn exists(ctx: NativeCallContext, image: Dynamic, how: Map) -> Outcome<bool> {
        let at = there(&ctx, &image, how)?;
        let found = Host::of(&ctx)?.run(&ctx, |gateway| async move { tags::digest(&gateway, &at).await })?;
        Ok(found.is_some())
    }
}
