//! An image reference: `[domain/]path[:tag][@digest]`, parsed and printed.
//!
//! The grammar is the one of `github.com/distribution/reference`. [`Written`] takes it literally; [`Reference`] also
//! fills in what a familiar name leaves out, so `redis:7` and `docker.io/library/redis:7` are equal, and knows images on this
//! machine by their own texts.

mod digest;
mod domain;
mod ecr_host;
mod error;
mod familiar;
mod grammar;
mod local;
mod reference;
mod tag;
#[cfg(test)]
mod tests;
mod written;

pub use digest::{Algorithm, Digest};
pub use ecr_host::{EcrHost, ecr_host, is_ecr_public};
pub use error::{Malformed, ReferenceError};
pub use local::Local;
pub use reference::Reference;
pub use tag::Tag;
pub use written::Written;
