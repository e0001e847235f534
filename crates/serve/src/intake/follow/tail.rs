//! One open file, and how far it was read.

use super::door::Door;
use super::known::{GROWN, Head, Id, Key, Known};
use super::lines;
use bytes::Bytes;
use cofferdam_spool::{Place, Record};
use std::fs::File;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// How long a file that was rotated away is watched for more after nothing came.
const LINGER: Duration = Duration::from_secs(300);
/// How long the end of the last line of such a file is waited for.
const LAST_LINE: Duration = Duration::from_secs(5);
/// How often an open file is read again before others are, each time with [`lines::LONGEST`] bytes.
const TURNS: usize = 16;

/// What a file is now, in the order in which files are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// A copy that was made of a file before that was truncated. Nothing is added to it.
    Copy,
    /// It was given another name, or removed; whoever wrote it may still do so.
    Rotated,
    /// The one that is written.
    Current,
}

/// One open file.
#[derive(Debug)]
pub struct Tail {
    /// What it was called last.
    pub path: PathBuf,
    /// The log to which it belongs, where there are several.
    pub log: Option<String>,
    /// Which it is.
    pub id: Id,
    /// What it is.
    pub part: Part,
    /// The file.
    pub file: File,
    /// What it began with when it was read last.
    pub head: Head,
    at: At,
    /// Of the line whose end is not there yet, so much is known to have none.
    scanned: u64,
    /// When something last came, or it became what it is.
    moved: Instant,
}

/// How far it was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum At {
    /// Nothing of it is whole yet, so nothing is known of it.
    Unknown,
    /// It was truncated, and begins anew.
    Anew,
    /// So far, and under this key.
    Read(Key, u64),
}

/// What came of reading.
#[derive(Debug, PartialEq, Eq)]
pub enum Came {
    /// All that is there was taken.
    All,
    /// There is more.
    More,
    /// What was there is gone, and something else may be there: what it was copied to comes first.
    Truncated,
}

/// Why a file could not be read.
#[derive(Debug)]
pub enum Failed<B> {
    /// The file could not.
    File(io::Error),
    /// What was read could not be taken.
    Door(B),
}

impl Tail {
    /// An open file of which nothing was read yet.
    pub fn new(path: PathBuf, log: Option<String>, id: Id, part: Part, file: File, now: Instant) -> Tail {
        Tail { path, log, id, part, file, head: Head::default(), at: At::Unknown, scanned: 0, moved: now }
    }

    /// A copy of what was read so far under this key.
    pub fn resumed(self, key: Key, next: u64) -> Tail {
        Tail { at: At::Read(key, next), ..self }
    }

    /// It is something else now.
    pub fn becomes(&mut self, part: Part, now: Instant) {
        if self.part != part {
            (self.part, self.moved) = (part, now);
        }
    }

    /// Whether nothing more is to be expected of it. Asked when all that is there was taken.
    pub fn is_done(&self, now: Instant) -> bool {
        let quiet = now.saturating_duration_since(self.moved);
        let is_gone = || self.file.metadata().is_ok_and(|metadata| metadata.nlink() == 0);
        match self.part {
            Part::Current => false,
            Part::Rotated => quiet > LINGER || (quiet > 2 * LAST_LINE && is_gone()),
            Part::Copy => true,
        }
    }

    /// Reads what is there and hands it on, for some turns. `cut` hears of lines that were too long.
    ///
    /// # Errors
    ///
    /// [`Failed`]; what was not taken is read again.
    pub fn read<D: Door>(
        &mut self,
        door: &D,
        buffer: &mut Vec<u8>,
        now: Instant,
        mut cut: impl FnMut(u64),
    ) -> Result<Came, Failed<D::Busy>> {
        if self.is_truncated().map_err(Failed::File)? {
            return Ok(Came::Truncated);
        }
        let place = self.place(door).map_err(Failed::File)?;
        let Some((mut key, mut next)) = place else { return Ok(Came::All) };
        for _ in 0..TURNS {
            let is_last = self.is_last(now);
            let found = lines::read(&self.file, next, &mut self.scanned, is_last, buffer);
            let found = found.map_err(Failed::File)?;
            let mut records = Vec::with_capacity(found.lines.len() + 1);
            if !found.lines.is_empty() {
                // A file that has become long is known by more from now on; both change together.
                let grown = self.head.key(self.id, false).filter(|_| self.part != Part::Copy);
                let grown = grown.filter(|grown| *grown != key && self.head.short_key(self.id) == Some(key));
                if let Some(grown) = grown {
                    records.push(mark(key, GROWN));
                    key = grown;
                }
                (cut)(found.cut);
                self.moved = now;
            }
            let place = |next| Some(Place { file: key, next });
            let record = |line: lines::Line| Record {
                bytes: line.bytes.into(),
                place: place(line.next),
                identity: None,
            };
            records.extend(found.lines.into_iter().map(record));
            if !records.is_empty() {
                door.take(self.log.as_deref(), records).map_err(Failed::Door)?;
            }
            next = found.next;
            self.at = At::Read(key, next);
            if found.is_all {
                return Ok(Came::All);
            }
        }
        Ok(Came::More)
    }

    /// Whether it holds something else than when it was read; then it begins anew.
    ///
    /// # Errors
    ///
    /// As reading has them.
    pub fn is_truncated(&mut self) -> io::Result<bool> {
        let (head, size) = (Head::of(&self.file)?, self.size()?);
        let is_short = matches!(self.at, At::Read(_, next) if size < next);
        if self.part != Part::Copy && (is_short || !self.head.became(&head)) {
            (self.head, self.at, self.scanned) = (Head::default(), At::Anew, 0);
            return Ok(true);
        }
        self.head = head;
        Ok(false)
    }

    fn size(&self) -> io::Result<u64> {
        self.file.metadata().map(|metadata| metadata.len())
    }

    /// Where to read on; none as long as its first line is not whole.
    fn place(&mut self, door: &impl Door) -> io::Result<Option<(Key, u64)>> {
        if let At::Read(key, next) = self.at {
            return Ok(Some((key, next)));
        }
        let Some(key) = self.head.key(self.id, self.part != Part::Current) else { return Ok(None) };
        let size = self.size()?;
        Ok(Some(match self.head.known(self.id, door) {
            // What is shorter than what was read of it was truncated.
            Known::To(key, next) if next <= size && self.at == At::Unknown => (key, next),
            _ => (key, 0),
        }))
    }

    /// Whether what stands behind the last line feed is the last line.
    fn is_last(&self, now: Instant) -> bool {
        match self.part {
            Part::Current => false,
            Part::Rotated => now.saturating_duration_since(self.moved) > LAST_LINE,
            Part::Copy => true,
        }
    }
}

/// A record without bytes: it says of a file how far it is read.
pub fn mark(file: Key, next: u64) -> Record {
    Record { bytes: Bytes::new(), place: Some(Place { file, next }), identity: None }
}
