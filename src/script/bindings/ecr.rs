//! `ecr`: repositories.

use super::aws::Session;
use super::image::{ImageReference, malformed};
use super::{Handle, Property, text};
use crate::domain::image_reference::Reference;
use crate::effects::fault::{Fault, FaultKind};
use crate::release::repository;
use crate::script::host::{Host, Outcome};
use crate::script::options::{TakesOptions, fields, options};
use crate::script::thrown::raise;
use rhai::Map;
use rhai::plugin::*;
use serde::Deserialize;
use serde_json::{Value, json};

/// A repository that is there, as scripts hold it.
#[derive(Clone, Debug, PartialEq)]
pub struct Repository {
    session: String,
    name: String,
    reference: Reference,
    arn: String,
    mutability: String,
}

impl Repository {
    fn of(session: &str, described: &Value) -> Result<Self, Fault> {
        let member = |name| described.get(name).and_then(Value::as_str).unwrap_or_default();
        let reference = Reference::parse(member("repositoryUri")).map_err(|error| {
            let message = format!("ECR's answer names no repository that can be pulled from: {}", error.reason);
            Fault::new(FaultKind::Refused, "NotUnderstood", message)
        })?;
        Ok(Self {
            session: session.to_owned(),
            name: member("repositoryName").to_owned(),
            reference: reference.without_tag(),
            arn: member("repositoryArn").to_owned(),
            mutability: member("imageTagMutability").to_owned(),
        })
    }
}

impl Handle for Repository {
    const NAME: &'static str = "Repository";
    const PROPERTIES: &'static [Property<Self>] = &[
        Property { name: "name", help: "its name, without the registry", get: |one| text(&one.name) },
        Property { name: "uri", help: "what images in it begin with", get: |one| one.reference.name().into() },
        Property { name: "arn", help: "its ARN", get: |one| text(&one.arn) },
        Property { name: "mutability", help: "of its tags, in ECR's words", get: |one| text(&one.mutability) },
        Property { name: "session", help: "the session's name", get: |one| text(&one.session) },
    ];

    fn text(&self) -> String {
        self.reference.name()
    }
}

/// How a repository is made.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct CreateOptions {
    /// Whether a tag that is taken stays with its image.
    immutable: bool,
}

/// The functions here that take options.
pub const OPTIONS: &[TakesOptions] =
    &[TakesOptions { function: "ecr::create_repository", keys: fields::<CreateOptions> }];

/// Repositories of Amazon ECR.
#[export_module]
pub mod ecr {
    use super::*;

    /// A repository of the session's account, which must be there.
    ///
    /// ```rhai
    /// let target = ecr::repository(aws::session("prod"), "shop").image("20260725-1.4.2");
    /// ```
    #[rhai_fn(return_raw, volatile)]
    pub fn repository(ctx: NativeCallContext, session: Session, name: &str) -> Outcome<Repository> {
        let (session, name) = (session.0, name.to_owned());
        Host::of(&ctx)?.run(&ctx, |gateway| async move {
            let described = repository::describe(&gateway, &session, &name).await?;
            Repository::of(&session, &described)
        })
    }

    /// Makes a repository, unless it is there already.
    ///
    /// ```rhai
    /// let shop = ecr::create_repository(aws::session("prod"), "shop");
    /// ```
    #[rhai_fn(return_raw, volatile)]
    pub fn create_repository(ctx: NativeCallContext, session: Session, name: &str) -> Outcome<Repository> {
        create_repository_as(ctx, session, name, Map::new())
    }

    /// Makes a repository, unless it is there already. `immutable`: whether tags stay with their images.
    ///
    /// ```rhai
    /// let shop = ecr::create_repository(aws::session("prod"), "shop", #{ immutable: true });
    /// ```
    #[rhai_fn(name = "create_repository", return_raw, volatile)]
    pub fn create_repository_as(ctx: NativeCallContext, session: Session, name: &str, how: Map) -> Outcome<Repository> {
        let how: CreateOptions = options(&ctx, how)?;
        let (session, name) = (session.0, name.to_owned());
        Host::of(&ctx)?.run(&ctx, move |gateway| async move {
            let mut more = serde_json::Map::new();
            if how.immutable {
                more.insert("imageTagMutability".to_owned(), json!("IMMUTABLE"));
            }
            let described = repository::create(&gateway, &session, &name, more).await?;
            Repository::of(&session, &described)
        })
    }

    /// The image with this tag in the repository, whether it is there or not.
    ///
    /// ```rhai
    /// let image = ecr::repository(aws::session("prod"), "shop").image("1.4.2");
    /// ```
    #[rhai_fn(global, return_raw, pure)]
    pub fn image(ctx: NativeCallContext, repository: &mut Repository, tag: &str) -> Outcome<ImageReference> {
        let tagged = repository.reference.with_tag(tag);
        tagged.map(ImageReference).map_err(|error| raise(&ctx, malformed(&error)))
    }
}
