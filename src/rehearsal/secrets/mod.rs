//! The embedded Secrets Manager: secrets of an account in a Region, to be read.

mod operations;
mod vault;

pub use operations::{OPERATIONS, call};
pub use vault::{Content, Secret, Vault};
