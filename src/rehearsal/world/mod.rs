//! The world a script is rehearsed in: accounts, registries, clusters, services and what goes
//! wrong, read from one TOML file and checked before anything runs.

mod build;
mod code_deploy;
mod error;
mod faults;
mod files;
mod image;
mod layer;
mod meanwhile;
mod quantity;
mod runs;
mod scaling;
mod schema;
mod seed;
mod services;
mod troubles;
mod values;

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

pub use error::WorldError;
pub use faults::{ApiFault, Consequence, ContainerFault, Harm, fits};
pub use runs::{ContainerLog, TaskRun};
pub use seed::Seed;

pub use meanwhile::{Meanwhile, When};
pub use troubles::Troubles;

/// An account of the world, under the name of the session that reaches it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// The session's name: the NAME of `[accounts.NAME]`.
    pub name: String,
    /// Twelve digits.
    pub id: String,
    /// The account's Region, such as `ap-northeast-1`.
    pub region: String,
}

/// A world file, read and checked, with its images built.
#[derive(Clone, Debug)]
pub struct World {
    args: toml::Table,
    environment: BTreeMap<String, String>,
    interrupt: Option<Duration>,
    after: Duration,
    seed: Seed,
}

impl World {
    /// Reads the world file and everything it names, relative to its folder: image folders and
    /// task definition files.
    ///
    /// # Errors
    /// Every mistake is a [`WorldError`] naming the file, the key and what to do; a key that the
    /// format does not have is one.
    pub fn load(path: &Path) -> Result<World, WorldError> {
        build::load(path)
    }

    /// The values of `[args]`: what the script's arguments are when the command line leaves them out.
    pub fn args(&self) -> &toml::Table {
        &self.args
    }

    /// The account behind a session's name.
    pub fn account(&self, session: &str) -> Option<&Account> {
        self.seed.accounts.get(session)
    }

    /// Every account, by the name that sessions have.
    pub fn accounts(&self) -> &BTreeMap<String, Account> {
        &self.seed.accounts
    }

    /// The simulated clock when the rehearsal begins.
    pub fn start(&self) -> jiff::Timestamp {
        self.seed.start.timestamp()
    }

    /// The environment variables that the script sees in the rehearsal: `[env]`.
    pub fn environment(&self) -> &BTreeMap<String, String> {
        &self.environment
    }

    /// How long after the start the script's run is told to stop: `interrupt`.
    pub fn interrupt(&self) -> Option<Duration> {
        self.interrupt
    }

    /// How long after the run's end it is looked at: `after`.
    pub fn after(&self) -> Duration {
        self.after
    }

    /// A world from text, as if it were the file's at `path`.
    #[cfg(test)]
    pub(in crate::rehearsal) fn parse(path: &Path, text: &str) -> Result<World, WorldError> {
        build::build(path, text)
    }

    /// What the servers start from.
    pub(in crate::rehearsal) fn into_seed(self) -> Seed {
        self.seed
    }
}
