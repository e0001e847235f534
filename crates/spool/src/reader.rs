//! Reads what was synced, in the order of its numbers.

use crate::catalogue::{Segment, indexed};
use crate::error::ReadError;
use crate::format::{FrameHead, HEADER, Kind, Salt};
use crate::record::{Read, Seq};
use crate::shared::{RECORD_BYTES, Shared};
use crate::survey;
use crate::tail::Recent;
use crate::unpack::unpack;
use crate::walk::{Step, Walk};
use bytes::Bytes;
use std::collections::VecDeque;
use std::fs::File;
use std::io;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// Reads on from a record, whatever happens to the segments meanwhile.
pub struct Reader {
    shared: Arc<Shared>,
    next: u64,
    /// Records that were read and not asked for yet, up to `ready_to`.
    ready: VecDeque<Read>,
    ready_to: u64,
    /// A segment that is open, and where the next frame has this record.
    open: Option<(u64, Walk)>,
    open_at: u64,
}

/// What is next.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Portion {
    /// Records, in the order of their numbers.
    pub records: Vec<Read>,
    /// Records that were to be between them, or after them, and are not there any more.
    pub missing: Vec<Missing>,
}

/// Records that cannot be read any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    /// Which.
    pub seqs: Range<u64>,
    /// Why.
    pub cause: Cause,
}

/// Why records cannot be read any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cause {
    /// They went, by age or size.
    Retired,
    /// The file is not what was written.
    Damaged {
        /// The file.
        path: PathBuf,
        /// Where in it.
        offset: u64,
        /// What is wrong.
        what: String,
    },
}

/// Where the next frame is.
enum Source {
    End,
    Memory(Recent),
    File(Segment, PathBuf),
    /// There is none before this record.
    Gone(u64),
}

impl Reader {
    pub(crate) fn new(shared: Arc<Shared>, from: Seq) -> Reader {
        let next = from.0.min(shared.state().end);
        Reader { shared, next, ready: VecDeque::new(), ready_to: next, open: None, open_at: 0 }
    }

    /// The record that is read next.
    pub fn seq(&self) -> Seq {
        Seq(self.next)
    }

    /// What is next: records of at most so many bytes, each counted with 64 more, but at least one when there is one.
    /// Empty when the reader has seen all that was synced.
    ///
    /// # Errors
    ///
    /// [`ReadError`] when the disk says no; the reader stays where it was.
    pub fn next(&mut self, up_to: usize) -> Result<Portion, ReadError> {
        let mut portion = Portion::default();
        let mut bytes = 0;
        loop {
            while let Some(read) = self.ready.front() {
                bytes += read.bytes.len() + RECORD_BYTES;
                if bytes > up_to && !portion.records.is_empty() {
                    return Ok(portion);
                }
                self.next = read.seq.0 + 1;
                portion.records.extend(self.ready.pop_front());
            }
            self.next = self.ready_to.max(self.next);
            match self.fill(&mut portion.missing) {
                Ok(true) => {}
                Ok(false) => return Ok(portion),
                // What was read is given out first; the error comes again.
                Err(_) if !portion.records.is_empty() || !portion.missing.is_empty() => return Ok(portion),
                Err((path, cause)) => return Err(ReadError { seq: Seq(self.next), path, cause }),
            }
        }
    }

    /// Waits until there is more, at most so long; whether there is. Returns at once when the spool was closed.
    pub fn wait(&self, timeout: Duration) -> bool {
        !self.ready.is_empty() || self.shared.wait(self.next, timeout)
    }

    /// Reads the next frame; false at the end.
    fn fill(&mut self, missing: &mut Vec<Missing>) -> Result<bool, (PathBuf, io::Error)> {
        match self.source() {
            Source::End => return Ok(false),
            Source::Memory(Recent { head, frame }) => self.take(&head, &frame, None, missing),
            Source::Gone(first) => {
                self.open = None;
                self.lost(first, Cause::Retired, missing);
            }
            Source::File(segment, path) => match self.read_on(&segment, &path, missing) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => {
                    self.vanished(&segment, path, missing);
                }
                result => result.map_err(|cause| (path, cause))?,
            },
        }
        Ok(true)
    }

    fn source(&self) -> Source {
        let state = self.shared.state();
        if self.next >= state.end {
            return Source::End;
        }
        if let Some(recent) = state.tail.find(self.next) {
            return Source::Memory(recent.clone());
        }
        match state.catalogue.find(Seq(self.next)) {
            Some(segment) if segment.first <= self.next => {
                Source::File(segment.clone(), segment.path(&self.shared.folder))
            }
            Some(segment) => Source::Gone(segment.first),
            None => Source::Gone(state.end),
        }
    }

    fn read_on(&mut self, segment: &Segment, path: &PathBuf, missing: &mut Vec<Missing>) -> io::Result<()> {
        let mut walk = match self.open.take() {
            Some((first, mut walk)) if first == segment.first && self.open_at == self.next => {
                walk.extend(segment.length);
                walk
            }
            _ => self.opened(segment, path)?,
        };
        let mut wrong = None;
        loop {
            let damaged =
                |offset, what: &str| Cause::Damaged { path: path.clone(), offset, what: what.to_owned() };
            match walk.next()? {
                Some(Step::Frame { head, .. }) if head.kind != Kind::Records || head.end() <= self.next => {}
                Some(Step::Frame { offset, head, frame }) => {
                    let cause = wrong.unwrap_or_else(|| damaged(offset, "records before it are missing"));
                    self.lost(head.first.min(segment.end), cause, missing);
                    if head.first < segment.end {
                        self.take(&head, &frame, Some((path, offset)), missing);
                    }
                    break;
                }
                Some(Step::Damage { offset, what }) => wrong = wrong.or_else(|| Some(damaged(offset, what))),
                None => {
                    let cause = wrong.unwrap_or_else(|| damaged(walk.offset(), "it ends too early"));
                    self.lost(segment.end, cause, missing);
                    return Ok(());
                }
            }
        }
        self.open = Some((segment.first, walk));
        self.open_at = self.ready_to.max(self.next);
        Ok(())
    }

    /// A segment's file is not there: it went in this moment, or somebody took it away.
    fn vanished(&mut self, segment: &Segment, path: PathBuf, missing: &mut Vec<Missing>) {
        let is_known = self.shared.state().catalogue.iter().any(|known| known.first == segment.first);
        if is_known {
            let what = "the file is gone".to_owned();
            self.lost(segment.end, Cause::Damaged { path, offset: 0, what }, missing);
        }
    }

    /// Opens a segment, near the next record.
    fn opened(&self, segment: &Segment, path: &PathBuf) -> io::Result<Walk> {
        let file = File::open(path)?;
        let salt = Salt { id: self.shared.id, first: segment.first };
        let offset = if segment.first == self.next {
            None
        } else if segment.is_sealed {
            let sealed = survey::sealed(&file, &salt)?;
            sealed.and_then(|(_, footer)| indexed(&footer.index, self.next))
        } else {
            indexed(&segment.index, self.next)
        };
        Ok(Walk::new(file, salt, offset.unwrap_or(HEADER as u64), segment.length))
    }

    /// Makes records of a frame.
    fn take(
        &mut self,
        head: &FrameHead,
        frame: &Bytes,
        place: Option<(&PathBuf, u64)>,
        missing: &mut Vec<Missing>,
    ) {
        let damaged = |what: &str| {
            let (path, offset) = place.map(|(path, offset)| (path.clone(), offset)).unwrap_or_default();
            Cause::Damaged { path, offset, what: what.to_owned() }
        };
        match unpack(head, frame, self.next, place.is_some()) {
            Some((reads, bad)) => {
                for seq in bad {
                    let cause = damaged("the bytes of a record are damaged");
                    missing.push(Missing { seqs: seq..seq + 1, cause });
                }
                self.ready = reads;
                self.ready_to = head.end();
            }
            None => self.lost(head.end(), damaged("the table of a frame is damaged"), missing),
        }
    }

    /// Goes on at a record; those before it are not there.
    fn lost(&mut self, first: u64, cause: Cause, missing: &mut Vec<Missing>) {
        if first > self.next {
            missing.push(Missing { seqs: self.next..first, cause });
            self.next = first;
            self.ready_to = first;
        }
    }
}
