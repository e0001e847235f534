//! Erases personal values by order: everywhere but in evidence, while every entry still verifies.

use crate::append::{Append, AppendError};
use crate::data_dir::Store;
use crate::journal::AskError;
use crate::storage::StorageError;
use cofferdam_journal::log::{Log, LogIntent, LogRefusal};
use cofferdam_journal::{Actor, Aggregate, Commitment, Personal, Secret, StreamId};

/// What was erased.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Erased {
    /// Values.
    pub values: usize,
    /// Entries that they were values of.
    pub entries: usize,
}

impl Store {
    /// Values that contain this text in either case, each once.
    ///
    /// # Errors
    ///
    /// [`StorageError`] when they cannot be read.
    pub fn values_with(&self, text: &str) -> Result<Vec<(u64, Secret)>, StorageError> {
        self.journal.read(|reader| reader.values_with(text))
    }

    /// Erases all values that contain this text and records that they were, and by whose order.
    ///
    /// # Errors
    ///
    /// [`AskError`] when it could not be recorded; then nothing was erased.
    pub fn erase(&self, text: &str, order: &str, actor: &Actor) -> Result<Erased, AskError<LogRefusal>> {
        let values = self.values_with(text).map_err(AppendError::from)?;
        let mut entries: Vec<u64> = values.iter().map(|(position, _)| *position).collect();
        entries.dedup();
        let erased = Erased { values: values.len(), entries: entries.len() };
        let places: Vec<(u64, Commitment)> =
            values.into_iter().map(|(position, secret)| (position, secret.commitment)).collect();
        if places.is_empty() {
            return Ok(erased);
        }
        let (log, expected) = self.journal.state::<Log>(StreamId::Log).map_err(AppendError::from)?;
        let commitments = places.iter().map(|(_, commitment)| *commitment).collect();
        let intent = LogIntent::Erase { commitments, order: Personal::of(order) };
        let facts = log.decide(intent).map_err(AskError::Refused)?;
        let append = Append { stream: StreamId::Log, expected, actor: actor.clone(), facts };
        self.journal.erase(append, places)?;
        Ok(erased)
    }
}
