//! Where the lines of followed files go.

use cofferdam_spool::Record;
use std::fmt::Display;

/// Takes lines in, and knows how far each file was read.
pub trait Door {
    /// Why nothing was taken.
    type Busy: Display;

    /// Takes records of a log, which has a name where several are followed: all of them, with their places, are on disk
    /// when this returns.
    ///
    /// # Errors
    ///
    /// None of them was taken.
    fn take(&self, log: Option<&str>, records: Vec<Record>) -> Result<(), Self::Busy>;

    /// How far a file was read.
    fn place(&self, file: &[u8; 16]) -> Option<u64>;
}
