//! Accepted events on disk: appended to segment files and synced before they are acknowledged.
//!
//! [`Spool`] takes [`Batch`]es and gives each record a number, its [`Seq`]; [`Reader`]s see what was synced, in the
//! order of these numbers. A record with an identity that was seen before is counted and not stored, and places in
//! followed files are in the same write as the records that were read up to there.
//!
//! One process writes: whoever holds the lock of the data directory in which the folder lies. This crate takes no lock
//! of its own. Other processes [`look`].

mod active;
mod book;
mod catalogue;
mod disk;
mod error;
#[cfg(test)]
mod faults;
mod format;
mod options;
#[cfg(test)]
mod pressure;
mod reader;
mod record;
mod recover;
mod retain;
mod shared;
mod sift;
mod spool;
mod status;
mod survey;
mod tail;
mod unpack;
mod walk;
mod window;
mod writer;

pub use error::{AppendError, Full, ReadError, SpoolError};
pub use options::{Clock, Options};
pub use reader::{Cause, Missing, Portion, Reader};
pub use record::{Batch, Place, Read, Receipt, Record, Seq};
pub use spool::{Spool, look};
pub use status::{Damage, Opened, SourceStatus, Status, Torn};
