//! The clock and the environment: the machine's own, or a rehearsal's.

use std::collections::BTreeMap;
use std::sync::Arc;

/// Tells milliseconds since 1970.
pub type Clock = Arc<dyn Fn() -> i64 + Send + Sync>;

/// The clock and the environment that scripts see.
#[derive(Clone)]
pub struct Surroundings {
    clock: Clock,
    environment: Option<BTreeMap<String, String>>,
}

impl Surroundings {
    /// The machine's own.
    pub fn of_this_machine() -> Self {
        Self { clock: Arc::new(system_clock), environment: None }
    }

    /// A rehearsal's: nothing of the machine is seen.
    pub fn rehearsed(clock: Clock, environment: BTreeMap<String, String>) -> Self {
        Self { clock, environment: Some(environment) }
    }

    /// Whether they are a rehearsal's.
    pub fn is_rehearsed(&self) -> bool {
        self.environment.is_some()
    }

    /// Milliseconds since 1970.
    pub fn now(&self) -> i64 {
        (self.clock)()
    }

    /// A variable of the environment; one that is not UTF-8 counts as absent.
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the environment for scripts")]
    pub fn variable(&self, name: &str) -> Option<String> {
        match &self.environment {
            Some(variables) => variables.get(name).cloned(),
            None => std::env::var(name).ok(),
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "the one place that reads the machine's clock")]
fn system_clock() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
