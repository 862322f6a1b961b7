//! The embedded world from outside: requests over `handle`, as a client sends them.

mod ecr;
mod ecs;
mod faults;
mod order;
mod registry;
mod rollout;
mod support;
mod worlds;
