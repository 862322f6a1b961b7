//! The embedded ECR's API: tokens, repositories and images, over the same content that its
//! registry serves.

mod delete;
mod images;
mod operations;
mod put_image;
mod repositories;
mod token;

pub use operations::{Desk, OPERATIONS, call};
