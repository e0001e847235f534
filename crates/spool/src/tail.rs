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

/// The last frames of records, oldest first, without a gap.
pub struct Tail {
    frames: VecDeque<Recent>,
    bytes: usize,
    limit: usize,
}

impl Tail {
    /// At most so many bytes.
    pub fn new(limit: usize) -> Tail {
        Tail { frames: VecDeque::new(), bytes: 0, limit }
    }

    /// Adds the one that was written last.
    pub fn push(&mut self, recent: Recent) {
        self.bytes += recent.frame.len();
        self.frames.push_back(recent);
        while self.bytes > self.limit {
            let Some(old) = self.frames.pop_front() else { return };
            self.bytes -= old.frame.len();
        }
    }

    /// The frame that holds this record.
    pub fn find(&self, seq: u64) -> Option<&Recent> {
        let after = self.frames.partition_point(|recent| recent.head.first <= seq);
        self.frames.get(after.checked_sub(1)?).filter(|recent| seq < recent.head.end())
    }
}
