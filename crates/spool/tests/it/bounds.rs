//! What goes, what is refused, and that room is enough to go on.

use crate::sample::{all, batch, lines, open, options, segments, time};
use cofferdam_spool::{AppendError, Batch, Cause, Full, Options, Seq, Spool};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

/// Waits until something is so, which the writer's thread brings about.
fn eventually(what: &str, is_so: impl Fn() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < Duration::from_secs(20), "{what} does not happen");
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn large(number: u64) -> Batch {
    batch("auth", &[format!("{number} {}", "x".repeat(1000)).as_str()])
}

#[test]
fn what_was_not_processed_stays_and_more_is_refused_until_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let bounds = || Options { keep_bytes: 10_000, ..options() };
    let spool = open(folder.path(), bounds());
    let mut taken = 0;
    let refused = loop {
        match spool.append(large(taken)) {
            Ok(_) => taken += 1,
            Err(error) => break error,
        }
    };
    assert!(matches!(refused, AppendError::Full(Full::Bound { bound: 10_000, .. })), "{refused}");
    assert!(taken >= 7);
    assert_eq!(all(&spool, 0).records.len() as u64, taken);
    assert!(spool.status().bytes <= 10_000);
    assert!(spool.status().failing.unwrap().contains("not processed"));
    // A restart changes nothing of that.
    drop(spool);
    let spool = open(folder.path(), bounds());
    assert!(spool.append(large(taken)).is_err());
    spool.processed(Seq(taken - 1));
    let receipt = spool.append(large(taken)).unwrap();
    assert_eq!(receipt.first, Some(Seq(taken)));
    assert_eq!(spool.status().failing, None);
    let portion = all(&spool, 0);
    assert_eq!(portion.missing.len(), 1);
    assert_eq!(portion.missing[0].cause, Cause::Retired);
    assert_eq!(portion.missing[0].seqs, 0..spool.status().oldest.0);
    assert_eq!(portion.records.last().unwrap().seq, Seq(taken));
    // All of it: also that in the segment that is written.
    for number in taken + 1..taken + 50 {
        spool.processed(spool.end());
        spool.append(large(number)).unwrap();
    }
}

#[test]
fn what_was_processed_goes_by_age() {
    let folder = tempfile::tempdir().unwrap();
    let clock = Arc::new(AtomicI64::new(0));
    let now = clock.clone();
    let bounds = Options {
        segment_age: Duration::from_secs(100),
        keep_age: Duration::from_secs(1000),
        tail_bytes: 0,
        now: Arc::new(move || time(now.load(Ordering::Relaxed))),
        ..options()
    };
    let spool = open(folder.path(), bounds);
    let at = |second: i64, line: &str| Batch { arrival: time(second), ..batch("auth", &[line]) };
    spool.append(at(0, "one")).unwrap();
    clock.store(150, Ordering::Relaxed);
    spool.append(at(150, "two")).unwrap();
    assert_eq!(segments(folder.path()).len(), 2, "the first is old enough to be sealed");
    clock.store(1120, Ordering::Relaxed);
    spool.append(at(1120, "three")).unwrap();
    assert_eq!(lines(&all(&spool, 0)), ["0 auth one", "1 auth two", "2 auth three"]);
    spool.processed(Seq(2));
    eventually("retirement", || spool.status().oldest == Seq(1));
    clock.store(1300, Ordering::Relaxed);
    spool.processed(Seq(2));
    eventually("retirement", || spool.status().oldest == Seq(2));
    let portion = all(&spool, 0);
    assert_eq!(lines(&portion), ["2 auth three"]);
    assert_eq!(portion.missing[0].seqs, 0..2);
}

#[test]
fn what_is_said_to_be_processed_and_is_not_there_yet_stays() {
    let folder = tempfile::tempdir().unwrap();
    let spool = open(folder.path(), Options { keep_bytes: 5000, ..options() });
    spool.append(large(0)).unwrap();
    spool.processed(Seq(1000));
    while spool.append(large(spool.end().0)).is_ok() {}
    assert!(spool.end() > Seq(2));
    assert_eq!(spool.status().processed, Seq(1));
    assert!(spool.status().oldest <= Seq(1));
}

#[test]
fn what_has_no_room_on_the_disk_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let spool = open(folder.path(), Options { floor_bytes: 1 << 60, ..options() });
    let refused = spool.append(large(0)).unwrap_err();
    assert!(matches!(refused, AppendError::Full(Full::Disk { floor, .. }) if floor == 1 << 60), "{refused}");
    assert_eq!(spool.end(), Seq(0));
}

#[test]
fn what_can_never_be_taken_is_said_so() {
    let folder = tempfile::tempdir().unwrap();
    let spool = open(folder.path(), options());
    let many = Batch { records: vec![crate::sample::record("x"); 2_000_000], ..batch("auth", &[]) };
    assert!(matches!(spool.append(many).unwrap_err(), AppendError::TooLarge { .. }));
    for name in [String::new(), "x".repeat(256)] {
        let (tell, told) = std::sync::mpsc::channel();
        spool.submit(batch(&name, &["x"]), move |answer| tell.send(answer).unwrap()).unwrap();
        assert!(matches!(told.recv().unwrap().unwrap_err(), AppendError::Name { .. }));
    }
    let none = spool.append(batch("auth", &[])).unwrap();
    assert_eq!((none.first, none.taken, none.doubled), (None, 0, 0));
    assert_eq!(spool.append(batch("auth", &["", ""])).unwrap().taken, 2);
}

#[test]
fn only_the_owner_reads_what_others_sent() {
    let parent = tempfile::tempdir().unwrap();
    let folder = parent.path().join("spool");
    let spool = open(&folder, options());
    for number in 0..9 {
        spool.append(large(number)).unwrap();
    }
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&folder), 0o700);
    let paths = segments(&folder);
    assert!(paths.len() > 2 && paths.iter().all(|path| mode(path) == 0o600));
}

/// A file system of one mebibyte; none when nobody may mount one.
struct Small(PathBuf);

impl Small {
    fn mount(at: &Path) -> Option<Small> {
        let mount = Command::new("mount").args(["-t", "tmpfs", "-o", "size=1m", "tmpfs"]).arg(at).output();
        mount.is_ok_and(|output| output.status.success()).then(|| Small(at.to_owned()))
    }
}

impl Drop for Small {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("--lazy").arg(&self.0).status();
    }
}

#[test]
fn a_disk_that_is_full_loses_nothing_and_is_written_when_there_is_room() {
    let folder = tempfile::tempdir().unwrap();
    let Some(small) = Small::mount(folder.path()) else {
        println!("skipped: a full disk; nobody may mount a small file system here");
        return;
    };
    let path = small.0.join("spool");
    let ballast = small.0.join("ballast");
    std::fs::write(&ballast, vec![0; 300_000]).unwrap();
    let bounds = || Options { segment_bytes: 50_000, ..options() };
    let spool = open(&path, bounds());
    let fill = |spool: &Spool| {
        let mut taken = 0;
        loop {
            match spool.append(large(taken)) {
                Ok(_) => taken += 1,
                Err(error) => break (taken, error),
            }
        }
    };
    let (taken, refused) = fill(&spool);
    assert!(taken > 100 && matches!(refused, AppendError::Full(Full::Disk { .. })), "{taken} {refused}");
    assert_eq!(all(&spool, 0).records.len() as u64, taken);
    drop(spool);
    let spool = open(&path, bounds());
    assert_eq!(spool.end(), Seq(taken));
    std::fs::remove_file(&ballast).unwrap();
    let (more, _) = fill(&spool);
    assert!(more > 50, "{more}");
    drop(spool);
    let spool = open(&path, bounds());
    let portion = all(&spool, 0);
    assert_eq!((portion.records.len() as u64, portion.missing), (taken + more, vec![]));
}
