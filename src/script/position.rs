//! From Rhai's positions to byte spans: Rhai counts characters of a line, a report counts bytes of a file.

use rhai::Position;
use std::ops::Range;

/// The bytes of the word at `position`, at least one character; `None` where the position is not known or lies outside.
pub fn span(text: &str, position: Position) -> Option<Range<usize>> {
    let line_number = position.line()?;
    let lines_before = text.split_inclusive('\n').take(line_number - 1);
    let start = lines_before.map(str::len).sum::<usize>();
    let line = text.get(start..)?.lines().next().unwrap_or("");
    let column = position.position().unwrap_or(1).saturating_sub(1);
    let offset = line.char_indices().nth(column).map_or(line.len(), |(at, _)| at);
    let rest = line.get(offset..).unwrap_or("");
    let length = match rest.chars().next() {
        // A text is meant as a whole, as far as it stays on its line.
        Some(quote @ ('"' | '`')) => quoted(rest, quote),
        _ => rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').map(char::len_utf8).sum(),
    };
    match rest.chars().next() {
        Some(first) => Some(start + offset..start + offset + length.max(first.len_utf8())),
        // What is missing at an end is shown at the last thing before it.
        None => {
            let before = text.get(..start + offset)?.trim_end();
            let last = before.chars().next_back()?;
            Some(before.len() - last.len_utf8()..before.len())
        }
    }
}

fn quoted(rest: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in rest.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            c if c == quote => return at + c.len_utf8(),
            _ => {}
        }
    }
    rest.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn word(text: &str, line: u16, column: u16) -> &str {
        span(text, Position::new(line, column)).and_then(|bytes| text.get(bytes)).unwrap_or("nothing")
    }

    #[test]
    fn a_position_in_characters_is_a_span_in_bytes() {
        let text = "let größe = 1;\n  größe.wert(\"ä b\");\n";
        assert_eq!(word(text, 1, 5), "größe");
        assert_eq!(word(text, 2, 9), "wert");
        assert_eq!(word(text, 2, 14), "\"ä b\"");
        assert_eq!(word(text, 2, 8), ".");
        assert_eq!(word(text, 1, 99), ";", "the last thing before the end of a line");
        assert_eq!(word(text, 99, 1), ";");
        assert_eq!(span(text, Position::NONE), None);
    }
}
