//! What the writer, those who append, and readers share.

use crate::book::Book;
use crate::catalogue::Catalogue;
use crate::error::{AppendError, Full};
use crate::options::Options;
use crate::record::{Batch, Receipt, Seq};
use crate::status::Status;
use crate::tail::Tail;
use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Bytes that a batch may have.
pub const BATCH_BYTES: usize = 64 << 20;
/// Bytes that a record counts besides its own.
pub const RECORD_BYTES: usize = 64;
/// Bytes that the name of a source may have.
const NAME_BYTES: usize = 255;

/// Shared by all.
pub struct Shared {
    pub folder: PathBuf,
    pub options: Options,
    /// Random bytes by which the spool is told from another.
    pub id: [u8; 16],
    state: Mutex<State>,
    /// There is something to write.
    work: Condvar,
    /// There is room for what is to be written.
    room: Condvar,
    /// There is something to read.
    more: Condvar,
}

/// Looked at and changed in moments.
pub struct State {
    pub queue: VecDeque<Job>,
    /// Bytes in the queue, and those that are being written.
    pub waiting: usize,
    /// Segments may have to go.
    pub upkeep: bool,
    /// Nothing more is taken.
    pub closed: bool,
    pub catalogue: Catalogue,
    pub tail: Tail,
    pub book: Book,
    /// The number of the record that comes next.
    pub end: u64,
    pub processed: u64,
    pub identities: usize,
    pub failing: Option<String>,
}

impl State {
    /// What was found in a folder, and nothing to do yet.
    pub fn of(catalogue: Catalogue, book: Book, end: u64, tail: Tail) -> State {
        State {
            queue: VecDeque::new(),
            waiting: 0,
            upkeep: false,
            closed: false,
            catalogue,
            tail,
            book,
            end,
            processed: 0,
            identities: 0,
            failing: None,
        }
    }
}

/// A batch that waits.
pub struct Job {
    pub batch: Batch,
    pub cost: usize,
    pub done: Done,
}

type Answer = Result<Receipt, AppendError>;

/// Hears what became of a batch; whatever happens, it hears something.
pub struct Done(Option<Box<dyn FnOnce(Answer) + Send>>);

impl Done {
    /// Calls this once.
    pub fn new(call: impl FnOnce(Answer) + Send + 'static) -> Done {
        Done(Some(Box::new(call)))
    }

    /// Says what became of it.
    pub fn tell(mut self, answer: Answer) {
        self.call(answer);
    }

    /// Nobody is told.
    pub fn forget(mut self) {
        self.0 = None;
    }

    fn call(&mut self, answer: Answer) {
        let Some(call) = self.0.take() else { return };
        // A panic of whoever asked tells of itself, and is not to end the writer.
        let _ = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| call(answer)));
    }
}

impl Drop for Done {
    fn drop(&mut self) {
        self.call(Err(AppendError::Closed));
    }
}

/// What the writer is to do.
pub enum Call {
    Write(Vec<Job>),
    Upkeep,
    End,
}

impl Shared {
    /// Shared by all that use the spool in this folder.
    pub fn new(folder: PathBuf, options: Options, id: [u8; 16], state: State) -> Shared {
        let (work, room, more) = (Condvar::new(), Condvar::new(), Condvar::new());
        Shared { folder, options, id, state: Mutex::new(state), work, room, more }
    }

    /// What is shared. Nobody leaves it by half: a panic of somebody who had it says nothing of it.
    pub fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts a batch into the queue; `waits` when there is no room. Gives back whom to tell when it does not.
    pub fn ask(&self, batch: Batch, done: Done, waits: bool) -> Result<(), (AppendError, Done)> {
        let cost = match cost(&batch) {
            Ok(cost) => cost,
            Err(error) => return Err((error, done)),
        };
        let has_room = |state: &State| {
            state.closed || state.waiting == 0 || state.waiting + cost <= self.options.waiting_bytes
        };
        let mut state = self.state();
        while !has_room(&state) {
            if !waits {
                return Err((Full::Waiting { waiting: state.waiting }.into(), done));
            }
            state = self.room.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        if state.closed {
            return Err((AppendError::Closed, done));
        }
        state.waiting += cost;
        state.queue.push_back(Job { batch, cost, done });
        drop(state);
        self.work.notify_one();
        Ok(())
    }

    /// Waits until there is something to do: batches of about so many bytes.
    pub fn called(&self, group_bytes: usize, idle: Duration) -> Call {
        let mut state = self.state();
        loop {
            if std::mem::take(&mut state.upkeep) {
                return Call::Upkeep;
            }
            let mut jobs = Vec::new();
            let mut bytes = 0;
            while let Some(job) = state.queue.front()
                && (jobs.is_empty() || bytes + job.cost <= group_bytes)
            {
                bytes += job.cost;
                jobs.extend(state.queue.pop_front());
            }
            if !jobs.is_empty() {
                return Call::Write(jobs);
            }
            if state.closed {
                return Call::End;
            }
            let waited = self.work.wait_timeout(state, idle).unwrap_or_else(PoisonError::into_inner);
            state = waited.0;
            state.upkeep |= waited.1.timed_out();
        }
    }

    /// So many bytes do not wait any more.
    pub fn written(&self, bytes: usize) {
        let mut state = self.state();
        state.waiting -= bytes;
        drop(state);
        self.room.notify_all();
    }

    /// There is more to read.
    pub fn grown(&self) {
        self.more.notify_all();
    }

    /// All before were processed.
    pub fn processed(&self, seq: Seq) {
        let mut state = self.state();
        state.processed = state.processed.max(seq.0.min(state.end));
        let may_go = |segment: &crate::catalogue::Segment| segment.end <= state.processed;
        if state.catalogue.len() > 1 && state.catalogue.oldest().is_some_and(may_go) {
            state.upkeep = true;
            drop(state);
            self.work.notify_one();
        }
    }

    /// Waits until there is more than this; whether there is.
    pub fn wait(&self, next: u64, timeout: Duration) -> bool {
        let idle = |state: &mut State| state.end <= next && !state.closed;
        let waited = self.more.wait_timeout_while(self.state(), timeout, idle);
        waited.unwrap_or_else(PoisonError::into_inner).0.end > next
    }

    /// Takes nothing more; what waits is still written.
    pub fn close(&self) {
        self.state().closed = true;
        self.work.notify_all();
        self.room.notify_all();
        self.more.notify_all();
    }

    /// How the spool is now.
    pub fn status(&self) -> Status {
        let state = self.state();
        let oldest = state.catalogue.iter().find(|segment| segment.first < segment.end);
        Status {
            segments: state.catalogue.len(),
            bytes: state.catalogue.bytes(),
            oldest: Seq(oldest.map_or(state.end, |segment| segment.first)),
            oldest_arrival: oldest.and_then(|segment| segment.arrivals).map(|(first, _)| first),
            end: Seq(state.end),
            processed: Seq(state.processed),
            waiting_bytes: state.waiting,
            identities: state.identities,
            failing: state.failing.clone(),
            sources: state.book.accounts().into_iter().map(|account| account.status.clone()).collect(),
        }
    }
}

/// Bytes that a batch takes while it waits.
fn cost(batch: &Batch) -> Result<usize, AppendError> {
    if batch.source.is_empty() || batch.source.len() > NAME_BYTES {
        return Err(AppendError::Name { name: batch.source.clone() });
    }
    let bytes: usize = batch.records.iter().map(|record| record.bytes.len() + RECORD_BYTES).sum();
    if bytes > BATCH_BYTES {
        return Err(AppendError::TooLarge { bytes, limit: BATCH_BYTES });
    }
    Ok(bytes + RECORD_BYTES)
}
