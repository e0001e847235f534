//! All exceptions as they are now, made ready to be compared with what comes.

use crate::ledger::Fold;
use cofferdam_journal::alert::AlertReport;
use cofferdam_journal::exception::{Exception, ExceptionState, Hiding};
use cofferdam_journal::{Aggregate, Entry, Fact, StreamId};
use cofferdam_store::{Reader, StorageError, entries};
use cofferdam_vocabulary::ExceptionId;
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

/// All exceptions, those that are over as well.
#[derive(Debug, Default)]
pub struct Exceptions {
    state: RwLock<BTreeMap<ExceptionId, Arc<KnownException>>>,
}

/// An exception as it is now.
#[derive(Clone, Debug, Default)]
pub struct KnownException {
    /// As its facts tell.
    pub exception: Exception,
    /// How many facts there are.
    pub version: u64,
    /// When it was added.
    pub added: Timestamp,
    /// When it was changed or ended last.
    pub changed: Timestamp,
    /// How it hides; nothing once it was ended, or a value of it erased.
    hiding: Option<Hiding>,
}

impl KnownException {
    fn after(mut self, entry: &Entry) -> KnownException {
        if entry.head.version == 1 {
            self.added = entry.head.time;
        }
        (self.version, self.changed) = (entry.head.version, entry.head.time);
        self.exception = self.exception.evolve(&entry.fact);
        self
    }

    fn ready(mut self) -> KnownException {
        let holds = self.exception.spec.as_ref().filter(|_| self.exception.ended.is_none());
        self.hiding = holds.and_then(Hiding::of);
        self
    }
}

impl Exceptions {
    fn with<T>(&self, read: impl FnOnce(&BTreeMap<ExceptionId, Arc<KnownException>>) -> T) -> T {
        read(&self.state.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// One of them.
    pub fn get(&self, id: ExceptionId) -> Option<Arc<KnownException>> {
        self.with(|state| state.get(&id).cloned())
    }

    /// All of them, by id.
    pub fn all(&self) -> Vec<(ExceptionId, Arc<KnownException>)> {
        self.with(|state| state.iter().map(|(id, known)| (*id, Arc::clone(known))).collect())
    }

    /// Whether none was ever added: then nothing is hidden, either.
    pub fn is_empty(&self) -> bool {
        self.with(BTreeMap::is_empty)
    }

    /// The number that the next one gets.
    pub fn next(&self) -> ExceptionId {
        self.with(|state| ExceptionId(state.keys().next_back().map_or(1, |last| last.0 + 1)))
    }

    /// How many of them hide alerts at this time.
    pub fn active(&self, now: Timestamp) -> usize {
        let is_active =
            |known: &&Arc<KnownException>| known.exception.state(now) == Some(ExceptionState::Active);
        self.with(|state| state.values().filter(is_active).count())
    }

    /// The one that hides an alert at this time: of several, the first.
    pub fn hiding(&self, alert: &AlertReport, now: Timestamp) -> Option<ExceptionId> {
        let hides = |known: &KnownException| {
            let holds = known.exception.spec.as_ref().is_some_and(|spec| now < spec.expires);
            holds && known.hiding.as_ref().is_some_and(|hiding| hiding.hides(alert))
        };
        self.with(|state| state.iter().find(|(_, known)| hides(known)).map(|(id, _)| *id))
    }
}

impl Fold for Exceptions {
    fn load(&self, reader: &dyn Reader) -> Result<(), StorageError> {
        let mut fresh = BTreeMap::new();
        for id in reader.exceptions()? {
            let entries = entries(reader, StreamId::Exception(id))?;
            let known = entries.iter().fold(KnownException::default(), KnownException::after);
            fresh.insert(id, Arc::new(known.ready()));
        }
        *self.state.write().unwrap_or_else(PoisonError::into_inner) = fresh;
        Ok(())
    }

    fn follow(&self, entry: &Entry, reader: &dyn Reader) -> Result<(), StorageError> {
        match (entry.head.stream, &entry.fact) {
            // What was erased hides nothing.
            (_, Fact::ValuesErased { .. }) => self.load(reader),
            (StreamId::Exception(id), _) => {
                let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
                let known = state.get(&id).map(|known| (**known).clone()).unwrap_or_default();
                state.insert(id, Arc::new(known.after(entry).ready()));
                Ok(())
            }
            _ => Ok(()),
        }
    }
}
