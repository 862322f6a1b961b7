//! The machine gantry runs on: clock, environment, the project's files.

pub mod files;
pub mod journal_folder;
pub mod locks;
pub mod surroundings;
