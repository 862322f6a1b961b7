//! The machine gantry runs on: clock, environment, the project's files, its programs.

pub mod docker_config;
pub mod files;
pub mod journal_folder;
pub mod locks;
pub mod private_folder;
pub mod processes;
pub mod surroundings;
