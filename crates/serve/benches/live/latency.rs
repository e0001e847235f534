//! From an event over HTTP to its alert on the feed, while thousands of others come in every second and somebody looks
//! through 200,000 alerts.

use super::connection::Connection;
use super::room;
use super::rules::{Folder, NEEDLE};
use super::site::{Site, program};
use cofferdam_journal::alert::{AlertReport, AlertSource, AlertStatus, Count, Rule};
use cofferdam_journal::source::{Source, SourceIntent, SourceSettings};
use cofferdam_journal::user::{AccountName, Origin, User, UserIntent};
use cofferdam_journal::{Fact, Permission, Personal, StreamId, TeamRole};
use cofferdam_serve::Settings;
use cofferdam_store::{Append, Store};
use cofferdam_vocabulary::{AlertId, ContentHash, Level, SourceName, TokenId, UserId};
use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

/// Alerts that there are already.
const ALERTS: u64 = 200_000;
/// Events a second.
const RATE: u64 = 5_000;
/// Requests a second with them.
const REQUESTS: u64 = 100;
/// How long events come.
const LASTS: Duration = Duration::from_secs(30);
/// Every so many requests one event of it is told of.
const EVERY: u64 = 10;
/// Milliseconds that 99 of 100 alerts, of 100 pages of a list, and of 100 pages of an incident with all that they ask
/// for, take at most.
const BAR_MS: f64 = 50.0;
const WRITERS: u64 = 64;

const READER: &str = "cfd_bench-reader";
const SENDER: &str = "cfs_bench-sender";

/// Measures; whether all bars are met.
pub fn run(rules: &Folder) -> bool {
    let site = Site::new("latency", rules, Settings::default().limits.threads, fill);
    let address = site.running.address;
    let (over, feed) = (AtomicBool::new(false), follow(address));
    let (mut alerts, mut pages, (mut rooms, mut slowest), late) = std::thread::scope(|scope| {
        let pages = scope.spawn(|| look(address, &over));
        let rooms = scope.spawn(|| room::look(address, READER, &over));
        let (sent, late) = send(address);
        let alerts = arrived(&sent, &feed);
        over.store(true, Ordering::Relaxed);
        (alerts, pages.join().expect("pages"), rooms.join().expect("incidents"), late)
    });
    site.end();
    let told = alerts.len();
    let alert_ms = tell("alert on the feed", &mut alerts);
    let page_ms = tell("page of 50 of 200,000 meanwhile", &mut pages);
    let room_ms = tell("page of one of 2,000 incidents", &mut rooms);
    tell("its slowest request", &mut slowest);
    println!("latency   {told} alerts, {RATE} events/s sent, at worst {late:.0} ms behind; bar {BAR_MS} ms");
    alert_ms <= BAR_MS && page_ms <= BAR_MS && room_ms <= BAR_MS
}

fn tell(what: &str, times: &mut [f64]) -> f64 {
    times.sort_by(f64::total_cmp);
    let (p50, p99) = (times[times.len() / 2], times[times.len() * 99 / 100]);
    println!(
        "latency   {what:<32} p50 {p50:>6.2} ms, p99 {p99:>6.2} ms, most {:>6.2} ms",
        times[times.len() - 1]
    );
    p99
}

/// When alerts came on the feed, in their order.
fn follow(address: SocketAddr) -> Receiver<Instant> {
    let (tell, told) = channel();
    std::thread::spawn(move || {
        let lines = Connection::to(address, READER).follow("/api/v1/feed");
        let raised = lines.filter(|line| line.starts_with("data:") && line.contains("alert-raised/1"));
        raised.take_while(|_| tell.send(Instant::now()).is_ok()).for_each(drop);
    });
    told
}

/// Sends, and tells when each needle was handed over; how late a request was at worst, in milliseconds.
fn send(address: SocketAddr) -> (Vec<Instant>, f64) {
    let mut connection = Connection::to(address, SENDER);
    let (began, mut sent, mut worst) = (Instant::now(), Vec::new(), 0.0_f64);
    let requests = LASTS.as_secs() * REQUESTS;
    for request in 0..requests {
        let due = began + LASTS.mul_f64(request as f64 / requests as f64);
        std::thread::sleep(due.saturating_duration_since(Instant::now()));
        worst = worst.max(due.elapsed().as_secs_f64() * 1e3);
        let mut body = String::new();
        for line in 1..RATE / REQUESTS {
            let (now, number) = (Timestamp::now(), request * RATE / REQUESTS + line);
            body.push_str(&format!(
                "{now} web-01 cron[{number}]: (root) CMD (run-parts /etc/cron.{number})\n"
            ));
        }
        let is_told = request % EVERY == EVERY / 2;
        if is_told {
            let now = Timestamp::now();
            body.push_str(&format!(
                "{now} web-01 sshd[7]: Failed password for {NEEDLE}{request} from 192.0.2.7 port 1 ssh2\n"
            ));
            sent.push(Instant::now());
        }
        let (status, answer) = connection.exchange("POST", "/api/v1/events", body.as_bytes());
        assert_eq!(status, 200, "{}", String::from_utf8_lossy(&answer));
    }
    (sent, worst)
}

fn arrived(sent: &[Instant], feed: &Receiver<Instant>) -> Vec<f64> {
    let mut times = Vec::new();
    for sent in sent {
        let came = feed.recv_timeout(Duration::from_secs(20)).expect("an alert for each needle");
        times.push(came.saturating_duration_since(*sent).as_secs_f64() * 1e3);
    }
    times
}

/// Looks through alerts again and again.
fn look(address: SocketAddr, over: &AtomicBool) -> Vec<f64> {
    let mut connection = Connection::to(address, READER);
    let queries =
        ["limit=50", "limit=50&filter=level%20%3D%20high", "limit=50&filter=title%20~%20%22rule%2017%22"];
    let mut times = Vec::new();
    while !over.load(Ordering::Relaxed) {
        for query in queries {
            let began = Instant::now();
            let (status, _) = connection.exchange("GET", &format!("/api/v1/alerts?{query}"), b"");
            assert_eq!(status, 200);
            times.push(began.elapsed().as_secs_f64() * 1e3);
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    times
}

fn fill(store: &Store) {
    reader(store);
    sender(store);
    let next = AtomicU64::new(1);
    std::thread::scope(|scope| {
        for _ in 0..WRITERS {
            scope.spawn(|| {
                loop {
                    let id = next.fetch_add(1, Ordering::Relaxed);
                    if id > ALERTS {
                        return;
                    }
                    let (stream, facts) = (StreamId::Alert(AlertId(id)), vec![alert(id)]);
                    let append = Append { stream, expected: 0, actor: program(), facts };
                    store.journal.append(append).expect("appended");
                }
            });
        }
    });
    room::fill(store);
}

fn reader(store: &Store) {
    let ask =
        |intent| store.journal.ask::<User>(StreamId::User(UserId(1)), &program(), intent).expect("a user");
    ask(UserIntent::Create {
        account: AccountName::parse("observer1").expect("an account"),
        name: "observer1".to_owned(),
        roles: [TeamRole::Observer].into(),
        origin: Origin::Local,
        break_glass: false,
    });
    let now = Timestamp::now();
    ask(UserIntent::IssueToken {
        token: TokenId([1; 8]),
        name: "bench".to_owned(),
        hash: ContentHash(Sha256::digest(READER).into()),
        scope: [Permission::AlertsRead, Permission::IncidentsRead].into(),
        expires: now + SignedDuration::from_hours(24),
        now,
    });
}

fn sender(store: &Store) {
    let stream = StreamId::Source(SourceName::parse("bench").expect("a name"));
    let ask = |intent| store.journal.ask::<Source>(stream, &program(), intent).expect("a source");
    ask(SourceIntent::Add(SourceSettings::of(cofferdam_journal::source::SourceKind::Events)));
    let now = Timestamp::now();
    ask(SourceIntent::IssueToken {
        token: TokenId([2; 8]),
        sha256: ContentHash(Sha256::digest(SENDER).into()),
        expires: now + SignedDuration::from_hours(24),
        now,
    });
}

fn alert(id: u64) -> Fact {
    let seen = Timestamp::from_second(1_700_000_000 + i64::try_from(id).unwrap_or(0) * 60).ok();
    let rule = format!("rule-{}", id % 100);
    Fact::AlertRaised(Box::new(AlertReport {
        rule: Rule { title: Personal::of(&format!("Seen by {}", rule.replace('-', " "))), id: rule },
        level: Level::ALL[usize::try_from(id % 5).unwrap_or(0)],
        tactics: vec![],
        techniques: vec![],
        entities: [].into(),
        records: vec![],
        count: Count { matches: 1, occurrences: 1, first_seen: seen, last_seen: seen, attempt: false },
        source: AlertSource::Rule,
        status: AlertStatus::Open,
        dedup: None,
    }))
}
