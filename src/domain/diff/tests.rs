//! Two documents and what differs between them.

use serde_json::{Value, json};

use super::{Rules, differences, shown};

/// Elements that have a `name` are known by it.
const NAMED: Rules =
    Rules { identity: |_, element| element.get("name").and_then(Value::as_str).map(str::to_owned), ..Rules::PLAIN };

fn lines(before: &Value, after: &Value, rules: &Rules) -> Vec<String> {
    differences(before, after, rules).iter().map(ToString::to_string).collect()
}

#[test]
fn members_are_found_by_their_path() {
    let before = json!({ "a": { "b": 1, "gone": [] }, "same": "x", "text": "two words" });
    let after = json!({ "a": { "b": 2, "c.d": true }, "same": "x", "text": "" });
    assert_eq!(
        lines(&before, &after, &Rules::PLAIN),
        ["a.b: 1 → 2", "a.gone: removed (was [])", "a[\"c.d\"]: added true", "text: \"two words\" → \"\""]
    );
    assert_eq!(lines(&before, &before, &Rules::PLAIN), [""; 0]);
}

#[test]
fn a_list_whose_elements_have_names_has_no_order() {
    let before = json!({ "list": [{ "name": "a", "v": 1 }, { "name": "b", "v": 2 }] });
    let after = json!({ "list": [{ "name": "c", "v": 3 }, { "name": "b", "v": 2 }] });
    assert_eq!(
        lines(&before, &after, &NAMED),
        ["list[a]: removed (was {\"name\":\"a\",\"v\":1})", "list[c]: added {\"name\":\"c\",\"v\":3}"]
    );
    assert_eq!(lines(&before, &after, &Rules::PLAIN).len(), 2, "by index both elements differ");
}

#[test]
fn names_that_are_not_unique_are_no_names() {
    let before = json!({ "list": [{ "name": "a", "v": 1 }, { "name": "a", "v": 2 }] });
    let after = json!({ "list": [{ "name": "a", "v": 1 }, { "name": "a", "v": 3 }] });
    assert_eq!(lines(&before, &after, &NAMED), ["list[1].v: 2 → 3"]);
}

#[test]
fn ordered_lists_of_another_length_differ_as_a_whole() {
    let before = json!({ "command": ["run"] });
    let after = json!({ "command": ["run", "--fast"] });
    assert_eq!(lines(&before, &after, &NAMED), ["command: [\"run\"] → [\"run\",\"--fast\"]"]);
}

#[test]
fn a_value_is_shown_without_quotes_where_it_needs_none() {
    assert_eq!(shown(&json!("shop:2")), "shop:2");
    assert_eq!(shown(&json!("")), "\"\"");
    assert_eq!(shown(&json!("a b")), "\"a b\"");
    assert_eq!(shown(&json!(7)), "7");
}
