//! The steps of a release, composed of calls. Nothing here knows whether they are made, planned or rehearsed.

pub mod build;
pub mod code_deploy;
pub mod copy;
mod create;
pub mod definition;
pub mod deploy;
pub mod failure;
mod history;
pub mod hold;
pub mod image;
pub mod interruption;
pub mod one_off;
pub mod pause;
pub mod promote;
pub mod rebuild;
pub mod refresh;
pub mod repository;
pub mod rollback;
pub mod scale;
pub mod scaling;
pub mod service;
pub mod status;
pub mod tags;
mod undo;
mod update;
pub mod wait;
pub mod watch;
