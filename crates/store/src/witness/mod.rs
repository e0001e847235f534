//! Witnesses: places that remember how large the log was and what it began with, so that a log that was
//! rolled back or forked is noticed.

mod folder;
mod url;

use crate::storage::{Reader, StorageError};
use crate::tree::Tree;
use crate::world::Post;
use cofferdam_journal::merkle::{self, ProofError};
use cofferdam_journal::note::{Checkpoint, Verifier};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// The file in a data directory that names its witnesses, one a line.
pub const WITNESSES: &str = "witnesses";

/// A place that remembers checkpoints.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Witness {
    /// A folder, best on storage that this machine can add to and not change.
    Folder(PathBuf),
    /// A witness as C2SP tlog-witness has it, by the prefix of its addresses.
    Url(String),
}

/// Why a witness does not bear a log out.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WitnessError {
    /// It saw more than there is.
    #[error("the witness saw {seen} entries, and the log has {ours}: it was rolled back")]
    RolledBack {
        /// Entries that the witness saw.
        seen: u64,
        /// Entries that there are.
        ours: u64,
    },
    /// It saw something else.
    #[error("the witness saw another log of this name: {what}")]
    Forked {
        /// What does not fit.
        what: String,
    },
    /// It cannot be asked.
    #[error("the witness cannot be reached: {what}")]
    Unreachable {
        /// Why.
        what: String,
    },
    /// It does not want to.
    #[error("the witness does not take this log: {what}")]
    Refused {
        /// What it says.
        what: String,
    },
}

impl WitnessError {
    /// Whether it says that the log is not what it was, rather than nothing.
    pub fn is_against(&self) -> bool {
        matches!(self, WitnessError::RolledBack { .. } | WitnessError::Forked { .. })
    }
}

/// What a witness that is not against a log says of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Saw {
    /// It knew the log, which is what it was.
    Before,
    /// It sees the log for the first time, and can say nothing of what was.
    First,
}

/// A witness, and what it says.
pub type Heard = (Witness, Result<Saw, WitnessError>);

/// What a witness is shown.
pub struct Shown<'l> {
    /// The log's key.
    pub verifier: &'l Verifier,
    /// Its last checkpoint, as signed.
    pub note: &'l str,
    /// What that says.
    pub checkpoint: Checkpoint,
    reader: &'l dyn Reader,
    tree: Tree,
}

impl<'l> Shown<'l> {
    /// The log as it is signed now; nothing when nothing is.
    ///
    /// # Errors
    ///
    /// [`StorageError`] when it cannot be read, or its checkpoint is not believed.
    pub fn of(
        reader: &'l dyn Reader,
        verifier: &'l Verifier,
        note: &'l str,
    ) -> Result<Shown<'l>, StorageError> {
        let checkpoint = Checkpoint::verified(note, verifier).map_err(|error| StorageError::Damaged {
            what: format!("the last checkpoint is not believed: {error}"),
        })?;
        Ok(Shown { verifier, note, checkpoint, reader, tree: Tree::open(reader)? })
    }

    /// The root over the first entries.
    fn root(&self, size: u64) -> Result<merkle::Hash, ProofError> {
        merkle::root(&self.tree.nodes(self.reader), size)
    }

    /// That the log begins with its first entries.
    fn consistency(&self, from: u64) -> Result<Vec<merkle::Hash>, ProofError> {
        merkle::consistency(&self.tree.nodes(self.reader), from, self.checkpoint.size)
    }
}

impl Witness {
    /// Reads a line of [`WITNESSES`]: an address that begins with `http://` or `https://`, or a folder.
    pub fn parse(line: &str) -> Witness {
        let line = line.trim();
        if line.starts_with("https://") || line.starts_with("http://") {
            Witness::Url(line.trim_end_matches('/').to_owned())
        } else {
            Witness::Folder(line.into())
        }
    }

    /// Compares the log with what the witness saw, and lets it see what is new; a folder only if it may `keep`
    /// that.
    ///
    /// # Errors
    ///
    /// [`WitnessError`] when it saw something else, or cannot be asked.
    pub fn see(&self, shown: &Shown<'_>, post: &Post, keep: bool) -> Result<Saw, WitnessError> {
        match self {
            Witness::Folder(path) => folder::see(path, shown, keep),
            Witness::Url(prefix) => url::see(prefix, shown, post),
        }
    }
}

impl std::fmt::Display for Witness {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Witness::Folder(path) => path.display().fmt(f),
            Witness::Url(prefix) => f.write_str(prefix),
        }
    }
}

/// The witnesses of a data directory.
///
/// # Errors
///
/// What the system says when the file is there and cannot be read.
pub fn witnesses(data: &Path) -> io::Result<Vec<Witness>> {
    match fs::read_to_string(data.join(WITNESSES)) {
        Ok(text) => Ok(text.lines().filter(|line| !line.trim().is_empty()).map(Witness::parse).collect()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

/// Names the witnesses of a data directory.
///
/// # Errors
///
/// What the system says.
pub fn set_witnesses(data: &Path, witnesses: &[Witness]) -> io::Result<()> {
    let text: String = witnesses.iter().map(|witness| format!("{witness}\n")).collect();
    let (path, aside) = (data.join(WITNESSES), data.join("witnesses.partial"));
    fs::write(&aside, text)?;
    fs::File::open(&aside)?.sync_all()?;
    fs::rename(&aside, &path)?;
    fs::File::open(data)?.sync_all()
}
