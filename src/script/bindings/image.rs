//! `image`: image references.

use super::{Handle, Property, optional, text};
use crate::domain::image_reference::{Digest, Local, Reference, ReferenceError};
use crate::effects::fault::Fault;
use crate::script::host::Outcome;
use crate::script::thrown::raise;
use rhai::plugin::*;

/// The reference of an image, as scripts hold it.
#[derive(Clone, Debug, PartialEq)]
pub struct ImageReference(pub Reference);

impl Handle for ImageReference {
    const NAME: &'static str = "ImageReference";
    const PROPERTIES: &'static [Property<Self>] = &[
        Property {
            name: "domain",
            help: "the registry: `docker.io`; `oci`, `oci-archive` or `docker-archive` on this machine",
            get: |image| text(image.0.domain()),
        },
        Property {
            name: "path",
            help: "the repository in it, `library/redis`, or the path of folder or archive",
            get: |image| text(image.0.path()),
        },
        Property { name: "name", help: "registry and repository", get: |image| image.0.name().into() },
        Property {
            name: "tag",
            help: "the tag, or the name in folder or archive; `()` where none is written",
            get: |image| optional(image.0.tag()),
        },
        Property {
            name: "digest",
            help: "the digest; `()` where none is written",
            get: |image| optional(image.0.digest().map(ToString::to_string).as_deref()),
        },
        Property { name: "familiar", help: "the shortest text that means it", get: |image| image.0.familiar().into() },
        Property { name: "string", help: "the whole reference", get: |image| image.0.to_string().into() },
    ];

    fn text(&self) -> String {
        self.0.to_string()
    }
}

/// The fault of a malformed reference: the text with a caret under the offending character.
pub fn malformed(error: &ReferenceError) -> Fault {
    let mut fault = Fault::usage(format!("{} is malformed: {}\n{}", error.noun, error.reason, indented(error)));
    fault.hint.clone_from(&error.hint);
    fault
}

fn indented(error: &ReferenceError) -> String {
    error.caret().lines().map(|line| format!("    {line}")).collect::<Vec<_>>().join("\n")
}

fn on_this_machine(ctx: &NativeCallContext, local: Local, path: &str, name: Option<&str>) -> Outcome<ImageReference> {
    let image = Reference::on_this_machine(local, path, name);
    image.map(ImageReference).map_err(|error| raise(ctx, malformed(&error)))
}

/// Image references: what an image is called, taken apart and changed. Nothing is asked of a registry.
#[export_module]
pub mod image {
    use super::*;

    /// Parses the reference of an image. Familiar names are filled in: `redis` is `docker.io/library/redis`.
    ///
    /// Images on this machine are `oci:PATH[:NAME]`, `oci-archive:PATH[:NAME]` and `docker-archive:PATH[:REFERENCE]`.
    ///
    /// Throws a fault that points at the offending character where the text is malformed.
    ///
    /// ```rhai
    /// let tested = image::parse("registry.example.com/shop:1.4.2");
    /// log::info(tested.tag);
    /// ```
    #[rhai_fn(return_raw)]
    pub fn parse(ctx: NativeCallContext, text: &str) -> Outcome<ImageReference> {
        Reference::anywhere(text).map(ImageReference).map_err(|error| raise(&ctx, malformed(&error)))
    }

    /// An image in a folder of the project, an OCI image layout: `oci:PATH`. One that is read is the only one there; one
    /// that is written gets the tag of its source.
    ///
    /// ```rhai
    /// let built = image::layout("out/app");
    /// ```
    #[rhai_fn(return_raw)]
    pub fn layout(ctx: NativeCallContext, path: &str) -> Outcome<ImageReference> {
        on_this_machine(&ctx, Local::Layout, path, None)
    }

    /// The same by its name there: `oci:PATH:NAME`.
    ///
    /// ```rhai
    /// let built = image::layout("out/app", "1.4.2");
    /// ```
    #[rhai_fn(name = "layout", return_raw)]
    pub fn layout_named(ctx: NativeCallContext, path: &str, name: &str) -> Outcome<ImageReference> {
        on_this_machine(&ctx, Local::Layout, path, Some(name))
    }

    /// An image in a tar archive of the project, as `docker save` writes and `docker load` reads it:
    /// `docker-archive:PATH`. One that is read is the only one there; one that is written gets the name of its source.
    ///
    /// ```rhai
    /// let saved = image::archive("app.tar");
    /// ```
    #[rhai_fn(return_raw)]
    pub fn archive(ctx: NativeCallContext, path: &str) -> Outcome<ImageReference> {
        on_this_machine(&ctx, Local::DockerArchive, path, None)
    }

    /// The same by its name there: `docker-archive:PATH:NAME`.
    ///
    /// ```rhai
    /// let saved = image::archive("app.tar", "shop:1.4.2");
    /// ```
    #[rhai_fn(name = "archive", return_raw)]
    pub fn archive_named(ctx: NativeCallContext, path: &str, name: &str) -> Outcome<ImageReference> {
        on_this_machine(&ctx, Local::DockerArchive, path, Some(name))
    }

    /// The same image with another tag; a digest stays.
    ///
    /// ```rhai
    /// let dated = image::parse("shop:1.4.2").with_tag("20260725-1.4.2");
    /// ```
    #[rhai_fn(global, return_raw, pure)]
    pub fn with_tag(ctx: NativeCallContext, image: &mut ImageReference, tag: &str) -> Outcome<ImageReference> {
        image.0.with_tag(tag).map(ImageReference).map_err(|error| raise(&ctx, malformed(&error)))
    }

    /// The same image, pinned to a digest.
    ///
    /// ```rhai
    /// let digest = "sha256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";
    /// let pinned = image::parse("shop:1.4.2").with_digest(digest);
    /// ```
    #[rhai_fn(global, return_raw, pure)]
    pub fn with_digest(ctx: NativeCallContext, image: &mut ImageReference, digest: &str) -> Outcome<ImageReference> {
        let digest = Digest::parse(digest).map_err(|error| raise(&ctx, malformed(&error)))?;
        Ok(ImageReference(image.0.with_digest(digest)))
    }

    /// The same image without its tag.
    ///
    /// ```rhai
    /// let repository = image::parse("shop:1.4.2").without_tag();
    /// ```
    #[rhai_fn(global, pure)]
    pub fn without_tag(image: &mut ImageReference) -> ImageReference {
        ImageReference(image.0.without_tag())
    }

    /// The same image without its digest.
    ///
    /// ```rhai
    /// let tagged = image::parse("shop:1.4.2").without_digest();
    /// ```
    #[rhai_fn(global, pure)]
    pub fn without_digest(image: &mut ImageReference) -> ImageReference {
        ImageReference(image.0.without_digest())
    }
}
