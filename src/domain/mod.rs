//! PURE: what a release is made of, and how it is judged. No IO, no async, no clock, no SDK type, no Rhai type.

pub mod code_deploy;
pub mod copy_options;
pub mod deadline;
pub mod diff;
pub mod docker_config;
pub mod duration;
pub mod echo;
pub mod equivalence;
pub mod file_tree;
pub mod image_build;
pub mod image_facts;
pub mod image_reference;
pub mod layer_edit;
pub mod nearest;
pub mod one_off;
pub mod platform;
pub mod rollout;
pub mod scaling;
pub mod secret;
pub mod secret_reference;
pub mod service_definition;
pub mod settings;
pub mod size;
pub mod tag_mutability;
pub mod task_definition;
pub mod wanted_time;
