//! Facts that tests record, with a server that runs and without one.

use super::site::{Site, program};
use cofferdam_journal::alert::{AlertReport, AlertSource, AlertStatus, Count, Rule};
use cofferdam_journal::evidence::Acquired;
use cofferdam_journal::incident::{Joined, Severity, Span};
use cofferdam_journal::{Fact, Personal, StreamId};
use cofferdam_store::{Append, Journal, Store, World};
use cofferdam_vocabulary::{AlertId, ContentHash, IncidentId, Level, UserId};

/// Something that everybody with the permission sees, and the same for named people.
pub const OPEN: u64 = 1;
/// See [`OPEN`].
pub const RESTRICTED: u64 = 2;

/// An incident, an alert and a piece of evidence of one number.
pub fn incident(number: u64) -> StreamId {
    StreamId::Incident(IncidentId(number))
}

/// See [`incident`].
pub fn alert(number: u64) -> StreamId {
    StreamId::Alert(AlertId(number))
}

/// See [`incident`].
pub fn evidence(number: u8) -> StreamId {
    StreamId::Evidence(ContentHash([number; 32]))
}

/// Another name for an incident.
pub fn renamed(title: &str) -> Fact {
    Fact::IncidentRenamed { title: Personal::of(title) }
}

/// An alert was seen again.
pub fn counted(matches: u64) -> Fact {
    Fact::AlertCounted(count(matches))
}

fn count(matches: u64) -> Count {
    Count { matches, occurrences: matches, first_seen: None, last_seen: None, attempt: false }
}

/// Records facts at the end of a stream that nobody else writes meanwhile.
#[track_caller]
pub fn append(journal: &Journal, stream: StreamId, facts: Vec<Fact>) {
    let expected = journal.read(|reader| reader.version(stream)).unwrap();
    journal.append(Append { stream, expected, actor: program(), facts }).unwrap();
}

impl Site {
    /// Records facts while the server runs, as its features do.
    #[track_caller]
    pub fn note(&self, stream: StreamId, facts: Vec<Fact>) {
        let ledger = &self.server().ledger;
        append(&ledger.store().journal, stream, facts);
        ledger.follow().unwrap();
    }

    /// Records while the server does not run.
    pub fn offline<T>(&self, write: impl FnOnce(&Journal) -> T) -> T {
        let store = Store::create(self.data(), &program(), World::real(World::offline())).unwrap();
        write(&store.journal)
    }
}

/// An incident with an alert, and evidence; those of the number [`RESTRICTED`] for these people only.
pub fn case(journal: &Journal, number: u64, to: &[UserId]) {
    let title = format!("Break-in {number}");
    let severity = Severity { level: Level::High, reasons: Vec::new() };
    let span = Span { first_seen: None, last_seen: None };
    let rule = Rule { id: "ssh-brute-force".to_owned(), title: Personal::of("Many failed logins") };
    let report = AlertReport {
        rule,
        level: Level::High,
        tactics: Vec::new(),
        techniques: Vec::new(),
        entities: [].into(),
        records: Vec::new(),
        count: count(1),
        source: AlertSource::Rule,
        status: AlertStatus::Open,
        dedup: None,
    };
    let joined = vec![Joined { alert: AlertId(number), join: None }];
    let opened = Fact::IncidentOpened { title: Personal::of(&title), severity, span };
    append(journal, incident(number), vec![opened]);
    let acquired = Acquired { source: Personal::of("disk"), bytes: 1 };
    let piece = evidence(u8::try_from(number).unwrap());
    append(journal, piece, vec![Fact::EvidenceAcquired(acquired), Fact::EvidenceKept]);
    if number == RESTRICTED {
        append(
            journal,
            incident(number),
            vec![Fact::IncidentRestricted { to: to.iter().copied().collect() }],
        );
        append(journal, piece, vec![Fact::EvidenceRestricted { to: to.iter().copied().collect() }]);
    }
    append(journal, alert(number), vec![Fact::AlertRaised(Box::new(report))]);
    append(journal, incident(number), vec![Fact::AlertsJoined { alerts: joined }]);
}
