//! Tells how a blob moves, often enough for people and seldom enough for a log.

use crate::domain::image_facts::Blob;
use crate::domain::image_reference::Reference;
use crate::effects::event::{Event, Events, Stage, Transfer};

/// The least that is told at once.
const STEP: u64 = 1 << 20;

/// The movement of one blob, as its listeners hear of it.
#[derive(Clone)]
pub(super) struct Telling {
    events: Events,
    image: Reference,
    blob: Blob,
}

impl Telling {
    /// Tells of `blob` on its way to `image`.
    pub fn new(events: &Events, image: &Reference, blob: &Blob) -> Self {
        Self { events: events.clone(), image: image.clone(), blob: blob.clone() }
    }

    /// Tells where the blob stands.
    pub fn tell(&self, stage: Stage) {
        self.events.tell(&Event::Transfer(Transfer {
            image: self.image.clone(),
            digest: self.blob.digest.clone(),
            size: self.blob.size,
            stage,
        }));
    }

    /// Tells that the blob is `now` bytes along and was `before`, where that is worth telling: every twentieth part,
    /// but no less than a mebibyte.
    pub fn moved(&self, before: u64, now: u64) {
        let step = STEP.max(self.blob.size / 20);
        if now / step > before / step {
            self.tell(Stage::Moving(now));
        }
    }
}
