//! The embedded `CloudWatch` Logs: what containers with the awslogs driver have written, to be read.

mod containers;
mod events;
mod groups;
mod operations;
mod pattern;
mod store;

pub use containers::{Following, follow};
pub use operations::{OPERATIONS, call};
pub use store::{Line, Logs};
