//! The embedded Application Auto Scaling: scalable targets of services, what suspends them, and what they do at
//! declared times.

mod operations;
mod policies;
mod targets;

pub use operations::{OPERATIONS, call};
pub use targets::{Planned, Scaling, Suspended, Target};
