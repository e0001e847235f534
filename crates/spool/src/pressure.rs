//! A disk that is slow: what waits is bounded, and is synced together.

use crate::disk::{Disk, Real};
use crate::{Batch, Full, Options, Receipt, Record, Seq, Spool};
use jiff::Timestamp;
use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, mpsc};
use std::time::Duration;

/// Syncs nothing until it is let go.
#[derive(Default)]
struct Slow {
    is_held: Mutex<bool>,
    let_go: Condvar,
    syncs: AtomicU64,
}

impl Slow {
    fn hold(&self, is_held: bool) {
        *self.is_held.lock().unwrap() = is_held;
        self.let_go.notify_all();
    }
}

impl Disk for Slow {
    fn write(&self, file: &File, bytes: &[u8], offset: u64) -> io::Result<()> {
        Real.write(file, bytes, offset)
    }

    fn sync(&self, _file: &File) -> io::Result<()> {
        self.syncs.fetch_add(1, Ordering::Relaxed);
        drop(self.let_go.wait_while(self.is_held.lock().unwrap(), |is_held| *is_held).unwrap());
        Ok(())
    }

    fn cut(&self, file: &File, length: u64) -> io::Result<()> {
        Real.cut(file, length)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        Real.rename(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        Real.remove(path)
    }

    fn sync_folder(&self, _folder: &Path) -> io::Result<()> {
        Ok(())
    }

    fn free(&self, _file: &File) -> io::Result<u64> {
        Ok(1 << 40)
    }
}

fn batch(bytes: usize) -> Batch {
    let record = Record { bytes: vec![b'x'; bytes].into(), ..Record::default() };
    Batch { source: "auth".into(), arrival: Timestamp::UNIX_EPOCH, records: vec![record] }
}

fn opened(disk: &Arc<Slow>) -> (tempfile::TempDir, Spool) {
    let folder = tempfile::tempdir().unwrap();
    let bounds = Options { waiting_bytes: 10_000, ..Options::default() };
    let (spool, _) = Spool::open_on(folder.path(), bounds, disk.clone()).unwrap();
    (folder, spool)
}

#[test]
fn what_waits_is_bounded_and_goes_together() {
    let disk = Arc::new(Slow::default());
    let (_folder, spool) = opened(&disk);
    disk.hold(true);
    let (tell, told) = mpsc::channel();
    let mut submitted = 0;
    let full = loop {
        let tell = tell.clone();
        match spool.submit(batch(900), move |answer| tell.send(answer).unwrap()) {
            Ok(()) => submitted += 1,
            Err(full) => break full,
        }
    };
    assert!(matches!(full, Full::Waiting { waiting } if waiting <= 10_000), "{full}");
    assert!((8..=10).contains(&submitted));
    assert!(told.try_recv().is_err(), "nothing was synced, and something was acknowledged");
    // One that may wait does so.
    std::thread::scope(|scope| {
        let patient = scope.spawn(|| spool.append(batch(900)));
        assert_eq!(spool.end(), Seq(0), "what was not synced cannot be read");
        let before = disk.syncs.load(Ordering::Relaxed);
        disk.hold(false);
        let receipts: Vec<Receipt> = (0..submitted).map(|_| told.recv().unwrap().unwrap()).collect();
        let firsts: Vec<u64> = receipts.iter().map(|receipt| receipt.first.unwrap().0).collect();
        assert_eq!(firsts, (0..submitted).collect::<Vec<u64>>());
        assert!(patient.join().unwrap().is_ok());
        let syncs = disk.syncs.load(Ordering::Relaxed) - before;
        assert!(syncs <= 4, "{syncs} syncs");
    });
    assert_eq!(spool.status().waiting_bytes, 0);
}

#[test]
fn what_waits_when_the_spool_is_closed_is_written_and_answered() {
    let disk = Arc::new(Slow::default());
    let (folder, spool) = opened(&disk);
    disk.hold(true);
    let (tell, told) = mpsc::channel();
    for _ in 0..5 {
        let tell = tell.clone();
        spool.submit(batch(10), move |answer| tell.send(answer.is_ok()).unwrap()).unwrap();
    }
    let closing = std::thread::spawn(move || drop(spool));
    std::thread::sleep(Duration::from_millis(30));
    disk.hold(false);
    closing.join().unwrap();
    drop(tell);
    assert_eq!(told.iter().collect::<Vec<_>>(), [true; 5]);
    let (spool, _) = Spool::open(folder.path(), Options::default()).unwrap();
    assert_eq!(spool.end(), Seq(5));
}

#[test]
fn a_callback_that_panics_ends_nothing() {
    let disk = Arc::new(Slow::default());
    let (_folder, spool) = opened(&disk);
    spool.submit(batch(1), |_| panic!("of whoever asked; this is a test")).unwrap();
    assert_eq!(spool.append(batch(1)).unwrap().first, Some(Seq(1)));
}
