//! Entries as lines of JSON, and back, with a torn last line understood.

use super::entry::Entry;

/// A journal that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line} of the journal cannot be read: {why}")]
pub struct Unreadable {
    /// From 1.
    pub line: usize,
    /// The parser's words.
    pub why: String,
}

/// What was read.
#[derive(Clone, Debug, PartialEq)]
pub struct Read {
    /// The whole entries.
    pub entries: Vec<Entry>,
    /// Bytes they take; what follows is a torn line, which the next writer cuts off.
    pub whole: usize,
}

/// One line, with its end.
pub fn line(entry: &Entry) -> Result<String, serde_json::Error> {
    serde_json::to_string(entry).map(|text| text + "\n")
}

/// Reads a journal. A last line without an end was being written when the process died, and counts as not written; a
/// broken line anywhere else is an error, since somebody has changed the file.
pub fn read(text: &[u8]) -> Result<Read, Unreadable> {
    let whole = text.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    let mut entries = Vec::new();
    for (index, line) in text.get(..whole).unwrap_or_default().split_inclusive(|byte| *byte == b'\n').enumerate() {
        let entry = serde_json::from_slice(line).map_err(|why| Unreadable { line: index + 1, why: why.to_string() })?;
        entries.push(entry);
    }
    Ok(Read { entries, whole })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::effects::journal::entry::{Answer, Outcome};
    use crate::effects::key::Key;
    use crate::effects::reply::Reply;

    fn three() -> Vec<Entry> {
        vec![
            Entry::Done { key: Key::of(1), result: Box::new(Answer::Reply(Reply::Text(Some("ä\n".into())))), at: 1 },
            Entry::Done { key: Key::within("2/0", 1), result: Box::new(Answer::Reply(Reply::Instant(-5))), at: 2 },
            Entry::End { outcome: Outcome::Done, exit: 0, at: 3, deadline: None },
        ]
    }

    #[test]
    fn cut_at_any_byte_a_journal_is_a_prefix_of_itself() {
        let lines: Vec<String> = three().iter().map(|entry| line(entry).expect("serializes")).collect();
        let text = lines.concat();
        for cut in 0..=text.len() {
            let read = read(&text.as_bytes()[..cut]).expect("a torn tail is no error");
            let mut whole = 0;
            let expected = lines.iter().take_while(|line| {
                whole += line.len();
                whole <= cut
            });
            assert_eq!(read.entries.len(), expected.count(), "cut at {cut}");
            assert_eq!(read.entries, three()[..read.entries.len()]);
        }
    }

    #[test]
    fn a_broken_line_in_the_middle_is_named() {
        let text =
            format!("{}oops\n{}", line(&three()[0]).expect("serializes"), line(&three()[2]).expect("serializes"));
        let error = read(text.as_bytes()).expect_err("broken");
        assert_eq!(error.to_string(), "line 2 of the journal cannot be read: expected value at line 1 column 1");
    }
}
