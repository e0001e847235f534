//! The program whose power is cut: everything that a spool does to its files.

use crate::sample::{options, time};
use cofferdam_power::MARK;
use cofferdam_spool::{Batch, Options, Place, Record, Seq, Spool};
use std::io::Write;
use std::path::Path;

/// Segments of few frames, and few of them kept.
pub fn bounds() -> Options {
    Options { segment_bytes: 6000, keep_bytes: 30_000, tail_bytes: 0, ..options() }
}

/// The file that is followed.
pub const FILE: [u8; 16] = [7; 16];

/// The line of a number.
pub fn line(number: u64) -> String {
    format!("line {number} {}", "x".repeat(usize::try_from(number * 53 % 900).unwrap()))
}

#[test]
#[ignore = "a program that the test of power cuts starts"]
fn record_everything() {
    // Whoever runs all ignored tests does not mean this one.
    let Some(folder) = std::env::var_os("COFFERDAM_SPOOL") else { return };
    let folder = Path::new(&folder);
    mark("begin create");
    let mut spool = Spool::open(folder, bounds()).unwrap().0;
    mark("end");
    let mut next = 0;
    for round in 0..60 {
        match round {
            20 | 40 => {
                mark("begin reopen");
                drop(spool);
                tear(folder);
                spool = Spool::open(folder, bounds()).unwrap().0;
                mark("end");
            }
            _ => next = append(&spool, round, next),
        }
        if round % 5 == 0 {
            // What was read goes when there is too much.
            mark(&format!("processed {next}"));
            spool.processed(Seq(next));
        }
    }
    drop(spool);
}

/// What a write leaves that was not finished.
fn tear(folder: &Path) {
    let last = crate::sample::segments(folder).pop().unwrap();
    let file = std::fs::OpenOptions::new().write(true).open(last).unwrap();
    let end = file.metadata().unwrap().len();
    std::os::unix::fs::FileExt::write_all_at(&file, &[b'C'; 700], end).unwrap();
}

fn append(spool: &Spool, round: u64, next: u64) -> u64 {
    let count = [1, 3, 1, 12][usize::try_from(round % 4).unwrap()];
    let record = |number: u64| Record {
        bytes: line(number).into(),
        place: Some(Place { file: FILE, next: number + 1 }),
        identity: Some(u128::from(number).to_le_bytes()),
    };
    let batch = Batch {
        source: "auth".into(),
        arrival: time(0),
        records: (next..next + count).map(record).collect(),
    };
    let receipt = spool.append(batch).unwrap();
    assert_eq!(receipt.first, Some(Seq(next)));
    mark(&format!("acknowledged {}", next + count));
    next + count
}

/// Says something to the recording, in one write.
fn mark(text: &str) {
    let mut out = std::io::stdout().lock();
    out.write_all(format!("{MARK}{text}\n").as_bytes()).and_then(|()| out.flush()).unwrap();
}
