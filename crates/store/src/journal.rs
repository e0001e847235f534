//! The journal as the rest of Cofferdam sees it: ask, append, read.

use crate::append::{Append, AppendError, Receipt};
use crate::desk::Desk;
use crate::rebuild;
use crate::storage::{Reader, Storage, StorageError, Stored};
use crate::tree::Tree;
use crate::world::World;
use crate::writer::{Job, Writer};
use cofferdam_journal::note::{Checkpoint, Signer, Verifier};
use cofferdam_journal::{Actor, Aggregate, Commitment, Entry, Fact, StreamId, merkle};
use std::sync::mpsc::{self, Receiver, SyncSender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

/// What is wrong with entries over which there is no checkpoint: the first ones are signed as they are written.
pub(crate) const NO_CHECKPOINT: &str = "there are entries and no checkpoint, which never happens by itself";
/// How often somebody else may be first before an intent gives up.
const TRIES: usize = 100;

/// An open journal. Threads may share it.
pub struct Journal {
    desk: Arc<Desk>,
    thread: Option<JoinHandle<()>>,
    /// There until the journal is dropped.
    reader: Mutex<Option<Box<dyn Reader>>>,
    verifier: Verifier,
}

/// What was found when a journal was opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Entries.
    pub size: u64,
    /// Entries at the end over which there was no signed checkpoint: whoever wrote them last did not close
    /// the journal. None is missing; they are signed now.
    pub unsigned: u64,
}

/// Why an intent did not become facts.
#[derive(Debug, thiserror::Error)]
pub enum AskError<R: std::error::Error> {
    /// It was refused.
    #[error("{0}")]
    Refused(R),
    /// The facts were not recorded.
    #[error(transparent)]
    Append(#[from] AppendError),
}

impl Journal {
    /// Opens a journal and checks its end against its last checkpoint.
    ///
    /// # Errors
    ///
    /// [`StorageError::Damaged`] when the entries are not those that were signed.
    pub fn open(
        storage: Box<dyn Storage>,
        signer: Signer,
        world: World,
    ) -> Result<(Journal, Found), StorageError> {
        let mut storage = storage;
        // What an erasure could not finish when the machine went down is finished now.
        match storage.scrub() {
            Ok(()) | Err(StorageError::Busy) => {}
            Err(error) => return Err(error),
        }
        let (reader, verifier) = (storage.reader()?, signer.verifier().clone());
        let tree = Tree::open(reader.as_ref())?;
        let note = reader.checkpoint()?;
        let signed = signed(&tree, reader.as_ref(), note.as_deref(), &verifier)?;
        let found = Found { size: tree.size(), unsigned: tree.size() - signed };
        let shared = Mutex::new(Some(storage.reader()?));
        let since = (found.unsigned > 0).then(std::time::Instant::now);
        let writer =
            Writer { storage, reader, signer, world, tree, signed: (signed, note), stopped: None, since };
        let desk = Arc::new(Desk::new(writer));
        let thread = std::thread::Builder::new()
            .name("journal".to_owned())
            .spawn({
                let desk = Arc::clone(&desk);
                move || desk.run()
            })
            .map_err(|error| StorageError::Io { what: error.to_string() })?;
        let journal = Journal { desk, thread: Some(thread), reader: shared, verifier };
        if found.size > 0 && journal.read(|reader| reader.has_no_rows())? {
            journal.rebuild().map_err(|error| StorageError::Io { what: error.to_string() })?;
        }
        Ok((journal, found))
    }

    /// Who can check what this log signs; its name is the log's.
    pub fn verifier(&self) -> &Verifier {
        &self.verifier
    }

    /// Records facts; returns when they are synced.
    ///
    /// # Errors
    ///
    /// [`AppendError`]; then nothing was recorded, unless the writer has stopped: then nobody knows until
    /// the journal is opened again.
    pub fn append(&self, append: Append) -> Result<Receipt, AppendError> {
        let mut receipts = self.append_all(vec![append])?;
        receipts.pop().ok_or(AppendError::Closed)
    }

    /// Records facts of several streams, all or none.
    ///
    /// # Errors
    ///
    /// As [`Journal::append`].
    pub fn append_all(&self, appends: Vec<Append>) -> Result<Vec<Receipt>, AppendError> {
        if appends.is_empty() {
            return Ok(Vec::new());
        }
        self.asked(|answer| Job::Append(appends, answer))
    }

    /// Carries an intent through: read, decide, record. Decides again when somebody else was first.
    ///
    /// # Errors
    ///
    /// [`AskError`] when it is refused or cannot be recorded.
    pub fn ask<A>(
        &self,
        stream: StreamId,
        actor: &Actor,
        intent: A::Intent,
    ) -> Result<Vec<Fact>, AskError<A::Refusal>>
    where
        A: Aggregate,
        A::Intent: Clone,
    {
        let mut conflict = AppendError::Closed;
        for _ in 0..TRIES {
            let (state, expected) = self.state::<A>(stream).map_err(AppendError::from)?;
            let facts = state.decide(intent.clone()).map_err(AskError::Refused)?;
            if facts.is_empty() {
                return Ok(facts);
            }
            match self.append(Append { stream, expected, actor: actor.clone(), facts: facts.clone() }) {
                Ok(_) => return Ok(facts),
                Err(error @ AppendError::Conflict { .. }) => conflict = error,
                Err(error) => return Err(error.into()),
            }
        }
        Err(conflict.into())
    }

    /// A stream's state, and how many facts it has.
    ///
    /// # Errors
    ///
    /// [`StorageError`] when it cannot be read.
    pub fn state<A: Aggregate>(&self, stream: StreamId) -> Result<(A, u64), StorageError> {
        let entries = self.read(|reader| entries(reader, stream))?;
        let version = entries.last().map_or(0, |entry| entry.head.version);
        Ok((A::replay(entries.iter().map(|entry| &entry.fact)), version))
    }

    /// Reads with the journal's own reader, one caller at a time.
    ///
    /// # Errors
    ///
    /// What `read` says.
    pub fn read<T>(
        &self,
        read: impl FnOnce(&dyn Reader) -> Result<T, StorageError>,
    ) -> Result<T, StorageError> {
        let reader = self.reader.lock().unwrap_or_else(PoisonError::into_inner);
        reader.as_ref().map_or(Err(StorageError::Busy), |reader| read(reader.as_ref()))
    }

    /// Records that values are erased, and erases them; returns when neither rows nor write-ahead log hold
    /// them any more.
    ///
    /// # Errors
    ///
    /// As [`Journal::append`].
    pub fn erase(&self, append: Append, values: Vec<(u64, Commitment)>) -> Result<Receipt, AppendError> {
        self.asked(|answer| Job::Erase(append, values, answer))
    }

    /// Makes all rows of lists anew.
    ///
    /// # Errors
    ///
    /// As [`Journal::append`].
    pub fn rebuild(&self) -> Result<(), AppendError> {
        self.asked(Job::Rebuild)
    }

    /// A checkpoint over everything recorded until now; none for an empty log.
    ///
    /// # Errors
    ///
    /// As [`Journal::append`].
    pub fn checkpoint(&self) -> Result<Option<String>, AppendError> {
        self.asked(Job::Sign)
    }

    fn asked<T>(
        &self,
        job: impl FnOnce(SyncSender<Result<T, AppendError>>) -> Job,
    ) -> Result<T, AppendError> {
        let (answer, answered): (_, Receiver<Result<T, AppendError>>) = mpsc::sync_channel(1);
        self.desk.ask(job(answer));
        answered.recv().map_err(|_| AppendError::Closed)?
    }
}

/// Signs what is not signed and waits for the writer, which closes the database last: only then is nothing
/// left beside it.
impl Drop for Journal {
    fn drop(&mut self) {
        *self.reader.lock().unwrap_or_else(PoisonError::into_inner) = None;
        self.desk.close();
        if let Some(thread) = self.thread.take() {
            // A panic of the writer was told by itself; facts without an answer were not acknowledged.
            let _ = thread.join();
        }
    }
}

/// A stream's entries, with the values that are still known.
///
/// # Errors
///
/// [`StorageError`] when they cannot be read.
pub fn entries(reader: &dyn Reader, stream: StreamId) -> Result<Vec<Entry>, StorageError> {
    let stored: Vec<Stored> = reader.stream(stream)?;
    stored.iter().map(rebuild::entry).collect()
}

/// How many entries are signed, after a look at the end of the log: not all of it is read.
///
/// # Errors
///
/// [`StorageError::Damaged`] when entries, tiles and checkpoint do not agree.
pub fn end(reader: &dyn Reader, verifier: &Verifier) -> Result<u64, StorageError> {
    let (tree, note) = (Tree::open(reader)?, reader.checkpoint()?);
    signed(&tree, reader, note.as_deref(), verifier)
}

fn signed(
    tree: &Tree,
    reader: &dyn Reader,
    note: Option<&str>,
    verifier: &Verifier,
) -> Result<u64, StorageError> {
    match note {
        Some(note) => agrees(tree, reader, note, verifier),
        None if tree.size() == 0 => Ok(0),
        None => Err(StorageError::Damaged { what: NO_CHECKPOINT.to_owned() }),
    }
}

/// How many entries the checkpoint is over, if the tree begins with what it says.
fn agrees(tree: &Tree, reader: &dyn Reader, note: &str, verifier: &Verifier) -> Result<u64, StorageError> {
    let damaged = |what: String| StorageError::Damaged { what };
    let checkpoint = Checkpoint::verified(note, verifier)
        .map_err(|error| damaged(format!("the last checkpoint is not believed: {error}")))?;
    if checkpoint.size > tree.size() {
        let (signed, there) = (checkpoint.size, tree.size());
        return Err(damaged(format!("{signed} entries were signed, and {there} are there")));
    }
    let root =
        merkle::root(&tree.nodes(reader), checkpoint.size).map_err(|error| damaged(error.to_string()))?;
    if root == checkpoint.root {
        Ok(checkpoint.size)
    } else {
        Err(damaged(format!("the first {} entries are not those that were signed", checkpoint.size)))
    }
}
