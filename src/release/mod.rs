//! The steps of a release, composed of calls. Nothing here knows whether they are made, planned or rehearsed.

pub mod copy;
pub mod definition;
pub mod deploy;
pub mod failure;
pub mod hold;
pub mod image;
pub mod rebuild;
pub mod repository;
pub mod service;
mod update;
pub mod wait;
