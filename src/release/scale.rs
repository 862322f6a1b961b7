//! The number of tasks of a service.

use super::interruption::OnInterrupt;
use super::service::{Service, text};
use super::update;
use crate::effects::call::{Call, EcsCall};
use crate::effects::cleanup::{Promise, Then};
use crate::effects::fault::Fault;
use crate::effects::gateway::Gateway;
use serde_json::{Map, Value, json};

/// Tells a service to run `count` tasks, and waits until it does, for `timeout_millis` at the most; not at all for 0.
/// Gives `service`, `desired`, `running` and `pending`. A run that is told to stop while it waits puts the number of
/// before back where `on_interrupt` is to roll back.
///
/// # Errors
/// A number below zero; a wait that ran out; what AWS refuses.
pub async fn scale(
    gateway: &Gateway,
    service: &Service,
    count: i64,
    timeout_millis: u64,
    on_interrupt: OnInterrupt,
) -> Result<Value, Fault> {
    if count < 0 {
        return Err(Fault::usage(format!("scale: a service cannot run {count} tasks")));
    }
    if on_interrupt == OnInterrupt::Stop {
        let fault = Fault::usage("scale: there is no deployment that on_interrupt could stop");
        return Err(fault.hint("write \"rollback\" for the number of before, or \"leave\""));
    }
    let described = service.describe(gateway).await?;
    let before = described.get("desiredCount").and_then(Value::as_i64).unwrap_or(0);
    if before == count {
        gateway.events().step(format!("{service} is to run {count} tasks already"));
    } else {
        let members = Map::from_iter([("desiredCount".to_owned(), json!(count))]);
        update::update(gateway, service, &described, text(&described, "taskDefinition"), members).await?;
        gateway.events().step(format!("{service}: {before} → {count} tasks"));
    }
    let promised = format!("the number of tasks of {service}");
    if on_interrupt == OnInterrupt::Rollback && before != count && timeout_millis > 0 {
        let Service { session, cluster, name } = service.clone();
        let (deployment, previous) = (promised.clone(), String::new());
        let then = Then::Counted(before);
        gateway.promise(Promise { session, cluster, service: name, deployment, previous, then });
    }
    if timeout_millis == 0 {
        return Ok(numbers(service, &service.describe(gateway).await?));
    }
    let call = Call::Ecs(EcsCall::WatchCount {
        session: service.session.clone(),
        cluster: service.cluster.clone(),
        service: service.name.clone(),
        count,
        timeout_millis,
    });
    let waited = gateway.perform(call).await;
    if !waited.as_ref().is_err_and(Fault::ends_the_run) {
        gateway.release(&promised);
    }
    let after = waited?.document()?;
    gateway.events().step(format!("{service} runs {count} tasks"));
    Ok(numbers(service, &after))
}

fn numbers(service: &Service, described: &Value) -> Value {
    let number = |key: &str| described.get(key).and_then(Value::as_i64).unwrap_or(0);
    json!({
        "service": service.to_string(),
        "desired": number("desiredCount"),
        "running": number("runningCount"),
        "pending": number("pendingCount"),
    })
}
