//! Whatever a file holds, loading and checking it ends with a report and never with a panic.

use super::*;
use crate::script::check::check;
use proptest::prelude::*;

const GOOD: &str = r#"//! A release.
import "lib/a" as a;
const ARGS = #{ image: #{ help: "x", kind: "image", required: true }, wait: #{ choices: ["a", "b"], value: "b" } };
fn half(list) { for n in list { list.map(|m| m + n); } switch list { 1 => 2, _ => 3 } }
let td = taskdef::from(#{ family: "web", n: [1, -2, 3.5, 'c', `x ${1 + 2}`] });
try { td.containerDefinitions[0].image = args.image; } catch (e) { throw e.message ?? "größe 日本"; }
"#;

/// A good script with some of its text cut out, doubled or replaced.
fn damaged() -> impl Strategy<Value = String> {
    let noise = prop::sample::select(vec![
        "", "\"", "`", "#{", "}", "(", "::", "|", "é", "日", "1 + 2", "ARGS", "\n", "import ", "new",
    ]);
    let cuts = prop::collection::vec((any::<prop::sample::Index>(), 0..8usize, noise), 1..5);
    cuts.prop_map(|cuts| {
        let mut letters: Vec<char> = GOOD.chars().collect();
        for (at, length, noise) in cuts {
            let start = at.index(letters.len().max(1)).min(letters.len());
            let end = (start + length).min(letters.len());
            letters.splice(start..end, noise.chars());
        }
        letters.into_iter().collect()
    })
}

proptest! {
    // each starts an engine: an eighth of the cases that the others have
    #![proptest_config(ProptestConfig {
        cases: ProptestConfig::default().cases.div_ceil(8), failure_persistence: None, ..ProptestConfig::default()
    })]

    #[test]
    fn a_damaged_script_is_reported(script in damaged()) {
        let stage = stage(&script).file("lib/a.rhai", "fn one() { 1 }");
        let reports = match stage.load() {
            Ok(program) => check(&program, &["output"]),
            Err(report) => vec![*report],
        };
        for report in reports {
            let text = shown(&report);
            prop_assert!(!text.contains("panicked"), "{text}");
            prop_assert!(report.location().is_some(), "{text}");
        }
        prop_assert_eq!(stage.calls(), []);
    }
}

#[test]
fn any_text_is_an_argument_or_a_fault() {
    let program = stage(GOOD).file("lib/a.rhai", "").load().unwrap();
    let arguments = read(&program, &[]).unwrap();
    proptest!(|(text in ".*")| {
        let given = [("image".to_owned(), vec![text])].into();
        if let Err(faults) = parse_values(&arguments.list, &given) {
            prop_assert!(faults.iter().all(|fault| fault.kind == FaultKind::Usage && !fault.message.is_empty()));
        }
    });
}
