//! The steps of a release, composed of calls. Nothing here knows whether they are made, planned or rehearsed.

pub mod build;
pub mod copy;
pub mod deploy;
pub mod failure;
pub mod image;
pub mod rebuild;
pub mod repository;
pub mod service;
pub mod wait;
