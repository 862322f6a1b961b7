//! `WWW-Authenticate`, parsed: what a registry wants to see before it answers.

/// One challenge (RFC 9110, 11.6.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Challenge {
    /// In lower case: `basic`, `bearer`.
    pub scheme: String,
    /// Names in lower case.
    parameters: Vec<(String, String)>,
}

impl Challenge {
    /// The first parameter of that (lower-case) name.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

/// Every challenge of one header value, in its order. What cannot be understood is passed over: a registry that asks
/// for nothing known ends as a refusal that names the header.
pub(super) fn parse(header: &str) -> Vec<Challenge> {
    let mut found: Vec<Challenge> = Vec::new();
    let mut rest = header;
    loop {
        rest = rest.trim_start_matches([' ', '\t', ',']);
        let (word, after) = token(rest);
        if word.is_empty() {
            // Neither a scheme nor a parameter starts here.
            let Some(next) = rest.find(',') else { return found };
            rest = rest.get(next..).unwrap_or_default();
            continue;
        }
        let spaced = after.trim_start_matches([' ', '\t']);
        // `name=value` belongs to the challenge before it; anything else starts a new one.
        if let (Some(value), Some(current)) = (spaced.strip_prefix('='), found.last_mut()) {
            let (value, after) = parameter_value(value.trim_start_matches([' ', '\t']));
            current.parameters.push((word.to_ascii_lowercase(), value));
            rest = after;
        } else {
            found.push(Challenge { scheme: word.to_ascii_lowercase(), parameters: Vec::new() });
            rest = after;
        }
    }
}

fn token(text: &str) -> (&str, &str) {
    let end = text.find(|c: char| !(c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c))).unwrap_or(text.len());
    text.split_at(end)
}

fn parameter_value(text: &str) -> (String, &str) {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find([',', ' ', '\t']).unwrap_or(text.len());
        let (value, after) = text.split_at(end);
        return (value.to_owned(), after);
    };
    let mut value = String::new();
    let mut escaped = false;
    for (at, c) in quoted.char_indices() {
        match c {
            _ if escaped => {
                value.push(c);
                escaped = false;
            }
            '\\' => escaped = true,
            '"' => return (value, quoted.get(at + 1..).unwrap_or_default()),
            _ => value.push(c),
        }
    }
    (value, "")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn challenge(scheme: &str, parameters: &[(&str, &str)]) -> Challenge {
        let parameters = parameters.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        Challenge { scheme: scheme.to_owned(), parameters }
    }

    #[test]
    fn what_registries_send_is_understood() {
        let cases = [
            (r#"Basic realm="Registry""#, vec![challenge("basic", &[("realm", "Registry")])]),
            (
                r#"Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="repository:a/b:pull,push""#,
                vec![challenge(
                    "bearer",
                    &[
                        ("realm", "https://auth.docker.io/token"),
                        ("service", "registry.docker.io"),
                        ("scope", "repository:a/b:pull,push"),
                    ],
                )],
            ),
            (
                r#"Negotiate, BEARER Realm = https://a/t , error="invalid \"token\"", basic realm=x"#,
                vec![
                    challenge("negotiate", &[]),
                    challenge("bearer", &[("realm", "https://a/t"), ("error", "invalid \"token\"")]),
                    challenge("basic", &[("realm", "x")]),
                ],
            ),
            (r#"Basic realm="never closed"#, vec![challenge("basic", &[("realm", "never closed")])]),
            ("", vec![]),
            (", ,", vec![]),
            ("\"?\", Basic", vec![challenge("basic", &[])]),
        ];
        for (header, expected) in cases {
            assert_eq!(parse(header), expected, "{header}");
        }
    }

    proptest! {
        #[test]
        fn no_header_is_too_strange(header in "[A-Za-z=,\" \\\\\t:/é]{0,60}") {
            let _ = parse(&header);
        }

        #[test]
        fn a_quoted_parameter_comes_back_as_it_was(realm in "[ -~]{0,40}", service in "[ -~]{0,40}") {
            let quote = |text: &str| text.replace('\\', "\\\\").replace('"', "\\\"");
            let header = format!("Bearer realm=\"{}\",service=\"{}\"", quote(&realm), quote(&service));
            prop_assert_eq!(parse(&header), vec![challenge("bearer", &[("realm", &realm), ("service", &service)])]);
        }
    }
}
