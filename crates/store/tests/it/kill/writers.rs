//! The program that is killed: eight threads append and say what was acknowledged.

use crate::random::number;
use crate::sample::{again, alert, incident, signer};
use cofferdam_journal::StreamId;
use cofferdam_store::{Append, Journal, Sqlite, World};
use cofferdam_vocabulary::AlertId;
use std::io::Write;

/// Threads that append.
const WRITERS: u64 = 8;
/// A writer's own stream goes on over so many kills.
const ROUNDS: u64 = 8;
/// Ids that each writer of each round may take.
const FRESH: u64 = 1_000_000;
/// Ids of alerts that are appended alone begin here.
const ALONE: u64 = 1 << 40;
/// Ids of alerts and incidents of one request begin here, beyond those of any round.
pub const PAIRS: u64 = 1 << 50;
/// Said when the journal is open.
pub const READY: &str = "the journal is open";

/// A fact that was acknowledged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ack {
    pub stream: StreamId,
    pub version: u64,
    pub position: u64,
}

impl Ack {
    /// Reads a line of the writers; none when it is another line.
    pub fn parse(line: &str) -> Option<Ack> {
        let (_, rest) = line.split_once("acknowledged ")?;
        let mut parts = rest.split(' ');
        let stream = StreamId::parse(parts.next()?).ok()?;
        let (version, position) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
        Some(Ack { stream, version, position })
    }
}

#[test]
#[ignore = "a program that the test of kills starts"]
fn write_until_killed() {
    // Whoever runs all ignored tests does not mean this one.
    let Some(path) = std::env::var_os("COFFERDAM_JOURNAL") else { return };
    let round = number("COFFERDAM_ROUND").expect("COFFERDAM_ROUND says which time it is");
    let storage = Sqlite::open(path.as_ref()).unwrap();
    let (journal, _) = Journal::open(Box::new(storage), signer(), World::real(World::offline())).unwrap();
    let own = |writer| round / ROUNDS * WRITERS + writer + 1;
    let versions: Vec<u64> = (0..WRITERS).map(|writer| facts(&journal, own(writer))).collect();
    say(&format!("{READY}\n"));
    std::thread::scope(|scope| {
        for (writer, version) in (0..WRITERS).zip(versions) {
            let journal = &journal;
            scope.spawn(move || write(journal, own(writer), version, (round * WRITERS + writer) * FRESH));
        }
    });
}

fn facts(journal: &Journal, id: u64) -> u64 {
    let stored = journal.read(|reader| reader.stream(StreamId::Alert(AlertId(id)))).unwrap();
    stored.last().map_or(0, |stored| stored.version)
}

/// Counts on in a stream of its own, and begins new ones from `fresh`.
fn write(journal: &Journal, own: u64, mut version: u64, fresh: u64) {
    for number in 0.. {
        let id = PAIRS + fresh + number;
        let requests = match number % 8 {
            0 => vec![alert(id, "dev1"), incident(id, "Break-in", &[id, own])],
            4 => vec![alert(ALONE + fresh + number, "ops1")],
            _ if version == 0 => vec![alert(own, "svc-backup")],
            _ => vec![again(own, version, version + 1)],
        };
        version += u64::from(!number.is_multiple_of(4));
        append(journal, requests);
    }
}

fn append(journal: &Journal, requests: Vec<Append>) {
    let facts: Vec<(StreamId, u64)> =
        requests.iter().map(|append| (append.stream, append.facts.len() as u64)).collect();
    let receipts = journal.append_all(requests).unwrap();
    for ((stream, facts), receipt) in facts.into_iter().zip(receipts) {
        let first = receipt.version - facts;
        for fact in 0..facts {
            say(&format!("acknowledged {stream} {} {}\n", first + fact + 1, receipt.position + fact));
        }
    }
}

/// One line, in one piece, at once.
fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    // A line ends the buffer of the standard output, which is written in one call.
    out.write_all(line.as_bytes()).and_then(|()| out.flush()).expect("the parent reads");
}
