//! Why it was not done.

use crate::record::Seq;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

/// There is no room now; ask again in a while.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Full {
    /// Too much waits to be written.
    #[error("{waiting} bytes wait to be written")]
    Waiting {
        /// Bytes.
        waiting: usize,
    },
    /// The file system is too full, or a quota is used up.
    #[error("the file system has {free} bytes left, and {floor} are to stay free")]
    Disk {
        /// Bytes.
        free: u64,
        /// Bytes.
        floor: u64,
    },
    /// The spool has as many bytes as it may have, and none that were processed.
    #[error("the spool holds {bytes} bytes that were not processed, of {bound} that it may hold")]
    Bound {
        /// Bytes.
        bytes: u64,
        /// Bytes.
        bound: u64,
    },
}

/// Why nothing of a batch was taken.
#[derive(Clone, Debug, thiserror::Error)]
pub enum AppendError {
    /// There is no room now.
    #[error("there is no room in the spool: {0}")]
    Full(#[from] Full),
    /// It would never fit.
    #[error("a batch of {bytes} bytes is larger than {limit}")]
    TooLarge {
        /// Bytes.
        bytes: usize,
        /// Bytes.
        limit: usize,
    },
    /// The name of a source is empty or longer than 255 bytes.
    #[error("`{name}` is no name of a source")]
    Name {
        /// As it was given.
        name: Arc<str>,
    },
    /// The disk says no. It is tried anew with the next batch.
    #[error("nothing was written to the spool: {cause}")]
    Storage {
        /// What the system says.
        cause: Arc<io::Error>,
    },
    /// The spool was closed.
    #[error("the spool was closed")]
    Closed,
}

/// Why a spool cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SpoolError {
    /// A segment is not what was written.
    #[error("the segment `{}` cannot be used: {what}", path.display())]
    Damaged {
        /// Where.
        path: PathBuf,
        /// What is wrong.
        what: String,
    },
    /// The disk says no.
    #[error("failed to use `{}`", path.display())]
    Io {
        /// Where.
        path: PathBuf,
        /// What the system says.
        #[source]
        cause: io::Error,
    },
}

/// Why records could not be read. It may be tried again.
#[derive(Debug, thiserror::Error)]
#[error("failed to read the record {seq} of the spool from `{}`", path.display())]
pub struct ReadError {
    /// Which was to be read.
    pub seq: Seq,
    /// Where.
    pub path: PathBuf,
    /// What the system says.
    #[source]
    pub cause: io::Error,
}
