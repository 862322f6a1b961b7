//! The registry client as a library: against two real Distribution registries with passwords of their own, and the
//! network below it against servers that behave badly.
#![allow(clippy::disallowed_methods, reason = "a story stands outside of the rooms")]

mod copying;
mod network;
mod rebuilding;
mod rebuilding_indexes;
mod refusals;
mod stage;
#[path = "../support/mod.rs"]
mod support;
