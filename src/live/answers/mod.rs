//! How each call is made, a file a noun.

mod ecr;
mod ecs;
mod host;
mod image;
mod secret;
