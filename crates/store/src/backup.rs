//! Backups: the log as tiles, its values, its evidence, its key and what users log in with in a folder; each run
//! adds what is new.
//!
//! Taken beside a process that writes: what is read is the log up to its last signed checkpoint.

use crate::blob::{BlobError, Blobs};
use crate::credentials::{CREDENTIALS, Credentials, CredentialsError};
use crate::data_dir::{DATABASE, EVIDENCE, OpenError, PUBLIC_KEY, ReadOnly, make_folder, signer, write_key};
use crate::storage::StorageError;
use crate::tile_dir::{self, CHECKPOINT, TileDirError, io_at, replace};
use crate::tree::Tree;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use cofferdam_journal::merkle::{Frontier, leaf};
use cofferdam_journal::note::{Checkpoint, CheckpointError, Verifier};
use cofferdam_journal::{Secret, commitments};
use cofferdam_vocabulary::ContentHash;
use serde::{Deserialize, Serialize};
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Write as _};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

/// Personal values, one line each; rewritten whole, so that no backup keeps what was erased.
pub const VALUES: &str = "values.ndjson";
/// Rows of evidence read at once.
const PAGE: usize = 500;

/// What a run of a backup did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Backup {
    /// Entries in it.
    pub entries: u64,
    /// Entries that it had before.
    pub before: u64,
    /// Files of the log that were written.
    pub files: u64,
    /// Pieces of evidence copied.
    pub evidence: u64,
    /// Personal values in it.
    pub values: u64,
    /// Passwords, second factors and sets of recovery codes in it.
    pub credentials: usize,
    /// Evidence that is missing or damaged here, and was not there before.
    pub left_out: Vec<ContentHash>,
}

/// Why there is no backup, or no whole one.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// The data directory cannot be used.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// It cannot be read.
    #[error("the journal cannot be read: {0}")]
    Storage(#[from] StorageError),
    /// A file cannot be written or read, or is damaged.
    #[error(transparent)]
    Tiles(#[from] TileDirError),
    /// A piece of evidence cannot be copied.
    #[error(transparent)]
    Evidence(#[from] BlobError),
    /// What users log in with cannot be copied.
    #[error(transparent)]
    Credentials(#[from] CredentialsError),
    /// The folder holds something else.
    #[error("`{}` holds other things than a backup", path.display())]
    Occupied {
        /// Where.
        path: PathBuf,
    },
    /// The folder is none.
    #[error("`{}` is no backup: it holds no {CHECKPOINT}", path.display())]
    NoBackup {
        /// Where.
        path: PathBuf,
    },
    /// There is nothing under a checkpoint yet.
    #[error("the journal has no checkpoint yet; nothing can be backed up that could be verified")]
    Unsigned,
    /// The folder is a backup of another log.
    #[error("`{}` is a backup of the log `{other}`", path.display())]
    OtherLog {
        /// Where.
        path: PathBuf,
        /// Whose.
        other: String,
    },
    /// The backup has more than the log, or something else.
    #[error("the backup does not belong to this log: {what}")]
    Forked {
        /// What does not fit.
        what: String,
    },
    /// The backup's checkpoint is not believed.
    #[error("the checkpoint in `{}` is not believed: {cause}", path.display())]
    Checkpoint {
        /// Where.
        path: PathBuf,
        /// Why.
        cause: CheckpointError,
    },
}

/// Backs a data directory up into `folder`, adding to what is there, and verifies what it then holds.
///
/// # Errors
///
/// [`BackupError`]; what the folder held before is still a whole backup then.
pub fn backup(data: &Path, folder: &Path) -> Result<Backup, BackupError> {
    let from = ReadOnly::open(data)?;
    let reader = from.reader.as_ref();
    let note = reader.checkpoint()?.ok_or(BackupError::Unsigned)?;
    let checkpoint = Checkpoint::verified(&note, &from.verifier)
        .map_err(|cause| BackupError::Checkpoint { path: data.to_owned(), cause })?;
    if !is_backup(folder) && !is_empty(folder) {
        return Err(BackupError::Occupied { path: folder.to_owned() });
    }
    make_folder(folder).map_err(io_at(folder))?;
    let before = earlier(folder, &from.verifier, &checkpoint)?;
    let tree = Tree::open(reader)?;
    let mut done = Backup { entries: checkpoint.size, before, ..Backup::default() };
    write_key(folder, &signer(data)?)?;
    done.files = tile_dir::write(folder, reader, &tree, checkpoint.size)?;
    evidence(&from, folder, &mut done)?;
    done.values = values(&from, folder, checkpoint.size)?;
    // Read after the checkpoint: whatever it names was put here before, and is only swept away at a start.
    let copied = Credentials::copy(&data.join(CREDENTIALS), &folder.join(CREDENTIALS))?;
    done.credentials = copied.unwrap_or(0);
    // The last step: from here on the folder is a backup of this size.
    replace(&folder.join(CHECKPOINT), note.as_bytes())?;
    tile_dir::prune(folder, checkpoint.size)?;
    read(folder, &mut |_, _| Ok(()))?;
    Ok(done)
}

/// Whether a folder was made by us, even if not to its end.
fn is_backup(folder: &Path) -> bool {
    folder.join(PUBLIC_KEY).is_file() && !folder.join(DATABASE).exists()
}

/// Whether nothing is there, or a folder without anything in it.
pub(crate) fn is_empty(folder: &Path) -> bool {
    !folder.exists() || fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_none())
}

/// Entries of the backup that is there; refuses one of another log, or of more than there is.
fn earlier(folder: &Path, verifier: &Verifier, now: &Checkpoint) -> Result<u64, BackupError> {
    let path = folder.join(CHECKPOINT);
    if !path.is_file() {
        return Ok(0);
    }
    let known = key(folder)?;
    if known != *verifier {
        return Err(BackupError::OtherLog { path: folder.to_owned(), other: known.name().to_string() });
    }
    let note = fs::read_to_string(&path).map_err(io_at(&path))?;
    let checkpoint =
        Checkpoint::verified(&note, verifier).map_err(|cause| BackupError::Checkpoint { path, cause })?;
    if checkpoint.size > now.size {
        let (more, less) = (checkpoint.size, now.size);
        return Err(BackupError::Forked {
            what: format!("the backup has {more} entries and the log {less}; was the log rolled back?"),
        });
    }
    Ok(checkpoint.size)
}

fn key(folder: &Path) -> Result<Verifier, BackupError> {
    Ok(crate::data_dir::verifier(folder)?)
}

/// Copies what is new. A piece that is missing or damaged keeps nothing else from being saved.
fn evidence(from: &ReadOnly, folder: &Path, done: &mut Backup) -> Result<(), BackupError> {
    let (to, mut after) = (Blobs::at(&folder.join(EVIDENCE)), None);
    loop {
        let rows = from.reader.evidence(after, PAGE)?;
        let Some(last) = rows.last() else { return Ok(()) };
        after = Some(last.id);
        for row in rows.iter().filter(|row| row.kept && !to.has(row.id)) {
            match copy(&from.blobs, &to, row.id) {
                Ok(()) => done.evidence += 1,
                Err(BlobError::Missing { .. } | BlobError::Damaged { .. }) => done.left_out.push(row.id),
                Err(error) => return Err(error.into()),
            }
        }
    }
}

/// Copies a piece of evidence, checking it on both sides.
pub(crate) fn copy(from: &Blobs, to: &Blobs, hash: ContentHash) -> Result<(), BlobError> {
    let path = from.path(hash);
    let mut file = File::open(&path).map_err(|_| BlobError::Missing { hash })?;
    to.keep(&mut file, Some(hash)).map(|_| ())
}

/// A line of [`VALUES`].
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Value {
    position: u64,
    salt: String,
    value: String,
}

fn values(from: &ReadOnly, folder: &Path, size: u64) -> Result<u64, BackupError> {
    let (path, aside) = (folder.join(VALUES), folder.join("values.partial"));
    let _ = fs::remove_file(&aside);
    let mut out = std::io::BufWriter::new(crate::blob::private(&aside).map_err(io_at(&aside))?);
    let (mut count, mut failed) = (0, Ok(()));
    from.reader.entries(0..size, &mut |stored| {
        for secret in stored.secrets {
            let salt = STANDARD.encode(secret.salt);
            let line = Value { position: stored.position, salt, value: secret.value };
            failed = serde_json::to_writer(&mut out, &line)
                .map_err(std::io::Error::from)
                .and_then(|()| out.write_all(b"\n"));
            if failed.is_err() {
                return ControlFlow::Break(());
            }
            count += 1;
        }
        ControlFlow::Continue(())
    })?;
    let file = failed.and_then(|()| out.into_inner().map_err(std::io::IntoInnerError::into_error));
    file.and_then(|file| file.sync_all()).map_err(io_at(&aside))?;
    fs::rename(&aside, &path).map_err(io_at(&path))?;
    Ok(count)
}

/// What a backup is of.
pub struct Contents {
    /// Its last checkpoint.
    pub checkpoint: Checkpoint,
    /// The checkpoint's text.
    pub note: String,
}

/// What takes an entry's bytes and what opens its values.
pub(crate) type Take<'t> = dyn FnMut(Vec<u8>, Vec<Secret>) -> Result<(), BackupError> + 't;

/// Reads and verifies a backup's log, entry by entry in order.
///
/// # Errors
///
/// [`BackupError`] when something is missing, damaged or not what was signed.
pub(crate) fn read(folder: &Path, take: &mut Take<'_>) -> Result<Contents, BackupError> {
    let path = folder.join(CHECKPOINT);
    if !path.is_file() {
        return Err(BackupError::NoBackup { path: folder.to_owned() });
    }
    let note = fs::read_to_string(&path).map_err(io_at(&path))?;
    let verifier = key(folder)?;
    let checkpoint =
        Checkpoint::verified(&note, &verifier).map_err(|cause| BackupError::Checkpoint { path, cause })?;
    let mut values = Values::open(&folder.join(VALUES))?;
    let mut frontier = Frontier::default();
    let size = checkpoint.size;
    for index in 0..size.div_ceil(256) {
        let width = (size - index * 256).min(256);
        for bytes in tile_dir::read_bundle(folder, index, width)? {
            let position = frontier.size();
            frontier.push(leaf(&bytes), &mut |_, _, _| {});
            let secrets = values.of(position)?;
            let stand = commitments(&bytes).unwrap_or_default();
            if secrets.iter().any(|secret| !stand.contains(&secret.commitment)) {
                return Err(values.damaged(&format!("a value is not that of entry {position}")).into());
            }
            take(bytes, secrets)?;
        }
    }
    if frontier.root() != checkpoint.root {
        let what = format!(
            "its {size} entries have the root {}, and {} was signed",
            frontier.root(),
            checkpoint.root
        );
        return Err(BackupError::Forked { what });
    }
    Ok(Contents { checkpoint, note })
}

/// Reads values beside the entries that they belong to.
struct Values {
    path: PathBuf,
    lines: std::io::Lines<BufReader<File>>,
    next: Option<Value>,
    line: u64,
}

impl Values {
    fn open(path: &Path) -> Result<Values, BackupError> {
        let file = File::open(path).map_err(io_at(path))?;
        let mut values =
            Values { path: path.to_owned(), lines: BufReader::new(file).lines(), next: None, line: 0 };
        values.advance()?;
        Ok(values)
    }

    fn advance(&mut self) -> Result<(), BackupError> {
        self.next = None;
        let Some(line) = self.lines.next() else { return Ok(()) };
        let line = line.map_err(io_at(&self.path))?;
        self.line += 1;
        let value = serde_json::from_str(&line).map_err(|error| self.damaged(&error.to_string()))?;
        self.next = Some(value);
        Ok(())
    }

    fn of(&mut self, position: u64) -> Result<Vec<Secret>, BackupError> {
        let mut secrets = Vec::new();
        while let Some(value) = self.next.take_if(|value| value.position <= position) {
            let salt = STANDARD.decode(&value.salt).ok().and_then(|salt| salt.try_into().ok());
            let salt = salt.ok_or_else(|| self.damaged("the salt is not 16 bytes in base64"))?;
            secrets.push(Secret::new(salt, value.value));
            self.advance()?;
        }
        Ok(secrets)
    }

    fn damaged(&self, what: &str) -> TileDirError {
        TileDirError::Damaged { path: self.path.clone(), what: format!("line {}: {what}", self.line) }
    }
}
