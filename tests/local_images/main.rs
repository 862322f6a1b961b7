//! Images handed over without a registry: OCI layouts and archives as sources and targets, with skopeo and umoci beside.
#![allow(clippy::disallowed_methods, reason = "a story stands outside of the rooms")]

mod archives;
mod guarded;
mod hand;
mod layouts;
#[path = "../support/mod.rs"]
mod support;
