//! What scripts can call: one namespace a file, each function's comment its page in the reference.
//!
//! A new namespace is a file with an `#[export_module]`, and a line in [`register`]; a new handle implements
//! [`Handle`] and gets a line in [`HANDLES`].

// The shapes that Rhai's macros ask for: contexts and texts by value, everything `pub`, results that cannot fail.
#![allow(
    clippy::needless_pass_by_value,
    clippy::unnecessary_wraps,
    clippy::wildcard_imports,
    clippy::trivially_copy_pass_by_ref
)]

pub mod aws;
pub mod build;
pub mod ecr;
pub mod ecs;
pub mod env;
pub mod files;
pub mod flow;
mod handle;
pub mod image;
pub mod json;
pub mod log;
pub mod rebuild_options;
pub mod secret;
pub mod tags;
pub mod taskdef;
pub mod time;
pub mod transfer;

pub use handle::{Form, Handle, Kind, Property, kind, optional, text};

use super::options::TakesOptions;
use rhai::{Dynamic, Engine, exported_module};
use serde_json::Value;

/// Every handle there is.
pub const HANDLES: &[Kind] = &[
    kind::<image::ImageReference>(),
    kind::<taskdef::TaskDefinition>(),
    kind::<files::Tree>(),
    kind::<files::WrittenText>(),
    kind::<time::Timestamp>(),
    kind::<aws::Session>(),
    kind::<ecr::Repository>(),
    kind::<ecs::Service>(),
    kind::<ecs::Rollout>(),
    kind::<ecs::Pause>(),
    kind::<transfer::InspectedImage>(),
    secret::KIND,
];

/// Every function that takes options, a file each.
pub const OPTIONS: &[&[TakesOptions]] =
    &[build::OPTIONS, ecr::OPTIONS, ecs::OPTIONS, tags::OPTIONS, transfer::OPTIONS, secret::OPTIONS];

/// Makes all of it known to `engine`.
pub fn register(engine: &mut Engine) {
    for handle in HANDLES {
        (handle.register)(engine);
    }
    let mut images = exported_module!(image::image);
    images.combine(exported_module!(transfer::transfer));
    images.combine(exported_module!(tags::tagging));
    images.combine(exported_module!(build::build));
    engine
        .register_static_module("image", images.into())
        .register_static_module("aws", exported_module!(aws::aws).into())
        .register_static_module("ecr", exported_module!(ecr::ecr).into())
        .register_static_module("ecs", ecs::module().into())
        .register_static_module("taskdef", exported_module!(taskdef::taskdef).into())
        .register_static_module("time", exported_module!(time::time).into())
        .register_static_module("secret", exported_module!(secret::secret).into())
        .register_static_module("ssm", exported_module!(secret::ssm).into())
        .register_static_module("env", exported_module!(env::env).into())
        .register_static_module("json", exported_module!(json::json).into())
        .register_static_module("log", exported_module!(log::log).into())
        .register_global_module(exported_module!(files::files).into())
        .register_global_module(exported_module!(flow::flow).into());
    taskdef::register_members(engine);
}

/// The JSON of a value that is a handle.
pub fn handle_value(value: &Dynamic, form: Form) -> Option<Value> {
    HANDLES.iter().find_map(|handle| (handle.value)(value, form))
}

/// What scripts print of a handle, where the value is one.
pub fn printed(value: &Dynamic) -> Option<String> {
    HANDLES.iter().find_map(|handle| (handle.text)(value))
}
