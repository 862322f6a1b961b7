//! How a run is told: live on a terminal, a line a change elsewhere, JSON where it is asked for.

mod json;
mod live;
mod plain;
pub mod planned;
mod story;
pub mod words;

pub use story::{Ending, Story};

use super::print;
use crate::effects::event::{Event, Listener};
use std::sync::Arc;

/// What `--output` says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// For people.
    #[default]
    Text,
    /// For programs: events as JSON lines on stderr, the result as one object on stdout.
    Json,
}

/// How the run is told.
#[derive(Clone, Copy, Debug, Default)]
pub struct Manner {
    /// For whom.
    pub format: Format,
    /// Whether every call is told, too.
    pub verbose: bool,
    /// Whether colours are wanted.
    pub color: bool,
    /// Whether a person reads on a terminal, so that frames may be drawn.
    pub terminal: bool,
    /// Whether progress may be drawn again and again.
    pub live: bool,
}

impl Manner {
    /// What suits the terminal and the environment.
    pub fn fitting(format: Format, verbose: bool) -> Self {
        let terminal = print::asides_on_a_terminal();
        let dumb = super::machine::is_dumb_terminal();
        let color = terminal && !dumb && !super::machine::is_set("NO_COLOR");
        let live = terminal && !dumb && format == Format::Text && !super::machine::is_set("CI");
        Self { format, verbose, color, terminal: terminal && !dumb, live }
    }
}

/// Tells events to the story, which keeps what the end needs, and to whoever shows them.
struct Both {
    story: Arc<Story>,
    shown: Box<dyn Listener>,
}

impl Listener for Both {
    fn hear(&self, event: &Event) {
        self.story.hear(event);
        self.shown.hear(event);
    }
}

/// Listeners of a run in this manner.
pub fn listener(manner: Manner, story: Arc<Story>) -> Arc<dyn Listener> {
    let shown: Box<dyn Listener> = match manner.format {
        Format::Json => Box::new(json::JsonLines),
        Format::Text if manner.live => Box::new(live::Live::new(manner, story.clone())),
        Format::Text => Box::new(plain::Plain::new(manner, story.clone())),
    };
    Arc::new(Both { story, shown })
}
