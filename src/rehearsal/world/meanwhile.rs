//! What others do to ECS meanwhile: a call at a moment of the world, or some time after a deployment of a service.

use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;

use super::build::Builder;
use super::quantity::duration;
use super::{Account, WorldError};
use crate::rehearsal::ecs;

/// `[[meanwhile]]`: exactly one of `at` and `after`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MeanwhileTable {
    /// Name of the account of this file in which it happens.
    pub account: String,
    /// How long after the start of the world.
    pub at: Option<String>,
    /// How long after the first deployment of the service that is named in `with` begins.
    pub after: Option<String>,
    /// `ecs:UpdateService`
    pub call: String,
    /// The request, in ECS's own members. `${current}` stands for the ARN of the service's newest service deployment;
    /// `cluster` and `service` say which service, also where the operation knows no such members.
    pub with: toml::Table,
}

/// When it happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// This long after the start.
    AfterStart(Duration),
    /// This long after the first deployment that begins.
    AfterDeployment(Duration),
}

/// A call of somebody else.
#[derive(Clone, Debug)]
pub struct Meanwhile {
    pub account: Account,
    pub when: When,
    /// `UpdateService`
    pub operation: String,
    pub cluster: String,
    pub service: String,
    pub request: Value,
}

impl Meanwhile {
    /// Checks a table.
    ///
    /// # Errors
    /// The mistake, named.
    pub fn read(builder: &Builder, index: usize, table: &MeanwhileTable) -> Result<Meanwhile, WorldError> {
        let key = format!("meanwhile[{index}]");
        let time =
            |name: &str, text: &str| duration(text).map_err(|problem| builder.error(format!("{key}.{name}"), problem));
        let when = match (&table.at, &table.after) {
            (Some(at), None) => When::AfterStart(time("at", at)?),
            (None, Some(after)) => When::AfterDeployment(time("after", after)?),
            _ => return Err(builder.error(format!("{key}.at"), "exactly one of at and after says when it happens")),
        };
        let operation = table.call.strip_prefix("ecs:").filter(|operation| ecs::OPERATIONS.contains(operation));
        let Some(operation) = operation else {
            return Err(builder.error(
                format!("{key}.call"),
                format!("`{}` is no operation of ecs: one such as \"ecs:UpdateService\"", table.call),
            ));
        };
        let request = serde_json::to_value(&table.with)
            .map_err(|error| builder.error(format!("{key}.with"), format!("it is not a request: {error}")))?;
        let text = |member: &str, or: &str| request.get(member).and_then(Value::as_str).unwrap_or(or).to_owned();
        Ok(Meanwhile {
            account: builder.account(&format!("{key}.account"), &table.account)?,
            when,
            operation: operation.to_owned(),
            cluster: text("cluster", "default"),
            service: text("service", ""),
            request,
        })
    }
}
