//! Registries that speak the OCI distribution protocol: ECR's, with its own ways, and others.

mod access;
mod blobs;
mod content;
mod error;
mod manifests;
mod operation;
mod referrers;
mod repository;
mod serve;
mod store;
mod uploads;

pub use access::Access;
pub use content::MediaType;
pub use error::{error, unsupported};
pub use operation::{Action, Operation};
pub use repository::{Manifest, Refusal, Repository};
pub use serve::{CONTENT_DIGEST, Incoming, Served, serve};
pub use store::Registry;
