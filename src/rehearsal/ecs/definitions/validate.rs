//! What ECS refuses in a task definition.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::rehearsal::aws_error::AwsError;

/// A task definition's largest size, in bytes of JSON.
const LARGEST: usize = 64 * 1024;

/// Checks a document that has its shape already.
///
/// # Errors
/// `ClientException` with the first thing that is wrong.
pub fn validate(document: &Map<String, Value>) -> Result<(), AwsError> {
    let size = Value::Object(document.clone()).to_string().len();
    if size > LARGEST {
        return Err(AwsError::client(format!("Actual length: '{size}'. Max allowed length is '{LARGEST}' bytes.")));
    }
    let family = text(document, "family");
    if family.is_empty() {
        return Err(AwsError::client("Family should not be null or empty."));
    }
    let allowed = |letter: char| letter.is_ascii_alphanumeric() || letter == '-' || letter == '_';
    if family.len() > 255 || !family.chars().all(allowed) {
        return Err(AwsError::client(format!(
            "Invalid family name '{family}': letters, digits, '-' and '_', at most 255."
        )));
    }
    for member in ["cpu", "memory"] {
        let size = text(document, member);
        let number = size.trim_end_matches(|letter: char| letter.is_ascii_alphabetic() || letter == ' ');
        if document.contains_key(member) && number.parse::<f64>().is_err() {
            return Err(AwsError::client(format!("Invalid '{member}' setting for task: '{size}'.")));
        }
    }
    let containers = containers(document);
    if containers.is_empty() {
        return Err(AwsError::client("Container list cannot be empty."));
    }
    check_fargate(document)?;
    let mut names = BTreeSet::new();
    for container in &containers {
        check_container(document, container)?;
        if !names.insert(text(container, "name")) {
            return Err(AwsError::client(format!(
                "Container names must be unique: '{}' is used twice.",
                text(container, "name")
            )));
        }
    }
    let essential =
        |container: &&Map<String, Value>| container.get("essential").and_then(Value::as_bool).unwrap_or(true);
    if !containers.iter().any(essential) {
        return Err(AwsError::client("At least one container must be marked essential."));
    }
    Ok(())
}

fn check_fargate(document: &Map<String, Value>) -> Result<(), AwsError> {
    let wanted = document.get("requiresCompatibilities").and_then(Value::as_array);
    if !wanted.is_some_and(|wanted| wanted.iter().any(|value| value == "FARGATE")) {
        return Ok(());
    }
    for member in ["cpu", "memory"] {
        if !document.contains_key(member) {
            return Err(AwsError::client(format!("Fargate requires that '{member}' be defined at the task level.")));
        }
    }
    if text(document, "networkMode") != "awsvpc" {
        return Err(AwsError::client("Fargate only supports network mode 'awsvpc'."));
    }
    Ok(())
}

fn check_container(document: &Map<String, Value>, container: &Map<String, Value>) -> Result<(), AwsError> {
    let name = text(container, "name");
    if name.is_empty() {
        return Err(AwsError::client("Container.name should not be null or empty."));
    }
    if text(container, "image").is_empty() {
        return Err(AwsError::client("Container.image should not be null or empty."));
    }
    let sized = |object: &Map<String, Value>| object.contains_key("memory") || object.contains_key("memoryReservation");
    if !sized(container) && !sized(document) {
        return Err(AwsError::client(format!(
            "Invalid setting for container '{name}'. At least one of 'memory' or 'memoryReservation' must be specified."
        )));
    }
    let volumes: BTreeSet<&str> = objects(document, "volumes").map(|volume| text(volume, "name")).collect();
    for mount in objects(container, "mountPoints") {
        let source = text(mount, "sourceVolume");
        if !volumes.contains(source) {
            return Err(AwsError::client(format!("Unknown volume '{source}'.")));
        }
    }
    Ok(())
}

fn containers(document: &Map<String, Value>) -> Vec<&Map<String, Value>> {
    objects(document, "containerDefinitions").collect()
}

fn objects<'a>(object: &'a Map<String, Value>, member: &str) -> impl Iterator<Item = &'a Map<String, Value>> {
    let list = object.get(member).and_then(Value::as_array);
    list.into_iter().flatten().filter_map(Value::as_object)
}

fn text<'a>(object: &'a Map<String, Value>, member: &str) -> &'a str {
    object.get(member).and_then(Value::as_str).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn refused(document: &Value) -> String {
        let error = validate(document.as_object().expect("an object")).expect_err("refused");
        assert_eq!(error.code, "ClientException");
        error.message
    }

    #[test]
    fn mistakes_are_refused_by_name() {
        let app = json!({ "name": "app", "image": "a", "memory": 64 });
        let table = [
            (json!({}), "Family should not be null or empty."),
            (json!({ "family": "a b" }), "Invalid family name 'a b'"),
            (json!({ "family": "web", "containerDefinitions": [] }), "Container list cannot be empty."),
            (json!({ "family": "web", "containerDefinitions": [{ "image": "a" }] }), "Container.name"),
            (json!({ "family": "web", "containerDefinitions": [{ "name": "a" }] }), "Container.image"),
            (json!({ "family": "web", "containerDefinitions": [{ "name": "a", "image": "a" }] }), "'memory'"),
            (json!({ "family": "web", "containerDefinitions": [app, app] }), "must be unique: 'app'"),
            (json!({ "family": "web", "cpu": "lots", "containerDefinitions": [app] }), "Invalid 'cpu'"),
            (
                json!({ "family": "web", "requiresCompatibilities": ["FARGATE"], "memory": "512", "containerDefinitions": [app] }),
                "'cpu' be defined at the task level",
            ),
            (
                json!({ "family": "web", "containerDefinitions": [{ "name": "a", "image": "a", "memory": 1, "mountPoints": [{ "sourceVolume": "x" }] }] }),
                "Unknown volume 'x'.",
            ),
        ];
        for (document, message) in table {
            let got = refused(&document);
            assert!(got.contains(message), "{got:?} has {message:?}");
        }
    }

    #[test]
    fn more_than_64_kilobytes_is_too_much() {
        let long = "x".repeat(LARGEST);
        let message = refused(&json!({ "family": "web", "containerDefinitions": [{ "name": "a", "image": long }] }));
        assert!(message.contains("Max allowed length is '65536' bytes"), "{message}");
    }
}
