//! The one writer: takes what waits, writes it in one transaction, syncs once, answers all.

use crate::append::{Append, AppendError, Receipt};
use crate::storage::{Last, Reader, Storage, StorageError, Stored, Transaction};
use crate::tree::Tree;
use crate::world::World;
use cofferdam_journal::note::{Checkpoint, Signer};
use cofferdam_journal::view::{self, Row, Rows};
use cofferdam_journal::{Commitment, Entry, Head, Sealed, StreamId};
use jiff::Timestamp;
use std::collections::HashMap;
use std::sync::mpsc::SyncSender;
use std::time::{Duration, Instant};

/// An entry is under a signed checkpoint after at most a second.
pub const UNSIGNED: Duration = Duration::from_millis(800);
type Answer<T> = SyncSender<Result<T, AppendError>>;

/// Asked of the writer.
pub enum Job {
    /// Record these, all or none.
    Append(Vec<Append>, Answer<Vec<Receipt>>),
    /// Record these and erase the values with them.
    Erase(Append, Vec<(u64, Commitment)>, Answer<Receipt>),
    /// Make all rows anew.
    Rebuild(Answer<()>),
    /// Sign now.
    Sign(Answer<Option<String>>),
}

/// Owns the database, the tree and the key.
pub struct Writer {
    /// Dropped before the writing connection, which then leaves nothing beside the database.
    pub reader: Box<dyn Reader>,
    pub storage: Box<dyn Storage>,
    pub signer: Signer,
    pub world: World,
    pub tree: Tree,
    /// Entries under the last checkpoint, and the checkpoint.
    pub signed: (u64, Option<String>),
    /// Why it takes nothing more.
    pub stopped: Option<StorageError>,
    /// When the first entry came that no checkpoint is over.
    pub since: Option<Instant>,
}

impl Writer {
    /// Does these, in their order; appends that follow each other are synced together.
    pub fn take(&mut self, jobs: Vec<Job>) {
        let mut appends = Vec::with_capacity(jobs.len());
        for job in jobs {
            match job {
                Job::Append(facts, answer) => appends.push((facts, answer)),
                other => {
                    self.record(std::mem::take(&mut appends));
                    self.other(other);
                }
            }
        }
        self.record(appends);
    }

    fn other(&mut self, job: Job) {
        // Nobody may be waiting for the answer any more; the work is done all the same.
        match job {
            Job::Append(..) => {}
            Job::Erase(append, values, answer) => {
                let _ = answer.send(self.erase(append, &values));
            }
            Job::Rebuild(answer) => {
                let _ = answer.send(self.rebuild().map_err(AppendError::from));
            }
            Job::Sign(answer) => {
                let signed = self.sign().map(|()| self.signed.1.clone());
                let _ = answer.send(signed.map_err(AppendError::from));
            }
        }
    }

    fn record(&mut self, jobs: Vec<(Vec<Append>, Answer<Vec<Receipt>>)>) {
        if jobs.is_empty() {
            return;
        }
        let (appends, answers): (Vec<_>, Vec<_>) = jobs.into_iter().unzip();
        match self.commit(appends, &[]) {
            Ok(results) => {
                for (answer, result) in answers.into_iter().zip(results) {
                    let _ = answer.send(result);
                }
            }
            Err(error) => {
                for answer in answers {
                    let _ = answer.send(Err(error.clone()));
                }
            }
        }
    }

    /// Writes and syncs all that has no conflict. One answer for each of `appends`.
    fn commit(
        &mut self,
        appends: Vec<Vec<Append>>,
        erased: &[(u64, Commitment)],
    ) -> Result<Vec<Result<Vec<Receipt>, AppendError>>, AppendError> {
        if let Some(why) = &self.stopped {
            return Err(AppendError::Stopped { why: why.clone() });
        }
        let (signer, world, signed_size) = (&self.signer, &self.world, self.signed.0);
        // The first entries are signed with their own commit: a log without a checkpoint is never a whole one.
        let is_due = signed_size == 0 || self.since.is_some_and(|since| since.elapsed() >= UNSIGNED);
        let before = self.tree.size();
        let tree = &mut self.tree;
        let mut results = Vec::with_capacity(appends.len());
        let mut note = None;
        let mut appends = Some(appends);
        let written = self.storage.transact(&mut |transaction| {
            let now = (world.now)();
            for appends in appends.take().unwrap_or_default() {
                let mut scribe =
                    Scribe { transaction: &mut *transaction, tree: &mut *tree, signer, world, now };
                results.push(scribe.all(appends)?);
            }
            // Nothing is erased without a record of it.
            let erased = if results.iter().all(Result::is_ok) { erased } else { &[] };
            for (position, commitment) in erased {
                transaction.erase(*position, commitment)?;
            }
            if !erased.is_empty() {
                // Rows hold values too. Empty lists are made anew when a journal is opened, so that a crash
                // right after this leaves none behind.
                transaction.clear_rows()?;
            }
            if is_due && tree.size() > signed_size {
                let text = checkpoint(tree, signer)?;
                transaction.put_checkpoint(&text)?;
                note = Some(text);
            }
            Ok(())
        });
        if let Err(error) = written {
            self.undo(&error);
            return Err(error.into());
        }
        if self.tree.size() > before && self.since.is_none() {
            self.since = Some(Instant::now());
        }
        if let Some(note) = note {
            self.signed = (self.tree.size(), Some(note));
            self.since = None;
        }
        Ok(results)
    }

    /// After a transaction that failed: the tree is what is there, and may have grown over more. To copy it
    /// before each commit would cost every one of them for the sake of the few that fail.
    fn undo(&mut self, error: &StorageError) {
        let there = Tree::open(self.reader.as_ref());
        if error.is_fatal() || there.is_err() {
            self.stopped = Some(error.clone());
        }
        if let Ok(tree) = there {
            self.tree = tree;
        }
    }

    fn noticed(&mut self, result: Result<(), StorageError>) -> Result<(), StorageError> {
        if let Err(error) = &result
            && error.is_fatal()
        {
            self.stopped = Some(error.clone());
        }
        result
    }

    fn erase(&mut self, append: Append, values: &[(u64, Commitment)]) -> Result<Receipt, AppendError> {
        let answer = self.commit(vec![vec![append]], values)?.pop().unwrap_or(Err(AppendError::Closed))?;
        self.rebuild()?;
        let scrubbed = self.storage.scrub();
        self.noticed(scrubbed)?;
        answer.into_iter().next().ok_or(AppendError::Closed)
    }

    fn rebuild(&mut self) -> Result<(), StorageError> {
        let (reader, size) = (&self.reader, self.tree.size());
        let done = self.storage.transact(&mut |transaction| {
            transaction.clear_rows()?;
            crate::rebuild::rows(reader.as_ref(), size, transaction)
        });
        self.noticed(done)
    }

    /// Signs what is not signed.
    pub fn sign_soon(&mut self) {
        if self.sign().is_err() {
            // It is tried again with the next entry; who appends is told what is wrong.
            self.since = None;
        }
    }

    fn sign(&mut self) -> Result<(), StorageError> {
        self.since = None;
        if self.stopped.is_some() || self.tree.size() == self.signed.0 {
            return Ok(());
        }
        let note = checkpoint(&self.tree, &self.signer)?;
        let written = self.storage.transact(&mut |transaction| transaction.put_checkpoint(&note));
        self.noticed(written)?;
        self.signed = (self.tree.size(), Some(note));
        Ok(())
    }
}

fn checkpoint(tree: &Tree, signer: &Signer) -> Result<String, StorageError> {
    let origin = signer.verifier().name().clone();
    let note = Checkpoint { origin, size: tree.size(), root: tree.root() }.sign(signer);
    note.map(|note| note.to_string()).map_err(|error| StorageError::Damaged { what: error.to_string() })
}

/// Writes entries into a transaction and a tree.
struct Scribe<'w, 't> {
    transaction: &'t mut dyn Transaction,
    tree: &'t mut Tree,
    signer: &'w Signer,
    world: &'w World,
    now: Timestamp,
}

impl Scribe<'_, '_> {
    /// All of these or, when one is refused, none.
    fn all(&mut self, appends: Vec<Append>) -> Result<Result<Vec<Receipt>, AppendError>, StorageError> {
        let mut sealed = Vec::new();
        let mut receipts = Vec::with_capacity(appends.len());
        let mut position = self.tree.size();
        // A stream may stand twice among those that are asked for together.
        let mut lasts: HashMap<StreamId, Option<Last>> = HashMap::new();
        let are_many = appends.len() > 1;
        for append in appends {
            let Append { stream, expected, actor, facts } = append;
            let mut last = match lasts.get(&stream) {
                Some(last) => *last,
                None => self.transaction.last(stream)?,
            };
            let actual = Last::count(last);
            if actual != expected {
                return Ok(Err(AppendError::Conflict { stream, expected, actual }));
            }
            let first = position;
            let mut version = actual;
            for fact in facts {
                version += 1;
                let log = self.signer.verifier().name().clone();
                let head = Head { log, position, time: self.now, stream, version };
                let entry = Entry { head, actor: actor.clone(), fact };
                match entry.seal(&mut |bytes| (self.world.random)(bytes)) {
                    Ok(bytes) => sealed.push((entry, bytes, last.map(|last| last.position))),
                    Err(error) => return Ok(Err(error.into())),
                }
                last = Some(Last { version, position });
                position += 1;
            }
            if are_many {
                lasts.insert(stream, last);
            }
            receipts.push(Receipt { position: first, version });
        }
        sealed.into_iter().try_for_each(|(entry, bytes, previous)| self.one(&entry, bytes, previous))?;
        Ok(Ok(receipts))
    }

    fn one(&mut self, entry: &Entry, sealed: Sealed, previous: Option<u64>) -> Result<(), StorageError> {
        let hash = sealed.hash();
        let Head { position, stream, version, .. } = entry.head;
        let Sealed { leaf, secrets } = sealed;
        self.transaction.insert(&Stored { position, stream, version, previous, leaf, secrets })?;
        let mut tiles = Vec::new();
        self.tree.push(hash, &mut |tile| tiles.push(tile));
        for tile in tiles {
            self.transaction.put_tile(tile.id.level, tile.id.index, &tile.hashes)?;
        }
        view::follow(&mut InTransaction(self.transaction), entry)
    }
}

/// Rows of lists within a transaction.
pub struct InTransaction<'t>(pub &'t mut dyn Transaction);

impl Rows for InTransaction<'_> {
    type Error = StorageError;

    fn row(&mut self, stream: StreamId) -> Result<Option<Row>, StorageError> {
        self.0.row(stream)
    }

    fn put(&mut self, row: Row) -> Result<(), StorageError> {
        self.0.put_row(&row)
    }
}
