//! Readers beside writers: each sees all that was synced, in order, and is woken when there is more.

use crate::sample::{batch, open, options, rest, scratch, segments};
use cofferdam_spool::{Cause, Options, Seq, look};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

const LONG: Duration = Duration::from_secs(30);

#[test]
fn a_reader_that_waits_is_woken() {
    let folder = tempfile::tempdir().unwrap();
    let spool = open(folder.path(), options());
    let mut reader = spool.reader(Seq(0));
    assert!(!reader.wait(Duration::from_millis(20)));
    std::thread::scope(|scope| {
        scope.spawn(|| {
            std::thread::sleep(Duration::from_millis(50));
            spool.append(batch("auth", &["one"])).unwrap();
        });
        let begun = Instant::now();
        assert!(reader.wait(LONG));
        assert!(begun.elapsed() < LONG / 2);
    });
    assert_eq!(reader.next(1).unwrap().records.len(), 1);
    drop(spool);
    let begun = Instant::now();
    assert!(!reader.wait(LONG), "the spool was closed");
    assert!(begun.elapsed() < LONG / 2);
}

#[test]
fn another_process_looks_and_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let spool = open(folder.path(), options());
    for _ in 0..5 {
        spool.append(batch("auth", &["x".repeat(900).as_str(), "y"])).unwrap();
    }
    let files = || -> Vec<(PathBuf, Vec<u8>)> {
        segments(folder.path()).into_iter().map(|path| (path.clone(), std::fs::read(path).unwrap())).collect()
    };
    // What is written just now looks torn.
    let last = segments(folder.path()).pop().unwrap();
    let mut bytes = std::fs::read(&last).unwrap();
    bytes.extend_from_slice(b"CFDf and no more");
    std::fs::write(&last, bytes).unwrap();
    let before = files();
    let (mut reader, opened) = look(folder.path(), Seq(0)).unwrap();
    assert_eq!((opened.end, opened.torn.len()), (Seq(10), 1));
    assert_eq!(rest(&mut reader).records.len(), 10);
    assert!(!reader.wait(LONG));
    assert!(look(&folder.path().join("none"), Seq(0)).is_err());
    assert_eq!(files(), before);
}

#[test]
fn a_reader_from_beyond_the_end_begins_at_the_end() {
    let folder = tempfile::tempdir().unwrap();
    let spool = open(folder.path(), options());
    spool.append(batch("auth", &["one"])).unwrap();
    let mut reader = spool.reader(Seq(1000));
    spool.append(batch("auth", &["two"])).unwrap();
    assert_eq!(reader.next(1).unwrap().records[0].seq, Seq(1));
}

#[test]
fn a_portion_has_as_many_bytes_as_were_asked_for_but_one_record_in_any_case() {
    let folder = tempfile::tempdir().unwrap();
    let spool = open(folder.path(), options());
    let line = "x".repeat(936);
    spool.append(batch("auth", &[line.as_str(); 10])).unwrap();
    let mut reader = spool.reader(Seq(0));
    let counts: Vec<usize> =
        [0, 999, 1000, 2999, 3000].iter().map(|bytes| reader.next(*bytes).unwrap().records.len()).collect();
    assert_eq!(counts, [1, 1, 1, 2, 3]);
}

#[test]
fn readers_at_every_pace_see_everything_or_are_told_what_went() {
    let folder = scratch();
    let bounds = Options { keep_bytes: 60_000, tail_bytes: 5000, segment_bytes: 8000, ..options() };
    let spool = open(folder.path(), bounds);
    let is_over = AtomicBool::new(false);
    let (written, seen) = std::thread::scope(|scope| {
        let reader = |pause: Duration| {
            let (spool, is_over) = (&spool, &is_over);
            scope.spawn(move || {
                let mut reader = spool.reader(Seq(0));
                let (mut next, mut read, mut retired) = (0, 0_u64, 0);
                loop {
                    let was_over = is_over.load(Ordering::Acquire);
                    let portion = reader.next(4000).unwrap();
                    if portion.records.is_empty() && portion.missing.is_empty() {
                        if was_over {
                            return (next, read, retired);
                        }
                        reader.wait(Duration::from_millis(100));
                        continue;
                    }
                    let mut missing = portion.missing.into_iter().peekable();
                    for record in portion.records {
                        while let Some(gap) = missing.next_if(|gap| gap.seqs.end <= record.seq.0) {
                            assert_eq!((gap.seqs.start, gap.cause), (next, Cause::Retired));
                            retired += gap.seqs.end - next;
                            next = gap.seqs.end;
                        }
                        assert_eq!(record.seq.0, next);
                        assert!(record.bytes.starts_with(format!("{next} ").as_bytes()));
                        (next, read) = (next + 1, read + 1);
                    }
                    for gap in missing {
                        assert_eq!((gap.seqs.start, gap.cause), (next, Cause::Retired));
                        retired += gap.seqs.end - next;
                        next = gap.seqs.end;
                    }
                    std::thread::sleep(pause);
                }
            })
        };
        let readers = [0, 0, 1, 200].map(|millis| reader(Duration::from_millis(millis)));
        let mut number = 0;
        let begun = Instant::now();
        while begun.elapsed() < Duration::from_secs(2) {
            let lines: Vec<String> =
                (number..number + 7).map(|number| format!("{number} {}", "x".repeat(90))).collect();
            let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
            spool.processed(spool.end());
            spool.append(batch("auth", &lines)).unwrap();
            number += 7;
        }
        is_over.store(true, Ordering::Release);
        (number, readers.map(|reader| reader.join().unwrap()))
    });
    for (next, read, retired) in seen {
        assert_eq!((next, read + retired), (written, written));
    }
    assert!(seen[3].2 > 0, "the slow one lost nothing");
    println!(
        "readers: {written} written; read, and gone before: {:?}",
        seen.map(|(_, read, gone)| (read, gone))
    );
}
