//! The spool: one writer, many readers.

use crate::book::Account;
use crate::disk::{Disk, Real};
use crate::error::{AppendError, Full, SpoolError};
use crate::options::Options;
use crate::reader::Reader;
use crate::record::{Batch, Place, Receipt, Seq};
use crate::recover::{Recovered, recover};
use crate::shared::{Done, Shared, State};
use crate::status::{Opened, Status};
use crate::tail::Tail;
use crate::writer::Writer;
use std::path::Path;
use std::sync::{Arc, mpsc};
use std::thread::JoinHandle;

/// Accepted events on disk.
///
/// One that is dropped writes what waits, answers, and ends.
pub struct Spool {
    shared: Arc<Shared>,
    writer: Option<JoinHandle<()>>,
}

impl Spool {
    /// Opens the spool in this folder, which is made when it is not there.
    ///
    /// # Errors
    ///
    /// [`SpoolError`] when the folder or a file in it cannot be used.
    pub fn open(folder: &Path, options: Options) -> Result<(Spool, Opened), SpoolError> {
        Spool::open_on(folder, options, Arc::new(Real))
    }

    pub(crate) fn open_on(
        folder: &Path,
        options: Options,
        disk: Arc<dyn Disk>,
    ) -> Result<(Spool, Opened), SpoolError> {
        let (writer, shared, opened) =
            Writer::open(recover(folder, &options, Some(disk.as_ref()))?, options, disk)?;
        let failed = |cause| SpoolError::Io { path: folder.to_owned(), cause };
        let thread = std::thread::Builder::new().name("spool".to_owned());
        let writer = thread.spawn(move || writer.run()).map_err(failed)?;
        Ok((Spool { shared, writer: Some(writer) }, opened))
    }

    /// Appends a batch and waits until it was synced; when too much waits, for that, too.
    ///
    /// # Errors
    ///
    /// [`AppendError`]; then nothing of it was taken.
    pub fn append(&self, batch: Batch) -> Result<Receipt, AppendError> {
        let (tell, told) = mpsc::sync_channel(1);
        // Whoever waits here takes the answer; there is room for it.
        let done = Done::new(move |answer| drop(tell.send(answer)));
        if let Err((error, done)) = self.shared.ask(batch, done, true) {
            done.forget();
            return Err(error);
        }
        told.recv().unwrap_or(Err(AppendError::Closed))
    }

    /// Appends a batch without waiting; `done` hears when it was synced, or why not, on the writer's thread, which it
    /// must not hold up.
    ///
    /// # Errors
    ///
    /// [`Full`] when too much waits already; `done` is not called then.
    pub fn submit(
        &self,
        batch: Batch,
        done: impl FnOnce(Result<Receipt, AppendError>) + Send + 'static,
    ) -> Result<(), Full> {
        match self.shared.ask(batch, Done::new(done), false) {
            Err((AppendError::Full(full), done)) => {
                done.forget();
                return Err(full);
            }
            Err((error, done)) => done.tell(Err(error)),
            Ok(()) => {}
        }
        Ok(())
    }

    /// A reader of all from this record on. When there is no such record yet, it begins with the one that comes next.
    pub fn reader(&self, from: Seq) -> Reader {
        Reader::new(self.shared.clone(), from)
    }

    /// How far a followed file was read.
    pub fn place(&self, source: &str, file: &[u8; 16]) -> Option<u64> {
        self.shared.state().book.account(source)?.place(file)
    }

    /// How far each followed file of a source was read; the one that moved last is last.
    pub fn places(&self, source: &str) -> Vec<Place> {
        self.shared.state().book.account(source).map(Account::places).unwrap_or_default()
    }

    /// All records before this one were processed: they may go, by age and size.
    pub fn processed(&self, seq: Seq) {
        self.shared.processed(seq);
    }

    /// The number of the record that comes next.
    pub fn end(&self) -> Seq {
        Seq(self.shared.state().end)
    }

    /// How the spool is now.
    pub fn status(&self) -> Status {
        self.shared.status()
    }
}

/// A reader of the records in this folder from one on, for another process than the one that writes there, and what it
/// found. It sees what was written when this was called, and changes nothing; what it finds torn may be written just now.
///
/// # Errors
///
/// [`SpoolError`] when the folder or a file in it cannot be read.
pub fn look(folder: &Path, from: Seq) -> Result<(Reader, Opened), SpoolError> {
    let options = Options { identities: 0, ..Options::default() };
    let Recovered { folder, id, catalogue, book, end, opened, .. } = recover(folder, &options, None)?;
    let state = State::of(catalogue, book, end, Tail::new(0));
    let shared = Arc::new(Shared::new(folder, options, id, state));
    shared.close();
    Ok((Reader::new(shared, from), opened))
}

impl Drop for Spool {
    fn drop(&mut self) {
        self.shared.close();
        if let Some(writer) = self.writer.take() {
            // A panic told of itself, and all who waited heard that the spool is closed.
            let _ = writer.join();
        }
    }
}
