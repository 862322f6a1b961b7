//! A call in a few words, for people: what is asked, and what came of it.

mod code_deploy;
mod ecr;
mod ecs;
mod host;
mod image;
mod scaling;
mod secret;
mod task;

use super::call::Call;
use super::reply::Reply;
use serde_json::Value;

/// What a call asks for.
pub fn asked(call: &Call) -> String {
    match call {
        Call::Host(call) => host::asked(call),
        Call::Ecs(call) => ecs::asked(call),
        Call::CodeDeploy(call) => code_deploy::asked(call),
        Call::Ecr(call) => ecr::asked(call),
        Call::Image(call) => image::asked(call),
        Call::Scaling(call) => scaling::asked(call),
        Call::Secret(call) => secret::asked(call),
        Call::Task(call) => task::asked(call),
    }
}

/// What a write came to.
pub fn done(call: &Call, reply: &Reply) -> String {
    let told = match call {
        Call::Host(_) | Call::Scaling(_) | Call::Secret(_) => None,
        Call::Ecs(call) => ecs::done(call, reply),
        Call::CodeDeploy(call) => code_deploy::done(call, reply),
        Call::Ecr(call) => ecr::done(call),
        Call::Image(_) => image::done(reply),
        Call::Task(call) => task::done(call, reply),
    };
    told.unwrap_or_else(|| asked(call))
}

fn text<'a>(document: &'a Value, key: &str) -> &'a str {
    document.get(key).and_then(Value::as_str).unwrap_or("?")
}
