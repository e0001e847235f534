//! A small case that tests record: evidence, alerts, incidents.

use super::site::program;
use cofferdam_journal::alert::{AlertReport, AlertSource, AlertStatus, Count, EntityRecord, Record, Rule};
use cofferdam_journal::call::{CallSpec, Matter};
use cofferdam_journal::evidence::Acquired;
use cofferdam_journal::exception::ExceptionSpec;
use cofferdam_journal::incident::{
    DecisionNumber, Join, Joined, Link, LinkNumber, LinkTarget, MomentNumber, MomentSpec, NoteNumber, Phase,
    Proposal, Severity, Span, TaskNumber, TaskSpec,
};
use cofferdam_journal::report::{HowBad, NamedKind, NamedThing, Received};
use cofferdam_journal::{Actor, Fact, Personal, StreamId};
use cofferdam_store::{Append, Store};
use cofferdam_vocabulary::{
    AlertId, CallId, ContentHash, EntityKind, ExceptionId, IncidentId, Level, ReportId, Role, Tactic,
    TechniqueId, UserId,
};
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;

/// Records a fact behind all others of its stream.
#[track_caller]
pub fn append(store: &Store, stream: StreamId, actor: &Actor, fact: Fact) {
    let expected = store.journal.read(|reader| reader.version(stream)).unwrap();
    store.journal.append(Append { stream, expected, actor: actor.clone(), facts: vec![fact] }).unwrap();
}

/// The hash of some bytes.
pub fn hash(bytes: &[u8]) -> ContentHash {
    ContentHash(Sha256::digest(bytes).into())
}

/// An alert of a rule, about an account, seen in this evidence.
pub fn alert(rule: &str, account: &str, evidence: Option<ContentHash>) -> Fact {
    let time = "2026-01-02T03:04:05Z".parse().ok();
    let entity = EntityRecord { kind: EntityKind::Account, value: Personal::of(account), role: Role::Target };
    let record = Record {
        file: Personal::of("var/log/auth.log"),
        evidence,
        record: 7,
        time,
        what: Personal::of(&format!("<script>alert(1)</script> Failed password for {account}")),
    };
    Fact::AlertRaised(Box::new(AlertReport {
        rule: Rule { id: rule.to_owned(), title: Personal::of(&format!("Rule {rule}")) },
        level: Level::High,
        tactics: vec![Tactic::CredentialAccess],
        techniques: vec![TechniqueId::parse("T1110").unwrap()],
        entities: [entity].into(),
        records: vec![record],
        count: Count { matches: 3, occurrences: 9, first_seen: time, last_seen: time, attempt: false },
        source: AlertSource::Rule,
        status: AlertStatus::Open,
        dedup: None,
    }))
}

/// Alerts of a rule are hidden for a while.
pub fn exception(rule: &str) -> Fact {
    Fact::ExceptionAdded(Box::new(ExceptionSpec {
        rule: Some(rule.to_owned()),
        conditions: BTreeSet::new(),
        source: None,
        level_at_most: None,
        owner: UserId(1),
        reason: Personal::of("the vulnerability scanner"),
        expires: "2027-06-01T00:00:00Z".parse().unwrap(),
    }))
}

/// Somebody reported something.
pub fn reported(number: u64) -> Fact {
    let named = NamedThing { kind: NamedKind::Host, value: Personal::of(&format!("host-{number}")) };
    Fact::ReportReceived(Box::new(Received {
        number: hash(format!("number of report {number}").as_bytes()),
        how_bad: HowBad::Odd,
        what: vec![Personal::of(&format!("account-{number} looks odd"))],
        when: None,
        named: [named].into(),
        contact: Some(Personal::of("extension 4711")),
        address: Personal::of("192.0.2.7"),
    }))
}

/// The alert, as one that tells of a report.
pub fn told(report: ReportId, raised: Fact) -> Fact {
    match raised {
        Fact::AlertRaised(mut alert) => {
            alert.source = AlertSource::Report(report);
            Fact::AlertRaised(alert)
        }
        other => other,
    }
}

/// An incident is opened.
pub fn opened(title: &str) -> Fact {
    let severity = Severity { level: Level::High, reasons: vec![Personal::of("an attempt succeeded")] };
    let span = Span { first_seen: "2026-01-02T03:04:05Z".parse().ok(), last_seen: None };
    Fact::IncidentOpened { title: Personal::of(title), severity, span }
}

/// Alerts join an incident, each because of another one if that is given.
pub fn joined(alerts: &[(u64, Option<u64>)]) -> Fact {
    let join = |with: u64| Join { with: AlertId(with), because: Personal::of("the same host") };
    let joined = |(alert, with): &(u64, Option<u64>)| Joined { alert: AlertId(*alert), join: with.map(join) };
    Fact::AlertsJoined { alerts: alerts.iter().map(joined).collect() }
}

/// Somebody wrote something down.
pub fn noted(note: u64, text: &str) -> Fact {
    Fact::NoteWritten { note: NoteNumber(note), text: vec![Personal::of(text)] }
}

/// Something is to be done.
pub fn task(task: u64, title: &str) -> Fact {
    let spec = TaskSpec {
        title: Personal::of(title),
        phase: Phase::Containment,
        mandatory: true,
        owner: None,
        due: None,
        blocked_by: [].into(),
    };
    Fact::TaskAdded { task: TaskNumber(task), spec: Box::new(spec) }
}

/// What people said of the response to an incident: something that waits to be decided, a moment that has a part, and
/// something else to read.
pub fn responded(number: u64) -> Vec<Fact> {
    let text = |about: &str| Personal::of(&format!("{about} of {number}"));
    let proposal =
        Proposal { what: text("isolation"), reason: text("reason"), alternatives: vec![text("watch")] };
    let moment = |number: u64, parent: Option<u64>| {
        let at = "2026-01-02T03:04:05Z".parse().unwrap();
        let parent = parent.map(MomentNumber);
        let spec = MomentSpec { at, what: text("moment"), technique: None, pinned: true, parent };
        Fact::MomentAdded { moment: MomentNumber(number), spec: Box::new(spec) }
    };
    let link = Link { to: LinkTarget::Address(Personal::of("https://example.org")), what: text("ticket") };
    vec![
        Fact::DecisionProposed { decision: DecisionNumber(1), proposal: Box::new(proposal) },
        moment(1, None),
        moment(2, Some(1)),
        Fact::LinkAdded { number: LinkNumber(1), link: Box::new(link) },
    ]
}

/// Named people.
pub fn to(users: &[u64]) -> BTreeSet<UserId> {
    users.iter().map(|user| UserId(*user)).collect()
}

/// Bytes of the evidence that a small case has.
pub const OPEN: &[u8] = b"what everybody may see";
/// And of what is restricted.
pub const SECRET: &[u8] = b"what only a few may see";

/// Two of everything: alert 1, incident 1 and the first evidence are there for all; alert 2, incident 2 and the
/// second evidence for these people only.
pub fn two_of_everything(store: &Store, people: &[u64]) {
    let actor = program();
    append(store, StreamId::Exception(ExceptionId(1)), &actor, exception("no-such-rule"));
    for (number, bytes) in [(1, OPEN), (2, SECRET)] {
        let (hash, size) = store.blobs.keep(&mut &bytes[..], None).unwrap();
        let evidence = StreamId::Evidence(hash);
        let source = Personal::of(&format!("evidence {number}"));
        append(store, evidence, &actor, Fact::EvidenceAcquired(Acquired { source, bytes: size }));
        append(store, evidence, &actor, Fact::EvidenceKept);
        let account = format!("account-{number}");
        let report = StreamId::Report(ReportId(number));
        append(store, report, &actor, reported(number));
        let raised = told(ReportId(number), alert("ssh-brute-force", &account, Some(hash)));
        append(store, StreamId::Alert(AlertId(number)), &actor, raised);
        append(store, report, &actor, Fact::ReportTold { alert: AlertId(number) });
        let incident = StreamId::Incident(IncidentId(number));
        append(store, incident, &actor, opened(&format!("Break-in {number}")));
        append(store, incident, &actor, joined(&[(number, None)]));
        let about = Matter::Incident { incident: IncidentId(number) };
        let spec = CallSpec { about, cause: 1, to: vec![UserId(1)], wait: 300, rounds: 1 };
        append(store, StreamId::Call(CallId(number)), &actor, Fact::CallBegun(Box::new(spec)));
        append(store, incident, &actor, noted(1, &format!("note of {number}")));
        append(store, incident, &actor, task(1, &format!("task of {number}")));
        for fact in responded(number) {
            append(store, incident, &actor, fact);
        }
        if number == 2 {
            append(store, evidence, &actor, Fact::EvidenceRestricted { to: to(people) });
            append(store, incident, &actor, Fact::IncidentRestricted { to: to(people) });
        }
    }
}
