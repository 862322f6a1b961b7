//! How each call is made, a file a noun.

mod build;
mod code_deploy;
mod ecr;
mod ecs;
mod host;
mod image;
mod scaling;
mod secret;
mod task;
