//! Which segments there are, and what is in them.

use crate::record::Seq;
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// An index entry is made after so many bytes.
const INDEX_EVERY: u64 = 64 << 10;

/// A segment, as far as it was synced.
#[derive(Clone, Debug)]
pub struct Segment {
    /// Number of its first record, which is its name.
    pub first: u64,
    /// Number of the record after its last.
    pub end: u64,
    /// Bytes of the file up to which there are frames of records.
    pub length: u64,
    /// Bytes of the file.
    pub bytes: u64,
    /// Of its first and its last batch.
    pub arrivals: Option<(Timestamp, Timestamp)>,
    /// It has a footer, in which its index is.
    pub is_sealed: bool,
    /// Some of its records, and where the frames begin that hold them. Not for sealed ones.
    pub index: Vec<(u64, u64)>,
}

/// All segments, by their first record. The last is the one that is written.
#[derive(Debug, Default)]
pub struct Catalogue {
    segments: BTreeMap<u64, Segment>,
}

impl Segment {
    /// A segment in which there are no records yet.
    pub fn new(first: u64, length: u64) -> Segment {
        Segment {
            first,
            end: first,
            length,
            bytes: length,
            arrivals: None,
            is_sealed: false,
            index: Vec::new(),
        }
    }

    /// The name of its file.
    pub fn path(&self, folder: &Path) -> PathBuf {
        folder.join(name(self.first))
    }

    /// Follows a frame of records that was synced, or found.
    pub fn grew(&mut self, offset: u64, length: u64, seqs: std::ops::Range<u64>) {
        let last = self.index.last().map_or(0, |(_, offset)| *offset);
        if offset >= last + INDEX_EVERY && seqs.start < seqs.end {
            self.index.push((seqs.start, offset));
        }
        self.end = self.end.max(seqs.end);
        self.length = offset + length;
        self.bytes = self.bytes.max(self.length);
    }

    /// A batch arrived.
    pub fn arrived(&mut self, arrival: Timestamp) {
        let (first, last) = self.arrivals.unwrap_or((arrival, arrival));
        self.arrivals = Some((first.min(arrival), last.max(arrival)));
    }
}

/// Where to begin to read, when a record is looked for.
pub fn indexed(index: &[(u64, u64)], seq: u64) -> Option<u64> {
    let after = index.partition_point(|(first, _)| *first <= seq);
    index.get(after.checked_sub(1)?).map(|(_, offset)| *offset)
}

impl Catalogue {
    /// Adds a segment, in the place of one with the same first record.
    pub fn add(&mut self, segment: Segment) {
        self.segments.insert(segment.first, segment);
    }

    /// Takes a segment out.
    pub fn remove(&mut self, first: u64) -> Option<Segment> {
        self.segments.remove(&first)
    }

    /// All, oldest first.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &Segment> {
        self.segments.values()
    }

    /// How many.
    pub fn len(&self) -> usize {
        self.segments.len()
    }

    /// Bytes of all.
    pub fn bytes(&self) -> u64 {
        self.iter().map(|segment| segment.bytes).sum()
    }

    /// The oldest.
    pub fn oldest(&self) -> Option<&Segment> {
        self.iter().next()
    }

    /// The one that is written.
    pub fn last_mut(&mut self) -> Option<&mut Segment> {
        self.segments.values_mut().next_back()
    }

    /// The one that holds this record, or, when none does, the first that begins after it.
    pub fn find(&self, seq: Seq) -> Option<&Segment> {
        let before = self.segments.range(..=seq.0).next_back().map(|(_, segment)| segment);
        before
            .filter(|segment| seq.0 < segment.end)
            .or_else(|| self.segments.range(seq.0..).map(|(_, segment)| segment).find(|it| it.first < it.end))
    }
}

/// The name of the segment with this first record.
pub fn name(first: u64) -> String {
    format!("{first:020}.seg")
}

/// The first record of the segment with this name.
pub fn number(name: &str) -> Option<u64> {
    let digits = name.strip_suffix(".seg")?;
    (digits.len() == 20 && digits.bytes().all(|byte| byte.is_ascii_digit())).then(|| digits.parse().ok())?
}
