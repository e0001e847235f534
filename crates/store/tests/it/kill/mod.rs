//! `SIGKILL` at any moment: what was acknowledged is there, once, and the rest of the log stands.
//!
//! This program starts itself as the writer, kills it, and looks at what it left; the same database goes
//! on over all kills. `COFFERDAM_KILLS` says how often.

mod writers;

use crate::random::{Random, number};
use crate::sound::{Log, has_all_values, reading, stands};
use cofferdam_journal::{Fact, StreamId};
use cofferdam_store::{Journal, Reader, Sqlite, Stored, World};
use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use writers::{Ack, PAIRS, READY};

/// After so many kills the whole log is read again, not only what is new.
const WHOLE: u64 = 25;

/// What is known of the log from outside.
#[derive(Default)]
struct Account {
    log: Log,
    /// Acknowledged and not seen yet, by position.
    open: BTreeMap<u64, Ack>,
    seen: u64,
    /// Alerts, and incidents, that are recorded in one request with each other.
    pairs: (BTreeSet<u64>, BTreeSet<u64>),
}

#[test]
fn no_acknowledged_fact_is_lost_or_doubled_by_a_kill() {
    let kills = number("COFFERDAM_KILLS").unwrap_or(25);
    let mut random = Random::of(Random::seed("kill"));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.db");
    let mut account = Account::default();
    let mut early = 0;
    for kill in 1..=kills {
        let (acks, ready) = killed(&path, kill, &mut random);
        early += u64::from(!ready);
        for ack in acks {
            assert_eq!(account.open.insert(ack.position, ack), None, "a position was acknowledged twice");
        }
        // Now and then the next writer finds what the one before left, and nobody looked in between.
        if kill < kills && random.once_in(4) {
            continue;
        }
        let whole = kill % WHOLE == 0 || kill == kills;
        if let Err(wrong) = checked(&path, &mut account, whole) {
            panic!("after kill {kill}: {wrong}");
        }
    }
    let (facts, entries) = (account.seen, account.log.tree.size());
    println!("kill: {kills} kills ({early} of them while opening), {facts} acknowledged facts checked,");
    println!("kill: {entries} entries in the log, none lost, none doubled");
    assert!(facts > kills, "the writers wrote next to nothing");
}

/// Runs the writers and kills them; what they acknowledged, and whether they had begun.
fn killed(path: &Path, round: u64, random: &mut Random) -> (Vec<Ack>, bool) {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["kill::writers::write_until_killed", "--exact", "--ignored", "--nocapture"])
        .env("COFFERDAM_JOURNAL", path)
        .env("COFFERDAM_ROUND", round.to_string())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
    // Some are killed while they start, open, and put right what the one before left.
    let is_early = path.exists() && random.once_in(5);
    let mut ready = false;
    if !is_early {
        ready = lines.any(|line| line.ends_with(READY));
        assert!(ready, "the writers did not begin: {:?}", child.wait());
    }
    let waiter = std::thread::spawn({
        let wait = Duration::from_micros(u64::try_from(random.below(80_000)).unwrap());
        move || kill_after(&mut child, wait)
    });
    let mut acks = Vec::new();
    for line in lines {
        ready |= line.ends_with(READY);
        acks.extend(Ack::parse(&line));
    }
    waiter.join().unwrap();
    (acks, ready)
}

fn kill_after(child: &mut Child, wait: Duration) {
    std::thread::sleep(wait);
    let ended = child.try_wait().unwrap();
    assert_eq!(ended, None, "the writers ended by themselves");
    child.kill().unwrap();
    child.wait().unwrap();
}

/// Opens what is left and compares it with what was acknowledged.
fn checked(path: &Path, account: &mut Account, whole: bool) -> Result<(), String> {
    let storage = Sqlite::open(path).map_err(|error| error.to_string())?;
    let (journal, found) =
        Journal::open(Box::new(storage), crate::sample::signer(), World::real(World::offline()))
            .map_err(|error| error.to_string())?;
    reading(&journal, |reader| account.read_on(reader))?;
    if account.log.tree.size() != found.size {
        return Err(format!("{} entries were found, {} read", found.size, account.log.tree.size()));
    }
    if let Some((position, ack)) = account.open.pop_first() {
        return Err(format!("lost: {ack:?} at {position}, and {} more", account.open.len()));
    }
    if account.pairs.0 != account.pairs.1 {
        return Err("one half of a request was recorded, and the other was not".to_owned());
    }
    account.log.is_signed(&journal)?;
    if whole {
        let mut log = Log::default();
        reading(&journal, |reader| log.read_on(reader, &mut |_| Ok(())))?;
        log.is_signed(&journal)?;
        stands(&journal)?;
    }
    Ok(())
}

impl Account {
    fn read_on(&mut self, reader: &dyn Reader) -> Result<(), String> {
        let Account { log, open, seen, pairs } = self;
        log.read_on(reader, &mut |stored| {
            let Stored { position, stream, version, .. } = *stored;
            if let Some(ack) = open.remove(&position) {
                *seen += 1;
                if ack != (Ack { stream, version, position }) {
                    return Err(format!("{ack:?} was acknowledged, and {stream} {version} is there"));
                }
            }
            match stream {
                StreamId::Alert(id) if id.0 >= PAIRS => pairs.0.insert(id.0),
                StreamId::Incident(id) if id.0 >= PAIRS => pairs.1.insert(id.0),
                _ => true,
            };
            is_whole(stored)
        })
    }
}

/// The fact is what the writers asked for.
fn is_whole(stored: &Stored) -> Result<(), String> {
    if !has_all_values(stored)? {
        return Err(format!("values of entry {} are missing", stored.position));
    }
    let known = |commitment: &cofferdam_journal::Commitment| {
        stored
            .secrets
            .iter()
            .find(|secret| secret.commitment == *commitment)
            .map(|secret| secret.value.clone())
    };
    let entry = cofferdam_journal::Entry::read(&stored.leaf, &known).map_err(|error| error.to_string())?;
    match entry.fact {
        Fact::AlertCounted(count) if count.matches != stored.version => {
            Err(format!("entry {} counts {} matches", stored.position, count.matches))
        }
        _ => Ok(()),
    }
}

#[test]
fn a_lost_a_doubled_and_a_changed_fact_would_be_noticed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.db");
    let (journal, _) = crate::sample::open(&path).unwrap();
    for id in 1..4 {
        journal.append(crate::sample::alert(id, "dev1")).unwrap();
    }
    drop(journal);
    let stream = |id| StreamId::Alert(cofferdam_vocabulary::AlertId(id));
    let cases = [
        (Ack { stream: stream(3), version: 1, position: 2 }, "Ok(())"),
        (Ack { stream: stream(4), version: 1, position: 3 }, "lost: Ack"),
        (Ack { stream: stream(3), version: 2, position: 2 }, "Ack { stream: Alert"),
        (Ack { stream: stream(2), version: 1, position: 2 }, "Ack { stream: Alert"),
    ];
    for (ack, want) in cases {
        let mut account = Account { open: [(ack.position, ack)].into(), ..Account::default() };
        let got = format!("{:?}", checked(&path, &mut account, true));
        assert!(got.contains(want), "{ack:?}: {got}");
    }
}
