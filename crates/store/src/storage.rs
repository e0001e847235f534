//! What the journal asks of a database: one writer, any number of readers.
//!
//! Everything above this boundary is the same for every database; `tests/conformance` says what an
//! implementation must do.

use cofferdam_journal::view::{AlertRow, EvidenceRow, IncidentRow, Row, UserRow};
use cofferdam_journal::{Commitment, Secret, StreamId};
use cofferdam_vocabulary::{
    AlertId, CallId, ContentHash, ExceptionId, IncidentId, Level, ReportId, SourceName,
};
use std::ops::{ControlFlow, Range};

/// Writes the journal. There is one for a data directory.
pub trait Storage: Send {
    /// Writes what `write` puts into a transaction, whole or not at all. When it returns, all of it is
    /// synced.
    ///
    /// # Errors
    ///
    /// [`StorageError`]; then nothing of it was written.
    fn transact(
        &mut self,
        write: &mut dyn FnMut(&mut dyn Transaction) -> Result<(), StorageError>,
    ) -> Result<(), StorageError>;

    /// A reader of its own, which sees whole transactions only.
    ///
    /// # Errors
    ///
    /// [`StorageError`] when the database cannot be opened once more.
    fn reader(&self) -> Result<Box<dyn Reader>, StorageError>;

    /// Makes sure that nothing erased is left in places that are only rewritten now and then.
    ///
    /// # Errors
    ///
    /// [`StorageError`] when it could not be done.
    fn scrub(&mut self) -> Result<(), StorageError>;
}

/// What can be written, within one transaction; what it read before is what it wrote.
pub trait Transaction {
    /// The last entry of a stream, unless it has none.
    ///
    /// # Errors
    ///
    /// [`StorageError`] of the database.
    fn last(&mut self, stream: StreamId) -> Result<Option<Last>, StorageError>;

    /// Adds an entry with what opens its personal values; it is the last of its stream then.
    ///
    /// # Errors
    ///
    /// [`StorageError`] of the database; also when its place in the log is taken, or when it does not follow the
    /// last entry of its stream.
    fn insert(&mut self, entry: &Stored) -> Result<(), StorageError>;

    /// Notes anew that this entry, which is there, is the last of its stream.
    ///
    /// # Errors
    ///
    /// [`StorageError`] of the database.
    fn set_last(&mut self, entry: &Stored) -> Result<(), StorageError>;

    /// Writes a tile of the tree; a fuller one takes the place of the one before.
    ///
    /// # Errors
    ///
    /// [`StorageError`] of the database.
    fn put_tile(&mut self, level: u8, index: u64, hashes: &[u8]) -> Result<(), StorageError>;

    /// Writes the last checkpoint.
    ///
    /// # Errors
    ///
    /// [`StorageError`] of the database.
    fn put_checkpoint(&mut self, note: &str) -> Result<(), StorageError>;

    /// The row about a stream.
    ///
    /// # Errors
    ///
    /// [`StorageError`] of the database.
    fn row(&mut self, stream: StreamId) -> Result<Option<Row>, StorageError>;

    /// Writes a row in the place of the one about the same stream.
    ///
    /// # Errors
    ///
    /// [`StorageError`] of the database.
    fn put_row(&mut self, row: &Row) -> Result<(), StorageError>;

    /// Forgets all rows, and no stream's last entry.
    ///
    /// # Errors
    ///
    /// [`StorageError`] of the database.
    fn clear_rows(&mut self) -> Result<(), StorageError>;

    /// Erases what opens this commitment of the entry at `position`.
    ///
    /// # Errors
    ///
    /// [`StorageError`] of the database.
    fn erase(&mut self, position: u64, commitment: &Commitment) -> Result<(), StorageError>;
}

/// Reads the journal and its lists.
pub trait Reader: Views + Send {
    /// How many entries there are.
    ///
    /// # Errors
    ///
    /// [`StorageError`] of the database.
    fn size(&self) -> Result<u64, StorageError>;

    /// Calls `each` with the entries of these positions, in order, until it breaks.
    ///
    /// # Errors
    ///
    /// [`StorageError`] of the database.
    fn entries(
        &self,
        positions: Range<u64>,
        each: &mut dyn FnMut(Stored) -> ControlFlow<()>,
    ) -> Result<(), StorageError>;

    /// The entries of a stream, in order.
    ///
    /// # Errors
    ///
    /// [`StorageError`] of the database; also when its entries do not follow each other.
    fn stream(&self, stream: StreamId) -> Result<Vec<Stored>, StorageError>;

    /// Calls `each` with every stream and what is kept as its last entry.
    ///
    /// # Errors
    ///
    /// [`StorageError`] of the database.
    fn lasts(&self, each: &mut dyn FnMut(StreamId, Last)) -> Result<(), StorageError>;

    /// How many entries a stream has.
    ///
    /// # Errors
    ///
    /// [`StorageError`] of the database.
    fn version(&self, stream: StreamId) -> Result<u64, StorageError>;

    /// The hashes of a tile, if it was written.
    ///
    /// # Errors
    ///
    /// [`StorageError`] of the database.
    fn tile(&self, level: u8, index: u64) -> Result<Option<Vec<u8>>, StorageError>;

    /// The last checkpoint.
    ///
    /// # Errors
    ///
    /// [`StorageError`] of the database.
    fn checkpoint(&self) -> Result<Option<String>, StorageError>;

    /// Whether all lists are empty, as they are before a rebuild.
    ///
    /// # Errors
    ///
    /// [`StorageError`] of the database.
    fn has_no_rows(&self) -> Result<bool, StorageError>;

    /// Personal values that contain this text, with the position of their entries.
    ///
    /// # Errors
    ///
    /// [`StorageError`] of the database.
    fn values_with(&self, text: &str) -> Result<Vec<(u64, Secret)>, StorageError>;

    /// Whether the database itself says that it is whole; the first thing wrong if not.
    ///
    /// # Errors
    ///
    /// [`StorageError`] when it cannot even say that.
    fn self_check(&self) -> Result<Option<String>, StorageError>;
}

/// Lists, page by page, worst and newest first.
pub trait Views {
    /// Alerts.
    ///
    /// # Errors
    ///
    /// [`StorageError`] of the database.
    fn alerts(&self, query: &AlertQuery) -> Result<Vec<AlertRow>, StorageError>;

    /// Incidents.
    ///
    /// # Errors
    ///
    /// [`StorageError`] of the database.
    fn incidents(&self, query: &IncidentQuery) -> Result<Vec<IncidentRow>, StorageError>;

    /// Evidence, in the order of its hashes, after `after`.
    ///
    /// # Errors
    ///
    /// [`StorageError`] of the database.
    fn evidence(&self, after: Option<ContentHash>, limit: usize) -> Result<Vec<EvidenceRow>, StorageError>;

    /// All users, in the order of their ids. There are as many as people work here.
    ///
    /// # Errors
    ///
    /// [`StorageError`] of the database.
    fn users(&self) -> Result<Vec<UserRow>, StorageError>;

    /// The names of all sources that were ever added, in their order. There are as many as things send logs here;
    /// what is known of each, its entries tell.
    ///
    /// # Errors
    ///
    /// [`StorageError`] of the database.
    fn sources(&self) -> Result<Vec<SourceName>, StorageError>;

    /// The ids of all reports that ever came, in their order; what is known of each, its entries tell.
    ///
    /// # Errors
    ///
    /// [`StorageError`] of the database.
    fn reports(&self) -> Result<Vec<ReportId>, StorageError>;

    /// The ids of all exceptions that were ever added, in their order; what is known of each, its entries tell.
    ///
    /// # Errors
    ///
    /// [`StorageError`] of the database.
    fn exceptions(&self) -> Result<Vec<ExceptionId>, StorageError>;

    /// The ids of all calls that were ever begun, in their order; what is known of each, its entries tell.
    ///
    /// # Errors
    ///
    /// [`StorageError`] of the database.
    fn calls(&self) -> Result<Vec<CallId>, StorageError>;

    /// One alert.
    ///
    /// # Errors
    ///
    /// [`StorageError`] of the database.
    fn alert(&self, id: AlertId) -> Result<Option<AlertRow>, StorageError>;

    /// One incident.
    ///
    /// # Errors
    ///
    /// [`StorageError`] of the database.
    fn incident(&self, id: IncidentId) -> Result<Option<IncidentRow>, StorageError>;

    /// One piece of evidence.
    ///
    /// # Errors
    ///
    /// [`StorageError`] of the database.
    fn evidence_of(&self, hash: ContentHash) -> Result<Option<EvidenceRow>, StorageError>;
}

/// Which alerts, in the order of their ids.
#[derive(Clone, Copy, Debug, Default)]
pub struct AlertQuery {
    /// Only those of this incident.
    pub incident: Option<IncidentId>,
    /// Only those of this level and above.
    pub at_least: Option<Level>,
    /// Only those after this one.
    pub after: Option<AlertId>,
    /// At most so many; 0 is none.
    pub limit: usize,
}

/// Which incidents, in the order of their ids.
#[derive(Clone, Copy, Debug, Default)]
pub struct IncidentQuery {
    /// Only those of this severity and above.
    pub at_least: Option<Level>,
    /// Those that were merged into others, too.
    pub merged: bool,
    /// Only those after this one.
    pub after: Option<IncidentId>,
    /// At most so many; 0 is none.
    pub limit: usize,
}

/// An entry as a database keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    /// Its place in the log.
    pub position: u64,
    /// What it is about.
    pub stream: StreamId,
    /// Its place in the stream, from 1.
    pub version: u64,
    /// The place in the log of the entry before it in the stream; none of the first.
    pub previous: Option<u64>,
    /// The bytes that were hashed.
    pub leaf: Vec<u8>,
    /// What opens its personal values, as far as they were not erased.
    pub secrets: Vec<Secret>,
}

/// The last entry of a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Last {
    /// Its place in the stream: so many entries the stream has.
    pub version: u64,
    /// Its place in the log.
    pub position: u64,
}

impl Last {
    /// How many entries a stream has that ends like this.
    pub fn count(last: Option<Last>) -> u64 {
        last.map_or(0, |last| last.version)
    }
}

/// Why a database did not do it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StorageError {
    /// The disk, or a quota on it, is full.
    #[error("the disk is full")]
    Full,
    /// Files or file system may only be read.
    #[error("the data directory can only be read, not written")]
    ReadOnly,
    /// The database is not what was written.
    #[error("the database is damaged: {what}")]
    Damaged {
        /// What is wrong.
        what: String,
    },
    /// A later version wrote it.
    #[error(
        "a later version of Cofferdam wrote this data directory (format {found}, this version knows {known})"
    )]
    Later {
        /// The format found.
        found: i64,
        /// The format that this version writes.
        known: i64,
    },
    /// Some other process writes.
    #[error("another process is writing to the database")]
    Busy,
    /// Reading or writing failed; whether the last write is on disk cannot be known.
    #[error("reading or writing the database failed: {what}")]
    Io {
        /// What the system says.
        what: String,
    },
}

impl StorageError {
    /// Whether to go on writing would risk what is there.
    pub fn is_fatal(&self) -> bool {
        matches!(self, StorageError::Damaged { .. } | StorageError::Later { .. } | StorageError::Io { .. })
    }
}
