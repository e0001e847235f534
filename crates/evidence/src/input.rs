//! Content whose beginning can be looked at before it is read.

use std::io::{self, Read};

use crate::format::is_text;
use crate::stream::read_some;

/// How much of a content is looked at to recognise it.
pub(crate) const HEAD_BYTES: usize = 8 << 10;

/// A reader together with what was already taken from it.
pub(crate) struct Input<'a> {
    head: Vec<u8>,
    taken: usize,
    rest: &'a mut dyn Read,
    ended: bool,
    failed: Option<io::Error>,
    bytes: u64,
}

impl<'a> Input<'a> {
    /// Looks at the first bytes. Where `live` is set no more is waited for than one line, since
    /// whoever reads along wants it now.
    pub fn new(rest: &'a mut dyn Read, live: bool) -> Input<'a> {
        let mut input = Input { head: Vec::new(), taken: 0, rest, ended: false, failed: None, bytes: 0 };
        input.look(HEAD_BYTES, |head| live && is_enough(head));
        input
    }

    /// Looks further, until a line ends after the first `from` bytes ahead, or the head is larger
    /// than `most_bytes`, or it is all there is.
    pub fn look_for_line(&mut self, from: usize, most_bytes: usize) {
        let from = self.taken + from;
        self.look(most_bytes.saturating_add(1), |head| memchr::memchr(b'\n', &head[from..]).is_some());
    }

    fn look(&mut self, most_bytes: usize, enough: impl Fn(&[u8]) -> bool) {
        while !self.ended && self.head.len() < most_bytes && !enough(&self.head) {
            let filled = self.head.len();
            let step = filled.clamp(HEAD_BYTES, 256 << 10).min(most_bytes - filled);
            self.head.resize(filled + step, 0);
            let outcome = read_some(self.rest, &mut self.head[filled..]);
            self.head.truncate(filled + outcome.as_ref().copied().unwrap_or(0));
            self.ended = matches!(outcome, Ok(0) | Err(_));
            self.failed = outcome.err();
        }
    }

    /// What was looked at and not yet read.
    pub fn head(&self) -> &[u8] {
        &self.head[self.taken..]
    }

    /// The head is all there is.
    pub fn is_whole(&self) -> bool {
        self.ended
    }

    /// The error that already ended the content, when nothing came before it.
    pub fn failure(&mut self) -> Option<io::Error> {
        if self.head.is_empty() { self.failed.take() } else { None }
    }

    /// Passes over bytes of the head, such as a byte order mark.
    pub fn skip(&mut self, count: usize) {
        self.taken += count;
        self.bytes += count as u64;
    }

    /// Bytes read so far by whoever reads it.
    pub fn bytes_read(&self) -> u64 {
        self.bytes
    }
}

impl Read for Input<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = self.head();
        let count = if !left.is_empty() {
            let count = left.len().min(buffer.len());
            buffer[..count].copy_from_slice(&left[..count]);
            self.taken += count;
            count
        } else if let Some(error) = self.failed.take() {
            return Err(error);
        } else if self.ended {
            0
        } else {
            self.rest.read(buffer)?
        };
        self.bytes += count as u64;
        Ok(count)
    }
}

/// Text shows itself by its first line; a byte order mark of UTF-16 by itself.
fn is_enough(head: &[u8]) -> bool {
    let is_utf16 = head.starts_with(&[0xff, 0xfe]) || head.starts_with(&[0xfe, 0xff]);
    is_utf16 || (memchr::memchr(b'\n', head).is_some() && memchr::memchr(0, head).is_none() && is_text(head))
}
