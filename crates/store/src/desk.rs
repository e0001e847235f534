//! Who does the writer's work: whoever asks while nobody works, or the writer's own thread.
//!
//! One who asks alone does the work himself: to wake another thread and to wait for it takes as long as much of the
//! work. When many ask, the thread works for all, and what comes meanwhile goes into its next commit.

use crate::writer::{Job, UNSIGNED, Writer};
use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError, TryLockError};
use std::time::Instant;

/// What goes into one transaction at most.
const AT_ONCE: usize = 1024;

/// Where jobs lie and the writer sits.
pub struct Desk {
    queue: Mutex<Queue>,
    /// Calls the thread.
    call: Condvar,
    /// None when it panicked or has ended. Whoever holds it may look into the queue, not the other way round.
    writer: Mutex<Option<Writer>>,
}

#[derive(Default)]
struct Queue {
    jobs: VecDeque<Job>,
    /// Jobs came while somebody worked who does not go on.
    is_left: bool,
    /// When the first entry came that no checkpoint is over.
    unsigned: Option<Instant>,
    closed: bool,
}

enum Call {
    Work,
    Sign,
    End,
}

impl Desk {
    /// A desk at which this writer sits.
    pub fn new(writer: Writer) -> Desk {
        let queue = Mutex::new(Queue { unsigned: writer.since, ..Queue::default() });
        Desk { queue, call: Condvar::new(), writer: Mutex::new(Some(writer)) }
    }

    /// Has a job done; the answer goes where the job says. A job that cannot be done is dropped, which ends the
    /// waiting for its answer.
    pub fn ask(&self, job: Job) {
        let mut queue = self.queue();
        if queue.closed {
            return;
        }
        queue.jobs.push_back(job);
        drop(queue);
        // Whoever has the writer looks into the queue again after giving it back, and finds the job.
        if let Some(writer) = self.try_writer() {
            self.work(writer);
        }
    }

    /// The thread's work: what is left, and checkpoints in time, until the desk is closed.
    pub fn run(&self) {
        loop {
            match self.called() {
                Call::Work => self.work(self.writer()),
                Call::Sign => {
                    let mut writer = self.writer();
                    self.guarded(&mut writer, Writer::sign_soon);
                    self.leave(writer);
                }
                Call::End => {
                    let mut writer = self.writer();
                    self.guarded(&mut writer, Writer::sign_soon);
                    *writer = None;
                    return;
                }
            }
        }
    }

    /// Takes no more jobs; the thread signs what is not signed and ends.
    pub fn close(&self) {
        self.queue().closed = true;
        self.call.notify_one();
    }

    /// Does what lies in the queue now.
    fn work(&self, mut writer: MutexGuard<'_, Option<Writer>>) {
        let mut queue = self.queue();
        let count = queue.jobs.len().min(AT_ONCE);
        let jobs: Vec<Job> = queue.jobs.drain(..count).collect();
        drop(queue);
        self.guarded(&mut writer, |writer| writer.take(jobs));
        self.leave(writer);
    }

    /// Lets the writer work. After a panic, which tells of itself, nobody knows what it left: it is gone, and
    /// nobody waits for it in vain.
    fn guarded(&self, writer: &mut Option<Writer>, work: impl FnOnce(&mut Writer)) {
        let Some(there) = writer.as_mut() else { return };
        if catch_unwind(AssertUnwindSafe(|| work(there))).is_err() {
            *writer = None;
            let mut queue = self.queue();
            queue.closed = true;
            queue.jobs.clear();
        }
    }

    /// Gives the writer back, and calls the thread when there is more to do.
    fn leave(&self, writer: MutexGuard<'_, Option<Writer>>) {
        let since = writer.as_ref().and_then(|writer| writer.since);
        let is_new = std::mem::replace(&mut self.queue().unsigned, since).is_none() && since.is_some();
        drop(writer);
        let mut queue = self.queue();
        queue.is_left |= !queue.jobs.is_empty();
        if queue.is_left || is_new {
            self.call.notify_one();
        }
    }

    /// Waits until the thread is to do something.
    fn called(&self) -> Call {
        let mut queue = self.queue();
        loop {
            if std::mem::take(&mut queue.is_left) {
                return Call::Work;
            }
            if queue.closed {
                return Call::End;
            }
            let left = queue.unsigned.map(|since| UNSIGNED.saturating_sub(since.elapsed()));
            queue = match left {
                None => self.call.wait(queue).unwrap_or_else(PoisonError::into_inner),
                Some(left) if left.is_zero() => return Call::Sign,
                Some(left) => {
                    let waited = self.call.wait_timeout(queue, left);
                    waited.unwrap_or_else(PoisonError::into_inner).0
                }
            };
        }
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn writer(&self) -> MutexGuard<'_, Option<Writer>> {
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn try_writer(&self) -> Option<MutexGuard<'_, Option<Writer>>> {
        match self.writer.try_lock() {
            Ok(writer) => Some(writer),
            Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
            Err(TryLockError::WouldBlock) => None,
        }
    }
}
