//! What the page of an incident asks for, while thousands of events come in every second.

use super::connection::Connection;
use super::site::program;
use cofferdam_journal::alert::EntityRecord;
use cofferdam_journal::incident::{
    DecisionNumber, Joined, MomentNumber, MomentSpec, NoteNumber, Phase, Proposal, Severity, Span,
    TaskNumber, TaskSpec,
};
use cofferdam_journal::{Fact, Personal, StreamId};
use cofferdam_store::{Append, Store};
use cofferdam_vocabulary::{AlertId, EntityKind, IncidentId, Level, Role};
use jiff::Timestamp;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Incidents that there are.
pub const INCIDENTS: u64 = 2_000;
/// Alerts of each.
const ALERTS: u64 = 50;
/// Entities, notes, tasks, moments and decisions of each.
const PARTS: u64 = 20;
/// What the page of an incident asks for.
const ASKED: [&str; 9] =
    ["", "/notes", "/tasks", "/timeline", "/decisions", "/scope", "/gates", "/links", "/times"];

/// Incidents as people work on them.
pub fn fill(store: &Store) {
    std::thread::scope(|scope| {
        for part in 0..32 {
            scope.spawn(move || {
                for id in (1..=INCIDENTS).filter(|id| id % 32 == part) {
                    let stream = StreamId::Incident(IncidentId(id));
                    let append = Append { stream, expected: 0, actor: program(), facts: incident(id) };
                    store.journal.append(append).expect("appended");
                }
            });
        }
    });
}

fn incident(id: u64) -> Vec<Fact> {
    let text =
        |what: &str, part: u64| Personal::of(&format!("{what} {part} of incident {id}, in some words"));
    let at = Timestamp::from_second(1_700_000_000 + i64::try_from(id).unwrap_or(0) * 60).unwrap_or_default();
    let severity = Severity { level: Level::High, reasons: vec![text("reason", 1)] };
    let span = Span { first_seen: Some(at), last_seen: Some(at) };
    let joined = |alert: u64| Joined { alert: AlertId((id - 1) * ALERTS + alert), join: None };
    let entity =
        |part: u64| EntityRecord { kind: EntityKind::Host, value: text("host", part), role: Role::Target };
    let mut facts = vec![
        Fact::IncidentOpened { title: text("break-in", 1), severity, span },
        Fact::AlertsJoined { alerts: (1..=ALERTS).map(joined).collect() },
        Fact::ScopeWidened { entities: (1..=PARTS).map(entity).collect() },
    ];
    for part in 1..=PARTS {
        let spec = TaskSpec {
            title: text("task", part),
            phase: Phase::Containment,
            mandatory: part % 2 == 0,
            owner: None,
            due: Some(at),
            blocked_by: [].into(),
        };
        let moment =
            MomentSpec { at, what: text("moment", part), technique: None, pinned: false, parent: None };
        let proposal = Proposal { what: text("step", part), reason: text("why", part), alternatives: vec![] };
        facts.extend([
            Fact::NoteWritten { note: NoteNumber(part), text: vec![text("note", part)] },
            Fact::TaskAdded { task: TaskNumber(part), spec: Box::new(spec) },
            Fact::MomentAdded { moment: MomentNumber(part), spec: Box::new(moment) },
            Fact::DecisionProposed { decision: DecisionNumber(part), proposal: Box::new(proposal) },
        ]);
    }
    facts
}

/// Opens one incident after the other; milliseconds for all that one page asks for, and for what takes longest of it.
pub fn look(address: SocketAddr, token: &'static str, over: &AtomicBool) -> (Vec<f64>, Vec<f64>) {
    let mut connection = Connection::to(address, token);
    let (mut pages, mut slowest, mut id) = (Vec::new(), Vec::new(), 1);
    while !over.load(Ordering::Relaxed) {
        let (began, mut longest) = (Instant::now(), Duration::ZERO);
        for what in ASKED {
            let asked = Instant::now();
            let path = format!("/api/v1/incidents/{}{what}", IncidentId(id));
            let (status, answer) = connection.exchange("GET", &path, b"");
            assert_eq!(status, 200, "{path}: {}", String::from_utf8_lossy(&answer));
            longest = longest.max(asked.elapsed());
        }
        pages.push(began.elapsed().as_secs_f64() * 1e3);
        slowest.push(longest.as_secs_f64() * 1e3);
        id = (id + 611) % INCIDENTS + 1;
        std::thread::sleep(Duration::from_millis(100));
    }
    (pages, slowest)
}
