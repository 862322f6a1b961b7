//! The embedded world: ECS, ECR, the services of AWS beside them and OCI registries, that speak their wire protocols
//! inside the process, on tokio's clock.
//!
//! A [`World`] is read from a file beside the script; a [`Rehearsal`] serves it. The room knows
//! nothing of the rest of the program: a simulator that shared its judgment would agree with its
//! mistakes.

mod aws_error;
mod balancing;
mod code_deploy;
mod digest;
mod ecr;
mod ecs;
mod estate;
mod identifier;
mod logs;
mod moment;
mod outside;
mod parameters;
mod query;
mod registry;
mod scaling;
mod secrets;
mod server;
#[cfg(test)]
mod tests;
mod world;

pub use server::{Body, Credentials, Lost, Rehearsal, service_of};
pub use world::{Account, World, WorldError};
