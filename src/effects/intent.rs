//! The record that a call was begun: on disk before the call's first write, and not at all where it finds nothing to write.

use super::fault::Fault;
use super::journal::Journal;
use super::journal::entry::Entry;
use super::world::Boxed;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::OnceCell;

/// What a call that looks first asks for when it has found something to write.
pub trait Intent: Send + Sync {
    /// Returns when the record is on disk. May be asked for any number of times, at the same time too.
    ///
    /// # Errors
    /// Of the kind `Journal`: then nothing may be written.
    fn kept(&self) -> Boxed<'_, Result<(), Fault>>;
}

/// Of calls that nobody records, or whose record is on disk.
pub struct Kept;

impl Intent for Kept {
    fn kept(&self) -> Boxed<'_, Result<(), Fault>> {
        Box::pin(async { Ok(()) })
    }
}

/// A record that waits to be put into the journal.
pub(super) struct Recorded {
    record: Arc<Record>,
    kept: OnceCell<()>,
}

struct Record {
    journal: Arc<Journal>,
    /// None when it is in the journal, or is not to come there any more.
    start: Mutex<Option<Entry>>,
}

impl Recorded {
    /// The record `start`, which is nowhere yet.
    pub fn of(journal: Arc<Journal>, start: Entry) -> Self {
        Self { record: Arc::new(Record { journal, start: Mutex::new(Some(start)) }), kept: OnceCell::new() }
    }

    /// Whether the call has asked for it, so that its answer must be on disk too.
    pub fn is_kept(&self) -> bool {
        self.kept.initialized()
    }

    /// Puts it into the journal, where it is not there yet: it need not be on disk.
    pub fn noted(&self) -> Result<(), Fault> {
        self.record.put(false)
    }

    /// Sees to it that it does not come into the journal any more, where it is not there yet: the call was cut, and has
    /// written nothing.
    pub fn given_up(&self) {
        self.record.lock().take();
    }
}

impl Record {
    fn lock(&self) -> std::sync::MutexGuard<'_, Option<Entry>> {
        self.start.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn put(&self, sync: bool) -> Result<(), Fault> {
        let mut start = self.lock();
        if let Some(entry) = start.as_ref() {
            self.journal.put(entry, sync)?;
            *start = None;
        }
        Ok(())
    }
}

impl Intent for Recorded {
    fn kept(&self) -> Boxed<'_, Result<(), Fault>> {
        let keep = || async {
            let record = Arc::clone(&self.record);
            // a disk takes its time, and what is looked at meanwhile goes on
            let put = tokio::task::spawn_blocking(move || record.put(true)).await;
            put.unwrap_or_else(|error| Err(Fault::internal(format!("a thread of ours ended early: {error}"))))
        };
        Box::pin(async move { self.kept.get_or_try_init(keep).await.copied() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::effects::fault::FaultKind;
    use crate::effects::journal::JournalFile;
    use std::io;

    /// A disk that writes down what happens to it, and may be full.
    #[derive(Clone, Default)]
    struct Disk {
        happened: Arc<Mutex<Vec<&'static str>>>,
        full: bool,
    }

    impl JournalFile for Disk {
        fn append(&mut self, _: &str) -> io::Result<()> {
            self.happened.lock().expect("no test failed with it").push("append");
            Ok(())
        }

        fn sync(&mut self) -> io::Result<()> {
            self.happened.lock().expect("no test failed with it").push("sync");
            if self.full { Err(io::Error::other("no space left")) } else { Ok(()) }
        }

        fn place(&self) -> Option<String> {
            None
        }
    }

    fn of(disk: &Disk) -> Recorded {
        // any entry will do
        let entry = Entry::PutBack { key: "1".parse().expect("a key"), at: 0 };
        Recorded::of(Arc::new(Journal::to(Box::new(disk.clone()))), entry)
    }

    fn happened(disk: &Disk) -> Vec<&'static str> {
        disk.happened.lock().expect("no test failed with it").clone()
    }

    #[tokio::test]
    async fn it_is_kept_once_however_many_ask() {
        let disk = Disk::default();
        let intent = of(&disk);
        let (one, other) = tokio::join!(intent.kept(), intent.kept());
        assert_eq!([one, other, intent.kept().await, intent.noted()], [Ok(()), Ok(()), Ok(()), Ok(())]);
        assert!(intent.is_kept());
        assert_eq!(happened(&disk), ["append", "sync"]);
    }

    #[tokio::test]
    async fn what_nobody_asked_for_is_noted_without_waiting_for_the_disk() {
        let disk = Disk::default();
        let intent = of(&disk);
        assert_eq!(intent.noted(), Ok(()));
        assert!(!intent.is_kept());
        assert_eq!(happened(&disk), ["append"]);
    }

    #[tokio::test]
    async fn what_was_given_up_never_comes_into_the_journal() {
        let disk = Disk::default();
        let intent = of(&disk);
        intent.given_up();
        assert_eq!([intent.kept().await, intent.noted()], [Ok(()), Ok(())]);
        assert_eq!(happened(&disk), Vec::<&str>::new());
    }

    #[tokio::test]
    async fn a_full_disk_is_told_to_everyone_who_asks() {
        let disk = Disk { full: true, ..Disk::default() };
        let intent = of(&disk);
        let (one, other) = tokio::join!(intent.kept(), intent.kept());
        for told in [one, other, intent.kept().await] {
            assert_eq!(told.expect_err("it is full").kind, FaultKind::Journal);
        }
        assert!(!intent.is_kept());
    }
}
