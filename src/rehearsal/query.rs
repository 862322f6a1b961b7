//! The query protocol of AWS: a form comes in, XML goes out.

use std::fmt::Write as _;

use serde_json::Value;

use super::aws_error::AwsError;

/// The fields of a request.
#[derive(Clone, Debug, Default)]
pub struct Form(Vec<(String, String)>);

impl Form {
    /// Reads a form with its escapes undone.
    pub fn read(body: &[u8]) -> Form {
        Form(form_urlencoded::parse(body).into_owned().collect())
    }

    /// A field's value.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The values of `NAME.member.1`, `NAME.member.2`…
    pub fn list(&self, name: &str) -> Vec<&str> {
        let prefix = format!("{name}.member.");
        let is_one = |field: &str| {
            let number = field.strip_prefix(&prefix);
            number.is_some_and(|number| number.bytes().all(|byte| byte.is_ascii_digit()))
        };
        self.0.iter().filter(|(field, _)| is_one(field)).map(|(_, value)| value.as_str()).collect()
    }

    /// Every value, for faults that are addressed by resource.
    pub fn values(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(_, value)| value.as_str())
    }
}

/// The XML of an answer: `OPERATIONResponse` around `OPERATIONResult` around the members of `result`; a list's elements
/// are each a `member`.
pub fn answer(operation: &str, namespace: &str, result: &Value, request_id: &str) -> String {
    let mut text = String::new();
    element(&mut text, &format!("{operation}Result"), result);
    format!(
        "<{operation}Response xmlns=\"{namespace}\">{text}\
         <ResponseMetadata><RequestId>{request_id}</RequestId></ResponseMetadata></{operation}Response>"
    )
}

/// The XML of an error.
pub fn error(error: &AwsError, namespace: &str, request_id: &str) -> String {
    format!(
        "<ErrorResponse xmlns=\"{namespace}\"><Error><Type>Sender</Type><Code>{}</Code><Message>{}</Message></Error>\
         <RequestId>{request_id}</RequestId></ErrorResponse>",
        escaped(&error.code),
        escaped(&error.message)
    )
}

/// A text that is safe inside of an element.
pub fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

fn element(text: &mut String, name: &str, value: &Value) {
    let _ = write!(text, "<{name}>");
    match value {
        Value::Null => {}
        Value::Bool(_) | Value::Number(_) => {
            let _ = write!(text, "{value}");
        }
        Value::String(content) => text.push_str(&escaped(content)),
        Value::Array(elements) => elements.iter().for_each(|one| element(text, "member", one)),
        Value::Object(members) => members.iter().for_each(|(name, value)| element(text, name, value)),
    }
    let _ = write!(text, "</{name}>");
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_form_has_fields_and_lists() {
        let form = Form::read(b"Action=DescribeTargetGroups&Names.member.1=a%2Fb&Names.member.2=c+d&Names.memberx=e");
        assert_eq!(form.get("Action"), Some("DescribeTargetGroups"));
        assert_eq!(form.list("Names"), ["a/b", "c d"]);
    }

    #[test]
    fn an_answer_is_nested_like_its_json_and_escaped() {
        let text = answer("Ask", "http://x/", &json!({ "Things": [{ "Name": "a<b&c", "Port": 80 }] }), "1");
        assert_eq!(
            text,
            "<AskResponse xmlns=\"http://x/\"><AskResult><Things><member><Name>a&lt;b&amp;c</Name><Port>80</Port>\
             </member></Things></AskResult><ResponseMetadata><RequestId>1</RequestId></ResponseMetadata></AskResponse>"
        );
    }
}
