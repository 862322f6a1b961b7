//! Everything the embedded servers keep.

use std::collections::BTreeMap;
use std::time::Duration;

use super::Credentials;
use crate::rehearsal::ecs::Realm;
use crate::rehearsal::estate::{Estate, Estates};
use crate::rehearsal::identifier;
use crate::rehearsal::logs::{self, Following};
use crate::rehearsal::moment::Moment;
use crate::rehearsal::outside::Outside;
use crate::rehearsal::registry::Registry;
use crate::rehearsal::world::{
    Account, ApiFault, Consequence, ContainerFault, ContainerLog, Meanwhile, Seed, TaskRun, Troubles,
};

/// The longest that time passes at once; a task that stopped is remembered for an hour.
const STEP: Duration = Duration::from_mins(30);

/// The world as it is now.
#[derive(Debug)]
pub struct State {
    /// Sessions' accounts.
    accounts: BTreeMap<String, Account>,
    /// Accounts by access key id.
    keys: BTreeMap<String, Account>,
    /// Registries by host.
    pub registries: BTreeMap<String, Registry>,
    /// ECS by account and Region.
    pub realms: BTreeMap<(String, String), Realm>,
    /// The other services by account and Region.
    pub estates: Estates,
    faults: Vec<ApiFault>,
    container_faults: Vec<ContainerFault>,
    runs: Vec<TaskRun>,
    container_logs: Vec<ContainerLog>,
    following: Following,
    troubles: Troubles,
    /// What others are still to do.
    pub(super) meanwhile: Vec<Meanwhile>,
    /// When the world began.
    pub(super) start: Moment,
    served: u64,
    /// Every write that was asked for, in order, as a snapshot shows it.
    pub writes: Vec<serde_json::Value>,
    /// Until when time has passed.
    reached: Option<Moment>,
}

impl State {
    /// The world at its start.
    pub fn new(seed: Seed, start: Moment) -> State {
        let keys = seed.accounts.values().map(|account| (credentials_of(account).access_key_id, account.clone()));
        let mut realms = seed.realms;
        for realm in realms.values_mut() {
            realm.begin(start);
        }
        let troubles = seed.troubles.beginning(start);
        State {
            keys: keys.collect(),
            accounts: seed.accounts,
            registries: seed.registries,
            realms,
            estates: seed.estates,
            faults: seed.faults,
            container_faults: seed.container_faults,
            runs: seed.runs,
            container_logs: seed.container_logs,
            following: Following::new(),
            troubles,
            meanwhile: seed.meanwhile,
            start,
            served: 0,
            writes: Vec::new(),
            reached: None,
        }
    }

    /// The access key of a session.
    pub fn credentials(&self, session: &str) -> Option<Credentials> {
        self.accounts.get(session).map(credentials_of)
    }

    /// The account of an access key.
    pub fn caller(&self, access_key_id: &str) -> Option<Account> {
        self.keys.get(access_key_id).cloned()
    }

    /// Lets time pass for everything. It never runs back: a snapshot may have looked at a moment
    /// just after that of the next request.
    pub(super) fn pass(&mut self, now: Moment) {
        let now = self.reached.map_or(now, |reached| reached.max(now));
        // a long while is gone through in steps, so that no task is forgotten before its lines are kept
        let mut step = self.reached.unwrap_or(now);
        self.reached = Some(now);
        loop {
            let planned = self.estates.values().filter_map(|estate| estate.scaling.next(self.start)).min();
            let planned = planned.filter(|planned| *planned > step).unwrap_or(now);
            step = step.after(STEP).min(planned).min(now);
            self.advance_to(step);
            if step == now {
                break;
            }
        }
    }

    fn advance_to(&mut self, now: Moment) {
        let outside = Outside {
            registries: &self.registries,
            faults: &self.container_faults,
            runs: &self.runs,
            troubles: &self.troubles,
        };
        for realm in self.realms.values_mut() {
            realm.advance(now, &outside);
            if let Some(estate) = self.estates.get_mut(&(realm.account.clone(), realm.region.clone())) {
                estate.scaling.advance(realm, self.start, now);
            }
            logs::follow(realm, &mut self.estates, &mut self.following, &self.runs, &self.container_logs);
        }
    }

    /// Until when time has passed.
    pub(super) fn reached(&self) -> Option<Moment> {
        self.reached
    }

    /// The account with these twelve digits.
    pub fn account(&self, id: &str) -> Option<&Account> {
        self.accounts.values().find(|account| account.id == id)
    }

    /// What goes wrong with this call, if anything does.
    pub fn strike(
        &mut self,
        service: &str,
        operation: &str,
        account: &str,
        resources: &[String],
    ) -> Option<Consequence> {
        let mut faults = self.faults.iter_mut();
        faults.find_map(|fault| fault.strikes(service, operation, account, resources).then(|| fault.then.clone()))
    }

    /// The identifier of the next reply.
    pub fn request_id(&mut self) -> String {
        self.served += 1;
        identifier::uuid(&["request", &self.served.to_string()])
    }

    /// ECS of an account in a Region.
    pub fn realm(&mut self, account: &str, region: &str) -> &mut Realm {
        let fresh = || Realm::new(account, region);
        self.realms.entry((account.to_owned(), region.to_owned())).or_insert_with(fresh)
    }

    /// The other services of an account in a Region.
    pub fn estate(&mut self, account: &str, region: &str) -> &mut Estate {
        self.estates.entry((account.to_owned(), region.to_owned())).or_default()
    }

    /// ECS and the other services of an account in a Region.
    pub fn realm_and_estate(&mut self, account: &str, region: &str) -> (&mut Realm, &mut Estate) {
        let place = (account.to_owned(), region.to_owned());
        let realm = self.realms.entry(place.clone()).or_insert_with(|| Realm::new(account, region));
        (realm, self.estates.entry(place).or_default())
    }

    /// ECR of an account in a Region.
    pub fn ecr(&mut self, account: &str, region: &str) -> &mut Registry {
        let fresh = || Registry::ecr(account, region);
        self.registries.entry(Registry::ecr_host(account, region)).or_insert_with(fresh)
    }
}

fn credentials_of(account: &Account) -> Credentials {
    let key = identifier::hexadecimal(&["access-key", &account.name, &account.id], 16);
    Credentials {
        access_key_id: format!("AKIA{}", key.to_ascii_uppercase()),
        secret_access_key: identifier::hexadecimal(&["secret-key", &account.name, &account.id], 40),
    }
}
