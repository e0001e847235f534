//! Goes through the frames of a segment file, over places that are damaged.

use crate::format::{FrameHead, HEAD, MAGIC, Salt};
use bytes::Bytes;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

/// What is read at once.
const CHUNK: u64 = 256 << 10;

/// A place in a segment file from which frames are read.
pub struct Walk {
    file: File,
    salt: Salt,
    offset: u64,
    limit: u64,
    chunk: Bytes,
    chunk_at: u64,
}

/// What is there.
pub enum Step {
    /// A frame whose head is whole.
    Frame { offset: u64, head: FrameHead, frame: Bytes },
    /// No frame.
    Damage { offset: u64, what: &'static str },
}

impl Walk {
    /// A walk from this offset, at which a frame begins, to this length of the file.
    pub fn new(file: File, salt: Salt, offset: u64, limit: u64) -> Walk {
        Walk { file, salt, offset, limit, chunk: Bytes::new(), chunk_at: offset }
    }

    /// Where the next frame begins.
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// The file goes on up to here.
    pub fn extend(&mut self, limit: u64) {
        self.limit = self.limit.max(limit);
    }

    /// The next frame, or what is there instead of one; after that, the walk goes on at the next one. None at the end.
    pub fn next(&mut self) -> io::Result<Option<Step>> {
        let offset = self.offset;
        if offset >= self.limit {
            return Ok(None);
        }
        let what = match self.head()? {
            Some(head) => match self.bytes(head.length())? {
                Some(frame) => {
                    self.offset += head.length();
                    return Ok(Some(Step::Frame { offset, head, frame }));
                }
                None => "the frame is longer than the file",
            },
            None => "there is no frame",
        };
        self.search()?;
        Ok(Some(Step::Damage { offset, what }))
    }

    fn head(&mut self) -> io::Result<Option<FrameHead>> {
        let (salt, offset) = (self.salt, self.offset);
        Ok(self.bytes(HEAD as u64)?.and_then(|bytes| FrameHead::parse(&bytes, &salt, offset)))
    }

    /// Goes on to the next place at which a whole frame begins, or to the end. What is looked through may hold any
    /// number of bytes that look like the beginning of one: each byte is read once or twice.
    fn search(&mut self) -> io::Result<()> {
        self.offset += 1;
        while self.limit.saturating_sub(self.offset) >= HEAD as u64 {
            if self.bytes(HEAD as u64)?.is_none() {
                break;
            }
            let from = usize::try_from(self.offset - self.chunk_at).unwrap_or(usize::MAX);
            let there = self.chunk.slice(from.min(self.chunk.len())..);
            let Some(at) = there.windows(MAGIC.len()).position(|window| window == MAGIC) else {
                // The end of what was looked through may be the beginning of one.
                self.offset += (there.len() - MAGIC.len() + 1) as u64;
                continue;
            };
            self.offset += at as u64;
            if self.head()?.is_some_and(|head| head.length() <= self.limit.saturating_sub(self.offset)) {
                return Ok(());
            }
            self.offset += 1;
        }
        self.offset = self.limit;
        Ok(())
    }

    /// So many bytes from the offset on; none when the file ends before.
    fn bytes(&mut self, length: u64) -> io::Result<Option<Bytes>> {
        if length > self.limit.saturating_sub(self.offset) {
            return Ok(None);
        }
        let from = self.offset.checked_sub(self.chunk_at).and_then(|from| usize::try_from(from).ok());
        let (Some(from), Ok(length)) = (from, usize::try_from(length)) else { return Ok(None) };
        let end = from.saturating_add(length);
        if end <= self.chunk.len() {
            return Ok(Some(self.chunk.slice(from..end)));
        }
        self.fill(length)?;
        Ok((length <= self.chunk.len()).then(|| self.chunk.slice(..length)))
    }

    fn fill(&mut self, length: usize) -> io::Result<()> {
        let wanted = CHUNK.max(length as u64).min(self.limit - self.offset);
        let mut chunk = vec![0; usize::try_from(wanted).unwrap_or(length)];
        let mut filled = 0;
        while filled < chunk.len() {
            match self.file.read_at(&mut chunk[filled..], self.offset + filled as u64) {
                // Somebody cut it off.
                Ok(0) => {
                    self.limit = self.offset + filled as u64;
                    break;
                }
                Ok(count) => filled += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        chunk.truncate(filled);
        (self.chunk, self.chunk_at) = (Bytes::from(chunk), self.offset);
        Ok(())
    }
}
