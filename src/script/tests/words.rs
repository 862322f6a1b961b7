//! Rhai keeps many words for itself, also as keys and properties: none of ours may be among them.

use crate::script::arguments::Kind;
use crate::script::bindings::{HANDLES, OPTIONS};
use crate::script::engine::language;
use crate::script::names::Names;
use crate::script::thrown;
use std::collections::BTreeSet;

#[test]
fn every_name_of_ours_can_be_a_key_and_a_property() {
    let engine = language();
    let names = Names::of(&engine);
    let mut words: BTreeSet<String> = BTreeSet::new();
    let ours = names.iter().filter(|(_, forms)| forms.iter().any(|form| form.ours));
    words.extend(ours.flat_map(|(name, _)| name.split("::").map(str::to_owned).collect::<Vec<_>>()));
    words.retain(|word| word.starts_with(char::is_alphabetic) && !word.contains('$'));
    words.extend(HANDLES.iter().flat_map(|handle| (handle.properties)()).map(|(name, _)| name.to_owned()));
    words.extend(thrown::PROPERTIES.iter().map(|&word| word.to_owned()));
    words.extend(["help", "kind", "required", "value", "choices", "args"].map(str::to_owned));
    words.extend(OPTIONS.iter().copied().flatten().flat_map(|takes| (takes.keys)()).map(|&key| key.to_owned()));
    words.extend(Kind::ALL.map(|kind| kind.name().to_owned()));
    // The words that this test stands on must be among those it found.
    for word in ["parse", "with_tag", "image", "taskdef", "set_environment", "familiar", "retryable", "today", "dir"] {
        assert!(words.contains(word), "{word} was not found: {words:?}");
    }
    for word in words {
        let script = format!("let m = #{{ {word}: 1 }}; m.{word} = 2; m.{word}");
        let value = engine.eval::<i64>(&script);
        assert_eq!(value.map_err(|error| error.to_string()), Ok(2), "{word}");
    }
}

#[test]
fn every_function_of_ours_has_a_page_with_an_example_that_compiles() {
    let engine = language();
    let names = Names::of(&engine);
    let mut examples = 0;
    for (name, forms) in names.iter() {
        for form in forms.iter().filter(|form| form.ours && !form.doc.is_empty()) {
            let example = form.doc.split("```rhai").nth(1).and_then(|rest| rest.split("```").next());
            let example = example.unwrap_or_else(|| panic!("{name} has no example:\n{}", form.doc));
            engine.compile(example).unwrap_or_else(|error| panic!("{name}: {error}\n{example}"));
            examples += 1;
        }
        if name.contains("::") && forms.iter().any(|form| form.ours) {
            assert!(forms.iter().all(|form| !form.doc.is_empty()), "{name} has no page");
        }
    }
    assert!(examples > 30, "only {examples} examples were found");
}
