//! What goes in, and what comes out again.

use bytes::Bytes;
use jiff::Timestamp;
use std::fmt;
use std::sync::Arc;

/// Number of a record in the spool: from 0, without gaps, never given twice.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Seq(pub u64);

impl fmt::Display for Seq {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// How far a followed file was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Which file: a fingerprint that another file does not have, and that the file keeps when it is renamed.
    pub file: [u8; 16],
    /// Offset in bytes of what comes after the record.
    pub next: u64,
}

/// An event as it was delivered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Record {
    /// Its bytes, as they came. They may be a part of what they came in: nothing is copied until it is written.
    pub bytes: Bytes,
    /// Where it stood, when it was read from a followed file.
    pub place: Option<Place>,
    /// What makes it the same event when it is delivered again, among those of its source.
    pub identity: Option<[u8; 16]>,
}

/// Records of one source that are acknowledged together, or not at all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch {
    /// Name of the source, at most 255 bytes.
    pub source: Arc<str>,
    /// When they arrived, by our own clock.
    pub arrival: Timestamp,
    /// In the order of their delivery.
    pub records: Vec<Record>,
}

/// A batch was synced to disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// Number of the first record that was taken; those of the others follow. None when none was.
    pub first: Option<Seq>,
    /// How many were taken.
    pub taken: u32,
    /// How many had an identity that was seen before.
    pub doubled: u32,
}

/// A record as it was taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Read {
    /// Its number.
    pub seq: Seq,
    /// Name of its source.
    pub source: Arc<str>,
    /// When it arrived.
    pub arrival: Timestamp,
    /// Where it stood in a followed file.
    pub place: Option<Place>,
    /// What makes it the same event when it is delivered again.
    pub identity: Option<[u8; 16]>,
    /// Its bytes. They are a part of a larger buffer, which lives as long as they do: copy what is to be kept.
    pub bytes: Bytes,
}
