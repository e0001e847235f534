//! Reads what was synced, in the order of its numbers.

use crate::error::ReadError;
use crate::record::{Read, Seq};
use crate::spool::Shared;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// Reads on from a record, whatever happens to the segments meanwhile.
pub struct Reader {
    pub(crate) shared: Arc<Shared>,
    pub(crate) next: Seq,
}

/// What is next.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Portion {
    /// Records, in the order of their numbers.
    pub records: Vec<Read>,
    /// Records that were to be between them and are not there any more.
    pub missing: Vec<Missing>,
}

/// Records that cannot be read any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    /// Which.
    pub seqs: Range<u64>,
    /// Why.
    pub cause: Cause,
}

/// Why records cannot be read any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cause {
    /// They went, by age or size.
    Retired,
    /// The file is not what was written.
    Damaged {
        /// The file.
        path: PathBuf,
        /// Where in it.
        offset: u64,
        /// What is wrong.
        what: String,
    },
}

impl Reader {
    /// The record that is read next.
    pub fn seq(&self) -> Seq {
        self.next
    }

    /// What is next: records of at most so many bytes, but at least one when there is one. Empty when the reader has
    /// seen all that was synced.
    ///
    /// # Errors
    ///
    /// [`ReadError`] when the disk says no; the reader stays where it was.
    pub fn next(&mut self, up_to: usize) -> Result<Portion, ReadError> {
        let records = self.shared.since(self.next, up_to);
        if let Some(last) = records.last() {
            self.next = Seq(last.seq.0 + 1);
        }
        Ok(Portion { records, missing: Vec::new() })
    }

    /// Waits until there is more, at most so long; whether there is. Returns at once when the spool was closed.
    pub fn wait(&self, timeout: Duration) -> bool {
        self.shared.wait(self.next, timeout)
    }
}
