//! Why a command about the journal ended early.

use crate::filter::WrongFilter;
use cofferdam_journal::StreamId;
use cofferdam_journal::bundle::BundleError;
use cofferdam_store::{
    AppendError, BackupError, BlobError, HandOutError, OpenError, StorageError, Witness, WitnessError,
};
use std::io;
use std::path::PathBuf;

/// A failure of the journal.
#[derive(Debug, thiserror::Error)]
pub enum JournalFailure {
    /// The data directory cannot be used.
    #[error("{}", chain(.0))]
    Open(#[from] OpenError),
    /// It cannot be read.
    #[error("the journal cannot be read: {0}")]
    Storage(#[from] StorageError),
    /// It takes no facts.
    #[error(transparent)]
    Append(#[from] AppendError),
    /// A decision went against it.
    #[error("`{stream}`: {reason}")]
    Refused {
        /// Of what.
        stream: StreamId,
        /// Why.
        reason: String,
    },
    /// Evidence cannot be kept.
    #[error("{}", chain(.0))]
    Blob(#[from] BlobError),
    /// Evidence that was read before cannot be read again.
    #[error("failed to read `{}` again to keep it: {cause}", path.display())]
    Source {
        /// Where.
        path: PathBuf,
        /// Why not.
        cause: io::Error,
    },
    /// A backup failed.
    #[error("{}", chain(.0))]
    Backup(#[from] BackupError),
    /// A file cannot be written.
    #[error("failed to write `{}`: {cause}", path.display())]
    Unwritable {
        /// Where.
        path: PathBuf,
        /// Why not.
        cause: io::Error,
    },
    /// An incident cannot be handed out.
    #[error("{}", chain(.0))]
    HandOut(#[from] HandOutError),
    /// A bundle does not hold.
    #[error("the bundle `{}` does not hold: {cause}", path.display())]
    Bundle {
        /// Where.
        path: PathBuf,
        /// What does not fit.
        cause: Box<BundleError>,
    },
    /// The file that names witnesses cannot be read or written.
    #[error("failed to read or write the witnesses of `{}`: {cause}", path.display())]
    Witnesses {
        /// The data directory.
        path: PathBuf,
        /// Why not.
        cause: io::Error,
    },
    /// A witness saw something else.
    #[error("{cause} ({witness})")]
    Against {
        /// Which.
        witness: Witness,
        /// What it says.
        cause: WitnessError,
    },
    /// Something does not fit.
    #[error("`{}` does not verify: {misfits}", path.display())]
    Misfit {
        /// How much, in words.
        misfits: String,
        /// Where.
        path: PathBuf,
    },
    /// It is signed with another key.
    #[error("the journal in `{}` is signed with another key: {own}", path.display())]
    OtherKey {
        /// Where.
        path: PathBuf,
        /// Its key.
        own: String,
        /// The key it should have.
        given: String,
    },
    /// Nothing was found.
    #[error("{what}")]
    Nothing {
        /// Of what.
        what: String,
    },
    /// It was asked for what cannot be asked for.
    #[error(transparent)]
    Filter(#[from] Box<WrongFilter>),
    /// The question makes no sense.
    #[error("{what}")]
    Usage {
        /// Why.
        what: String,
    },
}

/// An error with its causes, which the sentence of the error itself leaves out.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let said = error.to_string();
        if !text.ends_with(&said) {
            text = format!("{text}: {said}");
        }
        cause = error.source();
    }
    text
}

impl JournalFailure {
    /// To search, alert and look up.
    pub fn code(&self) -> &'static str {
        match self {
            JournalFailure::Open(OpenError::None { .. }) => "journal::none",
            JournalFailure::Open(OpenError::Used { .. }) => "journal::in-use",
            JournalFailure::Open(OpenError::Key { .. }) => "journal::key",
            JournalFailure::Open(OpenError::Credentials(_)) => "journal::credentials",
            JournalFailure::Storage(_) => "journal::unreadable",
            JournalFailure::Append(_) => "journal::not-recorded",
            JournalFailure::Refused { .. } => "journal::refused",
            JournalFailure::Blob(BlobError::Damaged { .. }) => "journal::evidence-damaged",
            JournalFailure::Blob(_) | JournalFailure::Source { .. } => "journal::evidence",
            JournalFailure::Backup(_) => "journal::backup",
            JournalFailure::Unwritable { .. } => "journal::unwritable",
            JournalFailure::HandOut(HandOutError::Unknown { .. }) => "journal::nothing-found",
            JournalFailure::HandOut(_) => "journal::not-exported",
            JournalFailure::Bundle { .. } => "journal::does-not-verify",
            JournalFailure::Witnesses { .. } => "journal::witnesses",
            JournalFailure::Against { .. } | JournalFailure::Open(OpenError::Against { .. }) => {
                "journal::witness-against"
            }
            JournalFailure::Open(_) => "journal::unusable",
            JournalFailure::Misfit { .. } | JournalFailure::OtherKey { .. } => "journal::does-not-verify",
            JournalFailure::Nothing { .. } => "journal::nothing-found",
            JournalFailure::Filter(wrong) => wrong.code(),
            JournalFailure::Usage { .. } => "journal::usage",
        }
    }

    /// What can be done about it.
    pub fn help(&self) -> Option<&'static str> {
        match self {
            JournalFailure::Open(error) | JournalFailure::Backup(BackupError::Open(error)) => error.help(),
            JournalFailure::Backup(BackupError::Credentials(error)) => error.help(),
            JournalFailure::Append(AppendError::Storage(StorageError::Full)) => {
                Some("make room on the disk; nothing that was recorded is lost")
            }
            JournalFailure::Refused { .. } => Some("`journal show --stream` tells what is recorded"),
            JournalFailure::Blob(BlobError::Damaged { .. }) => {
                Some("`evidence check` says which pieces are damaged; a backup may have them")
            }
            JournalFailure::Backup(BackupError::Occupied { .. }) => {
                Some("name a folder that is empty or not there yet")
            }
            JournalFailure::Backup(BackupError::Forked { .. }) => {
                Some("keep both, and find out which of them was changed; `journal verify` helps")
            }
            JournalFailure::Against { cause, .. } if !cause.is_against() => {
                Some("it is no witness of this journal")
            }
            JournalFailure::OtherKey { .. } => {
                Some("either you have the key of another log, or this is not the log")
            }
            JournalFailure::Misfit { .. } | JournalFailure::Against { .. } => {
                Some("keep a copy of it as it is; a backup or a witness tells what was there before")
            }
            JournalFailure::Bundle { .. } => Some(
                "ask whoever made it for another copy; what was changed on the way cannot be told from here",
            ),
            JournalFailure::Unwritable { .. } => {
                Some("choose a file that is not there yet, in a folder with room")
            }
            _ => None,
        }
    }

    /// 2 usage, 3 bad input, 4 refused, 5 environment.
    pub fn exit_code(&self) -> u8 {
        match self {
            JournalFailure::Usage { .. }
            | JournalFailure::Filter(_)
            | JournalFailure::Backup(BackupError::Occupied { .. }) => 2,
            JournalFailure::Open(OpenError::None { .. })
            | JournalFailure::Open(OpenError::Against { .. })
            | JournalFailure::Misfit { .. }
            | JournalFailure::Against { .. }
            | JournalFailure::OtherKey { .. }
            | JournalFailure::Open(OpenError::Lost { .. })
            | JournalFailure::Backup(BackupError::NoBackup { .. })
            | JournalFailure::Bundle { .. }
            | JournalFailure::HandOut(HandOutError::Unknown { .. } | HandOutError::Evidence(_))
            | JournalFailure::Nothing { .. }
            | JournalFailure::Blob(BlobError::Damaged { .. }) => 3,
            JournalFailure::Refused { .. } => 4,
            _ => 5,
        }
    }
}
