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
mod position;
pub mod report;
pub mod run;
#[cfg(test)]
mod tests;
pub mod stdlib;
mod thread;
pub mod thrown;
