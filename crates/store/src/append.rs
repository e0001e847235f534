//! What is asked of the one writer, and what it answers.

use crate::storage::StorageError;
use cofferdam_journal::{Actor, Fact, StreamId, TooLarge};

/// Facts for the end of a stream.
#[derive(Clone, Debug)]
pub struct Append {
    /// The stream.
    pub stream: StreamId,
    /// How many facts it had when these were decided on.
    pub expected: u64,
    /// Who brought them about.
    pub actor: Actor,
    /// At least one.
    pub facts: Vec<Fact>,
}

/// Facts were recorded and synced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// Position of the first of them in the log.
    pub position: u64,
    /// How many facts the stream has now.
    pub version: u64,
}

/// Why nothing of it was recorded.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AppendError {
    /// Somebody else was first: decide again on what they recorded.
    #[error("`{stream}` has {actual} facts by now, not {expected}")]
    Conflict {
        /// The stream.
        stream: StreamId,
        /// Facts that it was thought to have.
        expected: u64,
        /// Facts that it has.
        actual: u64,
    },
    /// A fact is too large.
    #[error(transparent)]
    TooLarge(#[from] TooLarge),
    /// The database refused.
    #[error("nothing was recorded: {0}")]
    Storage(#[from] StorageError),
    /// The database failed before, and it cannot be known what is on disk until it is opened again.
    #[error("the journal takes no more facts since {why}; open the data directory again")]
    Stopped {
        /// What happened.
        why: StorageError,
    },
    /// The writer has ended.
    #[error("the journal was closed")]
    Closed,
}
