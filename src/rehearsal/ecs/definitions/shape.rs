//! Shapes of documents: members that a shape does not have are left out without a word, as ECS
//! does; JSON of another type than the member's is refused.

use serde_json::{Map, Value};

use crate::rehearsal::aws_error::AwsError;

/// The shape of a JSON value.
#[derive(Clone, Copy, Debug)]
pub enum Shape {
    /// Anything, as it is.
    Any,
    /// A string.
    Text,
    /// An integer.
    Integer,
    /// A number with a fraction.
    Number,
    /// A boolean.
    Flag,
    /// An object from any names to strings.
    Map,
    /// A list.
    List(&'static Shape),
    /// An object with these members.
    Structure(&'static [(&'static str, Shape)]),
}

/// What is left of a value in this shape.
///
/// # Errors
/// `SerializationException` where a member has another type than its shape's.
pub fn take(value: &Value, shape: Shape) -> Result<Value, AwsError> {
    match (shape, value) {
        (Shape::Any, _) => Ok(value.clone()),
        (Shape::Text, Value::String(_)) | (Shape::Flag, Value::Bool(_)) | (Shape::Number, Value::Number(_)) => {
            Ok(value.clone())
        }
        (Shape::Integer, Value::Number(number)) if number.is_i64() => Ok(value.clone()),
        (Shape::Map, Value::Object(members)) => {
            let mut taken = Map::new();
            for (name, member) in members {
                taken.insert(name.clone(), take(member, Shape::Text)?);
            }
            Ok(Value::Object(taken))
        }
        (Shape::List(element), Value::Array(elements)) => {
            elements.iter().map(|value| take(value, *element)).collect::<Result<Vec<_>, _>>().map(Value::Array)
        }
        (Shape::Structure(known), Value::Object(members)) => {
            let mut taken = Map::new();
            for (name, shape) in known {
                if let Some(member) = members.get(*name).filter(|member| !member.is_null()) {
                    taken.insert((*name).to_owned(), take(member, *shape)?);
                }
            }
            Ok(Value::Object(taken))
        }
        (shape, value) => {
            Err(AwsError::serialization(format!("{} can not be converted to {}", kind(value), wanted(shape))))
        }
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "NULL_VALUE",
        Value::Bool(true) => "TRUE_VALUE",
        Value::Bool(false) => "FALSE_VALUE",
        Value::Number(number) if number.is_f64() => "DECIMAL_VALUE",
        Value::Number(_) => "NUMBER_VALUE",
        Value::String(_) => "STRING_VALUE",
        Value::Array(_) => "START_ARRAY",
        Value::Object(_) => "START_OBJECT",
    }
}

fn wanted(shape: Shape) -> &'static str {
    match shape {
        Shape::Any => "anything",
        Shape::Text => "a String",
        Shape::Integer => "an Integer",
        Shape::Number => "a Double",
        Shape::Flag => "a Boolean",
        Shape::Map => "a Map",
        Shape::List(_) => "a List",
        Shape::Structure(_) => "a Structure",
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const SHAPE: Shape =
        Shape::Structure(&[("name", Shape::Text), ("ports", Shape::List(&Shape::Integer)), ("labels", Shape::Map)]);

    #[test]
    fn unknown_members_and_nulls_vanish_without_a_word() {
        let value = json!({ "ports": [1], "nmae": "x", "name": null, "labels": { "any": "thing" } });
        let taken = take(&value, SHAPE).expect("taken");
        assert_eq!(taken, json!({ "ports": [1], "labels": { "any": "thing" } }));
    }

    #[test]
    fn another_type_is_refused_as_aws_words_it() {
        let table = [
            (json!({ "name": 5 }), "NUMBER_VALUE can not be converted to a String"),
            (json!({ "ports": ["a"] }), "STRING_VALUE can not be converted to an Integer"),
            (json!({ "ports": [1.5] }), "DECIMAL_VALUE can not be converted to an Integer"),
            (json!({ "labels": [] }), "START_ARRAY can not be converted to a Map"),
            (json!([]), "START_ARRAY can not be converted to a Structure"),
        ];
        for (value, message) in table {
            let error = take(&value, SHAPE).expect_err("refused");
            assert_eq!(error.code, "SerializationException");
            assert_eq!(error.message, message);
        }
    }
}
