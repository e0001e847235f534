//! A data directory: the journal, its key, its evidence, and a lock so that only one process writes.

use crate::append::AppendError;
use crate::blob::{Blobs, private};
use crate::credentials::{CREDENTIALS, Credentials, CredentialsError};
use crate::journal::{Found, Journal, NO_CHECKPOINT};
use crate::sqlite::{self, Sqlite};
use crate::storage::{Reader, StorageError};
use crate::witness::{self, Heard, Shown, WITNESSES, Witness, WitnessError};
use crate::world::{Post, World};
use cofferdam_journal::log::{Log, LogIntent};
use cofferdam_journal::note::{KeyError, Name, Signer, Verifier};
use cofferdam_journal::{Actor, StreamId};
use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

/// The journal.
pub const DATABASE: &str = "journal.db";
/// The key that signs checkpoints; a secret.
pub const SIGNING_KEY: &str = "log.key";
/// The key that others check them with.
pub const PUBLIC_KEY: &str = "log.pub";
/// Evidence.
pub const EVIDENCE: &str = "evidence";
/// Held by the process that writes.
pub const LOCK: &str = "lock";

/// An open data directory, held by this process.
pub struct Store {
    /// The journal. Dropped first: it signs what is not signed.
    pub journal: Journal,
    /// Evidence.
    pub blobs: Blobs,
    /// What users prove with who they are.
    pub credentials: Credentials,
    /// What was found when it was opened.
    pub found: Found,
    /// What witnesses could not say when it was opened; that they are against it is an error.
    pub silent: Vec<(Witness, WitnessError)>,
    witnesses: Vec<Witness>,
    post: Post,
    path: PathBuf,
    _lock: Lock,
}

/// Why a data directory cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// There is nothing of ours there.
    #[error("`{}` is no data directory: it holds no {DATABASE}", path.display())]
    None {
        /// Where.
        path: PathBuf,
    },
    /// A key of a log is there, and the log is not.
    #[error("the journal of `{}` is gone: its public key is there, and its entries are not", path.display())]
    Lost {
        /// Where.
        path: PathBuf,
    },
    /// Another process writes there.
    #[error("another process is using the data directory `{}`", path.display())]
    Used {
        /// Where.
        path: PathBuf,
    },
    /// The key is missing or is not one.
    #[error("the key `{}` of the log cannot be used: {reason}", path.display())]
    Key {
        /// Where.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// A witness saw another log, or more of it.
    #[error("the journal in `{}` is not what it was: {cause} (witness {witness})", path.display())]
    Against {
        /// Where.
        path: PathBuf,
        /// Who saw it.
        witness: Witness,
        /// What.
        cause: WitnessError,
    },
    /// What users prove with who they are cannot be used.
    #[error(transparent)]
    Credentials(#[from] CredentialsError),
    /// The journal refuses.
    #[error("the journal in `{}` cannot be opened: {cause}", path.display())]
    Storage {
        /// Where.
        path: PathBuf,
        /// Why.
        cause: StorageError,
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

impl OpenError {
    /// What to do about it.
    pub fn help(&self) -> Option<&'static str> {
        match self {
            OpenError::Credentials(error) => error.help(),
            OpenError::None { .. } => Some("`investigate --out DIR` makes one in DIR/data"),
            OpenError::Used { .. } => {
                Some("wait until it has ended; `journal verify` and `backup` read beside it")
            }
            OpenError::Lost { .. } => {
                Some("find out who removed it; `restore` makes a new data directory of a backup")
            }
            OpenError::Key { .. } => Some("a backup holds the key as log.key"),
            OpenError::Against { .. } => {
                Some("nothing is written to it; keep a copy, and restore a backup that the witness bears out")
            }
            OpenError::Storage { cause: StorageError::Damaged { .. }, .. } => {
                Some("`doctor` says what is wrong, `restore` makes a new data directory of a backup")
            }
            _ => None,
        }
    }
}

fn io_at(path: &Path) -> impl Fn(io::Error) -> OpenError + '_ {
    move |cause| OpenError::Io { path: path.to_owned(), cause }
}

impl Store {
    /// Opens a data directory, and makes it when there is none.
    ///
    /// # Errors
    ///
    /// [`OpenError`] when another process uses it, or something in it is damaged.
    pub fn create(path: &Path, actor: &Actor, world: World) -> Result<Store, OpenError> {
        make_folder(path).map_err(io_at(path))?;
        let lock = lock(path)?;
        let database = path.join(DATABASE);
        if !database.exists() {
            // The public key is written after the first entry: where it is, there was a log.
            if path.join(PUBLIC_KEY).exists() {
                return Err(OpenError::Lost { path: path.to_owned() });
            }
            make_key(path, &world)?;
            // Made by us, so that nobody else may read it, nor what SQLite puts beside it.
            drop(private(&database).map_err(io_at(&database))?);
            sync(path)?;
        }
        let store = Store::with(path, lock, world)?;
        let opened = store.journal.ask::<Log>(StreamId::Log, actor, LogIntent::Open);
        opened.map_err(|error| OpenError::Storage {
            path: path.to_owned(),
            cause: StorageError::Io { what: error.to_string() },
        })?;
        write_public_key(path, store.journal.verifier())?;
        Ok(store)
    }

    /// Opens a data directory that is there.
    ///
    /// # Errors
    ///
    /// As [`Store::create`]; [`OpenError::None`] when there is none.
    pub fn open(path: &Path, world: World) -> Result<Store, OpenError> {
        find(path)?;
        let lock = lock(path)?;
        let store = Store::with(path, lock, world)?;
        // One that was killed while it was made has no entry yet, and is not lost because of that.
        if store.found.size > 0 {
            write_public_key(path, store.journal.verifier())?;
        }
        Ok(store)
    }

    fn with(path: &Path, lock: Lock, world: World) -> Result<Store, OpenError> {
        let storage = |cause| OpenError::Storage { path: path.to_owned(), cause };
        let signer = signer(path)?;
        let credentials = Credentials::open(&path.join(CREDENTIALS))?;
        let file = path.join(DATABASE);
        let database = Sqlite::open(&file).map_err(storage)?;
        let witnesses = witness::witnesses(path).map_err(io_at(&path.join(WITNESSES)))?;
        // Before anything is signed: a log that was rolled back must not go on in another way.
        let mut silent = Vec::new();
        if !witnesses.is_empty() {
            let reader = sqlite::reader(&file).map_err(storage)?;
            let heard = compared(reader.as_ref(), signer.verifier(), &witnesses, &world.post, true);
            silent = against(heard.map_err(storage)?);
        }
        if let Some(at) = silent.iter().position(|(_, error)| error.is_against()) {
            let (witness, cause) = silent.swap_remove(at);
            return Err(OpenError::Against { path: path.to_owned(), witness, cause });
        }
        let World { now, random, post } = world;
        let world = World { now, random, post: World::offline() };
        let (journal, found) = Journal::open(Box::new(database), signer, world).map_err(storage)?;
        if found.size == 0 && path.join(PUBLIC_KEY).exists() {
            return Err(OpenError::Lost { path: path.to_owned() });
        }
        let blobs = Blobs::at(&path.join(EVIDENCE));
        let path = path.to_owned();
        Ok(Store { journal, blobs, credentials, found, silent, witnesses, post, path, _lock: lock })
    }

    /// Signs what is not signed and lets all witnesses see it. Returns what they could not, or would not, say.
    ///
    /// # Errors
    ///
    /// [`AppendError`] when it cannot be signed.
    pub fn witness(&self) -> Result<Vec<(Witness, WitnessError)>, AppendError> {
        self.journal.checkpoint()?;
        let (verifier, witnesses) = (self.journal.verifier(), &self.witnesses);
        let heard = self.journal.read(|reader| compared(reader, verifier, witnesses, &self.post, true))?;
        Ok(against(heard))
    }

    /// Where it lies.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

/// A data directory that is only read, perhaps beside a process that writes.
pub struct ReadOnly {
    /// The journal's entries and lists.
    pub reader: Box<dyn Reader>,
    /// The log's public key.
    pub verifier: Verifier,
    /// Evidence.
    pub blobs: Blobs,
    path: PathBuf,
}

impl ReadOnly {
    /// Opens a data directory for reading.
    ///
    /// # Errors
    ///
    /// [`OpenError`] when there is none or it cannot be read.
    pub fn open(path: &Path) -> Result<ReadOnly, OpenError> {
        let database = path.join(DATABASE);
        find(path)?;
        let reader =
            sqlite::reader(&database).map_err(|cause| OpenError::Storage { path: path.to_owned(), cause })?;
        Ok(ReadOnly {
            reader,
            verifier: verifier(path)?,
            blobs: Blobs::at(&path.join(EVIDENCE)),
            path: path.to_owned(),
        })
    }

    /// Where it lies.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

/// That there is a database, which is not told from one that may not be looked at.
fn find(path: &Path) -> Result<(), OpenError> {
    let database = path.join(DATABASE);
    match fs::metadata(&database) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::NotFound && path.join(PUBLIC_KEY).exists() => {
            Err(OpenError::Lost { path: path.to_owned() })
        }
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            Err(OpenError::None { path: path.to_owned() })
        }
        Err(error) => Err(io_at(&database)(error)),
    }
}

/// What each witness says of the log as it is signed.
///
/// # Errors
///
/// [`StorageError`] when the log cannot be read.
pub fn compared(
    reader: &dyn Reader,
    verifier: &Verifier,
    witnesses: &[Witness],
    post: &Post,
    keep: bool,
) -> Result<Vec<Heard>, StorageError> {
    if witnesses.is_empty() {
        return Ok(Vec::new());
    }
    let Some(note) = reader.checkpoint()? else {
        // A witness has nothing to compare then, and a log that was ever signed has a checkpoint.
        return match reader.size()? {
            0 => Ok(Vec::new()),
            _ => Err(StorageError::Damaged { what: NO_CHECKPOINT.to_owned() }),
        };
    };
    let shown = Shown::of(reader, verifier, &note)?;
    Ok(witnesses.iter().map(|witness| (witness.clone(), witness.see(&shown, post, keep))).collect())
}

/// Those that do not bear it out.
fn against(heard: Vec<Heard>) -> Vec<(Witness, WitnessError)> {
    heard.into_iter().filter_map(|(witness, heard)| Some((witness, heard.err()?))).collect()
}

/// A folder that only its owner can enter, synced into its parent.
pub(crate) fn make_folder(path: &Path) -> io::Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)?;
    match path.parent().filter(|parent| !parent.as_os_str().is_empty()) {
        Some(parent) => File::open(parent)?.sync_all(),
        None => Ok(()),
    }
}

fn sync(folder: &Path) -> Result<(), OpenError> {
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(io_at(folder))
}

/// The right to write to a data directory, as long as this is there.
struct Lock(File);

impl Drop for Lock {
    /// To close the file alone is not enough: a program that is just being started from here has it as well, for a moment.
    fn drop(&mut self) {
        let _ = self.0.unlock();
    }
}

fn lock(path: &Path) -> Result<Lock, OpenError> {
    let file = path.join(LOCK);
    let lock = File::options().write(true).create(true).truncate(false).open(&file).map_err(io_at(&file))?;
    match lock.try_lock() {
        Ok(()) => Ok(Lock(lock)),
        Err(TryLockError::WouldBlock) => Err(OpenError::Used { path: path.to_owned() }),
        Err(TryLockError::Error(cause)) => Err(io_at(&file)(cause)),
    }
}

/// Makes name and key of a new log; those of an attempt that got no further are used.
fn make_key(path: &Path, world: &World) -> Result<(), OpenError> {
    let file = path.join(SIGNING_KEY);
    if file.exists() && signer(path).is_ok() {
        return Ok(());
    }
    let (mut id, mut secret) = ([0; 8], [0; 32]);
    (world.random)(&mut id);
    (world.random)(&mut secret);
    let id: String = id.iter().map(|byte| format!("{byte:02x}")).collect();
    let reason = |error: KeyError| OpenError::Key { path: file.clone(), reason: error.to_string() };
    let signer = Signer::new(Name::parse(&format!("cofferdam/{id}")).map_err(reason)?, &secret);
    write_signing_key(path, &signer)
}

/// Writes the secret half of a key.
fn write_signing_key(path: &Path, signer: &Signer) -> Result<(), OpenError> {
    put(&path.join(SIGNING_KEY), &signer.secret_text())
}

/// Writes the public half of a key, unless it is there.
pub(crate) fn write_public_key(path: &Path, verifier: &Verifier) -> Result<(), OpenError> {
    let file = path.join(PUBLIC_KEY);
    if file.exists() { Ok(()) } else { put(&file, &verifier.to_string()) }
}

/// Writes both halves of a key.
pub(crate) fn write_key(path: &Path, signer: &Signer) -> Result<(), OpenError> {
    write_signing_key(path, signer)?;
    write_public_key(path, signer.verifier())
}

/// Puts a line in a file of its own, whole and synced, for its owner to read.
fn put(file: &Path, text: &str) -> Result<(), OpenError> {
    crate::whole::replace(file, format!("{text}\n").as_bytes()).map_err(io_at(file))
}

fn key_text(file: &Path) -> Result<String, OpenError> {
    fs::read_to_string(file)
        .map_err(|error| OpenError::Key { path: file.to_owned(), reason: error.to_string() })
}

/// The log's signing key.
///
/// # Errors
///
/// [`OpenError::Key`] when it is missing or is not one.
pub fn signer(path: &Path) -> Result<Signer, OpenError> {
    let file = path.join(SIGNING_KEY);
    Signer::parse(key_text(&file)?.trim_end())
        .map_err(|error| OpenError::Key { path: file, reason: error.to_string() })
}

/// The log's public key.
pub(crate) fn verifier(path: &Path) -> Result<Verifier, OpenError> {
    let file = path.join(PUBLIC_KEY);
    // The signing key says the same; who may read it can do without.
    if !file.exists()
        && let Ok(signer) = signer(path)
    {
        return Ok(signer.verifier().clone());
    }
    Verifier::parse(key_text(&file)?.trim_end())
        .map_err(|error| OpenError::Key { path: file, reason: error.to_string() })
}
