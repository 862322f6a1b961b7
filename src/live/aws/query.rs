//! The AWS Query protocol: a document becomes a form, an XML answer becomes a document.

use roxmltree::{Document, Node};
use serde_json::{Map, Value};

/// No answer of AWS is nested deeper.
const DEEPEST: usize = 32;

/// The form of an operation: members of objects are joined by a dot, elements of lists numbered from 1 below `member`.
/// What is null is left out.
pub fn form(operation: &str, version: &str, document: &Value) -> String {
    let mut form = form_urlencoded::Serializer::new(String::new());
    form.append_pair("Action", operation).append_pair("Version", version);
    let mut rest = vec![(String::new(), document)];
    while let Some((path, value)) = rest.pop() {
        let below = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
        match value {
            Value::Null => {}
            // Pushed in reverse, so that they come in their order.
            Value::Object(members) => rest.extend(members.iter().rev().map(|(name, value)| (below(name), value))),
            Value::Array(items) => {
                let numbered = items.iter().enumerate().rev();
                rest.extend(numbered.map(|(index, value)| (below(&format!("member.{}", index + 1)), value)));
            }
            Value::String(text) => drop(form.append_pair(&path, text)),
            Value::Bool(_) | Value::Number(_) => drop(form.append_pair(&path, &value.to_string())),
        }
    }
    form.finish()
}

/// The result of an operation: `<OperationResponse><OperationResult>…`. An element with elements is an object, or a list
/// where all are called `member`; any other is its text, numbers and flags too. An empty list cannot be told from an
/// empty text, and is one. Without a result: `{}`.
///
/// # Errors
/// In words, what is wrong with an answer that is none.
pub fn result(operation: &str, body: &[u8]) -> Result<Value, String> {
    let text = std::str::from_utf8(body).map_err(|_| "it is not text".to_owned())?;
    let document = Document::parse(text).map_err(|error| format!("it is not XML: {error}"))?;
    let root = document.root_element();
    let name = root.tag_name().name();
    if name.strip_suffix("Response") != Some(operation) {
        return Err(format!("it is a <{name}>, not a <{operation}Response>"));
    }
    let result = format!("{operation}Result");
    let found = elements(root).find(|node| node.tag_name().name() == result);
    match found.map(|node| value(node, DEEPEST)).transpose()? {
        Some(Value::String(_)) | None => Ok(Value::Object(Map::new())),
        Some(value) => Ok(value),
    }
}

/// Code and message of `<ErrorResponse><Error>…`.
pub fn error(body: &str) -> Option<(String, String)> {
    let document = Document::parse(body).ok()?;
    let error = elements(document.root_element()).find(|node| node.tag_name().name() == "Error")?;
    let text = |name| elements(error).find(|node| node.tag_name().name() == name)?.text().map(str::to_owned);
    Some((text("Code")?, text("Message").unwrap_or_default()))
}

fn value(node: Node<'_, '_>, deepest: usize) -> Result<Value, String> {
    let below = deepest.checked_sub(1).ok_or("it is nested too deeply")?;
    if elements(node).next().is_none() {
        return Ok(Value::String(node.text().unwrap_or_default().to_owned()));
    }
    if elements(node).all(|child| child.tag_name().name() == "member") {
        return elements(node).map(|child| value(child, below)).collect::<Result<_, _>>().map(Value::Array);
    }
    let members = elements(node).map(|child| Ok((child.tag_name().name().to_owned(), value(child, below)?)));
    members.collect::<Result<_, _>>().map(Value::Object)
}

fn elements<'a, 'input: 'a>(node: Node<'a, 'input>) -> impl Iterator<Item = Node<'a, 'input>> {
    node.children().filter(Node::is_element)
}

#[cfg(test)]
mod tests {
    use super::{error, form, result};
    use serde_json::json;

    #[test]
    fn a_document_is_flattened_in_its_order() {
        let document = json!({
            "Names": ["a b", "c&d"], "PageSize": 5, "Marker": null, "Actions": [{ "Type": "forward", "Order": 1 }],
        });
        assert_eq!(
            form("Describe", "2015-12-01", &document),
            "Action=Describe&Version=2015-12-01&Names.member.1=a+b&Names.member.2=c%26d&PageSize=5\
             &Actions.member.1.Type=forward&Actions.member.1.Order=1"
        );
    }

    #[test]
    fn an_answer_becomes_a_document() {
        let body = "<?xml version=\"1.0\"?>\n<DescribeResponse xmlns=\"http://x/\">\n <DescribeResult>\n  <Groups>\n   \
                    <member><Port>80</Port><Arns><member>a&amp;b</member></Arns><Tags/></member>\n  </Groups>\n \
                    </DescribeResult>\n <ResponseMetadata><RequestId>1</RequestId></ResponseMetadata>\n</DescribeResponse>";
        let expected = json!({ "Groups": [{ "Port": "80", "Arns": ["a&b"], "Tags": "" }] });
        assert_eq!(result("Describe", body.as_bytes()), Ok(expected));
        assert_eq!(result("Modify", b"<ModifyResponse/>"), Ok(json!({})));
        assert_eq!(result("Modify", b"<ModifyResponse><ModifyResult/></ModifyResponse>"), Ok(json!({})));
    }

    #[test]
    fn what_is_no_answer_is_told() {
        let deep = format!("<XResponse><XResult>{}</XResult></XResponse>", "<a>".repeat(99) + &"</a>".repeat(99));
        let rows: [(&[u8], &str); 5] = [
            (b"\xff", "it is not text"),
            (b"", "it is not XML: the document does not have a root node"),
            (b"{}", "it is not XML: unknown token at 1:1"),
            (b"<html/>", "it is a <html>, not a <XResponse>"),
            (deep.as_bytes(), "it is nested too deeply"),
        ];
        for (body, expected) in rows {
            assert_eq!(result("X", body).expect_err("it is none"), expected);
        }
    }

    #[test]
    fn an_error_has_code_and_message() {
        let body = "<ErrorResponse xmlns=\"http://x/\"><Error><Type>Sender</Type><Code>Throttling</Code>\
                    <Message>Rate exceeded</Message></Error><RequestId>1</RequestId></ErrorResponse>";
        assert_eq!(error(body), Some(("Throttling".to_owned(), "Rate exceeded".to_owned())));
        assert_eq!(error("<html/>"), None);
        assert_eq!(error("{}"), None);
    }
}
