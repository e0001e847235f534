//! The program whose power is cut: everything that a journal does to its files.

use crate::sample::{again, alert, incident, program, signer};
use cofferdam_journal::log::{Log, LogIntent};
use cofferdam_journal::{Aggregate, Commitment, Personal, StreamId};
use cofferdam_power::MARK;
use cofferdam_store::{Append, Journal, Sqlite, World};
use rusqlite::Connection;
use std::io::Write;
use std::path::Path;

/// The value that is erased.
pub const ERASED: &str = "someone.who.left";

/// After so many requests it is erased.
const ERASURE: u64 = 60;

#[test]
#[ignore = "a program that the test of power cuts starts"]
fn record_everything() {
    // Whoever runs all ignored tests does not mean this one.
    let Some(path) = std::env::var_os("COFFERDAM_JOURNAL") else { return };
    let path = Path::new(&path);
    mark("begin create");
    let mut journal = open(path);
    mark("end");
    journal.ask::<Log>(StreamId::Log, &program(), LogIntent::Open).unwrap();
    mark("acknowledged 1 1");
    let mut next = 1;
    for number in 0..120 {
        match number {
            40 => within("rebuild", || journal.rebuild().unwrap()),
            ERASURE => within("erase", || erase(&journal)),
            90 => {
                mark("begin reopen");
                drop(journal);
                journal = open(path);
                mark("end");
            }
            _ => next = append(&journal, number, next),
        }
    }
    drop(journal);
}

/// Small enough a log of writes that it is copied into the database every few commits.
fn open(path: &Path) -> Journal {
    let connection = Connection::open(path).unwrap();
    connection.pragma_update(None, "wal_autocheckpoint", 24).unwrap();
    let storage = Sqlite::on(connection, path).unwrap();
    Journal::open(Box::new(storage), signer(), World::real(World::offline())).unwrap().0
}

/// One request, of one to four appends.
fn append(journal: &Journal, number: u64, next: u64) -> u64 {
    let name = if number.is_multiple_of(3) && number < ERASURE { ERASED } else { "dev1" };
    let requests: Vec<Append> = match number % 5 {
        0 => vec![alert(next, name)],
        1 => vec![alert(next, name), again(next, 1, 2), again(next, 2, 3)],
        2 => vec![incident(next, &format!("Break-in at {name}"), &[1]), alert(next, &name.repeat(90))],
        3 => vec![alert(next, name), alert(next + 1, name), alert(next + 2, name), again(next, 1, 9)],
        _ => vec![again(1, 0, 1)],
    };
    // The last of these is refused: its stream has facts already, or none.
    let facts: usize = requests.iter().map(|append| append.facts.len()).sum();
    match journal.append_all(requests) {
        Ok(receipts) => mark(&format!("acknowledged {} {facts}", receipts[0].position + facts as u64)),
        Err(error) => assert!(number % 5 == 4, "{error}"),
    }
    next + 3
}

fn erase(journal: &Journal) {
    let values = journal.read(|reader| reader.values_with(ERASED)).unwrap();
    let values: Vec<(u64, Commitment)> =
        values.into_iter().map(|(position, secret)| (position, secret.commitment)).collect();
    let (log, expected) = journal.state::<Log>(StreamId::Log).unwrap();
    let commitments = values.iter().map(|(_, commitment)| *commitment).collect();
    let facts = log.decide(LogIntent::Erase { commitments, order: Personal::of("a court") }).unwrap();
    let facts_count = facts.len() as u64;
    let append = Append { stream: StreamId::Log, expected, actor: program(), facts };
    let receipt = journal.erase(append, values).unwrap();
    mark(&format!("erased {} {facts_count}", receipt.position + facts_count));
}

fn within(phase: &str, work: impl FnOnce()) {
    mark(&format!("begin {phase}"));
    work();
    mark("end");
}

/// Says something to the recording, in one write.
fn mark(text: &str) {
    let mut out = std::io::stdout().lock();
    out.write_all(format!("{MARK}{text}\n").as_bytes()).and_then(|()| out.flush()).unwrap();
}
