//! Whoever works, everybody is answered, and checkpoints come in time.

use crate::sample::{alert, open, signer, world};
use cofferdam_journal::note::Checkpoint;
use cofferdam_store::{AppendError, Journal, Reader, Sqlite, Storage, StorageError, Transaction};
use std::time::{Duration, Instant};

/// A database that panics after so many transactions.
struct Panics(Sqlite, usize);

impl Storage for Panics {
    fn transact(
        &mut self,
        write: &mut dyn FnMut(&mut dyn Transaction) -> Result<(), StorageError>,
    ) -> Result<(), StorageError> {
        self.1 = self.1.checked_sub(1).expect("this is the panic that the test wants");
        self.0.transact(write)
    }

    fn reader(&self) -> Result<Box<dyn Reader>, StorageError> {
        self.0.reader()
    }

    fn scrub(&mut self) -> Result<(), StorageError> {
        self.0.scrub()
    }
}

#[test]
fn nobody_waits_for_a_writer_that_panicked() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.db");
    let storage = Box::new(Panics(Sqlite::open(&path).unwrap(), 20));
    let (journal, _) = Journal::open(storage, signer(), world(1)).unwrap();
    let recorded: u64 = std::thread::scope(|scope| {
        let journal = &journal;
        let write = |writer: u64| {
            move || {
                let results: Vec<_> =
                    (0..30).map(|id| journal.append(alert(writer * 100 + id, "dev1"))).collect();
                let recorded = results.iter().take_while(|result| result.is_ok()).count();
                assert!(results[recorded..].iter().all(|result| *result == Err(AppendError::Closed)));
                assert!(recorded < 30);
                recorded as u64
            }
        };
        let writers: Vec<_> = (0..8).map(|writer| scope.spawn(write(writer))).collect();
        writers.into_iter().map(|writer| writer.join().unwrap()).sum()
    });
    assert_eq!(journal.append(alert(9999, "dev1")), Err(AppendError::Closed));
    drop(journal);
    assert_eq!(open(&path).unwrap().1.size, recorded, "what was acknowledged, and nothing else");
}

#[test]
fn an_entry_is_signed_in_a_second_though_nobody_asks_any_more() {
    let folder = tempfile::tempdir().unwrap();
    let (journal, _) = open(&folder.path().join("journal.db")).unwrap();
    for id in 0..3 {
        journal.append(alert(id, "dev1")).unwrap();
        let until = Instant::now() + Duration::from_secs(10);
        let signed = || {
            let note = journal.read(|reader| reader.checkpoint()).unwrap();
            note.is_some_and(|note| Checkpoint::verified(&note, journal.verifier()).unwrap().size == id + 1)
        };
        assert_eq!(signed(), id == 0, "the first is signed at once, later ones together");
        while !signed() {
            assert!(Instant::now() < until, "nobody signs");
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}
