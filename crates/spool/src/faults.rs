//! A disk that fails, by a seed: what was acknowledged is there, and what was refused is not in its way.

use crate::disk::{Disk, Real};
use crate::{AppendError, Batch, Full, Options, Place, Record, Seq, Spool};
use jiff::Timestamp;
use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::io;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// Fails once in so many times, in the ways that a disk can.
struct Faulty {
    random: Mutex<u64>,
    once_in: u64,
    /// Bytes of each file that were synced, by its number.
    synced: Arc<Mutex<HashMap<u64, u64>>>,
    /// Files whose sync failed: a second one would say that all is well, whatever was lost.
    broken: Mutex<HashSet<u64>>,
}

impl Faulty {
    fn random(&self, below: u64) -> u64 {
        let mut state = self.random.lock().unwrap();
        *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (*state ^ (*state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % below
    }

    fn is_trusted(&self, file: &File) -> io::Result<()> {
        let number = file.metadata()?.ino();
        assert!(!self.broken.lock().unwrap().contains(&number), "a file is written whose sync failed");
        Ok(())
    }

    fn may_fail(&self) -> io::Result<()> {
        if self.once_in == 0 || self.random(self.once_in) > 0 {
            return Ok(());
        }
        let kinds = [io::ErrorKind::StorageFull, io::ErrorKind::Other];
        Err(kinds[usize::try_from(self.random(2)).unwrap()].into())
    }
}

impl Disk for Faulty {
    /// What fails may have been done in part.
    fn write(&self, file: &File, bytes: &[u8], offset: u64) -> io::Result<()> {
        self.is_trusted(file)?;
        if let Err(error) = self.may_fail() {
            let part = usize::try_from(self.random(bytes.len() as u64 + 1)).unwrap();
            file.write_all_at(&bytes[..part], offset)?;
            return Err(error);
        }
        Real.write(file, bytes, offset)
    }

    /// What was to be synced may be on disk or be lost, whatever is said of it later.
    fn sync(&self, file: &File) -> io::Result<()> {
        self.is_trusted(file)?;
        if let Err(error) = self.may_fail() {
            let found = file.metadata()?;
            let synced = self.synced.lock().unwrap().get(&found.ino()).copied().unwrap_or(0);
            let lost = found.len().saturating_sub(synced);
            let zeros = if self.random(2) == 0 { 0 } else { self.random(lost + 1) };
            self.broken.lock().unwrap().insert(found.ino());
            file.write_all_at(&vec![0; usize::try_from(zeros).unwrap()], found.len() - zeros)?;
            return Err(error);
        }
        let found = file.metadata()?;
        self.synced.lock().unwrap().insert(found.ino(), found.len());
        Ok(())
    }

    fn cut(&self, file: &File, length: u64) -> io::Result<()> {
        self.may_fail()?;
        Real.cut(file, length)?;
        self.synced
            .lock()
            .unwrap()
            .entry(file.metadata()?.ino())
            .and_modify(|synced| *synced = length.min(*synced));
        Ok(())
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.may_fail()?;
        Real.rename(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        self.may_fail()?;
        Real.remove(path)
    }

    fn sync_folder(&self, _folder: &Path) -> io::Result<()> {
        self.may_fail()
    }

    fn free(&self, file: &File) -> io::Result<u64> {
        self.may_fail()?;
        Real.free(file)
    }
}

fn bounds() -> Options {
    Options {
        segment_bytes: 1500,
        floor_bytes: 1,
        tail_bytes: 1000,
        keep_age: Duration::from_secs(1 << 30),
        segment_age: Duration::from_secs(1 << 30),
        ..Options::default()
    }
}

fn lines(spool: &Spool, from: u64) -> Vec<(u64, String)> {
    let mut reader = spool.reader(Seq(from));
    let mut lines = Vec::new();
    loop {
        let portion = reader.next(1 << 20).unwrap();
        assert_eq!(portion.missing, []);
        if portion.records.is_empty() {
            return lines;
        }
        let line = |read: crate::Read| (read.seq.0, String::from_utf8(read.bytes.to_vec()).unwrap());
        lines.extend(portion.records.into_iter().map(line));
    }
}

/// What was acknowledged, and how often the disk failed meanwhile.
fn run(seed: u64) -> (usize, usize) {
    let folder = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap();
    let (mut acknowledged, mut place, mut failures, mut refused) = (Vec::new(), None, 0, Vec::new());
    let synced = Arc::new(Mutex::new(HashMap::new()));
    for life in 0..4_u64 {
        let random = || Mutex::new(seed * 8 + life);
        let disk = |once_in| {
            let (synced, broken) = (synced.clone(), Mutex::default());
            Arc::new(Faulty { random: random(), once_in, synced, broken })
        };
        let opened = Spool::open_on(folder.path(), bounds(), disk(4 + seed % 40));
        let Ok((spool, opened)) = opened.or_else(|_| Spool::open_on(folder.path(), bounds(), disk(0))) else {
            panic!("seed {seed}: it does not open on a disk that is well")
        };
        assert_eq!(opened.damaged.iter().filter(|it| !it.what.contains("end of the segment")).count(), 0);
        // What was not acknowledged may be there, whole, at the end.
        let there = lines(&spool, 0);
        assert_eq!(there[..acknowledged.len()], acknowledged, "seed {seed}");
        for (_, line) in &there[acknowledged.len()..] {
            assert!(refused.contains(line), "seed {seed}: nobody sent `{line}` since");
        }
        acknowledged = there;
        refused.clear();
        if let Some((_, line)) = acknowledged.last() {
            place = line.split(' ').nth(1).and_then(|number| number.parse().ok());
        }
        assert_eq!(spool.place("auth", &[7; 16]), place, "seed {seed}");
        for number in 0..40_u64 {
            let next = life * 1000 + number;
            let line = format!("line {next} {}", "x".repeat(usize::try_from(next * 37 % 300).unwrap()));
            let record = Record {
                bytes: line.clone().into(),
                place: Some(Place { file: [7; 16], next }),
                identity: Some(u128::from(next).to_le_bytes()),
            };
            let batch =
                Batch { source: "auth".into(), arrival: Timestamp::UNIX_EPOCH, records: vec![record] };
            let mut answer = spool.append(batch.clone());
            if answer.is_err() && number % 2 == 0 {
                // Whoever is refused sends it again.
                answer = spool.append(batch);
            }
            match answer {
                Ok(receipt) => {
                    assert_eq!((receipt.taken, receipt.doubled), (1, 0), "seed {seed}");
                    let seq = receipt.first.unwrap().0;
                    assert_eq!(seq, acknowledged.len() as u64, "seed {seed}");
                    acknowledged.push((seq, line));
                    place = Some(next);
                    refused.clear();
                }
                Err(AppendError::Full(Full::Disk { .. }) | AppendError::Storage { .. }) => {
                    failures += 1;
                    refused.push(line);
                }
                Err(error) => panic!("seed {seed}: {error}"),
            }
            assert_eq!(spool.place("auth", &[7; 16]), place, "seed {seed}");
        }
        assert_eq!(lines(&spool, 0), acknowledged, "seed {seed}");
    }
    (acknowledged.len(), failures)
}

#[test]
fn a_disk_that_fails_loses_nothing_that_was_acknowledged() {
    let seeds = std::env::var("COFFERDAM_FAULTS").map_or(60, |text| text.parse().unwrap());
    let (mut acknowledged, mut failures) = (0, 0);
    for seed in 0..seeds {
        let (more, failed) = run(seed);
        acknowledged += more;
        failures += failed;
    }
    println!("faults: {seeds} seeds, {acknowledged} acknowledged, {failures} refused");
    assert!(acknowledged > 10 * usize::try_from(seeds).unwrap() && failures > 0);
}
