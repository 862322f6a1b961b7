//! THIN: Rhai to calls and back.

pub mod arguments;
pub mod bindings;
pub mod check;
pub mod diagnose;
pub mod engine;
pub mod host;
pub mod json;
pub mod library;
pub mod names;
pub mod options;
mod parallel;
mod position;
pub mod report;
pub mod run;
mod snapshot;
pub mod stdlib;
#[cfg(test)]
mod tests;
mod thread;
pub mod thrown;
