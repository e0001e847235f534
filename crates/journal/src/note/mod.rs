//! Signed statements of how large the log is and what its root is.
//! Source: C2SP signed-note, C2SP tlog-checkpoint.

mod checkpoint;
mod key;
mod signed;

pub use checkpoint::{Checkpoint, CheckpointError};
pub use key::{KeyError, KeyId, Name, Signer, Verifier};
pub use signed::{NoteError, SignedNote};
