//! What was just written, kept in memory for readers.

use crate::format::FrameHead;
use bytes::Bytes;
use std::collections::VecDeque;

/// A frame of records.
#[derive(Clone)]
pub struct Recent {
    pub head: FrameHead,
    pub frame: Bytes,
}

/// Buffers that are kept to be written to again, and the largest of them: memory that was never touched costs more
/// than the copy that fills it.
const SPARE: usize = 2;
const SPARE_BYTES: usize = 8 << 20;

/// The last frames of records, oldest first, without a gap.
pub struct Tail {
    frames: VecDeque<Recent>,
    bytes: usize,
    limit: usize,
    spare: Vec<Vec<u8>>,
}

impl Tail {
    /// At most so many bytes.
    pub fn new(limit: usize) -> Tail {
        Tail { frames: VecDeque::new(), bytes: 0, limit, spare: Vec::new() }
    }

    /// Adds the one that was written last.
    pub fn push(&mut self, recent: Recent) {
        self.bytes += recent.frame.len();
        self.frames.push_back(recent);
        while self.bytes > self.limit {
            let Some(old) = self.frames.pop_front() else { return };
            self.bytes -= old.frame.len();
            self.keep(old.frame);
        }
    }

    /// Keeps the buffer of a frame, if nobody reads it any more.
    fn keep(&mut self, mut frame: Bytes) {
        if self.spare.len() < SPARE && frame.is_unique() {
            frame.truncate(0);
            let buffer = Vec::from(frame);
            if buffer.capacity() <= SPARE_BYTES {
                self.spare.push(buffer);
            }
        }
    }

    /// An empty buffer for a frame.
    pub fn buffer(&mut self) -> Vec<u8> {
        self.spare.pop().unwrap_or_default()
    }

    /// The frame that holds this record.
    pub fn find(&self, seq: u64) -> Option<&Recent> {
        let after = self.frames.partition_point(|recent| recent.head.first <= seq);
        self.frames.get(after.checked_sub(1)?).filter(|recent| seq < recent.head.end())
    }
}
