//! What the servers start from: the world file, checked and built.

use std::collections::BTreeMap;
use std::time::Duration;

use super::Account;
use super::faults::{ApiFault, ContainerFault};
use super::meanwhile::Meanwhile;
use super::runs::{ContainerLog, TaskRun};
use super::troubles::Troubles;
use crate::rehearsal::ecs::Realm;
use crate::rehearsal::estate::Estates;
use crate::rehearsal::moment::Moment;
use crate::rehearsal::registry::Registry;

/// Accounts by session, registries by host, realms by account and Region, and what goes wrong.
#[derive(Clone, Debug)]
pub struct Seed {
    pub start: Moment,
    /// Simulated time a request takes.
    pub latency: Duration,
    /// Bytes a second of blob transfers.
    pub bandwidth: u64,
    pub accounts: BTreeMap<String, Account>,
    pub registries: BTreeMap<String, Registry>,
    /// By account and Region.
    pub realms: BTreeMap<(String, String), Realm>,
    pub estates: Estates,
    pub faults: Vec<ApiFault>,
    pub container_faults: Vec<ContainerFault>,
    pub runs: Vec<TaskRun>,
    pub container_logs: Vec<ContainerLog>,
    /// What goes wrong around deployments.
    pub troubles: Troubles,
    /// What others do.
    pub meanwhile: Vec<Meanwhile>,
}

impl Seed {
    /// An empty world.
    pub fn new(start: Moment) -> Seed {
        Seed {
            start,
            latency: Duration::from_millis(20),
            bandwidth: 100_000_000,
            accounts: BTreeMap::new(),
            registries: BTreeMap::new(),
            realms: BTreeMap::new(),
            estates: Estates::new(),
            faults: Vec::new(),
            container_faults: Vec::new(),
            runs: Vec::new(),
            container_logs: Vec::new(),
            troubles: Troubles::default(),
            meanwhile: Vec::new(),
        }
    }
}
