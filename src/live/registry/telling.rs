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

#[cfg(test)]
mod tests {
    use super::super::hashing::sha256;
    use super::*;
    use crate::effects::event::Listener;
    use std::sync::{Arc, Mutex};

    #[derive(Default)]
    struct Heard(Mutex<Vec<Stage>>);

    impl Listener for Heard {
        fn hear(&self, event: &Event) {
            let Event::Transfer(transfer) = event else { panic!("{event:?}") };
            self.0.lock().unwrap().push(transfer.stage);
        }
    }

    fn told(size: u64, piece: u64) -> Vec<Stage> {
        let heard = Arc::new(Heard::default());
        let blob = Blob { digest: sha256(b""), size };
        let image = Reference::parse("shop:1").unwrap();
        let telling = Telling::new(&Events::to(heard.clone()), &image, &blob);
        let mut before = 0;
        while before < size {
            let now = size.min(before + piece);
            telling.moved(before, now);
            before = now;
        }
        heard.0.lock().unwrap().clone()
    }

    #[test]
    fn a_large_blob_is_told_of_twenty_times_and_a_small_one_by_the_mebibyte() {
        assert_eq!(told(1 << 30, 1 << 16).len(), 20);
        assert_eq!(told(3 << 20, 1 << 20), [Stage::Moving(1 << 20), Stage::Moving(2 << 20), Stage::Moving(3 << 20)]);
        assert_eq!(told(1000, 10), []);
    }
}
