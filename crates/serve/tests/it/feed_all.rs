//! Many clients read the live feed while connections break, the server restarts, and others write: each sees every
//! fact that is for them exactly once, in order.
//!
//! `COFFERDAM_FEEDS` says how many clients there are; `COFFERDAM_SEED` repeats a run.

use super::feed_reader::Said;
use super::recording::{OPEN, RESTRICTED, alert, append, case, counted, evidence, incident, renamed};
use super::site::{Client, Site};
use cofferdam_journal::{Fact, Permission, Personal, StreamId, TeamRole};
use cofferdam_serve::Settings;
use cofferdam_serve::settings::{Limits, Pace};
use cofferdam_store::{Journal, ReadOnly};
use cofferdam_vocabulary::UserId;
use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::sync::{Mutex, RwLock};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

/// Clients, unless another number is asked for.
const FEW: usize = 24;
/// How often the server is ended and started.
const RESTARTS: usize = 4;
/// Facts that each writer records between two restarts.
const FACTS: u64 = 60;
/// How long all of it may take.
const MOST: Duration = Duration::from_secs(120);

/// Numbers that follow from a seed (SplitMix64).
struct Random(u64);

impl Random {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % end
    }
}

/// Somebody who reads feeds.
struct Reader {
    user: UserId,
    role: TeamRole,
    client: Client,
}

/// What clients and the test tell each other.
#[derive(Default)]
struct Shared {
    /// Where the server listens now.
    url: RwLock<String>,
    /// How many entries there are in the end, once that is known.
    end: RwLock<Option<u64>>,
    drops: Mutex<u64>,
}

fn number(name: &str, usual: u64) -> u64 {
    std::env::var(name).ok().map_or(usual, |text| text.parse().unwrap())
}

/// What a stream asks for: written down here once more, so that a mistake there is seen.
fn asks(stream: StreamId) -> Permission {
    match stream {
        StreamId::Incident(_) => Permission::IncidentsRead,
        StreamId::Alert(_) => Permission::AlertsRead,
        StreamId::Evidence(_) => Permission::EvidenceRead,
        StreamId::Log => Permission::JournalRead,
        _ => Permission::UsersRead,
    }
}

/// Positions of all entries that are for this reader.
fn expected(streams: &[StreamId], reader: &Reader, named: &BTreeSet<UserId>) -> Vec<u64> {
    let restricted = [incident(RESTRICTED), alert(RESTRICTED), evidence(2)];
    let is_theirs = |stream: &StreamId| {
        reader.role.permissions().contains(&asks(*stream))
            && (!restricted.contains(stream) || named.contains(&reader.user))
    };
    (0..).zip(streams).filter(|(_, stream)| is_theirs(stream)).map(|(position, _)| position).collect()
}

/// One client: reads, is cut off after some lines, comes again with what it saw last, until it is behind `end`.
fn read(reader: &Reader, shared: &Shared, seed: u64, began: Instant) -> Vec<u64> {
    let mut random = Random(seed);
    let (mut seen, mut last): (Vec<u64>, Option<String>) = (Vec::new(), None);
    let done = |last: &Option<String>| {
        let end = *shared.end.read().unwrap();
        let told = last.as_deref().and_then(|last| last.parse::<i64>().ok());
        end.is_some_and(|end| told.is_some_and(|told| told + 1 >= i64::try_from(end).unwrap()))
    };
    while !done(&last) && began.elapsed() < MOST {
        let client = Client { url: shared.url.read().unwrap().clone(), ..reader.client.clone() };
        // The first time both ways to begin at the beginning are taken.
        let query = if last.is_none() && random.below(2) == 0 { "?after=-1" } else { "" };
        let from = last.clone().unwrap_or_else(|| "-1".to_owned());
        let Ok(mut feed) = client.feed(query, (query.is_empty()).then_some(&from)) else {
            thread::sleep(Duration::from_millis(20 + random.below(60)));
            continue;
        };
        for _ in 0..random.below(600) {
            match feed.line() {
                Said::Event { entry, .. } => seen.push(entry["position"].as_u64().unwrap()),
                Said::Other => {}
                Said::End | Said::Broken => break,
            }
            if done(&feed.last) {
                break;
            }
        }
        last = feed.last.clone();
        *shared.drops.lock().unwrap() += 1;
    }
    seen
}

/// Records facts of all kinds of streams, some for everybody and some not, a few of them in one append.
fn write(journal: &Journal, streams: &[StreamId], facts: u64, seed: u64, recorded: &dyn Fn()) {
    let mut random = Random(seed);
    for number in 0..facts {
        let stream = streams[usize::try_from(random.below(streams.len() as u64)).unwrap()];
        let text = format!("{number}\r\ndata: forged\nid: 7\n\n\u{2028}");
        let fact = || match stream {
            StreamId::Incident(_) => renamed(&text),
            StreamId::Alert(_) => counted(number + 2),
            StreamId::Evidence(_) => Fact::EvidenceViewed,
            StreamId::User(_) => Fact::UserRenamed { name: Personal::of(&text) },
            _ => Fact::ServerStopped,
        };
        let together = 1 + random.below(3);
        append(journal, stream, (0..together).map(|_| fact()).collect());
        recorded();
        thread::sleep(Duration::from_millis(random.below(8)));
    }
}

/// A server with these readers, a restricted and an open incident, and who sees the restricted one.
fn prepared() -> (Site, Vec<Reader>, BTreeSet<UserId>) {
    let pace = Pace { heartbeat: Duration::from_millis(300), ..Pace::default() };
    let limits = Limits { feeds: 1000, ..Settings::default().limits };
    let mut site = Site::with(Settings { pace, limits, ..Settings::default() });
    site.stop();
    let roles = [
        TeamRole::IncidentCommander,
        TeamRole::Responder,
        TeamRole::Scribe,
        TeamRole::Communications,
        TeamRole::Legal,
        TeamRole::Observer,
        TeamRole::Auditor,
        TeamRole::Administrator,
    ];
    let people = (1..).zip(roles.iter().cycle().take(roles.len() * 2));
    let readers: Vec<Reader> = people
        .map(|(id, role)| {
            let client = site.person(&format!("reader-{id}"), &[*role]);
            Reader { user: UserId(id), role: *role, client }
        })
        .collect();
    // Of each role one sees what is restricted, and one does not.
    let named: BTreeSet<UserId> = readers.iter().take(roles.len()).map(|reader| reader.user).collect();
    let to: Vec<UserId> = named.iter().copied().collect();
    site.offline(|journal| {
        case(journal, OPEN, &[]);
        case(journal, RESTRICTED, &to);
    });
    site.start();
    (site, readers, named)
}

/// Writes, restarts, writes while nothing runs, and so on.
fn disturb(site: &mut Site, shared: &Shared, seed: u64) {
    let writers = [
        vec![incident(OPEN), incident(RESTRICTED)],
        vec![alert(OPEN), alert(RESTRICTED), evidence(1)],
        vec![evidence(2), StreamId::User(UserId(3))],
    ];
    for round in 0..=RESTARTS {
        let seeds = (0..).map(|writer| seed ^ (round as u64) << 8 ^ writer);
        let server = site.server();
        thread::scope(|scope| {
            for (streams, seed) in writers.iter().zip(seeds) {
                let ledger = &server.ledger;
                let recorded = || ledger.follow().unwrap();
                scope.spawn(move || write(&ledger.store().journal, streams, FACTS, seed, &recorded));
            }
        });

        if round < RESTARTS {
            site.stop();
            let seed = seed ^ (round as u64) << 16;
            site.offline(|journal| write(journal, &writers.concat(), 20, seed, &|| {}));
            site.start();
            shared.url.write().unwrap().clone_from(&site.nobody().url);
        }
    }
}

fn streams(site: &Site) -> Vec<StreamId> {
    let data = ReadOnly::open(site.data()).unwrap();
    let mut streams = Vec::new();
    let each = &mut |stored: cofferdam_store::Stored| {
        streams.push(stored.stream);
        ControlFlow::Continue(())
    };
    data.reader.entries(0..u64::MAX, each).unwrap();
    streams
}

#[test]
fn every_client_sees_every_fact_that_is_for_it_exactly_once_and_in_order() {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
    let seed = number("COFFERDAM_SEED", u64::from(now.subsec_nanos()));
    let clients = usize::try_from(number("COFFERDAM_FEEDS", FEW as u64)).unwrap();
    let (mut site, readers, named) = prepared();
    let began = Instant::now();
    let shared = Shared { url: RwLock::new(site.nobody().url), ..Shared::default() };
    let seen: Vec<Vec<u64>> = thread::scope(|scope| {
        let clients: Vec<_> = (0..clients)
            .map(|client| {
                let (reader, shared) = (&readers[client % readers.len()], &shared);
                scope.spawn(move || read(reader, shared, seed ^ (client as u64) << 32, began))
            })
            .collect();
        disturb(&mut site, &shared, seed);
        *shared.end.write().unwrap() = Some(*site.server().ledger.grown().borrow());
        clients.into_iter().map(|client| client.join().unwrap()).collect()
    });
    let streams = streams(&site);
    for (client, seen) in seen.iter().enumerate() {
        let reader = &readers[client % readers.len()];
        let mut want = expected(&streams, reader, &named);
        let end = shared.end.read().unwrap().unwrap();
        want.retain(|position| *position < end);
        let differs = seen.iter().zip(&want).position(|(seen, want)| seen != want);
        let at = differs.unwrap_or(seen.len().min(want.len()));
        let (got, due) = (seen.get(at), want.get(at));
        let role = reader.role;
        assert_eq!((got, seen.len()), (due, want.len()), "seed {seed}, client {client}, {role:?}: at {at}");
    }
    println!(
        "{clients} clients, {} connections, {RESTARTS} restarts, {} facts, seed {seed}, {:.1?}",
        shared.drops.lock().unwrap(),
        streams.len(),
        began.elapsed()
    );
}
