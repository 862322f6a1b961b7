//! The embedded world from outside: requests over `handle`, as a client sends them.

mod balancing;
mod code_deploy;
mod ecr;
mod ecr_images;
mod ecs;
mod faults;
mod nonsense;
mod one_off;
mod order;
mod registry_pull;
mod registry_push;
mod rollout;
mod sandbox;
mod scaling;
mod second;
mod service_deployments;
mod services;
mod support;
mod troubles;
mod values;
mod worlds;
