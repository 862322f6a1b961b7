//! `GetParameter` and `GetParameters`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::store::{Absent, Found, Kind, Parameters};
use crate::rehearsal::aws_error::AwsError;
use crate::rehearsal::identifier;

/// The operations there are.
pub const OPERATIONS: [&str; 2] = ["GetParameter", "GetParameters"];

/// Names a call of `GetParameters` may have.
const LARGEST: usize = 10;

/// Answers a call.
///
/// # Errors
/// What Systems Manager answers to a mistaken request; `UnknownOperationException` for what is not in
/// [`OPERATIONS`].
pub fn call(store: &Parameters, operation: &str, body: &Value) -> Result<Value, AwsError> {
    let decrypted = body.get("WithDecryption").and_then(Value::as_bool) == Some(true);
    match operation {
        "GetParameter" => {
            let found = store.find(body.get("Name").and_then(Value::as_str).unwrap_or_default()).map_err(absent)?;
            Ok(json!({ "Parameter": document(&found, decrypted) }))
        }
        "GetParameters" => several(store, body, decrypted),
        _ => Err(AwsError::unknown_operation()),
    }
}

/// What is not there is in `InvalidParameters`, and no error.
fn several(store: &Parameters, body: &Value, decrypted: bool) -> Result<Value, AwsError> {
    let names = body.get("Names").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    if names.is_empty() || names.len() > LARGEST {
        let (bound, limit) = if names.is_empty() { ("greater", 1) } else { ("less", LARGEST) };
        return Err(AwsError::new(
            "ValidationException",
            format!(
                "1 validation error detected: Value '{}' at 'names' failed to satisfy constraint: Member must have \
                 length {bound} than or equal to {limit}",
                Value::from(names)
            ),
        ));
    }
    let mut found = Vec::new();
    let mut invalid = Vec::new();
    for name in names.iter().filter_map(Value::as_str) {
        match store.find(name) {
            Ok(parameter) => found.push(document(&parameter, decrypted)),
            Err(_) => invalid.push(name),
        }
    }
    Ok(json!({ "Parameters": found, "InvalidParameters": invalid }))
}

fn document(found: &Found<'_>, decrypted: bool) -> Value {
    let Found { parameter, version, value, selector } = found;
    let value = if parameter.kind == Kind::SecureString && !decrypted {
        // what KMS gives says nothing to anybody
        STANDARD.encode(identifier::hexadecimal(&["ciphertext", &parameter.arn, &version.to_string()], 64))
    } else {
        (*value).to_owned()
    };
    let mut document = json!({
        "Name": parameter.name,
        "Type": parameter.kind.name(),
        "Value": value,
        "Version": version,
        "LastModifiedDate": parameter.changed.epoch_seconds(),
        "ARN": parameter.arn,
        "DataType": "text",
    });
    if let Some((members, selector)) = document.as_object_mut().zip(*selector) {
        members.insert("Selector".to_owned(), json!(selector));
    }
    document
}

/// Systems Manager gives no words with `ParameterNotFound`.
fn absent(why: Absent) -> AwsError {
    match why {
        Absent::Name => AwsError::new("ParameterNotFound", ""),
        Absent::Version { name, selector } => AwsError::new(
            "ParameterVersionNotFound",
            format!("Systems Manager could not find version {selector} of {name}. Verify the version and try again."),
        ),
    }
}
