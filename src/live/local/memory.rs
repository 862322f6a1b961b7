//! What a rehearsal writes to this machine: it is remembered, and nobody else sees it.

use super::index::Index;
use super::store::{Change, Incoming, Opened, Store};
use crate::domain::image_reference::{Digest, Local};
use crate::effects::fault::Fault;
use bytes::{Bytes, BytesMut};
use std::collections::HashMap;
use std::io::{self, Cursor, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Scheme and path.
type Place = (Local, String);

/// Everything that is remembered.
#[derive(Default)]
pub(super) struct Memory(Mutex<HashMap<Place, Written>>);

#[derive(Default)]
struct Written {
    blobs: HashMap<Digest, Bytes>,
    index: Option<Index>,
}

impl Memory {
    fn lock(&self) -> MutexGuard<'_, HashMap<Place, Written>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A store, with what is remembered before it.
#[derive(Clone)]
pub(super) struct Remembered {
    below: Arc<dyn Store>,
    memory: Arc<Memory>,
    place: Place,
}

impl Remembered {
    /// What is remembered of `place`, which `below` is.
    pub fn over(below: Arc<dyn Store>, memory: &Arc<Memory>, place: Place) -> Self {
        Self { below, memory: Arc::clone(memory), place }
    }
}

impl Store for Remembered {
    fn index(&self) -> Result<Option<Index>, Fault> {
        match self.memory.lock().get(&self.place).and_then(|written| written.index.clone()) {
            Some(index) => Ok(Some(index)),
            None => self.below.index(),
        }
    }

    fn open(&self, digest: &Digest) -> Result<Option<Opened>, Fault> {
        let remembered = self.memory.lock().get(&self.place).and_then(|written| written.blobs.get(digest).cloned());
        match remembered {
            Some(bytes) => Ok(Some(Opened { size: bytes.len() as u64, reader: Box::new(Cursor::new(bytes)) })),
            None => self.below.open(digest),
        }
    }

    fn begin(&self) -> Result<Box<dyn Incoming>, Fault> {
        // what is not what it should be would be refused for real as well
        self.index()?;
        Ok(Box::new(Remembering { store: self.clone(), bytes: BytesMut::new() }))
    }

    fn change(&self, change: Change<'_>) -> Result<(), Fault> {
        let mut index = self.index()?.unwrap_or_else(Index::empty);
        change(&mut index);
        self.memory.lock().entry(self.place.clone()).or_default().index = Some(index);
        Ok(())
    }

    fn told(&self, digest: &Digest) -> String {
        self.below.told(digest)
    }
}

struct Remembering {
    store: Remembered,
    bytes: BytesMut,
}

impl Write for Remembering {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.bytes.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Incoming for Remembering {
    fn keep(self: Box<Self>, digest: &Digest) -> Result<(), Fault> {
        let Self { store, bytes } = *self;
        store.memory.lock().entry(store.place.clone()).or_default().blobs.insert(digest.clone(), bytes.freeze());
        Ok(())
    }
}
