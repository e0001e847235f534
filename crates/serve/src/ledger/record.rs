//! Records facts and reads entries, off the threads that serve requests.

use super::fold::Fold;
use cofferdam_journal::{Actor, Aggregate, Fact, StreamId};
use cofferdam_store::{Append, AppendError, AskError, ReadOnly, Reader, StorageError, Store, entry};
use std::collections::HashMap;
use std::ops::{ControlFlow, Range};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::watch;

/// Readers kept open; more requests than these make their own.
const READERS: usize = 4;

/// The journal of a running server.
pub struct Ledger {
    /// Dropped before the store, whose writer closes the database last.
    readers: Mutex<Vec<Box<dyn Reader>>>,
    store: Store,
    folds: Vec<Arc<dyn Fold>>,
    /// Entries that the folds have followed. Whoever holds it folds.
    folded: Mutex<u64>,
    grown: watch::Sender<u64>,
    /// The last fact could not be written.
    refusing: AtomicBool,
    /// What is in memory may not be what is recorded: nobody is let in until it is.
    behind: AtomicBool,
    /// How many facts streams have to which facts are only added, by this process alone.
    versions: Mutex<HashMap<StreamId, u64>>,
    /// Held by whoever changes an object as long as it is of a certain version.
    pub changing: tokio::sync::Mutex<()>,
}

/// Why an intent did not become facts.
#[derive(Debug, thiserror::Error)]
pub enum RecordError<R: std::error::Error> {
    /// It was refused.
    #[error("{0}")]
    Refused(R),
    /// It was not recorded, or what is in memory could not follow.
    #[error("{what}")]
    Failed {
        /// What happened.
        what: String,
    },
}

impl Ledger {
    /// Takes a data directory over and reads what is kept in memory.
    ///
    /// # Errors
    ///
    /// [`StorageError`] when it cannot be read.
    pub fn open(store: Store, folds: Vec<Arc<dyn Fold>>) -> Result<Ledger, StorageError> {
        let reader = reader(&store)?;
        let size = reader.size()?;
        for fold in &folds {
            fold.load(reader.as_ref())?;
        }
        Ok(Ledger {
            store,
            folds,
            folded: Mutex::new(size),
            grown: watch::Sender::new(size),
            readers: Mutex::new(vec![reader]),
            refusing: AtomicBool::new(false),
            behind: AtomicBool::new(false),
            versions: Mutex::default(),
            changing: tokio::sync::Mutex::default(),
        })
    }

    /// The data directory.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// Tells how many entries there are, each time there are more.
    pub fn grown(&self) -> watch::Receiver<u64> {
        self.grown.subscribe()
    }

    /// Whether what is in memory is what is recorded.
    pub fn is_current(&self) -> bool {
        !self.behind.load(Ordering::Acquire)
    }

    /// Carries an intent through. When it returns, its facts are synced and whatever is in memory knows them.
    ///
    /// # Errors
    ///
    /// [`RecordError`].
    pub async fn ask<A>(
        self: &Arc<Self>,
        stream: StreamId,
        actor: Actor,
        intent: A::Intent,
    ) -> Result<Vec<Fact>, RecordError<A::Refusal>>
    where
        A: Aggregate,
        A::Intent: Clone + Send + 'static,
        A::Refusal: Send + 'static,
    {
        self.run(move |ledger| {
            let asked = ledger.store.journal.ask::<A>(stream, &actor, intent);
            let followed = ledger.follow();
            ledger.refusing.store(
                matches!(asked, Err(AskError::Append(AppendError::Storage(_) | AppendError::Stopped { .. }))),
                Ordering::Relaxed,
            );
            match asked {
                Ok(facts) => followed.map(|()| facts).map_err(failed),
                Err(AskError::Refused(refusal)) => Err(RecordError::Refused(refusal)),
                Err(AskError::Append(error)) => Err(failed(error)),
            }
        })
        .await
        .unwrap_or_else(|what| Err(RecordError::Failed { what }))
    }

    /// Adds a fact to a stream that has no state, whatever stands in it already.
    ///
    /// # Errors
    ///
    /// What happened, in words.
    pub async fn note(self: &Arc<Self>, stream: StreamId, actor: Actor, fact: Fact) -> Result<(), String> {
        self.run(move |ledger| {
            ledger.add(stream, &actor, fact).map_err(|error| error.to_string())?;
            ledger.follow().map_err(|error| error.to_string())
        })
        .await?
    }

    /// As [`Ledger::note`], on a thread that may wait.
    pub fn note_now(&self, stream: StreamId, actor: &Actor, fact: Fact) -> Result<(), String> {
        self.add(stream, actor, fact).map_err(|error| error.to_string())?;
        self.follow().map_err(|error| error.to_string())
    }

    /// Appends, and brings what is in memory up to it. Returns the positions, which follow each other.
    pub(super) fn append(&self, appends: Vec<Append>) -> Result<Option<Range<u64>>, AppendError> {
        if appends.is_empty() {
            return Ok(None);
        }
        let facts: usize = appends.iter().map(|append| append.facts.len()).sum();
        let appended = self.store.journal.append_all(appends);
        let failed = matches!(appended, Err(AppendError::Storage(_) | AppendError::Stopped { .. }));
        self.refusing.store(failed, Ordering::Relaxed);
        let first = appended?.first().map(|receipt| receipt.position);
        self.follow().map_err(AppendError::from)?;
        Ok(first.map(|first| first..first + facts as u64))
    }

    fn add(&self, stream: StreamId, actor: &Actor, fact: Fact) -> Result<(), AppendError> {
        let mut versions = self.versions.lock().unwrap_or_else(PoisonError::into_inner);
        let known = versions.get(&stream).copied();
        let expected = match known {
            Some(version) => version,
            None => self.store.journal.read(|reader| reader.version(stream))?,
        };
        let append = Append { stream, expected, actor: actor.clone(), facts: vec![fact] };
        match self.store.journal.append(append) {
            Ok(receipt) => {
                // Streams end with their day; those of other days are looked up again should they be needed.
                versions.retain(|other, _| *other == stream);
                versions.insert(stream, receipt.version);
                Ok(())
            }
            Err(error) => {
                versions.remove(&stream);
                Err(error)
            }
        }
    }

    /// Reads on a thread that may wait.
    ///
    /// # Errors
    ///
    /// What `read` says, or that the server is ending.
    pub async fn read<T: Send + 'static>(
        self: &Arc<Self>,
        read: impl FnOnce(&dyn Reader) -> Result<T, StorageError> + Send + 'static,
    ) -> Result<T, StorageError> {
        self.run(move |ledger| {
            let kept = ledger.readers.lock().unwrap_or_else(PoisonError::into_inner).pop();
            let reader = kept.map_or_else(|| reader(&ledger.store), Ok)?;
            let result = read(reader.as_ref());
            let mut readers = ledger.readers.lock().unwrap_or_else(PoisonError::into_inner);
            if readers.len() < READERS {
                readers.push(reader);
            }
            result
        })
        .await
        .unwrap_or_else(|what| Err(StorageError::Io { what }))
    }

    /// Whether the last fact could be written; each one that comes tries it again.
    pub fn can_write(&self) -> bool {
        !self.refusing.load(Ordering::Relaxed)
    }

    /// Whether entries can be read now.
    pub async fn can_read(self: &Arc<Self>) -> bool {
        self.read(|reader| reader.size()).await.is_ok()
    }

    /// Does work that waits for the disk.
    ///
    /// # Errors
    ///
    /// When the work panicked or the server is ending.
    pub async fn run<T: Send + 'static>(
        self: &Arc<Self>,
        work: impl FnOnce(&Ledger) -> T + Send + 'static,
    ) -> Result<T, String> {
        let ledger = Arc::clone(self);
        tokio::task::spawn_blocking(move || work(&ledger)).await.map_err(|error| error.to_string())
    }

    /// Brings what is in memory up to what is recorded, then tells whoever waits.
    pub fn follow(&self) -> Result<(), StorageError> {
        let mut folded = self.folded.lock().unwrap_or_else(PoisonError::into_inner);
        let followed = self.store.journal.read(|reader| {
            if self.behind.load(Ordering::Acquire) {
                // Some may have followed what others could not: all begin anew.
                *folded = reader.size()?;
                return self.folds.iter().try_for_each(|fold| fold.load(reader));
            }
            let mut result = Ok(());
            reader.entries(*folded..u64::MAX, &mut |stored| {
                result = entry(&stored)
                    .and_then(|entry| self.folds.iter().try_for_each(|fold| fold.follow(&entry, reader)));
                if result.is_ok() {
                    *folded = stored.position + 1;
                    ControlFlow::Continue(())
                } else {
                    ControlFlow::Break(())
                }
            })?;
            result
        });
        self.behind.store(followed.is_err(), Ordering::Release);
        if let Err(error) = &followed {
            tracing::error!(failure = %error, "what is in memory is behind the journal");
        }
        self.grown.send_if_modified(|size| std::mem::replace(size, *folded) != *folded);
        followed
    }
}

fn failed<R: std::error::Error>(error: impl std::fmt::Display) -> RecordError<R> {
    RecordError::Failed { what: error.to_string() }
}

fn reader(store: &Store) -> Result<Box<dyn Reader>, StorageError> {
    ReadOnly::open(store.path())
        .map(|data| data.reader)
        .map_err(|error| StorageError::Io { what: error.to_string() })
}
