//! What holds for every text: parsing never panics, and printing gives back what was parsed.

use proptest::prelude::*;

use crate::domain::image_reference::{Digest, Reference, Tag, Written};

/// Texts of the grammar's own characters, so that many are almost references.
fn nearly() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "[a-zA-Z0-9./:@_\\[\\]%-]{0,24}",
        "([a-z0-9.:\\[\\]]{1,9}/){0,3}[a-z0-9._-]{0,9}(:[A-Za-z0-9._-]{0,9})?(@sha256:[0-9a-fA-F]{62,66})?",
    ]
}

/// Texts of the grammar, each a reference as written.
fn good() -> impl Strategy<Value = String> {
    let domain = "(([a-zA-Z0-9]([a-zA-Z0-9-]{0,4}[a-zA-Z0-9])?(\\.[a-zA-Z0-9]{1,4}){0,2}|\\[[0-9a-f:]{1,9}\\])(:[1-6][0-9]{0,3})?/)?";
    let path = "[a-z0-9]{1,4}((\\.|_|__|-{1,3})[a-z0-9]{1,4}){0,2}(/[a-z0-9]{1,4}){0,2}";
    let rest = "(:[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?(@sha256:[0-9a-f]{64})?";
    (domain, path, rest).prop_map(|(domain, path, rest)| domain + &path + &rest)
}

proptest! {
    #[test]
    fn parsing_never_panics_and_an_error_points_into_the_text(input in nearly()) {
        for error in [Reference::parse(&input).err(), Written::parse(&input).err(), Digest::parse(&input).err(), Tag::parse(&input).err()]
            .into_iter()
            .flatten()
        {
            prop_assert!(error.at <= input.chars().count(), "{error} at {}", error.at);
            prop_assert_eq!(&error.input, &input);
            prop_assert!(error.caret().ends_with('^'));
        }
    }

    #[test]
    fn what_was_parsed_is_printed_back(input in prop_oneof![nearly(), good()]) {
        if let Ok(written) = Written::parse(&input) {
            prop_assert_eq!(written.to_string(), input.clone());
        }
        if let Ok(reference) = Reference::parse(&input) {
            prop_assert_eq!(Reference::parse(&reference.to_string()), Ok(reference.clone()));
            prop_assert_eq!(Reference::parse(&reference.familiar()), Ok(reference.clone()));
            prop_assert_eq!(Reference::parse_canonical(&reference.to_string()), Ok(reference));
        }
    }

    #[test]
    fn every_text_of_the_grammar_is_taken(input in good()) {
        let written = Written::parse(&input);
        prop_assert!(written.is_ok(), "{:?}", written);
        // with a registry that is surely one, the familiar reading is the written one
        let full = format!("quay.io/{input}");
        if !input.contains(['[']) && Written::parse(&full).is_ok() {
            prop_assert_eq!(Reference::parse(&full).map(|reference| reference.to_string()), Ok(full));
        }
    }
}
