//! What containers have logged to `CloudWatch` Logs: followed while they go on, or the last lines of it.

use super::aws::{Aws, Service};
use crate::effects::fault::{Fault, FaultKind};
use serde_json::{Value, json};
use std::collections::VecDeque;

/// So many of the last lines are kept for an explanation.
pub const LAST: usize = 20;
/// A line is cut after so many characters.
const LONGEST: usize = 1000;
/// So many pages are read at once; what is left comes with the next look.
const PAGES: usize = 10;

/// One stream of a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stream {
    /// The session.
    pub session: String,
    /// The group's name.
    pub group: String,
    /// The stream's name.
    pub name: String,
}

/// How far a stream has been read.
#[derive(Debug, Default)]
pub struct Reader {
    token: Option<String>,
    last: VecDeque<String>,
}

impl Stream {
    async fn get(&self, aws: &Aws, more: Value) -> Result<Value, Fault> {
        let mut request = json!({ "logGroupName": self.group, "logStreamName": self.name });
        if let (Some(members), Value::Object(more)) = (request.as_object_mut(), more) {
            members.extend(more);
        }
        let thing = format!("log stream `{}` of group `{}`", self.name, self.group);
        aws.ask(&self.session, Service::Logs, "GetLogEvents", &request, &thing).await
    }

    /// `GetLogEvents` of the last events: AWS's answer.
    pub async fn events(&self, aws: &Aws, limit: u32) -> Result<Value, Fault> {
        self.get(aws, json!({ "startFromHead": false, "limit": limit })).await
    }

    /// The last lines; none where the stream is not there.
    ///
    /// # Errors
    /// `Denied` where it may not be read; of the network.
    pub async fn last_lines(&self, aws: &Aws) -> Result<Vec<String>, Fault> {
        match self.events(aws, u32::try_from(LAST).unwrap_or(u32::MAX)).await {
            Ok(answer) => Ok(lines(&answer).collect()),
            Err(fault) if fault.kind == FaultKind::Missing => Ok(Vec::new()),
            Err(fault) => Err(fault),
        }
    }
}

impl Reader {
    /// Reads what has come since the last time, each line to `tell`. The end of a stream is where its token repeats; a
    /// stream that is not there yet has no lines.
    ///
    /// # Errors
    /// As [`Stream::last_lines`].
    pub async fn read(&mut self, aws: &Aws, stream: &Stream, tell: &mut (dyn FnMut(&str) + Send)) -> Result<(), Fault> {
        for _ in 0..PAGES {
            let request = match &self.token {
                Some(token) => json!({ "startFromHead": true, "nextToken": token }),
                None => json!({ "startFromHead": true }),
            };
            let answer = match stream.get(aws, request).await {
                Ok(answer) => answer,
                Err(fault) if fault.kind == FaultKind::Missing => return Ok(()),
                Err(fault) => return Err(fault),
            };
            for line in lines(&answer) {
                tell(&line);
                if self.last.len() == LAST {
                    self.last.pop_front();
                }
                self.last.push_back(line);
            }
            let next = answer.get("nextForwardToken").and_then(Value::as_str).map(str::to_owned);
            if next.is_none() || next == self.token {
                return Ok(());
            }
            self.token = next;
        }
        Ok(())
    }

    /// The last lines that were read.
    pub fn last(&self) -> Vec<String> {
        self.last.iter().cloned().collect()
    }
}

/// The lines of an answer, as they can be shown: an event may have several.
fn lines(answer: &Value) -> impl Iterator<Item = String> {
    let events = answer.get("events").and_then(Value::as_array).into_iter().flatten();
    let messages = events.filter_map(|event| event.get("message")?.as_str());
    messages.flat_map(|message| message.lines().map(shown).collect::<Vec<_>>()).filter(|line| !line.is_empty())
}

/// A line without what would move a terminal's cursor or colour it, and not longer than anybody reads.
fn shown(line: &str) -> String {
    let mut shown = String::new();
    let mut characters = line.chars();
    while let Some(one) = characters.next() {
        if shown.len() >= LONGEST {
            shown.push('…');
            break;
        }
        match one {
            // an escape sequence goes on to its first letter
            '\u{1b}' => {
                let _ = characters.by_ref().find(char::is_ascii_alphabetic);
            }
            '\t' => shown.push(' '),
            one if one.is_control() => {}
            one => shown.push(one),
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::{LONGEST, lines, shown};
    use serde_json::json;

    #[test]
    fn a_line_is_shown_without_what_is_not_text() {
        let rows = [
            ("\u{1b}[31mpanic\u{1b}[0m:\tno database\r", "panic: no database"),
            ("plain", "plain"),
            ("\u{1b}[2J\u{7}", ""),
        ];
        for (line, expected) in rows {
            assert_eq!(shown(line), expected);
        }
        let long = shown(&"x".repeat(5000));
        assert_eq!((long.chars().count(), long.ends_with('…')), (LONGEST + 1, true));
    }

    #[test]
    fn an_event_may_have_several_lines() {
        let answer = json!({ "events": [{ "message": "Traceback:\n  File x\n\n" }, { "message": "end" }, {}] });
        assert_eq!(lines(&answer).collect::<Vec<_>>(), ["Traceback:", "  File x", "end"]);
        assert_eq!(lines(&json!({})).count(), 0);
    }
}
