//! One request at its moment: time passes, a fault may strike, the service answers.

use bytes::Bytes;
use http::StatusCode;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderName};
use serde_json::{Value, json};

use super::authorization::Scope;
use super::dispatch::{self, Asker};
use super::parse::{Asked, Request};
use super::state::State;
use super::{Lost, resources, sts, writes};
use crate::rehearsal::aws_error::AwsError;
use crate::rehearsal::balancing;
use crate::rehearsal::moment::Moment;
use crate::rehearsal::query::{self, Form};
use crate::rehearsal::registry::{self, Access, Incoming};
use crate::rehearsal::world::{Account, Consequence};

/// A response that is complete.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: Vec<(HeaderName, String)>,
    pub body: Bytes,
}

/// Answers a request at a moment.
pub fn process(state: &mut State, request: &Request, now: Moment) -> Result<Answer, Lost> {
    state.advance(now);
    match &request.asked {
        Asked::Json { service, operation, scope, body } => {
            let answered = json_call(state, service, operation, scope.as_ref(), body.as_ref(), now);
            Ok(json_answer(state, service, answered?))
        }
        Asked::Sts { operation, role, scope } => sts_call(state, operation, role.as_deref(), scope.as_ref(), now),
        Asked::Balancing { operation, form, scope } => balancing_call(state, operation, form, scope.as_ref(), now),
        Asked::Registry(incoming) => registry_call(state, &request.host, incoming, now),
        Asked::Nothing => {
            if state.registries.contains_key(&request.host) {
                Ok(served(registry::unsupported()))
            } else {
                Err(unknown_host(&request.host))
            }
        }
    }
}

fn json_call(
    state: &mut State,
    service: &str,
    operation: &str,
    scope: Option<&Scope>,
    body: Option<&Value>,
    now: Moment,
) -> Result<Result<Value, AwsError>, Lost> {
    let (account, region) = match caller(state, scope) {
        Ok(found) => found,
        Err(error) => return Ok(Err(error)),
    };
    let Some(body) = body.filter(|body| body.is_object()) else {
        return Ok(Err(AwsError::serialization("The request body is not a JSON object.")));
    };
    let fault = state.strike(service, operation, &account.id, &resources::of_body(body));
    let act = |state: &mut State| {
        let answered =
            dispatch::call(state, service, operation, &Asker { account: &account, region: &region, now }, body);
        let name = format!("{service}:{operation}");
        let entry = writes::of_call(&name, &account.id, &region, body, &answered);
        state.writes.extend(entry);
        answered
    };
    match fault {
        None => Ok(act(state)),
        Some(Consequence::LostAfter) => {
            // whether it was refused is lost with the answer
            let _ = act(state);
            Err(Lost::new(format!("the connection was lost after {service}:{operation} was sent")))
        }
        Some(Consequence::LostBefore) => {
            Err(Lost::new(format!("the connection was lost before {service}:{operation} was sent")))
        }
        Some(Consequence::Failure { reason }) => {
            let arn = format!("arn:aws:ecs:{region}:{}:container-instance", account.id);
            Ok(Ok(json!({ "tasks": [], "failures": [{ "arn": arn, "reason": reason }] })))
        }
        Some(other) => Ok(Err(aws_fault(&other, &account, &format!("{service}:{operation}")))),
    }
}

fn sts_call(
    state: &mut State,
    operation: &str,
    role: Option<&str>,
    scope: Option<&Scope>,
    now: Moment,
) -> Result<Answer, Lost> {
    let answered = match caller(state, scope) {
        Err(error) => Err(error),
        Ok((account, _)) => {
            let request_id = state.request_id();
            match state.strike("sts", operation, &account.id, &[]) {
                None if operation == "AssumeRole" => {
                    sts::assume_role(state, role.unwrap_or_default(), &account, &request_id, now)
                }
                None => sts::answer(operation, &account, &request_id),
                Some(Consequence::LostBefore | Consequence::LostAfter) => {
                    return Err(Lost::new(format!("the connection was lost during sts:{operation}")));
                }
                Some(other) => Err(aws_fault(&other, &account, &format!("sts:{operation}"))),
            }
        }
    };
    let (status, text) = match answered {
        Ok(text) => (StatusCode::OK, text),
        Err(error) => (status(error.status), sts::error(&error, &state.request_id())),
    };
    Ok(answer(status, "text/xml", text, None))
}

fn balancing_call(
    state: &mut State,
    operation: &str,
    form: &Form,
    scope: Option<&Scope>,
    now: Moment,
) -> Result<Answer, Lost> {
    const SERVICE: &str = "elasticloadbalancing";
    let action = format!("{SERVICE}:{operation}");
    let answered = match caller(state, scope) {
        Err(error) => Err(error),
        Ok((account, region)) => {
            match state.strike(SERVICE, operation, &account.id, &resources::of_texts(form.values())) {
                None => balancing::call(state.realm(&account.id, &region), operation, form, now),
                Some(Consequence::LostBefore | Consequence::LostAfter) => {
                    return Err(Lost::new(format!("the connection was lost during {action}")));
                }
                // the query protocol has names of its own for them
                Some(other) => Err(match aws_fault(&other, &account, &action) {
                    denied if other == Consequence::AccessDenied => {
                        AwsError { status: 403, code: "AccessDenied".to_owned(), ..denied }
                    }
                    throttled if other == Consequence::Throttle => {
                        AwsError { code: "Throttling".to_owned(), ..throttled }
                    }
                    error => error,
                }),
            }
        }
    };
    let id = state.request_id();
    let (status, text) = match answered {
        Ok(result) => (StatusCode::OK, query::answer(operation, balancing::NAMESPACE, &result, &id)),
        Err(error) => (status(error.status), query::error(&error, balancing::NAMESPACE, &id)),
    };
    Ok(answer(status, "text/xml", text, Some(id)))
}

fn registry_call(state: &mut State, host: &str, incoming: &Incoming, now: Moment) -> Result<Answer, Lost> {
    let Some(registry) = state.registries.get(host) else {
        return Err(unknown_host(host));
    };
    let account = match (&registry.access, host.split_once('.')) {
        (Access::Ecr(_), Some((account, _))) => account.to_owned(),
        _ => String::new(),
    };
    let operation = &incoming.operation;
    let name = operation.action.name();
    let about = resources::of_operation(operation, &incoming.query);
    // a caller who is about to be told to log in has not made this call yet
    let fault = if registry.lets_in(incoming, now) { state.strike("registry", name, &account, &about) } else { None };
    let lost = |when: &str| Lost::new(format!("the connection to {host} was lost {when} {name} was served"));
    let Some(registry) = state.registries.get_mut(host) else {
        return Err(unknown_host(host));
    };
    match &fault {
        Some(Consequence::LostBefore) => return Err(lost("before")),
        Some(Consequence::ExpiredToken) if registry.is_ecr() => registry.expire_tokens(),
        Some(Consequence::LostAfter) | None => {}
        Some(other) => return Ok(served(registry_fault(other))),
    }
    let reply = registry::serve(registry, incoming, now);
    let entry = writes::of_push(host, incoming, reply.as_ref());
    state.writes.extend(entry);
    if fault == Some(Consequence::LostAfter) {
        return Err(lost("after"));
    }
    reply
        .map(served)
        .ok_or_else(|| Lost::new(format!("{host} closed the connection: EOF (repository {})", operation.repository)))
}

fn caller(state: &State, scope: Option<&Scope>) -> Result<(Account, String), AwsError> {
    let scope =
        scope.ok_or_else(|| AwsError::new("MissingAuthenticationTokenException", "Missing Authentication Token"))?;
    let account = state.caller(&scope.access_key_id).ok_or_else(|| {
        AwsError::new("UnrecognizedClientException", "The security token included in the request is invalid.")
    })?;
    Ok((account, scope.region.clone()))
}

fn aws_fault(fault: &Consequence, account: &Account, action: &str) -> AwsError {
    match fault {
        Consequence::Throttle => AwsError::new("ThrottlingException", "Rate exceeded"),
        Consequence::ExpiredToken => {
            AwsError::new("ExpiredTokenException", "The security token included in the request is expired")
        }
        Consequence::Error { code, message, status } => {
            AwsError { status: *status, code: code.clone(), message: message.clone() }
        }
        Consequence::AccessDenied | Consequence::LostBefore | Consequence::LostAfter | Consequence::Failure { .. } => {
            AwsError::new(
                "AccessDeniedException",
                format!("User: {} is not authorized to perform: {action}", sts::arn(account)),
            )
        }
    }
}

fn registry_fault(fault: &Consequence) -> registry::Served {
    match fault {
        Consequence::Throttle => registry::error(StatusCode::TOO_MANY_REQUESTS, "TOOMANYREQUESTS", "Rate exceeded"),
        Consequence::Error { code, message, status: number } => registry::error(status(*number), code, message),
        Consequence::AccessDenied
        | Consequence::ExpiredToken
        | Consequence::LostBefore
        | Consequence::LostAfter
        | Consequence::Failure { .. } => {
            registry::error(StatusCode::FORBIDDEN, "DENIED", "requested access to the resource is denied")
        }
    }
}

fn json_answer(state: &mut State, service: &str, answered: Result<Value, AwsError>) -> Answer {
    let (status, body) = match answered {
        Ok(body) => (StatusCode::OK, body),
        Err(error) => (status(error.status), error.body(service)),
    };
    let id = state.request_id();
    answer(status, "application/x-amz-json-1.1", body.to_string(), Some(id))
}

fn answer(status: StatusCode, content_type: &str, body: String, id: Option<String>) -> Answer {
    let mut headers = vec![(CONTENT_TYPE, content_type.to_owned()), (CONTENT_LENGTH, body.len().to_string())];
    headers.extend(id.map(|id| (HeaderName::from_static("x-amzn-requestid"), id)));
    Answer { status, headers, body: Bytes::from(body) }
}

fn served(reply: registry::Served) -> Answer {
    Answer { status: reply.status, headers: reply.headers, body: reply.body }
}

fn status(number: u16) -> StatusCode {
    StatusCode::from_u16(number).unwrap_or(StatusCode::BAD_REQUEST)
}

fn unknown_host(host: &str) -> Lost {
    Lost::new(format!("no such host in this world: {host} (its world file has no account or [[registries]] for it)"))
}
