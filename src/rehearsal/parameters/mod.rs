//! The embedded Parameter Store of Systems Manager: parameters of an account in a Region, to be read.

mod operations;
mod store;

pub use operations::{OPERATIONS, call};
pub use store::{Kind, Parameter, Parameters};
