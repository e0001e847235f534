//! What is asked for when a bundle is made, and why it is not.

use super::error::BundleError;
use crate::entry::Sealed;
use crate::merkle::{Nodes, ProofError};
use crate::note::{NoteError, SignedNote, Signer};
use crate::stream::StreamId;
use cofferdam_vocabulary::ContentHash;
use jiff::Timestamp;
use std::io::{self, Read};

/// What goes into a bundle.
pub struct Export<'a> {
    /// What it is about; its stream must be among those of the entries.
    pub about: StreamId,
    /// The log's checkpoint, signed by `signer`.
    pub checkpoint: &'a SignedNote,
    /// The log's tree.
    pub tree: &'a dyn Nodes,
    /// The log's key.
    pub signer: &'a Signer,
    /// Now.
    pub made: Timestamp,
    /// This program and its version.
    pub program: &'a str,
    /// Positions of the entries, in any order: all of each stream, from its first on.
    pub positions: &'a [u64],
    /// Hash and bytes of the evidence that is handed over, in any order.
    pub evidence: &'a [(ContentHash, u64)],
}

/// Where entries and evidence come from.
pub trait Source {
    /// The entry at a position, with the values that may be handed over. It is asked for twice, and both
    /// times it must be the same.
    ///
    /// # Errors
    ///
    /// What storage says.
    fn entry(&mut self, position: u64) -> io::Result<Sealed>;

    /// The bytes of a piece of evidence. They are hashed as they are copied.
    ///
    /// # Errors
    ///
    /// What storage says.
    fn evidence(&mut self, hash: ContentHash) -> io::Result<Box<dyn Read + '_>>;
}

/// A bundle that was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Written {
    /// Entries in it.
    pub entries: u64,
    /// Personal values in it.
    pub values: u64,
    /// Evidence in it.
    pub evidence: u64,
    /// The file's size.
    pub bytes: u64,
}

/// Why a bundle was not made. What was written so far is none.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// It cannot be written.
    #[error("the bundle cannot be written: {cause}")]
    Write {
        /// Why.
        cause: io::Error,
    },
    /// Something that goes into it cannot be read.
    #[error("{what} cannot be read: {cause}")]
    Read {
        /// What.
        what: String,
        /// Why.
        cause: io::Error,
    },
    /// A hash of the tree is missing.
    #[error("there is no proof for the entry {position}: {cause}")]
    Proof {
        /// The entry.
        position: u64,
        /// Why.
        cause: ProofError,
    },
    /// An entry was read twice and was not the same.
    #[error("an entry or its values changed while the bundle was written")]
    Changed,
    /// A blob has not the size that was told.
    #[error("the evidence {hash} has {got} bytes or more, not {want}")]
    Size {
        /// The evidence.
        hash: ContentHash,
        /// Bytes that were read.
        got: u64,
        /// Bytes that there should be.
        want: u64,
    },
    /// Nobody would believe the bundle.
    #[error("such a bundle would not be believed: {cause}")]
    Refused {
        /// Why.
        cause: BundleError,
    },
    /// The statement cannot be signed.
    #[error("the manifest cannot be signed: {cause}")]
    Sign {
        /// Why.
        cause: NoteError,
    },
}

impl From<BundleError> for ExportError {
    fn from(cause: BundleError) -> ExportError {
        ExportError::Refused { cause }
    }
}
