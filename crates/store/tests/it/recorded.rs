//! Journals that earlier versions recorded are read for ever.
//!
//! Each folder of `data/` is one: tables as they were, entries, what opens their values, where streams end, the
//! last checkpoint.
//! A folder is never changed. A new kind of fact needs a new folder, which `COFFERDAM_UPDATE=NAME` records.

use crate::responded::responded;
use crate::sample::{count, signer, world};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use cofferdam_journal::access::{LoginFailed, LoginFailure, LoginsThrottled, RequestRefused};
use cofferdam_journal::alert::{
    AlertReport, AlertSource, AlertStatus, EntityRecord, Judgement, ProductName, Record, Revision, Rule,
    Triage, Verdict,
};
use cofferdam_journal::call::{CallSpec, Channel, Matter};
use cofferdam_journal::evidence::{Acquired, Transfer};
use cofferdam_journal::exception::{Condition, ExceptionSpec};
use cofferdam_journal::incident::{
    DecisionNumber, Join, Joined, NoteNumber, Phase, Severity, Span, Suggested, Suggestion, TaskNumber,
    TaskSpec, TaskState,
};
use cofferdam_journal::report::{HowBad, NamedKind, NamedThing, Received, ReportState};
use cofferdam_journal::session::{LoginMethod, SessionEnd, Started};
use cofferdam_journal::source::{Source, SourceKind, SourceSettings, SourceToken, Trust};
use cofferdam_journal::user::{Created, Enrolment, Origin, Token};
use cofferdam_journal::{Actor, Aggregate, Entry, Fact, Permission, Personal, StreamId, TeamRole};
use cofferdam_store::{
    AlertQuery, Append, IncidentQuery, Journal, Last, ReadOnly, Reader, Sqlite, StorageError, Stored,
    entries, verify,
};
use cofferdam_vocabulary::{
    AlertId, CallId, ContentHash, CredentialId, DedupKey, DeliveryId, EntityKind, ExceptionId, IncidentId,
    Level, ReportId, Role, SessionId, SourceName, Tactic, TechniqueId, TokenId, UserId,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

/// A line of `entries.ndjson`.
#[derive(Serialize, Deserialize)]
struct Line {
    stream: String,
    version: u64,
    /// Since format 3; none of the first entry of a stream.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    previous: Option<u64>,
    leaf: String,
    values: Vec<(String, String)>,
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("data")
}

/// A data directory made of a recording.
fn made(recording: &Path) -> tempfile::TempDir {
    let data = tempfile::tempdir().unwrap();
    let text = |name: &str| std::fs::read_to_string(recording.join(name)).unwrap();
    let database = rusqlite::Connection::open(data.path().join("journal.db")).unwrap();
    database.execute_batch(&text("schema.sql")).unwrap();
    for (position, line) in text("entries.ndjson").lines().enumerate() {
        let line: Line = serde_json::from_str(line).unwrap();
        let row = (position, &line.stream, line.version, line.leaf.as_bytes(), packed(&line.values));
        let sql = "INSERT INTO entry (position, stream, version, leaf, secrets) VALUES (?, ?, ?, ?, ?)";
        database.execute(sql, row).unwrap();
        if let Some(previous) = line.previous {
            let sql = "UPDATE entry SET previous = ? WHERE position = ?";
            database.execute(sql, (previous, position)).unwrap();
        }
    }
    // Formats 1 and 2 have an index instead.
    if recording.join("lasts.sql").exists() {
        database.execute_batch(&text("lasts.sql")).unwrap();
    }
    database.execute("INSERT INTO checkpoint VALUES (0, ?)", [text("checkpoint")]).unwrap();
    std::fs::write(data.path().join("log.pub"), text("log.pub")).unwrap();
    data
}

/// What opens values, as every format keeps it.
fn packed(values: &[(String, String)]) -> Vec<u8> {
    let mut packed = Vec::new();
    for (salt, value) in values {
        packed.extend(STANDARD.decode(salt).unwrap());
        packed.extend(u32::try_from(value.len()).unwrap().to_le_bytes());
        packed.extend(value.as_bytes());
    }
    packed
}

fn all(reader: &dyn Reader) -> Vec<Stored> {
    let mut all = Vec::new();
    let each = &mut |stored| {
        all.push(stored);
        ControlFlow::Continue(())
    };
    reader.entries(0..u64::MAX, each).unwrap();
    all
}

/// Facts, stream by stream.
fn facts(reader: &dyn Reader) -> Vec<Entry> {
    let streams: BTreeSet<StreamId> = all(reader).iter().map(|stored| stored.stream).collect();
    streams.iter().flat_map(|stream| entries(reader, *stream).unwrap()).collect()
}

/// Where streams end, as statements that write it.
fn lasts(reader: &dyn Reader) -> String {
    let mut lines = Vec::new();
    let each = &mut |stream, Last { version, position }| {
        let (table, id) = match stream {
            StreamId::Log
            | StreamId::Session(_)
            | StreamId::Access(_)
            | StreamId::Source(_)
            | StreamId::Report(_)
            | StreamId::Exception(_)
            | StreamId::Call(_) => ("end_row", format!("'{stream}'")),
            StreamId::User(id) => ("user_row", id.0.to_string()),
            StreamId::Evidence(id) => ("evidence_row", format!("x'{id}'")),
            StreamId::Alert(id) => ("alert_row", id.0.to_string()),
            StreamId::Incident(id) => ("incident_row", id.0.to_string()),
        };
        lines
            .push(format!("INSERT INTO {table} (id, version, last) VALUES ({id}, {version}, {position});\n"));
    };
    reader.lasts(each).unwrap();
    lines.concat()
}

#[test]
fn every_recorded_journal_is_read_as_it_was() {
    if let Ok(name) = std::env::var("COFFERDAM_UPDATE") {
        record(&folder().join(name));
    }
    let mut kinds = BTreeSet::new();
    let mut recordings: Vec<PathBuf> = std::fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir())
        .collect();
    recordings.sort();
    assert!(!recordings.is_empty());
    for recording in recordings {
        let data = made(&recording);
        let path = data.path().join("journal.db");
        // It is read as it is, such as on a medium that cannot be written.
        let read = ReadOnly::open(data.path()).unwrap();
        assert_eq!(verify(read.reader.as_ref(), &read.verifier).unwrap().problems, []);
        let (before, facts_before) = (all(read.reader.as_ref()), facts(read.reader.as_ref()));
        drop(read);
        // Opening it to write makes the lists and brings it to today's format.
        drop(Journal::open(Box::new(Sqlite::open(&path).unwrap()), signer(), world(1)).unwrap());
        let read = ReadOnly::open(data.path()).unwrap();
        let reader = read.reader.as_ref();
        let found = verify(reader, &read.verifier).unwrap();
        assert_eq!(found.problems, [], "{}", recording.display());
        let facts = facts(reader);
        assert_eq!((all(reader), &facts), (before, &facts_before), "{}", recording.display());
        kinds.extend(facts.iter().map(|entry| entry.fact.kind()));
        let alerts = reader.alerts(&AlertQuery { limit: 99, ..AlertQuery::default() }).unwrap();
        let incidents =
            reader.incidents(&IncidentQuery { limit: 99, merged: true, ..IncidentQuery::default() }).unwrap();
        let (evidence, users) = (reader.evidence(None, 99).unwrap(), reader.users().unwrap());
        let state = |name| {
            let entries = entries(reader, StreamId::Source(name)).unwrap();
            (name, Source::replay(entries.iter().map(|entry| &entry.fact)))
        };
        let sources: Vec<_> = reader.sources().unwrap().into_iter().map(state).collect();
        let name = recording.file_name().unwrap().to_string_lossy().into_owned();
        insta::with_settings!({snapshot_path => recording.clone(), prepend_module_to_snapshot => false, omit_expression => true}, {
            insta::assert_debug_snapshot!(format!("{name}-facts"), facts);
            insta::assert_debug_snapshot!(format!("{name}-rows"), (alerts, incidents, evidence));
            if !users.is_empty() {
                insta::assert_debug_snapshot!(format!("{name}-users"), users);
            }
            if !sources.is_empty() {
                insta::assert_debug_snapshot!(format!("{name}-sources"), sources);
            }
        });
    }
    let missing: Vec<_> = Fact::KINDS.iter().filter(|kind| !kinds.contains(*kind)).collect();
    assert!(missing.is_empty(), "kinds of facts that no recording has: {missing:?}");
}

/// Records every kind of fact that there is now.
fn record(folder: &Path) {
    assert!(!folder.exists(), "a recording is never changed: choose another name");
    std::fs::create_dir_all(folder).unwrap();
    let data = tempfile::tempdir().unwrap();
    let path = data.path().join("journal.db");
    let (journal, _) = Journal::open(Box::new(Sqlite::open(&path).unwrap()), signer(), world(9)).unwrap();
    journal.append_all(history()).unwrap();
    let gone = journal.read(|reader| reader.values_with("left-the-company")).unwrap();
    let values = gone.iter().map(|(_, secret)| secret.commitment.to_string()).collect();
    let order = Personal::of("request of the person");
    let facts = vec![Fact::ValuesErased { values, order }];
    let append = Append { stream: StreamId::Log, expected: 2, actor: person(), facts };
    journal
        .erase(append, gone.iter().map(|(position, secret)| (*position, secret.commitment)).collect())
        .unwrap();
    let note = journal.checkpoint().unwrap().unwrap();
    let lines: String = journal.read(|reader| Ok(all(reader))).unwrap().iter().map(line).collect();
    let ends = journal.read(|reader| Ok(lasts(reader))).unwrap();
    drop(journal);
    let database = rusqlite::Connection::open(&path).unwrap();
    let mut tables = database.prepare("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL").unwrap();
    let tables: Vec<String> = tables.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    let number = |name| database.pragma_query_value(None, name, |row| row.get::<_, i64>(0)).unwrap();
    let (application, format) = (number("application_id"), number("user_version"));
    let pragmas = format!("PRAGMA application_id = {application};\nPRAGMA user_version = {format};\n");
    let put = |name: &str, text: String| std::fs::write(folder.join(name), text).unwrap();
    put("schema.sql", format!("{};\n{pragmas}", tables.join(";\n")));
    put("entries.ndjson", lines);
    put("lasts.sql", ends);
    put("checkpoint", note);
    put("log.pub", format!("{}\n", signer().verifier()));
}

fn line(stored: &Stored) -> String {
    let values =
        stored.secrets.iter().map(|secret| (STANDARD.encode(secret.salt), secret.value.clone())).collect();
    let leaf = String::from_utf8(stored.leaf.clone()).unwrap();
    let line = Line {
        stream: stored.stream.to_string(),
        version: stored.version,
        previous: stored.previous,
        leaf,
        values,
    };
    format!("{}\n", serde_json::to_string(&line).unwrap())
}

fn person() -> Actor {
    Actor::Person(Personal::of("responder-1"))
}

fn history() -> Vec<Append> {
    let program = || Actor::Program("0.1.0".to_owned());
    let hash = ContentHash([0xab; 32]);
    let transfer = || Transfer { to: Personal::of("the police"), purpose: Personal::of("charge 4711") };
    let entity = |kind, value: &str| EntityRecord { kind, value: Personal::of(value), role: Role::Target };
    let entities =
        |values: &[(EntityKind, &str)]| values.iter().map(|(kind, value)| entity(*kind, value)).collect();
    let severity = |level| Severity { level, reasons: vec![Personal::of("an attempt succeeded")] };
    let time = |second: i64| jiff::Timestamp::from_second(1_760_000_000 + second).ok();
    let span = |end: i64| Span { first_seen: time(0), last_seen: time(end) };
    let report = AlertReport {
        rule: Rule {
            id: "ssh-login-after-brute-force".to_owned(),
            title: Personal::of("SSH login after brute force"),
        },
        level: Level::Critical,
        tactics: vec![Tactic::InitialAccess, Tactic::CredentialAccess],
        techniques: vec![TechniqueId::parse("T1110.001").unwrap()],
        entities: entities(&[
            (EntityKind::Account, "left-the-company"),
            (EntityKind::Host, "web-01"),
            (EntityKind::Address, "203.0.113.66"),
        ]),
        records: vec![Record {
            file: Personal::of("logs/auth.log"),
            evidence: Some(hash),
            record: 237,
            time: time(3),
            what: Personal::of("sshd: Accepted password for left-the-company from 203.0.113.66"),
        }],
        count: count(1),
        source: AlertSource::Rule,
        status: AlertStatus::Open,
        dedup: None,
    };
    let of_product = AlertReport {
        source: AlertSource::Product(ProductName::parse("guardduty").unwrap()),
        status: AlertStatus::Closed,
        dedup: Some(DedupKey([0xde; 16])),
        ..report.clone()
    };
    let dismissed = report.clone();
    let revision = Revision {
        level: Some(Level::High),
        title: Some(Personal::of("SSH login by a former account")),
        status: Some(AlertStatus::Open),
    };
    let suggestion = |what| {
        Fact::JoinSuggested(Suggestion {
            what,
            with: Some(AlertId(1)),
            because: Personal::of("the host web-01"),
        })
    };
    let joined = |alert: u64, with: Option<u64>| Joined {
        alert: AlertId(alert),
        join: with.map(|with| Join { with: AlertId(with), because: Personal::of("the host web-01") }),
    };
    let append = |stream, actor: Actor, facts| Append { stream, expected: 0, actor, facts };
    vec![
        append(StreamId::Log, person(), vec![Fact::LogOpened {}, Fact::LogRestored { size: 1 }]),
        append(
            StreamId::Evidence(hash),
            person(),
            vec![
                Fact::EvidenceAcquired(Acquired { source: Personal::of("logs/auth.log"), bytes: 4711 }),
                Fact::EvidenceKept,
                Fact::EvidenceViewed,
                Fact::EvidenceExported(transfer()),
                Fact::EvidenceHandedOver(transfer()),
                Fact::EvidenceDamaged { found: "its bytes are missing".to_owned() },
                Fact::EvidenceRestricted { to: [UserId(1)].into() },
                Fact::EvidenceOpenedUp,
            ],
        ),
        append(
            StreamId::Alert(AlertId(1)),
            program(),
            vec![
                Fact::AlertRaised(Box::new(report)),
                Fact::AlertCounted(count(12)),
                Fact::AlertConcerns { entities: entities(&[(EntityKind::Hash, "sha256:00")]) },
            ],
        ),
        append(
            StreamId::Alert(AlertId(3)),
            program(),
            vec![
                Fact::AlertRaised(Box::new(of_product)),
                Fact::AlertRevised(revision),
                Fact::AlertMerged { into: AlertId(1) },
            ],
        ),
        append(StreamId::Alert(AlertId(5)), program(), hidden(dismissed.clone())),
        append(StreamId::Exception(ExceptionId(1)), person(), exception()),
        append(StreamId::Call(CallId(1)), program(), called()),
        append(StreamId::Alert(AlertId(6)), person(), quoted(dismissed.clone())),
        append(StreamId::Alert(AlertId(4)), person(), triaged(dismissed)),
        append(
            StreamId::Incident(IncidentId(1)),
            program(),
            vec![
                Fact::IncidentOpened {
                    title: Personal::of("Break-in at web-01"),
                    severity: severity(Level::High),
                    span: span(9),
                },
                Fact::AlertsJoined { alerts: vec![joined(1, None), joined(2, Some(1))] },
                Fact::AlertsLeft { alerts: [AlertId(2)].into() },
                Fact::ScopeWidened {
                    entities: entities(&[(EntityKind::Host, "web-01"), (EntityKind::Host, "web-02")]),
                },
                Fact::ScopeNarrowed { entities: entities(&[(EntityKind::Host, "web-02")]) },
                Fact::IncidentRenamed { title: Personal::of("Break-in at web-01 by a former account") },
                Fact::SeverityAssessed(severity(Level::Critical)),
                Fact::IncidentSpans(span(90)),
                Fact::IncidentHandedOut { to: Personal::of("the police"), with_values: true },
                Fact::CommanderNamed { user: UserId(1) },
                suggestion(Suggested::Alert(AlertId(2))),
                suggestion(Suggested::Incident(IncidentId(2))),
                Fact::SuggestionDismissed { what: Suggested::Alert(AlertId(2)) },
                Fact::SuggestionAccepted { what: Suggested::Incident(IncidentId(2)) },
                Fact::CommanderRelieved,
                Fact::CommanderNamed { user: UserId(2) },
            ],
        ),
        append(
            StreamId::Incident(IncidentId(2)),
            program(),
            vec![
                Fact::IncidentOpened {
                    title: Personal::of("Scan"),
                    severity: severity(Level::Low),
                    span: span(1),
                },
                Fact::IncidentMerged { into: IncidentId(1) },
                Fact::IncidentOpenedUp,
                Fact::IncidentRestricted { to: [UserId(1), UserId(2)].into() },
            ],
        ),
        append(StreamId::Incident(IncidentId(3)), person(), room()),
        append(StreamId::Incident(IncidentId(4)), person(), responded()),
        append(StreamId::Report(ReportId(1)), person(), reported()),
        append(StreamId::User(UserId(1)), person(), somebody()),
        append(StreamId::User(UserId(2)), person(), somebody_elsewhere()),
        append(StreamId::Session(SessionId([0xcd; 8])), program(), session()),
        append(StreamId::access(jiff::Timestamp::UNIX_EPOCH), program(), door()),
        append(StreamId::Source(SourceName::parse("edr").unwrap()), person(), source()),
    ]
}

/// An alert of which people made this and that.
fn triaged(raised: AlertReport) -> Vec<Fact> {
    let reason = || Personal::of("left-the-company is who tests it");
    let judgement = |verdict, dismissed| Judgement { verdict, reason: reason(), dismissed };
    let mut facts = vec![
        Fact::AlertRaised(Box::new(raised)),
        Fact::AlertAssigned { to: UserId(1) },
        Fact::AlertReleased,
        Fact::AlertAssigned { to: UserId(2) },
    ];
    facts.extend(
        Verdict::ALL.map(|verdict| Fact::AlertJudged(judgement(verdict, verdict != Verdict::TruePositive))),
    );
    facts.push(Fact::AlertReopened { reason: reason() });
    let judgement = Some(judgement(Verdict::BenignPositive, true));
    facts.push(Fact::TriageRestored(Triage { assignee: Some(UserId(1)), judgement }));
    facts
}

/// An alert that was hidden, came back, and was hidden again.
fn hidden(raised: AlertReport) -> Vec<Fact> {
    let hidden = |id| Fact::AlertHidden { exception: ExceptionId(id) };
    vec![Fact::AlertRaised(Box::new(raised)), hidden(1), Fact::AlertShown, hidden(2)]
}

/// A decision of which one was told, the next was not, and the third acknowledged it.
fn called() -> Vec<Fact> {
    let about = Matter::Decision { incident: IncidentId(1), decision: DecisionNumber(1) };
    let to = vec![UserId(1), UserId(2)];
    let spec = CallSpec { about, cause: 1, to, wait: 300, rounds: 3 };
    let (first, second) = (DeliveryId([1; 16]), DeliveryId([2; 16]));
    vec![
        Fact::CallBegun(Box::new(spec)),
        Fact::CallTelling { delivery: first, step: 0, channel: Channel::Mail },
        Fact::CallTold { delivery: first },
        Fact::CallTelling { delivery: second, step: 1, channel: Channel::Webhook },
        Fact::CallFailed { step: 1, delivery: Some(second), what: Personal::of("it answered 404") },
        Fact::CallFailed { step: 2, delivery: None, what: Personal::of("there is no address of theirs") },
        Fact::CallAcknowledged { by: UserId(1) },
        Fact::CallSettled,
    ]
}

/// An alert of which a product tells in its own words, some of which are erased.
fn quoted(raised: AlertReport) -> Vec<Fact> {
    let source = AlertSource::Product(ProductName::parse("thehive").unwrap());
    let raised = AlertReport { source, dedup: Some(DedupKey([0xdf; 16])), ..raised };
    let quote = |text: &str| vec![Personal::of(text)];
    let observable = r#"["observables",{"dataType":"mail","data":"left-the-company@example.org"}]"#;
    let description = [quote(r#"["description","an alert of"#), quote(r#" Wazuh"]"#)].concat();
    vec![
        Fact::AlertRaised(Box::new(raised)),
        Fact::AlertQuoted { quotes: vec![quote(r#"["tags",["wazuh","rule=5712"]]"#), description] },
        Fact::AlertQuoted { quotes: vec![quote(observable)] },
    ]
}

/// An exception to a rule that became one to any, and was ended.
fn exception() -> Vec<Fact> {
    let condition = |kind, role, value| Condition { kind, role, value: Personal::of(value) };
    let spec = ExceptionSpec {
        rule: Some("ssh-login-after-brute-force".to_owned()),
        conditions: [
            condition(EntityKind::Account, Some(Role::Target), "left-the-company"),
            condition(EntityKind::Address, None, "192.0.2.0/24"),
        ]
        .into(),
        source: Some("guardduty".to_owned()),
        level_at_most: Some(Level::Medium),
        owner: UserId(1),
        reason: Personal::of("left-the-company tests it"),
        expires: jiff::Timestamp::from_second(1_790_000_000).unwrap(),
    };
    let any = ExceptionSpec { rule: None, source: None, level_at_most: None, ..spec.clone() };
    vec![
        Fact::ExceptionAdded(Box::new(spec)),
        Fact::ExceptionChanged(Box::new(any)),
        Fact::ExceptionEnded { reason: Personal::of("the tests are over") },
    ]
}

/// An incident with notes and tasks.
fn room() -> Vec<Fact> {
    let severity = Severity { level: Level::Medium, reasons: vec![] };
    let span = Span { first_seen: None, last_seen: None };
    let text = |text: &str| vec![Personal::of(text)];
    let spec = |title: &str, phase, blocked_by: &[u64]| {
        Box::new(TaskSpec {
            title: Personal::of(title),
            phase,
            mandatory: blocked_by.is_empty(),
            owner: (!blocked_by.is_empty()).then_some(UserId(1)),
            due: jiff::Timestamp::from_second(1_760_090_000).ok(),
            blocked_by: blocked_by.iter().map(|task| TaskNumber(*task)).collect(),
        })
    };
    let mut facts = vec![
        Fact::IncidentOpened { title: Personal::of("Odd login"), severity, span },
        Fact::NoteWritten { note: NoteNumber(1), text: text("left-the-company called") },
        Fact::NoteRevised { note: NoteNumber(1), text: [text("they called "), text("twice")].concat() },
    ];
    let phases = Phase::ALL.iter().zip(1_u64..);
    facts.extend(phases.map(|(phase, number)| {
        let before: Vec<u64> = (1..number).collect();
        Fact::TaskAdded { task: TaskNumber(number), spec: spec("ask them", *phase, &before) }
    }));
    facts.push(Fact::TaskChanged { task: TaskNumber(1), spec: spec("ask them again", Phase::Analysis, &[]) });
    let moved = [(TaskState::Done, Some("they do not answer")), (TaskState::Open, None)];
    facts.extend(moved.map(|(state, outcome)| Fact::TaskMoved {
        task: TaskNumber(1),
        state,
        outcome: outcome.map(Personal::of),
    }));
    let outcome = Some(Personal::of("left-the-company is right"));
    facts.push(Fact::TaskMoved { task: TaskNumber(2), state: TaskState::Dropped, outcome });
    facts
}

/// A report that was added to, answered and dealt with.
fn reported() -> Vec<Fact> {
    let kinds = [NamedKind::Host, NamedKind::Account, NamedKind::Address, NamedKind::Link, NamedKind::File];
    let named = kinds.map(|kind| NamedThing { kind, value: Personal::of(kind.as_str()) });
    let text = |text: &str| vec![Personal::of(text)];
    let states = [ReportState::BeingLookedAt, ReportState::DealtWith, ReportState::Received];
    let mut facts = vec![
        Fact::ReportReceived(Box::new(Received {
            number: ContentHash([0x77; 32]),
            how_bad: HowBad::Acted,
            what: text("I entered my password on a page that looked odd"),
            when: Some(Personal::of("this morning")),
            named: named.into(),
            contact: Some(Personal::of("extension 4711")),
            address: Personal::of("192.0.2.7"),
        })),
        Fact::ReportTold { alert: AlertId(1) },
        Fact::ReportAnswered { text: text("thank you, we are looking at it") },
        Fact::ReportAmended { text: text("it was at ten") },
    ];
    facts.extend(states.map(|state| Fact::ReportMoved { state }));
    facts
}

/// A user who logs in here.
fn somebody() -> Vec<Fact> {
    let credential = |id| CredentialId([id; 8]);
    let token = |id| Token {
        token: TokenId([id; 8]),
        name: Personal::of("nightly export"),
        hash: ContentHash([id; 32]),
        scope: [Permission::AlertsRead, Permission::IncidentsRead].into(),
        expires: jiff::Timestamp::from_second(1_790_000_000).unwrap(),
    };
    vec![
        Fact::UserCreated(Box::new(Created {
            account: Personal::of("ops1"),
            name: Personal::of("ops1"),
            roles: [TeamRole::Responder].into(),
            origin: Origin::Local,
            break_glass: true,
        })),
        Fact::UserRenamed { name: Personal::of("Operations, first shift") },
        Fact::RolesChanged { roles: [TeamRole::Administrator, TeamRole::IncidentCommander].into() },
        Fact::PasswordSet { credential: credential(1) },
        Fact::EnrolmentIssued(Enrolment {
            hash: ContentHash([0x11; 32]),
            expires: jiff::Timestamp::from_second(1_760_090_000).unwrap(),
        }),
        Fact::SecondFactorRemoved,
        Fact::SecondFactorSet { credential: credential(2) },
        Fact::RecoveryCodesMade { credential: credential(3), count: 10 },
        Fact::RecoveryCodeUsed { left: 9 },
        Fact::TokenIssued(Box::new(token(1))),
        Fact::TokenIssued(Box::new(token(2))),
        Fact::TokenRevoked { token: TokenId([1; 8]) },
    ]
}

/// A user who logs in at a provider, was disabled, and may work again.
fn somebody_elsewhere() -> Vec<Fact> {
    let (issuer, subject) = ("https://id.example.org".to_owned(), Personal::of("248289761001"));
    vec![
        Fact::UserCreated(Box::new(Created {
            account: Personal::of("dev1@example.org"),
            name: Personal::of("Development"),
            roles: [].into(),
            origin: Origin::Oidc { issuer, subject },
            break_glass: false,
        })),
        Fact::UserDisabled,
        Fact::UserEnabled,
    ]
}

fn session() -> Vec<Fact> {
    let (user, method, address) = (UserId(1), LoginMethod::SecondFactor, Personal::of("192.0.2.7"));
    vec![
        Fact::SessionStarted(Started { user, method, address }),
        Fact::SessionRaised { to: SessionId([0xef; 8]) },
        Fact::SessionEnded { why: SessionEnd::Replaced },
    ]
}

/// A source of alerts that was removed, and added again.
fn source() -> Vec<Fact> {
    let settings = SourceSettings {
        parser: Some("crowdstrike".to_owned()),
        expected: Some(60),
        trust: Trust::LocalText,
        zone: Some("Europe/Berlin".to_owned()),
        mapping: [("title".to_owned(), "/alert/name".to_owned())].into(),
        ..SourceSettings::of(SourceKind::Alerts)
    };
    let token = |id| SourceToken {
        token: TokenId([id; 8]),
        sha256: ContentHash([id; 32]),
        expires: jiff::Timestamp::from_second(1_790_000_000).unwrap(),
    };
    let added = || Fact::SourceAdded(Box::new(SourceSettings::of(SourceKind::Alerts)));
    vec![
        added(),
        Fact::SourceRemoved,
        added(),
        Fact::SourceChanged(Box::new(settings)),
        Fact::SourceTokenIssued(token(1)),
        Fact::SourceTokenIssued(token(2)),
        Fact::SourceTokenRevoked { token: TokenId([1; 8]) },
        Fact::SourceSecretSet { credential: CredentialId([4; 8]) },
    ]
}

fn door() -> Vec<Fact> {
    let (account, address) = (|| Personal::of("ops1"), || Personal::of("192.0.2.7"));
    let (user, why) = (Some(UserId(1)), LoginFailure::Password);
    vec![
        Fact::ServerStarted { version: "0.1.0".to_owned() },
        Fact::LoginFailed(LoginFailed { account: account(), user, address: address(), why }),
        Fact::LoginsThrottled(LoginsThrottled { account: account(), address: address(), count: 990 }),
        Fact::RequestRefused(RequestRefused {
            user,
            permission: Some(Permission::UsersWrite),
            method: "POST".to_owned(),
            route: "/api/v1/users".to_owned(),
            count: 1,
        }),
        Fact::BreakGlassUsed { user: UserId(1), address: address() },
        Fact::ServerStopped,
    ]
}

#[test]
fn what_cannot_be_brought_to_todays_format_stays_as_it_was() {
    let data = made(&folder().join("format-1"));
    let path = data.path().join("journal.db");
    let database = rusqlite::Connection::open(&path).unwrap();
    database.execute("UPDATE entry SET stream = 'evidence/nobody knows' WHERE position = 5", []).unwrap();
    let error = Sqlite::open(&path).err();
    assert!(matches!(error, Some(StorageError::Damaged { .. })), "{error:?}");
    let number = |sql| database.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap();
    assert_eq!(number("PRAGMA user_version"), 1);
    assert_eq!(number("SELECT count(*) FROM pragma_table_info('entry') WHERE name = 'previous'"), 0);
    drop(database);
    let read = ReadOnly::open(data.path()).unwrap();
    assert_eq!(entries(read.reader.as_ref(), StreamId::Alert(AlertId(1))).unwrap().len(), 3);
}
