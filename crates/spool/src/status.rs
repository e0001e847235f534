//! What a spool says of itself.

use crate::record::Seq;
use jiff::Timestamp;
use std::path::PathBuf;
use std::sync::Arc;

/// What was found when a spool was opened.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Opened {
    /// Segment files.
    pub segments: usize,
    /// Records in them.
    pub records: u64,
    /// Bytes of all of them.
    pub bytes: u64,
    /// The first record that is kept; the end when there is none.
    pub oldest: Seq,
    /// The number of the record that comes next.
    pub end: Seq,
    /// What a crash had left unfinished, none of which was acknowledged, and was cut off.
    pub torn: Vec<Torn>,
    /// What is not as it was written.
    pub damaged: Vec<Damage>,
}

/// Bytes that were cut off.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Torn {
    /// Of which file.
    pub path: PathBuf,
    /// From where on.
    pub offset: u64,
    /// How many.
    pub bytes: u64,
}

/// A place in a file that is not as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Damage {
    /// The file.
    pub path: PathBuf,
    /// Where in it.
    pub offset: u64,
    /// What is wrong.
    pub what: String,
}

/// How a spool is now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// Segment files.
    pub segments: usize,
    /// Bytes of all of them.
    pub bytes: u64,
    /// The first record that is kept.
    pub oldest: Seq,
    /// When the first record that is kept arrived.
    pub oldest_arrival: Option<Timestamp>,
    /// The number of the record that comes next.
    pub end: Seq,
    /// All before were processed.
    pub processed: Seq,
    /// Bytes that wait to be written.
    pub waiting_bytes: usize,
    /// Identities that are remembered.
    pub identities: usize,
    /// Why the last write failed, until one succeeds.
    pub failing: Option<String>,
    /// What each source brought, since the spool was made; the one that brought something last is last. The last 4,096
    /// are known, and all those of which places are.
    pub sources: Vec<SourceStatus>,
}

/// What a source brought, since the spool was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceStatus {
    /// Its name.
    pub source: Arc<str>,
    /// Records that were taken.
    pub taken: u64,
    /// Records that were there already.
    pub doubled: u64,
    /// Bytes of the records that were taken.
    pub bytes: u64,
    /// When the last batch arrived.
    pub last_arrival: Option<Timestamp>,
}
