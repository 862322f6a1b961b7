//! Stories against registries in this process that do what they are told.

mod any_answer;
mod blobs;
mod cuts;
pub(in crate::live) mod fake;
mod indexes;
mod inspecting;
mod logins;
mod packing;
mod quirks;
mod rebuilding;
mod rebuilds;
mod referrers;
mod retries;
