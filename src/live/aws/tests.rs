//! The adapter against a transport in this process that records requests and answers as it is told, on a paused clock.

mod answers;
mod carried;
mod faults;
mod lossless;
mod public;
mod sessions;
mod tokens;
mod world;
