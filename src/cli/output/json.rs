//! Events as JSON lines.

use crate::cli::print;
use crate::effects::event::{Event, Listener, Stage, Transfer};

/// Prints each event as one line of JSON, but for the bytes of a blob while they move.
pub struct JsonLines;

impl Listener for JsonLines {
    fn hear(&self, event: &Event) {
        if matches!(event, Event::Transfer(Transfer { stage: Stage::Moving(_), .. })) {
            return;
        }
        if let Ok(line) = serde_json::to_string(event) {
            print::aside(&line);
        }
    }
}
