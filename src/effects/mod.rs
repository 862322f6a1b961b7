//! THE GATEWAY: every read or write of the outside world is a value, and passes through here.

pub mod asker;
pub mod call;
pub mod cleanup;
pub mod drivers;
pub mod event;
pub mod fault;
pub mod gateway;
pub mod intent;
pub mod journal;
pub mod key;
pub mod origin;
pub mod overlay;
pub mod permissions;
pub mod plan;
pub mod predict;
pub mod reconcile;
pub mod redact;
pub mod reply;
mod sealing;
pub mod summary;
pub mod world;
pub mod written;
