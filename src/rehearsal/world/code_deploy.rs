//! `[clusters.services.code_deploy]`: the deployment group of a service that `CodeDeploy` deploys.

use serde::Deserialize;

use super::build::Builder;
use super::{WorldError, quantity};
use crate::rehearsal::ecs::{CodeDeploy, Group, RollbackOn, Traffic};

/// The group; what is not said is as the console makes it.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CodeDeployTable {
    /// `AppECS-CLUSTER-SERVICE`
    pub application: Option<String>,
    /// `DgpECS-CLUSTER-SERVICE`
    pub group: Option<String>,
    /// `CodeDeployDefault.ECSAllAtOnce`
    pub configuration: Option<String>,
    /// Traffic waits this long to be continued, and the deployment is stopped then; at once where it is not said.
    pub ready_wait: Option<String>,
    /// The original task set is kept this long after the traffic has moved; 5m.
    pub termination_wait: Option<String>,
    /// `DEPLOYMENT_FAILURE`, `DEPLOYMENT_STOP_ON_ALARM`, `DEPLOYMENT_STOP_ON_REQUEST`; the first of them.
    pub rollback_on: Option<Vec<String>>,
    /// Alarms that stop a deployment.
    #[serde(default)]
    pub alarms: Vec<String>,
    /// Whether there is a test listener.
    #[serde(default)]
    pub test_traffic: bool,
}

/// Reads the table of a service.
pub fn group(
    builder: &Builder,
    key: &str,
    (cluster, service): (&str, &str),
    table: CodeDeployTable,
) -> Result<CodeDeploy, WorldError> {
    let time = |name: &str, text: Option<&String>| {
        let read = text.map(|text| quantity::duration(text)).transpose();
        read.map_err(|problem| builder.error(format!("{key}.code_deploy.{name}"), problem))
    };
    let configuration = table.configuration.clone().unwrap_or_else(|| "CodeDeployDefault.ECSAllAtOnce".to_owned());
    if Traffic::named(&configuration).is_none() {
        let problem = format!("`{configuration}` is no configuration of CodeDeploy for ECS");
        return Err(builder.error(format!("{key}.code_deploy.configuration"), problem));
    }
    let mut rollback_on = Vec::new();
    for name in table.rollback_on.clone().unwrap_or_else(|| vec!["DEPLOYMENT_FAILURE".to_owned()]) {
        let known = RollbackOn::ALL.into_iter().find(|known| known.name() == name);
        rollback_on.push(known.ok_or_else(|| {
            let names = RollbackOn::ALL.map(RollbackOn::name).join(", ");
            builder.error(format!("{key}.code_deploy.rollback_on"), format!("`{name}` is none of {names}"))
        })?);
    }
    Ok(CodeDeploy {
        group: Group {
            ready_wait: time("ready_wait", table.ready_wait.as_ref())?,
            termination_wait: time("termination_wait", table.termination_wait.as_ref())?
                .unwrap_or(std::time::Duration::from_mins(5)),
            application: table.application.unwrap_or_else(|| format!("AppECS-{cluster}-{service}")),
            name: table.group.unwrap_or_else(|| format!("DgpECS-{cluster}-{service}")),
            configuration,
            rollback_on,
            alarms: table.alarms,
            test_traffic: table.test_traffic,
        },
        deployments: Vec::new(),
    })
}
