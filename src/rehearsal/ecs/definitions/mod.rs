//! Task definitions: what ECS makes of a document that is registered.

mod known;
mod normalise;
mod register;
mod shape;
mod store;
mod validate;

pub use register::register;
pub use shape::{Shape, take};
pub use store::{Definition, Definitions, Registration};
