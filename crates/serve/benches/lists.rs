//! What a page of alerts costs: 50 of many, over HTTP, with filters that take many, few or none; how long it takes to
//! dismiss many of them by a filter, and to take that back; and how long a server takes to be ready on an empty log, and how
//! much memory it has then.
//!
//! Usage: `lists [ALERTS]`; ends with 1 when a bar is missed. The data directory is made in `COFFERDAM_BENCH_DIR`, or
//! beside what cargo builds.

use cofferdam_journal::alert::{AlertReport, AlertSource, AlertStatus, Count, EntityRecord, Rule};
use cofferdam_journal::incident::{Joined, Severity, Span};
use cofferdam_journal::user::{AccountName, Origin, User, UserIntent};
use cofferdam_journal::{Actor, Fact, Permission, Personal, StreamId, TeamRole};
use cofferdam_serve::{Running, Settings};
use cofferdam_store::{Append, Store, World};
use cofferdam_vocabulary::{
    AlertId, ContentHash, EntityKind, IncidentId, Level, Role, Tactic, TokenId, UserId,
};
use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

/// The allocator of the product.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Alerts in the journal.
const ALERTS: u64 = 200_000;
/// Writers that fill it; what they write at once is synced at once.
const WRITERS: u64 = 64;
/// Requests for each list.
const REQUESTS: usize = 200;
/// Milliseconds that 99 of 100 pages take at most.
const PAGE_MS: f64 = 50.0;
/// Alerts that are dismissed at once.
const DISMISSED: u64 = 10_000;
/// Seconds that it takes at most.
const DISMISSED_S: f64 = 2.0;
/// Seconds until a server on an empty log is ready.
const READY_S: f64 = 0.3;
/// Mebibytes that it has then.
const MEMORY_MIB: f64 = 80.0;

const TOKEN: &str = "cfd_bench-token";

/// What is asked for: in words, and as a query.
const LISTS: &[(&str, &str)] = &[
    ("all", ""),
    ("most", "filter=level%20%3E%3D%20low"),
    ("common", "filter=level%20%3D%20high%20not%20attempt"),
    ("rare", "filter=rule%20%3D%20rare-rule"),
    ("rare, and of one account", "filter=rule%3A%20rare*%20title%20~%20rare"),
    ("none", "filter=matches%20%3E%201000000"),
    ("title contains", "filter=title%20~%20%22rule%2017%22"),
    ("title contains, none", "filter=title%20~%20zebra"),
    ("any text, none", "filter=zebra"),
    ("any text, wildcard, none", "filter=ze*bra"),
    ("time", "filter=last_seen%20%3E%20-1h"),
    ("common, counted", "filter=level%20%3D%20high&count=true"),
    ("of one incident", "filter=incident%20%3D%20INC-0003"),
    ("oldest first", "filter=level%20%3D%20critical&order=oldest"),
];

fn main() -> std::process::ExitCode {
    let mut args = std::env::args().skip(1).filter(|arg| arg != "--bench");
    let alerts = args.next().and_then(|text| text.parse().ok()).unwrap_or(ALERTS);
    let folder = Folder::new();
    let bars = [ready(&folder.0.join("empty")), pages(&folder.0.join("full"), alerts)];
    std::process::ExitCode::from(u8::from(!bars.iter().all(|is_met| *is_met)))
}

fn ready(folder: &Path) -> bool {
    let began = Instant::now();
    let running = start(open(folder));
    let answer = Connection::to(running.address).get("/readyz");
    let took = began.elapsed().as_secs_f64();
    assert_eq!(answer.0, 200, "{answer:?}");
    let memory = memory_mib();
    println!(
        "start     ready in {took:.3} s on an empty log (bar {READY_S} s), {memory:.0} MiB (bar {MEMORY_MIB} MiB)"
    );
    running.stop();
    let again = Instant::now();
    let running = start(open(folder));
    let answer = Connection::to(running.address).get("/readyz");
    println!("start     ready again in {:.3} s", again.elapsed().as_secs_f64());
    running.stop();
    took <= READY_S && memory <= MEMORY_MIB && answer.0 == 200
}

fn pages(folder: &Path, alerts: u64) -> bool {
    let store = open(folder);
    let began = Instant::now();
    fill(&store, alerts);
    println!("fill      {alerts} alerts in {:.1} s", began.elapsed().as_secs_f64());
    drop(store);
    let began = Instant::now();
    let running = start(open(folder));
    println!(
        "start     ready in {:.2} s on {alerts} alerts, {:.0} MiB",
        began.elapsed().as_secs_f64(),
        memory_mib()
    );
    let mut connection = Connection::to(running.address);
    let mut is_met = true;
    for (name, query) in LISTS {
        let path = format!("/api/v1/alerts?{query}");
        let mut times = Vec::new();
        let mut answer = connection.get(&path);
        for _ in 0..REQUESTS {
            let began = Instant::now();
            answer = connection.get(&path);
            times.push(began.elapsed().as_secs_f64() * 1e3);
        }
        assert_eq!(answer.0, 200, "{answer:?}");
        times.sort_by(f64::total_cmp);
        let (p50, p99) = (times[REQUESTS / 2], times[REQUESTS * 99 / 100]);
        let rows = answer.1.matches("\"id\":").count();
        println!(
            "page      {name:<26} p50 {p50:>6.2} ms, p99 {p99:>6.2} ms, {rows:>2} rows, {} bytes",
            answer.1.len()
        );
        is_met &= p99 <= PAGE_MS;
    }
    is_met &= triage(&mut connection, alerts.min(DISMISSED));
    running.stop();
    is_met
}

/// Dismisses alerts by a filter, and takes that back.
fn triage(connection: &mut Connection, alerts: u64) -> bool {
    let mut is_met = true;
    let mut timed = |what: &str, path: &str, body: &str| {
        let began = Instant::now();
        let answer = connection.ask("POST", path, body);
        let took = began.elapsed().as_secs_f64();
        let changed = answer.1.split_once("\"changed\":").and_then(|(_, rest)| rest.split_once(','));
        let changed: u64 = changed.and_then(|(number, _)| number.parse().ok()).unwrap_or(0);
        // A few belong to incidents that are restricted to others.
        assert!(answer.0 == 200 && (alerts * 9 / 10..=alerts).contains(&changed), "{answer:?}");
        println!("triage    {what} {changed} alerts by a filter in {took:.2} s (bar {DISMISSED_S} s)");
        is_met &= took <= DISMISSED_S;
        let undo = answer.1.split_once("\"undo\":\"").and_then(|(_, rest)| rest.split_once('"'));
        undo.map(|(undo, _)| undo.to_owned()).expect("what takes it back")
    };
    let filter = format!("id <= {}", AlertId(alerts));
    let judge = format!(
        "{{\"filter\":\"{filter}\",\"verdict\":\"benign-positive\",\"reason\":\"the scanner of the auditors\"}}"
    );
    let undo = timed("dismissed", "/api/v1/triage/judge", &judge);
    timed("took back", "/api/v1/triage/undo", &format!("{{\"undo\":\"{undo}\"}}"));
    is_met
}

fn open(folder: &Path) -> Store {
    Store::create(folder, &program(), World::real(World::offline())).expect("a data directory")
}

fn program() -> Actor {
    Actor::Program("bench".to_owned())
}

fn start(store: Store) -> Running {
    let settings = Settings { listen: SocketAddr::from(([127, 0, 0, 1], 0)), ..Settings::default() };
    Running::start(store, settings, Arc::new(Timestamp::now)).expect("a server")
}

fn append(store: &Store, stream: StreamId, facts: Vec<Fact>) {
    store.journal.append(Append { stream, expected: 0, actor: program(), facts }).expect("appended");
}

fn fill(store: &Store, alerts: u64) {
    responder(store);
    let next = AtomicU64::new(1);
    std::thread::scope(|scope| {
        for _ in 0..WRITERS {
            scope.spawn(|| {
                loop {
                    let id = next.fetch_add(1, Ordering::Relaxed);
                    if id > alerts {
                        return;
                    }
                    append(store, StreamId::Alert(AlertId(id)), vec![alert(id)]);
                }
            });
        }
    });
    for id in 1..=20 {
        append(store, StreamId::Incident(IncidentId(id)), incident(id));
    }
}

/// Who reads and triages, with a token.
fn responder(store: &Store) {
    let stream = StreamId::User(UserId(1));
    let ask = |intent| store.journal.ask::<User>(stream, &program(), intent).expect("a user");
    ask(UserIntent::Create {
        account: AccountName::parse("responder1").expect("an account"),
        name: "responder1".to_owned(),
        roles: [TeamRole::Responder].into(),
        origin: Origin::Local,
        break_glass: false,
    });
    let now = Timestamp::now();
    ask(UserIntent::IssueToken {
        token: TokenId([1; 8]),
        name: "bench".to_owned(),
        hash: ContentHash(Sha256::digest(TOKEN).into()),
        scope: [Permission::AlertsRead, Permission::AlertsTriage].into(),
        expires: now + SignedDuration::from_hours(24),
        now,
    });
}

/// One of a hundred rules fired; every ten-thousandth alert is of a rare one.
fn alert(id: u64) -> Fact {
    let rule = if id % 10_000 == 7 { "rare-rule".to_owned() } else { format!("rule-{}", id % 100) };
    let account = EntityRecord {
        kind: EntityKind::Account,
        value: Personal::of(&format!("account-{}", id % 5000)),
        role: Role::Target,
    };
    let seen = Timestamp::from_second(1_700_000_000 + i64::try_from(id).unwrap_or(0) * 60).ok();
    let level = Level::ALL[usize::try_from(id % 5).unwrap_or(0)];
    let title = Personal::of(&format!("Brute force of an account, seen by {}", rule.replace('-', " ")));
    Fact::AlertRaised(Box::new(AlertReport {
        rule: Rule { id: rule, title },
        level,
        tactics: vec![Tactic::CredentialAccess],
        techniques: vec![],
        entities: [account].into(),
        records: vec![],
        count: Count {
            matches: 1 + id % 50,
            occurrences: 1 + id % 500,
            first_seen: seen,
            last_seen: seen,
            attempt: id.is_multiple_of(3),
        },
        source: AlertSource::Rule,
        status: AlertStatus::Open,
        dedup: None,
    }))
}

/// An incident of fifty alerts; every fourth one is for somebody else.
fn incident(id: u64) -> Vec<Fact> {
    let severity = Severity { level: Level::High, reasons: vec![] };
    let span = Span { first_seen: None, last_seen: None };
    let alerts = (id * 50..id * 50 + 50).map(|alert| Joined { alert: AlertId(alert), join: None }).collect();
    let mut facts = vec![
        Fact::IncidentOpened { title: Personal::of(&format!("Incident {id}")), severity, span },
        Fact::AlertsJoined { alerts },
    ];
    if id.is_multiple_of(4) {
        facts.push(Fact::IncidentRestricted { to: [UserId(2)].into() });
    }
    facts
}

/// One connection that is kept, as a browser's is.
struct Connection(BufReader<TcpStream>);

impl Connection {
    fn to(address: SocketAddr) -> Connection {
        let stream = TcpStream::connect(address).expect("a connection");
        stream.set_nodelay(true).expect("a socket");
        Connection(BufReader::new(stream))
    }

    fn get(&mut self, path: &str) -> (u16, String) {
        self.ask("GET", path, "")
    }

    fn ask(&mut self, method: &str, path: &str, body: &str) -> (u16, String) {
        let sent = match body.len() {
            0 => String::new(),
            length => format!("content-type: application/json\r\ncontent-length: {length}\r\n"),
        };
        let request = format!(
            "{method} {path} HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer {TOKEN}\r\n{sent}\r\n{body}"
        );
        self.0.get_mut().write_all(request.as_bytes()).expect("sent");
        let (mut status, mut length) = (0, 0);
        loop {
            let mut line = String::new();
            self.0.read_line(&mut line).expect("an answer");
            let line = line.trim_end().to_ascii_lowercase();
            if line.is_empty() {
                break;
            }
            if let Some(rest) = line.strip_prefix("http/1.1 ") {
                status = rest.split(' ').next().and_then(|code| code.parse().ok()).unwrap_or(0);
            }
            if let Some(rest) = line.strip_prefix("content-length: ") {
                length = rest.parse().unwrap_or(0);
            }
        }
        let mut body = vec![0; length];
        self.0.read_exact(&mut body).expect("a body");
        (status, String::from_utf8_lossy(&body).into_owned())
    }
}

/// What this process has in memory.
fn memory_mib() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib: f64 = line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(f64::NAN);
    kib / 1024.0
}

/// A folder that is gone with this value.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Folder {
        let beside = || std::env::current_exe().ok().and_then(|path| path.parent().map(Path::to_path_buf));
        let parent = std::env::var_os("COFFERDAM_BENCH_DIR").map(PathBuf::from).or_else(beside);
        let parent = parent.expect("a folder; COFFERDAM_BENCH_DIR may name one");
        let path = parent.join(format!("lists-{}", std::process::id()));
        std::fs::create_dir_all(&path).expect("a folder");
        Folder(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What is left of a run that was killed is in a folder for that.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
