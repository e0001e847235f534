//! The queue between the thread that reads and those that parse and match, bounded by bytes.

use super::{Out, Work};
use std::collections::VecDeque;
use std::ops::ControlFlow;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

/// Work in the order of the evidence, numbered from 0.
pub struct Queue {
    state: Mutex<State>,
    /// Somebody waits for something to take, or for room.
    changed: Condvar,
    limit: usize,
}

#[derive(Default)]
struct State {
    waiting: VecDeque<Out>,
    bytes: usize,
    /// Things taken so far.
    taken: u64,
    closed: bool,
}

impl Queue {
    /// An empty queue in which no more than about `limit` bytes wait.
    pub(super) fn new(limit: usize) -> Queue {
        Queue { state: Mutex::default(), changed: Condvar::new(), limit }
    }

    /// Adds to the end once there is room; breaks when the queue was closed.
    pub(super) fn push(&self, out: Out) -> ControlFlow<()> {
        let bytes = bytes(&out);
        let is_full = |state: &mut State| state.bytes >= self.limit && !state.closed;
        let waited = self.changed.wait_while(self.state(), is_full);
        let mut state = waited.unwrap_or_else(PoisonError::into_inner);
        if state.closed {
            return ControlFlow::Break(());
        }
        state.bytes += bytes;
        state.waiting.push_back(out);
        drop(state);
        self.changed.notify_all();
        ControlFlow::Continue(())
    }

    /// Takes the first with its number once there is one; `None` at the end of a closed queue.
    pub(super) fn pop(&self) -> Option<(u64, Out)> {
        let is_empty = |state: &mut State| state.waiting.is_empty() && !state.closed;
        let waited = self.changed.wait_while(self.state(), is_empty);
        let mut state = waited.unwrap_or_else(PoisonError::into_inner);
        let out = state.waiting.pop_front()?;
        let number = state.taken;
        state.taken += 1;
        let was_full = state.bytes >= self.limit;
        state.bytes -= bytes(&out);
        drop(state);
        if was_full {
            self.changed.notify_all();
        }
        Some((number, out))
    }

    /// Nothing more goes in; what waits may still be taken.
    pub(super) fn close(&self) {
        self.state().closed = true;
        self.changed.notify_all();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Every change is made whole under the lock, so a thread that died left nothing half done.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Closes its queue when the thread that fills it ends, however it ends.
pub(super) struct Closing(pub(super) Arc<Queue>);

impl Drop for Closing {
    fn drop(&mut self) {
        self.0.close();
    }
}

/// What a thing weighs while it waits; never nothing, so that their number is bounded too.
fn bytes(out: &Out) -> usize {
    const EACH: usize = 256;
    EACH + match out {
        Out::Job(job) => match &job.work {
            Work::Lines { bytes, .. } => bytes.capacity(),
            Work::Evtx { chunk, .. } => chunk.capacity(),
            Work::Audit(joined) => joined.iter().map(|record| record.text.len()).sum(),
        },
        Out::Told(_) => 0,
    }
}
