//! The one writer: takes what waits, writes it in one frame, syncs it, and answers.

use crate::active::{Active, Failed};
use crate::disk::{Disk, is_full};
use crate::error::{AppendError, Full, SpoolError};
use crate::format::{FrameHead, Group, Salt};
use crate::options::Options;
use crate::record::Receipt;
use crate::recover::Recovered;
use crate::shared::{Call, Done, Job, Shared, State};
use crate::sift::{Sifted, sift};
use crate::status::Opened;
use crate::tail::{Recent, Tail};
use crate::window::Window;
use bytes::Bytes;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

/// Batches of about so many bytes are synced together.
const GROUP_BYTES: usize = 4 << 20;
/// At most so long after it is time, segments go by age.
const IDLE: Duration = Duration::from_secs(60);

/// The one writer.
pub struct Writer {
    pub shared: Arc<Shared>,
    pub disk: Arc<dyn Disk>,
    /// None when the last one was sealed or given up, and no other could be made yet.
    pub active: Option<Active>,
    window: Window,
    /// The number of the record that comes next.
    end: u64,
}

/// Whether something is so old; what is to come is not.
pub fn is_past(age: jiff::SignedDuration, limit: Duration) -> bool {
    age.is_positive() && age.unsigned_abs() >= limit
}

impl Writer {
    /// A writer that goes on where another one ended.
    pub fn open(
        recovered: Recovered,
        options: Options,
        disk: Arc<dyn Disk>,
    ) -> Result<(Writer, Arc<Shared>, Opened), SpoolError> {
        let Recovered { folder, id, catalogue, book, window, end, active, opened } = recovered;
        let tail = Tail::new(options.tail_bytes);
        let identities = window.len();
        let state = State { upkeep: true, identities, ..State::of(catalogue, book, end, tail) };
        let shared = Arc::new(Shared::new(folder, options, id, state));
        let mut writer = Writer { shared: shared.clone(), disk, active, window, end };
        if let Err(cause) = writer.has_segment() {
            // What is there can be read, and is written to again when there is room.
            if !is_full(&cause) || shared.state().catalogue.oldest().is_none() {
                return Err(SpoolError::Io { path: shared.folder.clone(), cause });
            }
            shared.state().failing = Some(cause.to_string());
        }
        Ok((writer, shared, opened))
    }

    /// Works until the spool is closed.
    pub fn run(mut self) {
        let shared = self.shared.clone();
        // A panic tells of itself; nobody is to wait for what does not come.
        let _ = catch_unwind(AssertUnwindSafe(|| self.work()));
        shared.close();
        let left = std::mem::take(&mut shared.state().queue);
        drop(left);
    }

    fn work(&mut self) {
        let Options { segment_age, keep_age, .. } = self.shared.options;
        let idle = IDLE.min(segment_age).min(keep_age).max(Duration::from_millis(10));
        loop {
            match self.shared.called(GROUP_BYTES, idle) {
                Call::Write(jobs) => self.take(jobs),
                Call::Upkeep => self.upkeep(),
                Call::End => return,
            }
        }
    }

    fn take(&mut self, jobs: Vec<Job>) {
        let bytes = jobs.iter().map(|job| job.cost).sum();
        let written = self.write(&jobs);
        if let Err(error) = &written {
            self.shared.state().failing = Some(error.to_string());
        }
        // What was written is given back before anybody hears of it: whoever is answered finds its room free.
        let told: Vec<Done> = jobs.into_iter().map(|job| job.done).collect();
        self.shared.written(bytes);
        let mut receipts = written.as_deref().unwrap_or_default().iter();
        let failed = written.as_ref().err();
        for done in told {
            done.tell(match (receipts.next(), failed) {
                (Some(receipt), _) => Ok(*receipt),
                (None, failed) => Err(failed.cloned().unwrap_or(AppendError::Closed)),
            });
        }
    }

    /// All of these, or none.
    fn write(&mut self, jobs: &[Job]) -> Result<Vec<Receipt>, AppendError> {
        let batches = || jobs.iter().map(|job| &job.batch);
        let sifted = sift(batches(), &self.shared.id, &self.window, self.end);
        let Sifted { group, bytes, receipts, known } = sifted;
        if group.is_idle() {
            // All of it is there, and was synced.
            self.shared.state().book.follow(&group);
            return Ok(receipts);
        }
        let buffer = self.shared.state().tail.buffer();
        let mut frame = group.frame(buffer, self.end, &bytes);
        self.roll_when_due();
        self.has_room(frame.len() as u64)?;
        let offset = self.put(&mut frame).map_err(|error| self.refusal(error))?;
        known.into_iter().for_each(|known| self.window.add(known));
        self.synced(&group, frame, offset);
        Ok(receipts)
    }

    /// Writes a frame and syncs it, in another segment when this one cannot be trusted any more.
    fn put(&mut self, frame: &mut [u8]) -> io::Result<u64> {
        self.has_segment()?;
        match self.try_put(frame) {
            Err(Failed::Broken(_)) => {}
            Err(Failed::Cut(cause)) => return Err(cause),
            Ok(offset) => return Ok(offset),
        }
        self.has_segment()?;
        self.try_put(frame).map_err(|failed| match failed {
            Failed::Cut(cause) | Failed::Broken(cause) => cause,
        })
    }

    fn try_put(&mut self, frame: &mut [u8]) -> Result<u64, Failed> {
        let none = || Failed::Cut(io::ErrorKind::NotFound.into());
        let result = self.active.as_mut().ok_or_else(none)?.put(self.disk.as_ref(), frame);
        if let Err(Failed::Broken(_)) = &result {
            self.active = None;
        }
        result
    }

    /// Tells everybody that a frame was synced.
    fn synced(&mut self, group: &Group, frame: Vec<u8>, offset: u64) {
        let Some(active) = self.active.as_mut() else { return };
        active.counts.follow(group);
        let first = self.end;
        self.end += u64::from(group.records());
        let recent = FrameHead::parse(&frame, &active.salt, offset)
            .map(|head| Recent { head, frame: Bytes::from(frame) });
        let mut state = self.shared.state();
        state.book.follow(group);
        if let Some(segment) = state.catalogue.last_mut() {
            segment.grew(offset, active.length - offset, first..self.end);
            group.parts.iter().for_each(|part| segment.arrived(part.arrival));
        }
        if let Some(recent) = recent {
            state.tail.push(recent);
        }
        state.end = self.end;
        state.identities = self.window.len();
        state.failing = None;
        drop(state);
        self.shared.grown();
    }

    /// Makes a segment when there is none to write to.
    fn has_segment(&mut self) -> io::Result<()> {
        if self.active.is_some() {
            return Ok(());
        }
        let salt = Salt { id: self.shared.id, first: self.end };
        let book = self.shared.state().book.clone();
        let total = self.window.total();
        let (active, segment) = Active::make(self.disk.as_ref(), &self.shared.folder, salt, &book, total)?;
        self.shared.state().catalogue.add(segment);
        self.active = Some(active);
        Ok(())
    }

    /// Ends the segment when it is large or old enough. When that fails, it grows on.
    pub fn roll_when_due(&mut self) {
        let Some(active) = &self.active else { return };
        let Options { segment_bytes, segment_age, now, .. } = &self.shared.options;
        let is_large = active.length >= *segment_bytes;
        let begun = self.shared.state().catalogue.last_mut().and_then(|segment| segment.arrivals);
        let is_old = begun.is_some_and(|(first, _)| is_past(now().duration_since(first), *segment_age));
        if is_large || is_old {
            self.roll();
        }
    }

    /// Seals the segment and makes another one.
    pub fn roll(&mut self) {
        let Some(active) = &self.active else { return };
        let Some(segment) = self.shared.state().catalogue.last_mut().cloned() else { return };
        if segment.first == segment.end {
            return;
        }
        match active.seal(self.disk.as_ref(), &segment, &self.window) {
            Ok(bytes) => {
                let mut state = self.shared.state();
                if let Some(segment) = state.catalogue.last_mut() {
                    (segment.bytes, segment.is_sealed, segment.index) = (bytes, true, Vec::new());
                }
                self.active = None;
            }
            Err(Failed::Cut(_)) => return,
            Err(Failed::Broken(_)) => self.active = None,
        }
        // When it fails, the next append tries again, and says why.
        let _ = self.has_segment();
    }

    /// Why it was not written, for who asked.
    fn refusal(&self, error: io::Error) -> AppendError {
        if is_full(&error) {
            let free = self.active.as_ref().and_then(|active| self.disk.free(&active.file).ok());
            let floor = self.shared.options.floor_bytes;
            return Full::Disk { free: free.unwrap_or(0), floor }.into();
        }
        AppendError::Storage { cause: Arc::new(error) }
    }
}
