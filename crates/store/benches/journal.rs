//! What the journal costs: an append beside a bare commit of SQLite, as a ratio of medians of commits that
//! take turns; facts per second of many writers; the opening of a large log, and its
//! verification.
//!
//! Usage: `journal [append | group | open | verify] [ENTRIES]`; ends with 1 when a bar is missed. The databases are made in
//! `COFFERDAM_BENCH_DIR`, or beside what cargo builds: on a disk, since a file system in memory syncs
//! nothing.

use cofferdam_journal::alert::{AlertReport, AlertSource, AlertStatus, Count, EntityRecord, Rule};
use cofferdam_journal::note::{Name, Signer};
use cofferdam_journal::view::Row;
use cofferdam_journal::{Actor, Fact, Personal, StreamId};
use cofferdam_store::{AlertQuery, Append, Journal, Sqlite, Storage, Stored, Transaction, World};
use cofferdam_vocabulary::{AlertId, EntityKind, Level, Role};
use rusqlite::{Connection, params};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// The allocator of the product.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Commits of each kind that take turns.
const COMMITS: u64 = 2000;
/// An append may take so many times what a bare commit takes.
const RATIO: f64 = 1.3;
/// And at most so long, in milliseconds.
const APPEND_MS: f64 = 1.0;
/// Facts per second with group commit.
const FACTS_S: f64 = 5000.0;
/// Rounds with so many writers, and how long each takes.
const ROUNDS: u64 = 9;
const ROUND: Duration = Duration::from_millis(500);
/// Entries of the large log.
const ENTRIES: u64 = 1_000_000;
/// Seconds in which it is open.
const OPEN_S: f64 = 2.0;
/// Seconds in which a million entries are verified.
const VERIFY_S: f64 = 5.0;
/// Facts in one request while the large log is made.
const AT_ONCE: u64 = 20_000;

fn main() -> std::process::ExitCode {
    let mut args = std::env::args().skip(1).filter(|arg| arg != "--bench");
    let which = args.next();
    let entries = args.next().and_then(|text| text.parse().ok()).unwrap_or(ENTRIES);
    let folder = Folder::new();
    let benches: [(&str, &dyn Fn() -> bool); 4] = [
        ("append", &|| append(&folder.0)),
        ("group", &|| group(&folder.0)),
        ("open", &|| open(&folder.0, entries)),
        ("verify", &|| verify(&folder.0, entries)),
    ];
    let chosen = benches.iter().filter(|(name, _)| which.as_deref().is_none_or(|which| which == *name));
    let missed = chosen.filter(|(_, bench)| !bench()).count();
    std::process::ExitCode::from(u8::from(missed > 0))
}

/// One writer, beside one that inserts the same bytes into a table of SQLite. What SQLite alone takes for the
/// journal's tables is told, too: the rest is JSON, hashes and commitments.
fn append(folder: &Path) -> bool {
    let (journal, _) = fresh(folder, "append.db");
    let bare = bare(&folder.join("bare.db"));
    let mut tables = Sqlite::open(&folder.join("tables.db")).expect("a database");
    let (mut ours, mut theirs, mut alone) = (Vec::new(), Vec::new(), Vec::new());
    for id in 0..COMMITS {
        let request = alert(id);
        ours.push(timed(|| {
            journal.append(request).expect("appended");
        }));
        let (entry, row) = written(&journal, id);
        let bytes = bytes_of(&entry);
        theirs.push(timed(|| insert(&bare, id, &bytes)));
        alone.push(timed(|| {
            let write = &mut |to: &mut dyn Transaction| to.insert(&entry).and_then(|()| to.put_row(&row));
            tables.transact(write).expect("inserted");
        }));
    }
    let (ours, theirs, alone) = (median(ours), median(theirs), median(alone));
    let ratio = ours / theirs;
    let is_met = ratio <= RATIO && ours * 1e3 <= APPEND_MS;
    println!(
        "append    p50 {:.3} ms, bare commit of the same bytes {:.3} ms: {ratio:.2} × (bars {RATIO} ×, {APPEND_MS} ms){}",
        ours * 1e3,
        theirs * 1e3,
        verdict(is_met)
    );
    println!("append    its tables written by SQLite alone {:.3} ms: {:.2} ×", alone * 1e3, ours / alone);
    is_met
}

/// Many writers, each waiting for its receipt before it goes on. The best round counts: in the others,
/// something else had the disk.
fn group(folder: &Path) -> bool {
    let mut all_met = true;
    for writers in [8, 16, 32, 64] {
        let (journal, _) = fresh(folder, &format!("group-{writers}.db"));
        let mut rounds: Vec<f64> = (0..ROUNDS).map(|round| facts_s(&journal, writers, round)).collect();
        rounds.sort_by(f64::total_cmp);
        let (median, best) = (rounds[rounds.len() / 2], rounds[rounds.len() - 1]);
        let is_met = best >= FACTS_S;
        println!(
            "group     {writers:>2} writers: {best:.0} facts/s, median of {ROUNDS} rounds {median:.0} (bar {FACTS_S}){}",
            verdict(is_met)
        );
        all_met &= is_met;
    }
    all_met
}

fn facts_s(journal: &Journal, writers: u64, round: u64) -> f64 {
    let begun = Instant::now();
    let until = begun + ROUND;
    let facts: u64 = std::thread::scope(|scope| {
        let first = |writer| (round * writers + writer) * 1_000_000;
        let threads: Vec<_> =
            (0..writers).map(|writer| scope.spawn(move || write(journal, first(writer), until))).collect();
        threads.into_iter().map(|thread| thread.join().expect("a writer")).sum()
    });
    facts as f64 / begun.elapsed().as_secs_f64()
}

fn write(journal: &Journal, first: u64, until: Instant) -> u64 {
    let mut facts = 0;
    while Instant::now() < until {
        journal.append(alert(first + facts)).expect("appended");
        facts += 1;
    }
    facts
}

/// A large log, from the file to the first question it could answer.
fn open(folder: &Path, entries: u64) -> bool {
    let path = large(folder, entries);
    let mut times = Vec::new();
    for _ in 0..5 {
        let begun = Instant::now();
        let storage = Sqlite::open(&path).expect("a database");
        let (journal, found) =
            Journal::open(Box::new(storage), signer(), World::real(World::offline())).expect("a journal");
        times.push(begun.elapsed().as_secs_f64());
        assert_eq!((found.size, found.unsigned), (entries, 0));
        drop(journal);
    }
    let (first, median) = (times[0], median(times));
    let is_met = first.max(median) < OPEN_S;
    println!(
        "open      {entries} entries: first {:.1} ms, then {:.1} ms (bar {OPEN_S} s){}",
        first * 1e3,
        median * 1e3,
        verdict(is_met)
    );
    is_met
}

/// A large log, read again from its first entry: places, streams, hashes, tiles, values, signature.
fn verify(folder: &Path, entries: u64) -> bool {
    let reader = cofferdam_store::reader(&large(folder, entries)).expect("a database");
    let times: Vec<f64> = (0..3)
        .map(|_| {
            timed(|| {
                let found = cofferdam_store::verify(reader.as_ref(), signer().verifier()).expect("verified");
                assert_eq!((found.entries, found.misfits), (entries, 0), "{:?}", found.problems);
            })
        })
        .collect();
    let took = median(times);
    let is_met = took <= VERIFY_S;
    println!(
        "verify    {entries} entries: {took:.2} s, {:.0}/s (bar {VERIFY_S} s){}",
        entries as f64 / took,
        verdict(is_met)
    );
    is_met
}

/// A log of so many entries, made once for all that read it.
fn large(folder: &Path, entries: u64) -> PathBuf {
    let path = folder.join("large.db");
    if path.exists() {
        return path;
    }
    let (journal, _) = fresh(folder, "large.db");
    let begun = Instant::now();
    for first in (0..entries).step_by(usize::try_from(AT_ONCE).expect("a count")) {
        let requests = (first..entries.min(first + AT_ONCE)).map(alert).collect();
        journal.append_all(requests).expect("appended");
    }
    drop(journal);
    let seconds = begun.elapsed().as_secs_f64();
    let mib = std::fs::metadata(&path).map_or(0, |data| data.len()) >> 20;
    println!(
        "large     {entries} entries made in {seconds:.1} s ({:.0}/s), {mib} MiB",
        entries as f64 / seconds
    );
    path
}

/// An alert such as a rule raises: three entities and one record.
fn alert(id: u64) -> Append {
    let entity = |kind, value: String, role| EntityRecord { kind, value: Personal::of(&value), role };
    let report = AlertReport {
        rule: Rule { id: "ssh-brute-force".to_owned(), title: Personal::of("SSH brute force") },
        level: Level::High,
        tactics: vec![],
        techniques: vec![],
        entities: [
            entity(EntityKind::Host, format!("web-{:02}", id % 50), Role::Target),
            entity(EntityKind::Account, format!("ops{}", id % 9), Role::Target),
            entity(EntityKind::Address, format!("192.0.2.{}", id % 256), Role::Actor),
        ]
        .into(),
        records: vec![],
        count: Count { matches: 1, occurrences: 6, first_seen: None, last_seen: None, attempt: true },
        source: AlertSource::Rule,
        status: AlertStatus::Open,
        dedup: None,
    };
    let actor = Actor::Program("0.1.0".to_owned());
    let facts = vec![Fact::AlertRaised(Box::new(report))];
    Append { stream: StreamId::Alert(AlertId(id)), expected: 0, actor, facts }
}

fn signer() -> Signer {
    Signer::new(Name::parse("cofferdam/bench").expect("a name"), &[7; 32])
}

fn fresh(folder: &Path, name: &str) -> (Journal, PathBuf) {
    let path = folder.join(name);
    let storage = Sqlite::open(&path).expect("a database");
    let (journal, _) =
        Journal::open(Box::new(storage), signer(), World::real(World::offline())).expect("a journal");
    (journal, path)
}

/// What one could not do with less: a table, a write-ahead log, a sync at each commit.
fn bare(path: &Path) -> Connection {
    let connection = Connection::open(path).expect("a database");
    connection
        .execute_batch(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
             CREATE TABLE bare (id INTEGER PRIMARY KEY, bytes BLOB NOT NULL) STRICT;",
        )
        .expect("a table");
    connection
}

fn insert(bare: &Connection, id: u64, bytes: &[u8]) {
    let mut statement = bare.prepare_cached("INSERT INTO bare (id, bytes) VALUES (?, ?)").expect("SQL");
    statement.execute(params![id, bytes]).expect("inserted");
}

/// What the journal wrote of an alert.
fn written(journal: &Journal, position: u64) -> (Stored, Row) {
    let mut found = None;
    let each = &mut |stored| {
        found = Some(stored);
        ControlFlow::Break(())
    };
    journal.read(|reader| reader.entries(position..position + 1, each)).expect("an entry");
    let after = position.checked_sub(1).map(AlertId);
    let rows = journal.read(|reader| reader.alerts(&AlertQuery { after, limit: 1, ..AlertQuery::default() }));
    let row = rows.expect("rows").pop().expect("a row");
    (found.expect("an entry"), Row::Alert(row))
}

/// Leaf, salts and values of an entry.
fn bytes_of(entry: &Stored) -> Vec<u8> {
    let mut bytes = entry.leaf.clone();
    for secret in &entry.secrets {
        bytes.extend_from_slice(&secret.salt);
        bytes.extend_from_slice(secret.value.as_bytes());
    }
    bytes
}

fn timed(work: impl FnOnce()) -> f64 {
    let begun = Instant::now();
    work();
    begun.elapsed().as_secs_f64()
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

fn verdict(is_met: bool) -> &'static str {
    if is_met { "" } else { " MISSED" }
}

/// A folder that is gone afterwards.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Folder {
        let beside = || std::env::current_exe().ok()?.parent().map(Path::to_owned);
        let parent = std::env::var_os("COFFERDAM_BENCH_DIR").map(PathBuf::from).or_else(beside);
        let parent = parent.expect("a folder; COFFERDAM_BENCH_DIR may name one");
        let folder = parent.join(format!("journal-bench-{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a new folder");
        Folder(folder)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
