//! Which service answers a call over AWS JSON.

use serde_json::Value;

use super::state::State;
use super::sts;
use crate::rehearsal::aws_error::AwsError;
use crate::rehearsal::ecs::{Caller, Context};
use crate::rehearsal::estate::Whereabouts;
use crate::rehearsal::moment::Moment;
use crate::rehearsal::world::Account;
use crate::rehearsal::{code_deploy, ecr, ecs, logs, parameters, scaling, secrets};

/// Whose call it is, where it goes, and when.
#[derive(Clone, Copy, Debug)]
pub struct Asker<'a> {
    pub account: &'a Account,
    pub region: &'a str,
    pub now: Moment,
}

/// Answers a call of a service by its name in permissions.
///
/// # Errors
/// What the service answers to a mistaken request; `UnknownOperationException` where it, or the operation, is not known.
pub fn call(
    state: &mut State,
    service: &str,
    operation: &str,
    asker: &Asker<'_>,
    body: &Value,
) -> Result<Value, AwsError> {
    let Asker { account, region, now } = *asker;
    match service {
        "ecs" => {
            let caller = Caller { arn: sts::arn(account) };
            let context = Context { now, caller: &caller };
            ecs::call(state.realm(&account.id, region), operation, body, &context)
        }
        "ecr" => {
            let registry = state.ecr(&account.id, region);
            let desk = ecr::Desk { registry, account: &account.id, region, now };
            ecr::call(desk, operation, body)
        }
        "secretsmanager" => secrets::call(&state.estate(&account.id, region).vault, operation, body),
        "ssm" => parameters::call(&state.estate(&account.id, region).parameters, operation, body),
        "application-autoscaling" => {
            let place = Whereabouts { account: &account.id, region };
            let (realm, estate) = state.realm_and_estate(&account.id, region);
            scaling::call(&mut estate.scaling, realm, place, operation, body, now)
        }
        "codedeploy" => code_deploy::call(state.realm(&account.id, region), operation, body, now),
        "logs" => {
            let place = Whereabouts { account: &account.id, region };
            logs::call(&state.estate(&account.id, region).logs, place, operation, body, now)
        }
        _ => Err(AwsError::unknown_operation()),
    }
}
