//! What is kept in memory of the journal.

use cofferdam_journal::Entry;
use cofferdam_store::{Reader, StorageError};

/// State in memory that follows from the journal. It is read from lists once, and then follows each entry before
/// anybody is told of it.
pub trait Fold: Send + Sync {
    /// Reads the state as it is now.
    ///
    /// # Errors
    ///
    /// [`StorageError`] when lists cannot be read.
    fn load(&self, reader: &dyn Reader) -> Result<(), StorageError>;

    /// Follows one entry.
    ///
    /// # Errors
    ///
    /// [`StorageError`] when something else must be read and cannot.
    fn follow(&self, entry: &Entry, reader: &dyn Reader) -> Result<(), StorageError>;
}
