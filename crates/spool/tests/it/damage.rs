//! A bit flips on the disk: it is told where, and everything else is there.

use crate::sample::{all, batch, identified, open, options, placed, scratch, segments};
use cofferdam_spool::{Batch, Cause, Options, Read, Spool};
use std::fs;
use std::path::Path;

/// Two sealed segments and one that is written.
fn written(folder: &Path) -> Vec<Read> {
    let spool = open(folder, Options { segment_bytes: 1700, ..options() });
    for number in 0..14_u8 {
        let line = |name: &str| format!("{name} {number} {}", "x".repeat(60));
        let records = vec![placed(&line("placed"), 1, u64::from(number)), identified(&line("known"), number)];
        spool.append(Batch { records, ..batch(["auth", "audit"][usize::from(number % 2)], &[]) }).unwrap();
    }
    let all = all(&spool, 0);
    assert_eq!(all.missing, []);
    all.records
}

#[test]
fn a_bit_that_flips_anywhere_is_told_and_costs_one_frame() {
    let folder = scratch();
    let records = written(folder.path());
    let paths = segments(folder.path());
    assert_eq!(paths.len(), 3);
    for (number, path) in paths.iter().enumerate() {
        let whole = fs::read(path).unwrap();
        for at in 0..whole.len() {
            let mut bytes = whole.clone();
            bytes[at] ^= 1 << (at % 8);
            fs::write(path, &bytes).unwrap();
            check(folder.path(), path, at, number == 2, &records);
            fs::write(path, &whole).unwrap();
        }
    }
}

fn check(folder: &Path, path: &Path, at: usize, is_last: bool, records: &[Read]) {
    let bounds = Options { segment_bytes: 1 << 20, keep_bytes: 1 << 40, ..options() };
    let (spool, opened) = Spool::open(folder, bounds).unwrap();
    let portion = all(&spool, 0);
    let here = format!("byte {at} of {}", path.display());
    for read in &portion.records {
        assert_eq!(read, &records[usize::try_from(read.seq.0).unwrap()], "{here}");
    }
    for missing in &portion.missing {
        let Cause::Damaged { path: named, offset, .. } = &missing.cause else {
            panic!("{here}: {missing:?}")
        };
        assert_eq!(named, path);
        assert!(usize::try_from(*offset).unwrap() <= at, "{here}: {missing:?}");
    }
    let missing: u64 = portion.missing.iter().map(|missing| missing.seqs.end - missing.seqs.start).sum();
    let cut = records.len() as u64 - spool.end().0;
    assert_eq!(portion.records.len() as u64 + missing, spool.end().0, "{here}");
    assert!(missing + cut <= 2, "{here}: more than a frame");
    assert_eq!(cut > 0, !opened.torn.is_empty(), "{here}");
    if is_last {
        assert!(!opened.damaged.is_empty() || !opened.torn.is_empty(), "{here} was not noticed");
    }
    for place in ["auth", "audit"] {
        assert!(spool.place(place, &[1; 16]).unwrap() >= 10, "{here}");
    }
}

#[test]
fn a_segment_that_is_gone_is_told() {
    let folder = scratch();
    let records = written(folder.path());
    let paths = segments(folder.path());
    fs::remove_file(&paths[1]).unwrap();
    let (spool, opened) = Spool::open(folder.path(), options()).unwrap();
    assert_eq!(opened.damaged.len(), 1);
    let portion = all(&spool, 0);
    assert_eq!(portion.missing.len(), 1);
    let missing = portion.missing[0].seqs.clone();
    let read: Vec<&Read> = records.iter().filter(|read| !missing.contains(&read.seq.0)).collect();
    assert_eq!(portion.records.iter().collect::<Vec<_>>(), read);
}
