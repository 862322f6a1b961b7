//! A service that one run of a project releases is held: two at once would each judge the other's deployment.

use super::service::Service;
use crate::domain::task_definition::short_name;
use crate::effects::call::{Call, HostCall};
use crate::effects::fault::Fault;
use crate::effects::gateway::Gateway;
use serde::Deserialize;

/// What is done while another run of this project releases the same service.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum InProgress {
    /// It is refused, naming the other run.
    #[default]
    Refuse,
    /// The other run's end is waited for.
    Wait,
}

/// Holds the service until the end of the run; a second hold of the same run is none.
///
/// # Errors
/// Another run of this project holds it.
pub async fn hold(gateway: &Gateway, service: &Service, in_progress: InProgress) -> Result<(), Fault> {
    let identity = gateway.identity(&service.session).await?;
    let account = identity.account.as_deref().unwrap_or("unknown");
    let cluster = short_name(&service.cluster);
    let place = format!("{account}.{}.{cluster}.{}", identity.region, short_name(&service.name));
    let call =
        Call::Host(HostCall::Hold { place, by: gateway.run().to_owned(), wait: in_progress == InProgress::Wait });
    gateway.perform(call).await.map(|_| ())
}
