//! A crash leaves the last frame unfinished: it is cut off, and all that was synced before is there.

use crate::sample::{all, batch, identified, lines, open, options, placed, record, scratch, segments};
use cofferdam_spool::{Batch, Seq, Spool};
use std::fs;
use std::path::Path;

/// What is there in any case, and what comes last.
fn written(folder: &Path) -> (usize, usize) {
    let spool = open(folder, options());
    spool.append(batch("auth", &["one", "two"])).unwrap();
    let records = vec![placed("three", 1, 30), identified("four", 4)];
    spool.append(Batch { records, ..batch("auth", &[]) }).unwrap();
    let start = usize::try_from(spool.status().bytes).unwrap();
    let records = vec![placed("five", 1, 50), identified("six", 6), record("seven")];
    spool.append(Batch { records, ..batch("audit", &[]) }).unwrap();
    let end = usize::try_from(spool.status().bytes).unwrap();
    (start, end)
}

const FIRST: [&str; 4] = ["0 auth one", "1 auth two", "2 auth three", "3 auth four"];

/// Opens what is left of a segment, and goes on.
fn check(folder: &Path, left: &[u8], torn_at: usize) {
    let path = &segments(folder)[0];
    fs::write(path, left).unwrap();
    let (spool, opened) = Spool::open(folder, options()).unwrap();
    assert_eq!(opened.end, Seq(4));
    assert_eq!(opened.damaged, []);
    let torn: Vec<_> = opened.torn.iter().map(|torn| (torn.offset, torn.bytes)).collect();
    let want = (torn_at as u64, (left.len() - torn_at) as u64);
    assert_eq!(torn, if want.1 > 0 { vec![want] } else { vec![] });
    assert_eq!(lines(&all(&spool, 0)), FIRST);
    assert_eq!(spool.place("auth", &[1; 16]), Some(30));
    assert_eq!(spool.place("audit", &[1; 16]), None);
    let records = vec![identified("four", 4), identified("six", 6)];
    let again = spool.append(Batch { records: records.clone(), ..batch("auth", &[]) }).unwrap();
    assert_eq!((again.first, again.taken, again.doubled), (Some(Seq(4)), 1, 1));
    assert_eq!(spool.append(Batch { records, ..batch("audit", &[]) }).unwrap().taken, 2);
    drop(spool);
    let spool = open(folder, options());
    let got = lines(&all(&spool, 2));
    assert_eq!(got, ["2 auth three", "3 auth four", "4 auth six", "5 audit four", "6 audit six"]);
}

#[test]
fn a_tail_that_is_torn_at_any_byte_is_cut_off() {
    let folder = scratch();
    let (start, end) = written(folder.path());
    let whole = fs::read(&segments(folder.path())[0]).unwrap();
    assert_eq!(whole.len(), end);
    for length in start..end {
        check(folder.path(), &whole[..length], start);
        // The file grew, and what was to be in it was not written.
        let mut holes = whole[..length].to_vec();
        holes.resize(end, 0);
        if holes != whole {
            check(folder.path(), &holes, start);
        }
    }
    let mut longer = whole[..start].to_vec();
    longer.extend_from_slice(&[b'C'; 100_000]);
    check(folder.path(), &longer, start);
}

#[test]
fn a_segment_that_was_being_made_or_sealed_is_no_harm() {
    let folder = scratch();
    let (_, end) = written(folder.path());
    let making = folder.path().join("00000000000000000007.making");
    fs::write(&making, b"CFDSPOOL").unwrap();
    let spool = open(folder.path(), options());
    assert!(!making.exists());
    // It is sealed by its size, and the next one made.
    spool.append(batch("auth", &["x".repeat(3000).as_str()])).unwrap();
    spool.append(batch("auth", &["nine"])).unwrap();
    drop(spool);
    let paths = segments(folder.path());
    let sealed = fs::read(&paths[0]).unwrap();
    let bounds = (end + 3000, sealed.len());
    // Power fails before the next one has its name, and at any byte of the end of this one.
    fs::remove_file(&paths[1]).unwrap();
    for length in (bounds.0..=bounds.1).rev() {
        fs::write(&paths[0], &sealed[..length]).unwrap();
        let (spool, opened) = Spool::open(folder.path(), options()).unwrap();
        assert_eq!(opened.damaged, []);
        if opened.end == Seq(7) {
            // The last frame of records was reached.
            break;
        }
        assert_eq!(opened.end, Seq(8), "{length}");
        assert_eq!(spool.place("audit", &[1; 16]), Some(50));
        let records = vec![identified("four", 4)];
        assert_eq!(spool.append(Batch { records, ..batch("auth", &[]) }).unwrap().doubled, 1);
        assert_eq!(spool.append(batch("auth", &["ten"])).unwrap().first, Some(Seq(8)));
        assert_eq!(all(&spool, 0).records.len(), 9);
        drop(spool);
        for path in &segments(folder.path())[1..] {
            fs::remove_file(path).unwrap();
        }
    }
}
