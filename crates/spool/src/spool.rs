//! The spool: one writer, many readers.

use crate::error::{AppendError, Full, SpoolError};
use crate::options::Options;
use crate::reader::Reader;
use crate::record::{Batch, Place, Read, Receipt, Seq};
use crate::status::{Opened, SourceStatus, Status};
use bytes::Bytes;
use std::collections::{BTreeMap, HashSet};
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Accepted events on disk.
pub struct Spool {
    shared: Arc<Shared>,
}

#[derive(Default)]
pub(crate) struct Shared {
    state: Mutex<State>,
    more: Condvar,
}

#[derive(Default)]
struct State {
    records: Vec<Read>,
    seen: HashSet<(Arc<str>, [u8; 16])>,
    places: BTreeMap<(Arc<str>, [u8; 16]), u64>,
    sources: BTreeMap<Arc<str>, SourceStatus>,
    processed: Seq,
    closed: bool,
}

impl Spool {
    /// Opens the spool in this folder, which is made when it is not there.
    ///
    /// # Errors
    ///
    /// [`SpoolError`] when the folder or a file in it cannot be used.
    pub fn open(_folder: &Path, _options: Options) -> Result<(Spool, Opened), SpoolError> {
        Ok((Spool { shared: Arc::default() }, Opened::default()))
    }

    /// Appends a batch and waits until it was synced.
    ///
    /// # Errors
    ///
    /// [`AppendError`]; then nothing of it was taken.
    pub fn append(&self, batch: Batch) -> Result<Receipt, AppendError> {
        let mut state = self.shared.state();
        let Batch { source, arrival, records } = batch;
        let first = state.records.len() as u64;
        let (mut taken, mut doubled) = (0, 0);
        for record in records {
            if let Some(place) = record.place {
                state.places.insert((source.clone(), place.file), place.next);
            }
            if record.identity.is_some_and(|identity| !state.seen.insert((source.clone(), identity))) {
                doubled += 1;
                continue;
            }
            taken += 1;
            let seq = Seq(state.records.len() as u64);
            state.records.push(Read {
                seq,
                source: source.clone(),
                arrival,
                place: record.place,
                identity: record.identity,
                bytes: Bytes::from(record.bytes),
            });
        }
        drop(state);
        self.shared.more.notify_all();
        Ok(Receipt { first: (taken > 0).then_some(Seq(first)), taken, doubled })
    }

    /// Appends a batch without waiting; `done` hears when it was synced, or why not, on the writer's thread, which it
    /// must not hold up.
    ///
    /// # Errors
    ///
    /// [`Full`] when too much waits already; `done` is not called then.
    pub fn submit(
        &self,
        batch: Batch,
        done: impl FnOnce(Result<Receipt, AppendError>) + Send + 'static,
    ) -> Result<(), Full> {
        done(self.append(batch));
        Ok(())
    }

    /// A reader of all from this record on.
    pub fn reader(&self, from: Seq) -> Reader {
        Reader { shared: self.shared.clone(), next: from }
    }

    /// How far a followed file was read.
    pub fn place(&self, source: &str, file: &[u8; 16]) -> Option<u64> {
        self.shared.state().places.get(&(Arc::from(source), *file)).copied()
    }

    /// How far each followed file of a source was read; the one that moved last is last.
    pub fn places(&self, source: &str) -> Vec<Place> {
        let state = self.shared.state();
        let own = state.places.iter().filter(|((name, _), _)| &**name == source);
        own.map(|((_, file), next)| Place { file: *file, next: *next }).collect()
    }

    /// All records before this one were processed: they may go, by age and size.
    pub fn processed(&self, seq: Seq) {
        let mut state = self.shared.state();
        state.processed = state.processed.max(seq);
    }

    /// The number of the record that comes next.
    pub fn end(&self) -> Seq {
        Seq(self.shared.state().records.len() as u64)
    }

    /// How the spool is now.
    pub fn status(&self) -> Status {
        let state = self.shared.state();
        Status {
            segments: 0,
            bytes: 0,
            oldest: Seq(0),
            oldest_arrival: state.records.first().map(|read| read.arrival),
            end: Seq(state.records.len() as u64),
            processed: state.processed,
            waiting_bytes: 0,
            identities: state.seen.len(),
            failing: None,
            sources: state.sources.values().cloned().collect(),
        }
    }
}

impl Drop for Spool {
    fn drop(&mut self) {
        self.shared.state().closed = true;
        self.shared.more.notify_all();
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn since(&self, from: Seq, up_to: usize) -> Vec<Read> {
        let state = self.state();
        let mut bytes = 0;
        let mut found = Vec::new();
        for read in state.records.iter().skip(usize::try_from(from.0).unwrap_or(usize::MAX)) {
            bytes += read.bytes.len();
            if bytes > up_to && !found.is_empty() {
                break;
            }
            found.push(read.clone());
        }
        found
    }

    pub(crate) fn wait(&self, next: Seq, timeout: Duration) -> bool {
        let more = |state: &State| (state.records.len() as u64) > next.0;
        let idle = |state: &mut State| !more(state) && !state.closed;
        let waited = self.more.wait_timeout_while(self.state(), timeout, idle);
        more(&waited.unwrap_or_else(PoisonError::into_inner).0)
    }
}
