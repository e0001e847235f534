//! The program that is killed: four threads append and say what was acknowledged.

use crate::sample::{options, time};
use cofferdam_spool::{AppendError, Batch, Options, Place, Receipt, Record, Spool};
use std::io::Write;
use std::path::Path;

/// Threads that append.
pub const WRITERS: u64 = 4;
/// Said when the spool is open.
pub const READY: &str = "the spool is open";

/// A record that was acknowledged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ack {
    pub writer: u64,
    /// Of the record, among those of its writer.
    pub number: u64,
    pub seq: u64,
}

impl Ack {
    /// Reads a line of the writers; none when it is another line.
    pub fn parse(line: &str) -> Option<Ack> {
        let (_, rest) = line.split_once("acknowledged ")?;
        let mut parts = rest.split(' ').map(|part| part.parse().ok());
        Some(Ack { writer: parts.next()??, number: parts.next()??, seq: parts.next()?? })
    }
}

/// Segments that are sealed every now and then; everything is kept.
pub fn bounds() -> Options {
    Options { segment_bytes: 200_000, ..options() }
}

/// The source of a writer.
pub fn source(writer: u64) -> String {
    format!("writer-{writer}")
}

/// The file that a writer reads, as if there were one.
pub fn file(writer: u64) -> [u8; 16] {
    u128::from(writer).to_le_bytes()
}

/// The identity of a record, of those that have one.
pub fn identity(number: u64) -> [u8; 16] {
    u128::from(number).to_le_bytes()
}

#[test]
#[ignore = "a program that the test of kills starts"]
fn write_until_killed() {
    // Whoever runs all ignored tests does not mean this one.
    let Some(folder) = std::env::var_os("COFFERDAM_SPOOL") else { return };
    let (spool, _) = Spool::open(Path::new(&folder), bounds()).unwrap();
    say(&format!("{READY}\n"));
    std::thread::scope(|scope| {
        for writer in 0..WRITERS {
            let spool = &spool;
            scope.spawn(move || write(spool, writer));
        }
    });
}

/// Goes on where the one that was killed had come to.
fn write(spool: &Spool, writer: u64) {
    let mut number = spool.place(&source(writer), &file(writer)).unwrap_or(0);
    for round in 0.. {
        let count = [1, 1, 5, 40][round % 4];
        let receipt = append(spool, writer, number, count).unwrap();
        for seq in (receipt.first.unwrap().0..).take(usize::try_from(count).unwrap()) {
            say(&format!("acknowledged {writer} {number} {seq}\n"));
            number += 1;
        }
        if round % 7 == 0 {
            // What is delivered again counts once.
            let again = append(spool, writer, number - 1, 1).unwrap();
            assert_eq!((again.taken, again.doubled), (0, 1));
        }
    }
}

/// Appends so many records of a writer, from this number on.
pub fn append(spool: &Spool, writer: u64, number: u64, count: u64) -> Result<Receipt, AppendError> {
    let record = |number: u64| Record {
        bytes: format!("{number} {}", "x".repeat(usize::try_from(number % 300).unwrap())).into(),
        place: Some(Place { file: file(writer), next: number + 1 }),
        identity: Some(identity(number)),
    };
    let records = (number..number + count).map(record).collect();
    spool.append(Batch { source: source(writer).into(), arrival: time(0), records })
}

/// One line, in one piece, at once.
fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    // A line ends the buffer of the standard output, which is written in one call.
    out.write_all(line.as_bytes()).and_then(|()| out.flush()).expect("the parent reads");
}
