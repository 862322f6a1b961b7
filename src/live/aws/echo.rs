//! What is done about members that were asked for and did not come back.

use super::ecs::service_of;
use crate::domain::echo::{self, Unechoed};
use crate::domain::settings::Echo;
use crate::effects::event::{Events, Level};
use crate::effects::fault::{Fault, FaultKind};
use serde_json::Value;

/// Checks a registration's answer.
///
/// # Errors
/// `Refused`, code `NotEchoed`, with every missing member in `details`; so for [`updated`].
pub fn registered(requested: &Value, answer: &Value, policy: Echo, events: &Events) -> Result<(), Fault> {
    let definition = answer.get("taskDefinition").unwrap_or(&Value::Null);
    let family = definition.get("family").or(requested.get("family")).and_then(Value::as_str).unwrap_or_default();
    let revision = definition.get("revision").map_or_else(|| "?".to_owned(), Value::to_string);
    let written = format!("task definition `{family}:{revision}` is registered");
    check(&echo::registered(requested, answer), policy, &written, events)
}

/// Checks an update's answer.
pub fn updated(requested: &Value, answer: &Value, policy: Echo, events: &Events) -> Result<(), Fault> {
    let written = format!("{} is updated", service_of(requested));
    check(&echo::updated(requested, answer), policy, &written, events)
}

/// Checks a creation's answer.
pub fn created(requested: &Value, answer: &Value, policy: Echo, events: &Events) -> Result<(), Fault> {
    let name = requested.get("serviceName").and_then(Value::as_str).unwrap_or_default();
    check(&echo::updated(requested, answer), policy, &format!("service `{name}` is created"), events)
}

/// Refuses or warns, as the session says. `written` tells what has been written, in words: it stays written.
fn check(unechoed: &[Unechoed], policy: Echo, written: &str, events: &Events) -> Result<(), Fault> {
    let details: Vec<_> = unechoed.iter().map(ToString::to_string).collect();
    if details.is_empty() {
        return Ok(());
    }
    let message = format!("{written}, but not all that was asked for: {}", details.join("; "));
    match policy {
        Echo::Warn => {
            events.log(Level::Warn, message);
            Ok(())
        }
        Echo::Refuse => Err(Fault::new(FaultKind::Refused, "NotEchoed", message)
            .happened()
            .hint(
                "AWS ignores members that it does not know: check spelling and place of what is named (for an emulator \
                 that knows less than AWS, set `echo = \"warn\"` in its session)",
            )
            .details(details)),
    }
}
