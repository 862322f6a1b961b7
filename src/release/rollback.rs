//! Back to what was last deployed with success, or to a revision.

use super::definition::Base;
use super::deploy::{self, Changes, Rollout};
use super::history::{history, last_good};
use super::hold::{InProgress, hold};
use super::interruption::OnInterrupt;
use super::refresh::under_way;
use super::service::{Service, primary, text};
use super::undo::{stop_deployment, taken_back};
use crate::effects::fault::{Fault, FaultKind};
use crate::effects::gateway::Gateway;

/// Goes back to `to` (`family:revision`), or to the definition of the last successful deployment that brought another
/// one than runs now. A deployment that is under way is taken back by ECS, for which at most `timeout_millis` are waited: that
/// goes on whatever happens to the run. `on_interrupt` is of a deployment of ours that goes back.
///
/// # Errors
/// `NothingToGoBackTo`; those of a deployment.
pub async fn rollback(
    gateway: &Gateway,
    service: &Service,
    to: Option<String>,
    timeout_millis: u64,
    on_interrupt: OnInterrupt,
) -> Result<Rollout, Fault> {
    if let Some(to) = to {
        return put_on(gateway, service, to, on_interrupt).await;
    }
    hold(gateway, service, InProgress::Refuse).await?;
    let described = service.describe(gateway).await?;
    deploy::driven(service, &described)?;
    let now = text(&described, "taskDefinition").to_owned();
    let history = history(gateway, service).await?.ok_or_else(|| nowhere(service, "its history is not to be had"))?;
    let good = last_good(gateway, service, &history, &now).await?;
    let good = good.ok_or_else(|| nowhere(service, "no earlier deployment of another definition was successful"))?;

    let ours = primary(&described).map(|one| text(one, "id").to_owned()).unwrap_or_default();
    if let Some(arn) = history.under_way(&ours).filter(|_| under_way(&described)) {
        let rollout = Rollout {
            service: service.clone(),
            deployment: Some(ours),
            task_definition: now.clone(),
            previous: good.clone(),
            unchanged: false,
            began: true,
        };
        stop_deployment(gateway, service, &arn, "ROLLBACK").await?;
        taken_back(gateway, &rollout, timeout_millis).await?;
        let described = service.describe(gateway).await?;
        let back = primary(&described);
        let deployment = back.map(|one| text(one, "id").to_owned());
        let task_definition = back.map_or(good, |one| text(one, "taskDefinition").to_owned());
        return Ok(Rollout { deployment, task_definition, previous: now, ..rollout });
    }
    put_on(gateway, service, good, on_interrupt).await
}

async fn put_on(
    gateway: &Gateway,
    service: &Service,
    name: String,
    on_interrupt: OnInterrupt,
) -> Result<Rollout, Fault> {
    let changes = Changes { base: Some(Base::Named(name)), on_interrupt, ..Changes::default() };
    deploy::deploy(gateway, service, &changes).await
}

fn nowhere(service: &Service, why: &str) -> Fault {
    let message = format!("{service} has nothing to go back to: {why}");
    Fault::new(FaultKind::Missing, "NothingToGoBackTo", message)
        .hint("name the revision that it is to run, as in `to: \"web:7\"`")
}
