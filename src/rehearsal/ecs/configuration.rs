//! `deploymentConfiguration`: merged member by member, and the rules that the scheduler makes of it.

use std::time::Duration;

use serde_json::{Map, Value, json};

use super::scheduler::{Alarms, Early, Hook, HookPoint, Rules, Strategy, Threshold, TimeoutAction};
use crate::rehearsal::aws_error::AwsError;

/// What a service has that says nothing of it.
pub fn defaults() -> Map<String, Value> {
    let document = json!({
        "deploymentCircuitBreaker": { "enable": false, "rollback": false },
        "maximumPercent": 200,
        "minimumHealthyPercent": 100,
        "strategy": "ROLLING",
        "bakeTimeInMinutes": 0,
    });
    document.as_object().cloned().unwrap_or_default()
}

/// The deployment configuration after the request, member by member, and the rules it makes.
///
/// # Errors
/// `InvalidParameterException` for what is not there, or for limits that allow nothing.
pub fn configuration(current: &Map<String, Value>, body: &Value) -> Result<(Map<String, Value>, Rules), AwsError> {
    let mut merged = current.clone();
    if let Some(Value::Object(changes)) = body.get("deploymentConfiguration") {
        for (name, value) in changes {
            merged.insert(name.clone(), value.clone());
        }
    }
    let whole = Value::Object(merged);
    let breaker = Some(&whole["deploymentCircuitBreaker"]);
    let set = |of: Option<&Value>, name: &str| of.and_then(|of| of.get(name)).and_then(Value::as_bool) == Some(true);
    let rules = Rules {
        minimum: number(&whole, "minimumHealthyPercent", 100)?,
        maximum: number(&whole, "maximumPercent", 200)?,
        breaker: set(breaker, "enable"),
        rollback: set(breaker, "rollback"),
        keeps_failures: breaker.and_then(|breaker| breaker.get("resetOnHealthyTask")) == Some(&json!(false)),
        threshold: threshold(breaker.and_then(|breaker| breaker.get("thresholdConfiguration")))?,
        strategy: strategy(&whole)?,
        bake: minutes(&whole, "bakeTimeInMinutes", 0)?,
        alarms: whole
            .get("alarms")
            .filter(|alarms| set(Some(alarms), "enable"))
            .map(|alarms| Alarms { names: texts(alarms, "alarmNames"), rollback: set(Some(alarms), "rollback") }),
        hooks: hooks(&whole)?,
        early: whole.get("earlySuccessCriteria").filter(|early| set(Some(early), "enable")).map(early).transpose()?,
    };
    if rules.maximum < rules.minimum || rules.maximum == 0 {
        return Err(AwsError::parameter("The maximumPercent must be greater than the minimumHealthyPercent."));
    }
    match whole {
        Value::Object(merged) => Ok((merged, rules)),
        _ => Ok((Map::new(), rules)),
    }
}

fn number(of: &Value, name: &str, absent: u32) -> Result<u32, AwsError> {
    match of.get(name) {
        None => Ok(absent),
        Some(value) => value
            .as_u64()
            .and_then(|number| u32::try_from(number).ok())
            .ok_or_else(|| AwsError::parameter(format!("{name} must not be negative."))),
    }
}

fn minutes(of: &Value, name: &str, absent: u32) -> Result<Duration, AwsError> {
    let minutes = number(of, name, absent)?;
    if minutes > 1440 && name != "timeoutInMinutes" {
        return Err(AwsError::parameter(format!("{name} must be between 0 and 1440.")));
    }
    Ok(Duration::from_mins(minutes.into()))
}

fn percent(of: Option<&Value>, name: &str, absent: f64) -> Result<f64, AwsError> {
    let value = of.and_then(|of| of.get(name)).and_then(Value::as_f64).unwrap_or(absent);
    if value > 0.0 && value <= 100.0 {
        Ok(value)
    } else {
        Err(AwsError::parameter(format!("{name} must be between 0.1 and 100.0.")))
    }
}

fn texts(of: &Value, name: &str) -> Vec<String> {
    let list = of.get(name).and_then(Value::as_array);
    list.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}

fn text<'a>(of: &'a Value, name: &str) -> &'a str {
    of.get(name).and_then(Value::as_str).unwrap_or_default()
}

fn threshold(of: Option<&Value>) -> Result<Threshold, AwsError> {
    let Some(of) = of else {
        return Ok(Threshold::default());
    };
    let value = number(of, "value", 50)?;
    match text(of, "type") {
        "COUNT" => Ok(Threshold::Count(value)),
        "BOUNDED_PERCENT" | "" => Ok(Threshold::Bounded(value)),
        "UNBOUNDED_PERCENT" => Ok(Threshold::Unbounded(value)),
        other => Err(AwsError::parameter(format!("Invalid thresholdConfiguration type: {other}."))),
    }
}

fn strategy(whole: &Value) -> Result<Strategy, AwsError> {
    match text(whole, "strategy") {
        "ROLLING" => Ok(Strategy::Rolling),
        "BLUE_GREEN" => Ok(Strategy::BlueGreen),
        "LINEAR" => {
            let linear = whole.get("linearConfiguration");
            Ok(Strategy::Linear {
                step: percent(linear, "stepPercent", 10.0)?,
                bake: minutes(linear.unwrap_or(&Value::Null), "stepBakeTimeInMinutes", 6)?,
            })
        }
        "CANARY" => {
            let canary = whole.get("canaryConfiguration");
            Ok(Strategy::Canary {
                percent: percent(canary, "canaryPercent", 5.0)?,
                bake: minutes(canary.unwrap_or(&Value::Null), "canaryBakeTimeInMinutes", 10)?,
            })
        }
        other => Err(AwsError::parameter(format!("Invalid deployment strategy: {other}."))),
    }
}

fn hooks(whole: &Value) -> Result<Vec<Hook>, AwsError> {
    let list = whole.get("lifecycleHooks").and_then(Value::as_array);
    list.into_iter().flatten().map(hook).collect()
}

fn hook(of: &Value) -> Result<Hook, AwsError> {
    let pauses = match text(of, "targetType") {
        "" | "AWS_LAMBDA" => false,
        "PAUSE" => true,
        other => return Err(AwsError::parameter(format!("Invalid lifecycle hook targetType: {other}."))),
    };
    let mut points = Vec::new();
    for name in texts(of, "lifecycleStages") {
        let point = HookPoint::named(&name);
        let point = point.filter(|point| !pauses || point.may_pause());
        points.push(point.ok_or_else(|| {
            AwsError::parameter(format!("The lifecycle stage {name} is not supported for this lifecycle hook."))
        })?);
    }
    if points.is_empty() {
        return Err(AwsError::parameter("A lifecycle hook must have lifecycleStages."));
    }
    if !pauses && text(of, "hookTargetArn").is_empty() {
        return Err(AwsError::parameter("An AWS_LAMBDA lifecycle hook must have a hookTargetArn."));
    }
    let timeout = of.get("timeoutConfiguration").unwrap_or(&Value::Null);
    Ok(Hook {
        function: (!pauses).then(|| text(of, "hookTargetArn").to_owned()),
        points,
        timeout: minutes(timeout, "timeoutInMinutes", 1440)?,
        on_timeout: match text(timeout, "action") {
            "CONTINUE" => TimeoutAction::Continue,
            _ => TimeoutAction::Rollback,
        },
    })
}

fn early(of: &Value) -> Result<Early, AwsError> {
    Ok(Early {
        healthy_percent: number(of, "healthyPercent", 100)?.min(100),
        deferred: text(of, "sourceServiceRevisionCleanup") == "DEFERRED",
    })
}
