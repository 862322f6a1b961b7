//! Progress on a terminal: bars for blobs, a line for the rollout, finished steps above.

use super::story::Story;
use super::{Manner, words};
use crate::cli::print;
use crate::effects::event::{Event, Level, Listener, Stage, Transfer};
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Draws progress on stderr.
pub struct Live {
    manner: Manner,
    story: Arc<Story>,
    screen: MultiProgress,
    bars: Mutex<Bars>,
}

#[derive(Default)]
struct Bars {
    blobs: BTreeMap<String, ProgressBar>,
    rollout: Option<ProgressBar>,
    latest: String,
}

impl Live {
    /// A screen for `story`.
    pub fn new(manner: Manner, story: Arc<Story>) -> Self {
        let screen = MultiProgress::with_draw_target(ProgressDrawTarget::stderr());
        Self { manner, story, screen, bars: Mutex::default() }
    }

    fn line(&self, text: &str) {
        let line = format!("{:>7}  {}", words::duration(self.story.elapsed()), words::clean(text));
        // not `println` of the screen, which fills each line with blanks up to the terminal's edge
        self.screen.suspend(|| print::aside(&line));
    }

    fn transfer(&self, transfer: &Transfer) {
        let mut bars = self.bars.lock().unwrap_or_else(PoisonError::into_inner);
        let name = transfer.digest.to_string();
        match transfer.stage {
            Stage::Moving(bytes) => {
                let bar = bars.blobs.entry(name).or_insert_with(|| {
                    let bar = self.screen.add(ProgressBar::new(transfer.size));
                    bar.set_style(style(
                        "           {prefix} {bar:24} {decimal_bytes:>9} of {decimal_total_bytes:>9}  {decimal_bytes_per_sec}",
                    ));
                    bar.set_prefix(transfer.digest.short());
                    bar
                });
                bar.set_position(bytes);
            }
            Stage::Again | Stage::Sent | Stage::Present => {
                if let Some(bar) = bars.blobs.remove(&name) {
                    bar.finish_and_clear();
                }
                if let Some(line) = words::transfer(transfer) {
                    self.line(&line);
                }
            }
        }
    }

    fn rollout(&self, line: String, latest: Option<&str>) {
        let mut bars = self.bars.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(latest) = latest.filter(|latest| *latest != bars.latest) {
            self.line(&format!("  {latest}"));
            latest.clone_into(&mut bars.latest);
        }
        let bar = bars.rollout.get_or_insert_with(|| {
            let bar = self.screen.add(ProgressBar::new_spinner());
            bar.set_style(style("         {spinner} {msg}"));
            bar
        });
        bar.set_message(line);
        bar.tick();
    }

    fn rollout_ended(&self) {
        let mut bars = self.bars.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(bar) = bars.rollout.take() {
            let line = bar.message();
            bar.finish_and_clear();
            self.line(&line);
        }
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}

impl Listener for Live {
    fn hear(&self, event: &Event) {
        match event {
            Event::Step { message } => self.line(&format!("{}{message}", self.story.before())),
            Event::Log { level, message } if *level != Level::Debug || self.manner.verbose => {
                self.line(&format!("{}{}", self.story.before(), words::log(*level, message)));
            }
            Event::Log { .. } | Event::Began { .. } | Event::Replayed { .. } => {}
            Event::Transfer(transfer) => self.transfer(transfer),
            Event::Rollout { service, snapshot } => {
                self.rollout(words::rollout(service, snapshot), snapshot.event.as_deref());
            }
            Event::Ended { key, call, millis, fault, .. } => {
                self.rollout_ended();
                if self.manner.verbose {
                    let end = fault.as_ref().map_or_else(String::new, |code| format!(": {code}"));
                    self.line(&format!("  call {key}: {call}{end} ({})", words::duration(*millis)));
                }
            }
        }
    }
}
