//! `DescribeScalableTargets`, `RegisterScalableTarget` and `DescribeScalingPolicies`.

use serde_json::{Map, Value, json};

use super::policies;
use super::targets::{Scaling, Suspended, Target, service};
use crate::rehearsal::aws_error::AwsError;
use crate::rehearsal::ecs::Realm;
use crate::rehearsal::estate::Whereabouts;
use crate::rehearsal::identifier;
use crate::rehearsal::moment::Moment;

/// The operations there are.
pub const OPERATIONS: [&str; 3] = ["DescribeScalableTargets", "DescribeScalingPolicies", "RegisterScalableTarget"];

/// The only dimension of the namespace `ecs`.
pub const DIMENSION: &str = "ecs:service:DesiredCount";

/// Answers a call.
///
/// # Errors
/// What Application Auto Scaling answers to a mistaken request; `UnknownOperationException` for what is not in
/// [`OPERATIONS`].
pub fn call(
    scaling: &mut Scaling,
    realm: &mut Realm,
    place: Whereabouts<'_>,
    operation: &str,
    body: &Value,
    now: Moment,
) -> Result<Value, AwsError> {
    match operation {
        "DescribeScalableTargets" => describe(scaling, body),
        "DescribeScalingPolicies" => policies::describe(scaling, place, body),
        "RegisterScalableTarget" => register(scaling, realm, place, body, now),
        _ => Err(AwsError::unknown_operation()),
    }
}

fn describe(scaling: &Scaling, body: &Value) -> Result<Value, AwsError> {
    check(body)?;
    let named = body.get("ResourceIds").and_then(Value::as_array);
    let wanted =
        |resource: &String| named.is_none_or(|named| named.is_empty() || named.iter().any(|one| one == resource));
    let targets: Vec<Value> = scaling
        .targets
        .iter()
        .filter(|(resource, _)| wanted(resource))
        .map(|(name, one)| document(name, one))
        .collect();
    page(body, "ScalableTargets", &targets)
}

fn document(resource: &str, target: &Target) -> Value {
    json!({
        "ServiceNamespace": "ecs",
        "ResourceId": resource,
        "ScalableDimension": DIMENSION,
        "MinCapacity": target.min,
        "MaxCapacity": target.max,
        "RoleARN": target.role,
        "CreationTime": target.created.epoch_seconds(),
        "SuspendedState": target.suspended.document(),
        "ScalableTargetARN": target.arn,
    })
}

/// A target that is there keeps what the request does not name.
fn register(
    scaling: &mut Scaling,
    realm: &mut Realm,
    place: Whereabouts<'_>,
    body: &Value,
    now: Moment,
) -> Result<Value, AwsError> {
    check(body)?;
    let resource = body.get("ResourceId").and_then(Value::as_str).unwrap_or_default();
    if service(realm, resource).is_none() {
        return Err(invalid(format!("ECS service doesn't exist: {resource}")));
    }
    if body.get("ScalableDimension").is_none() {
        return Err(invalid("Value null at 'scalableDimension' failed to satisfy constraint: Member must not be null"));
    }
    let known = scaling.targets.get(resource);
    let (min, max) = (capacity(body, "MinCapacity")?, capacity(body, "MaxCapacity")?);
    let (Some(min), Some(max)) = (min.or(known.map(|known| known.min)), max.or(known.map(|known| known.max))) else {
        return Err(invalid("MinCapacity and MaxCapacity are required to register a new scalable target."));
    };
    if min > max {
        return Err(invalid("Maximum capacity cannot be less than minimum capacity"));
    }
    let suspended = known.map_or(Suspended::default(), |known| known.suspended);
    let suspended = body.get("SuspendedState").map_or(suspended, |request| suspended.changed(request));
    let target = match known {
        Some(known) => Target { min, max, suspended, ..known.clone() },
        None => Target::new(place, resource, min, max, suspended, now),
    };
    let arn = target.arn.clone();
    scaling.targets.insert(resource.to_owned(), target);
    Ok(json!({ "ScalableTargetARN": arn }))
}

impl Target {
    /// A target without plans and policies.
    pub fn new(
        place: Whereabouts<'_>,
        resource: &str,
        min: u32,
        max: u32,
        suspended: Suspended,
        created: Moment,
    ) -> Target {
        let id = identifier::hexadecimal(&["scalable-target", place.account, place.region, resource], 28);
        Target {
            arn: place.arn("application-autoscaling", &format!("scalable-target/{id}")),
            min,
            max,
            role: format!(
                "arn:aws:iam::{}:role/aws-service-role/ecs.application-autoscaling.amazonaws.com/\
                 AWSServiceRoleForApplicationAutoScaling_ECSService",
                place.account
            ),
            created,
            suspended,
            planned: Vec::new(),
            policies: Vec::new(),
        }
    }
}

/// Namespace and dimension must be those of ECS's services.
pub fn check(body: &Value) -> Result<(), AwsError> {
    let text = |member: &str| body.get(member).and_then(Value::as_str);
    if text("ServiceNamespace") != Some("ecs") {
        return Err(invalid("This rehearsal knows the serviceNamespace ecs only."));
    }
    match text("ScalableDimension") {
        None | Some(DIMENSION) => Ok(()),
        Some(other) => {
            Err(invalid(format!("Unsupported service namespace, resource type or scalable dimension: {other}")))
        }
    }
}

/// One page of fifty at most.
pub fn page(body: &Value, member: &str, items: &[Value]) -> Result<Value, AwsError> {
    let count = body.get("MaxResults").and_then(Value::as_u64).and_then(|count| usize::try_from(count).ok());
    let size = count.unwrap_or(50).clamp(1, 50);
    let first = match body.get("NextToken").and_then(Value::as_str) {
        None => 0,
        Some(token) => token
            .strip_prefix("from-")
            .and_then(|first| first.parse::<usize>().ok())
            .filter(|first| *first <= items.len())
            .ok_or_else(|| AwsError::new("InvalidNextTokenException", "The next token is invalid."))?,
    };
    let end = first.saturating_add(size).min(items.len());
    let mut answer = Map::new();
    answer.insert(member.to_owned(), items.get(first..end).unwrap_or_default().into());
    if end < items.len() {
        answer.insert("NextToken".to_owned(), json!(format!("from-{end}")));
    }
    Ok(answer.into())
}

fn capacity(body: &Value, member: &str) -> Result<Option<u32>, AwsError> {
    let given = body.get(member).filter(|value| !value.is_null());
    let read = |value: &Value| value.as_u64().and_then(|number| u32::try_from(number).ok());
    given.map(|value| read(value).ok_or_else(|| invalid(format!("{member} must not be negative")))).transpose()
}

fn invalid(message: impl Into<String>) -> AwsError {
    AwsError::new("ValidationException", message)
}
