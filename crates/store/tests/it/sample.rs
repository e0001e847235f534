//! Facts and journals to test with.

use cofferdam_journal::alert::{AlertReport, AlertSource, AlertStatus, Count, EntityRecord, Rule};
use cofferdam_journal::incident::{IncidentReport, Joined, Severity, Span};
use cofferdam_journal::note::{Name, Signer};
use cofferdam_journal::user::{Created, Origin};
use cofferdam_journal::{Actor, Fact, Personal, StreamId, TeamRole};
use cofferdam_store::{Append, Found, Journal, Sqlite, StorageError, World};
use cofferdam_vocabulary::{AlertId, EntityKind, IncidentId, Level, Role};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

/// A signer that is the same in every test.
pub fn signer() -> Signer {
    Signer::new(Name::parse("cofferdam/test").unwrap(), &[7; 32])
}

/// A world whose clock and randomness count up from a seed.
pub fn world(seed: u64) -> World {
    let (ticks, bytes) = (AtomicU64::new(0), AtomicU64::new(seed << 32));
    World {
        now: Box::new(move || {
            let tick = ticks.fetch_add(1, Ordering::Relaxed);
            jiff::Timestamp::from_millisecond(1_700_000_000_000 + i64::try_from(tick).unwrap()).unwrap()
        }),
        random: Box::new(move |target| {
            for byte in target.chunks_mut(8) {
                let next = bytes.fetch_add(1, Ordering::Relaxed).wrapping_mul(0x9e37_79b9_7f4a_7c15);
                byte.copy_from_slice(&next.to_le_bytes()[..byte.len()]);
            }
        }),
        post: World::offline(),
    }
}

/// The journal in this database.
pub fn open(path: &Path) -> Result<(Journal, Found), StorageError> {
    Journal::open(Box::new(Sqlite::open(path)?), signer(), world(1))
}

/// The program as an actor.
pub fn program() -> Actor {
    Actor::Program("0.1.0".to_owned())
}

/// An alert about an account.
pub fn alert(id: u64, account: &str) -> Append {
    let value = Personal::of(account);
    let report = AlertReport {
        rule: Rule { id: "odd-logon".to_owned(), title: Personal::of("Odd logon") },
        level: Level::High,
        tactics: vec![],
        techniques: vec![],
        entities: [EntityRecord { kind: EntityKind::Account, value, role: Role::Actor }].into(),
        records: vec![],
        count: count(1),
        source: AlertSource::Rule,
        status: AlertStatus::Open,
        dedup: None,
    };
    let facts = vec![Fact::AlertRaised(Box::new(report))];
    Append { stream: StreamId::Alert(AlertId(id)), expected: 0, actor: program(), facts }
}

/// So many matches.
pub fn count(matches: u64) -> Count {
    Count { matches, occurrences: matches, first_seen: None, last_seen: None, attempt: false }
}

/// The alert was seen again.
pub fn again(id: u64, expected: u64, matches: u64) -> Append {
    let facts = vec![Fact::AlertCounted(count(matches))];
    Append { stream: StreamId::Alert(AlertId(id)), expected, actor: program(), facts }
}

/// An incident of these alerts.
pub fn incident(id: u64, title: &str, alerts: &[u64]) -> Append {
    let severity = Severity { level: Level::High, reasons: vec![Personal::of("a reason")] };
    let span = Span { first_seen: None, last_seen: None };
    let joined = alerts.iter().map(|alert| Joined { alert: AlertId(*alert), join: None }).collect();
    let facts = vec![
        Fact::IncidentOpened { title: Personal::of(title), severity, span },
        Fact::AlertsJoined { alerts: joined },
    ];
    Append { stream: StreamId::Incident(IncidentId(id)), expected: 0, actor: program(), facts }
}

/// What an incident of one alert would be reported as.
pub fn report(title: &str, alert: u64) -> IncidentReport {
    IncidentReport {
        title: Personal::of(title),
        severity: Severity { level: Level::High, reasons: vec![] },
        span: Span { first_seen: None, last_seen: None },
        alerts: [(AlertId(alert), None)].into(),
        scope: [].into(),
    }
}

/// A user who leads.
pub fn created(account: &str) -> Created {
    Created {
        account: Personal::of(account),
        name: Personal::of("Operations, first shift"),
        roles: [TeamRole::IncidentCommander].into(),
        origin: Origin::Local,
        break_glass: false,
    }
}
