//! The embedded Elastic Load Balancing: target groups of services, and the health of their targets.

mod groups;
mod health;
mod operations;

pub use operations::{NAMESPACE, OPERATIONS, VERSION, call};
