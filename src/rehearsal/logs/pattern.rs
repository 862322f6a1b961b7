//! Filter patterns for unstructured lines: all the words, any of those with `?`, none of those with `-`; a phrase in
//! quotes is one word. Patterns for JSON and for columns are not known here.

/// A filter pattern.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Pattern {
    all: Vec<String>,
    any: Vec<String>,
    none: Vec<String>,
}

impl Pattern {
    /// Reads a pattern; an empty one fits every line.
    pub fn read(text: &str) -> Pattern {
        let mut pattern = Pattern::default();
        let mut rest = text.trim();
        while let Some(first) = rest.chars().next() {
            let (kind, after) = match first {
                '?' => (&mut pattern.any, rest.get(1..).unwrap_or_default()),
                '-' => (&mut pattern.none, rest.get(1..).unwrap_or_default()),
                _ => (&mut pattern.all, rest),
            };
            let (word, after) = match after.strip_prefix('"') {
                Some(quoted) => quoted.split_once('"').unwrap_or((quoted, "")),
                None => after.split_once(char::is_whitespace).unwrap_or((after, "")),
            };
            kind.push(word.to_owned());
            rest = after.trim_start();
        }
        pattern
    }

    /// Whether a line has what the pattern asks for. Case matters.
    pub fn fits(&self, line: &str) -> bool {
        let has = |word: &String| line.contains(word.as_str());
        self.all.iter().all(has) && !self.none.iter().any(has) && (self.any.is_empty() || self.any.iter().any(has))
    }
}

#[cfg(test)]
mod tests {
    use super::Pattern;

    #[test]
    fn words_phrases_choices_and_exclusions_are_understood() {
        for (pattern, line, expected) in [
            ("", "anything", true),
            ("ERROR", "an ERROR", true),
            ("ERROR", "an error", false),
            ("ERROR database", "database: ERROR", true),
            ("ERROR database", "ERROR", false),
            ("\"no database\"", "there is no database", true),
            ("\"no database\"", "database, no", false),
            ("?ERROR ?WARN", "WARN", true),
            ("?ERROR ?WARN", "INFO", false),
            ("ERROR -expected", "ERROR: expected", false),
            ("ERROR -expected", "ERROR: odd", true),
        ] {
            assert_eq!(Pattern::read(pattern).fits(line), expected, "{pattern} {line}");
        }
    }
}
