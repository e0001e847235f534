//! What a database must do for the journal. Another implementation calls [`suite`] with itself.

use cofferdam_journal::alert::{AlertSource, AlertStatus};
use cofferdam_journal::incident::{Marking, Phase};
use cofferdam_journal::user::User;
use cofferdam_journal::view::{AlertRow, EvidenceRow, IncidentRow, Row, UserRow};
use cofferdam_journal::{Actor, Aggregate, Fact, Personal, Secret, StreamId};
use cofferdam_store::{AlertQuery, IncidentQuery, Last, Storage, StorageError, Stored, Transaction};
use cofferdam_vocabulary::{AlertId, ContentHash, IncidentId, Level, SessionId, UserId};
use std::ops::ControlFlow;

/// One of the things that must hold.
type Case = fn(&mut dyn Storage);

/// Everything that must hold, by name; each case gets an empty database.
pub fn suite(empty: &mut dyn FnMut() -> Box<dyn Storage>) {
    let cases: [(&str, Case); 11] = [
        ("an empty database has nothing", nothing),
        ("entries come back as they went in", entries),
        ("a transaction is whole or nothing", whole),
        ("a taken place is refused", taken),
        ("the end of a stream is seen within the transaction", ends),
        ("rows and ends of streams do not touch each other", ends_and_rows),
        ("tiles and checkpoints are replaced", replaced),
        ("rows are listed as asked for", rows),
        ("one row is found by its id, whatever the id", single),
        ("erased is gone, the rest stays", erased),
        ("a reader sees whole transactions only", isolation),
    ];
    for (name, case) in cases {
        println!("conformance: {name}");
        case(empty().as_mut());
    }
}

fn stored(position: u64, alert: u64, version: u64, value: &str) -> Stored {
    let salt = [u8::try_from(position % 251).unwrap(); 16];
    let secrets = vec![Secret::new(salt, value.to_owned()), Secret::new([255; 16], format!("{value}!"))];
    let leaf = format!("leaf {position} \u{0}\u{ff}").into_bytes();
    Stored { position, stream: StreamId::Alert(AlertId(alert)), version, previous: None, leaf, secrets }
}

fn after(previous: u64, entry: Stored) -> Stored {
    Stored { previous: Some(previous), ..entry }
}

fn lasts(storage: &dyn Storage) -> Vec<(StreamId, Last)> {
    let mut found = Vec::new();
    storage.reader().unwrap().lasts(&mut |stream, last| found.push((stream, last))).unwrap();
    found.sort_by_key(|(stream, _)| *stream);
    found
}

#[track_caller]
fn put(storage: &mut dyn Storage, entries: &[Stored]) {
    let write = &mut |to: &mut dyn Transaction| entries.iter().try_for_each(|entry| to.insert(entry));
    storage.transact(write).unwrap();
}

fn all(storage: &dyn Storage) -> Vec<Stored> {
    let mut found = Vec::new();
    let reader = storage.reader().unwrap();
    let each = &mut |entry| {
        found.push(entry);
        ControlFlow::Continue(())
    };
    reader.entries(0..u64::MAX, each).unwrap();
    found
}

fn nothing(storage: &mut dyn Storage) {
    let reader = storage.reader().unwrap();
    assert_eq!(reader.size(), Ok(0));
    assert_eq!(reader.stream(StreamId::Log), Ok(vec![]));
    assert_eq!(reader.version(StreamId::Log), Ok(0));
    assert_eq!(reader.users(), Ok(vec![]));
    assert_eq!(reader.tile(0, 0), Ok(None));
    assert_eq!(reader.checkpoint(), Ok(None));
    assert_eq!(reader.has_no_rows(), Ok(true));
    assert_eq!(reader.self_check(), Ok(None));
    assert_eq!(reader.alerts(&AlertQuery { limit: 9, ..AlertQuery::default() }), Ok(vec![]));
}

fn entries(storage: &mut dyn Storage) {
    let written = [stored(0, 1, 1, "kim"), stored(1, 2, 1, "\u{202e}\n'\"\0"), after(0, stored(2, 1, 2, ""))];
    put(storage, &written[..1]);
    put(storage, &written[1..]);
    assert_eq!(all(storage), written);
    let reader = storage.reader().unwrap();
    assert_eq!(reader.size(), Ok(3));
    let own = [written[0].clone(), written[2].clone()];
    assert_eq!(reader.stream(StreamId::Alert(AlertId(1))), Ok(own.to_vec()));
    let mut seen = Vec::new();
    let each = &mut |entry: Stored| {
        seen.push(entry.position);
        ControlFlow::Break(())
    };
    reader.entries(1..3, each).unwrap();
    assert_eq!(seen, [1], "reading ends when it is broken off");
}

fn whole(storage: &mut dyn Storage) {
    put(storage, &[stored(0, 1, 1, "kim")]);
    let error = storage.transact(&mut |to| {
        to.insert(&after(0, stored(1, 1, 2, "lee")))?;
        to.put_checkpoint("never")?;
        Err(StorageError::Busy)
    });
    assert_eq!(error, Err(StorageError::Busy));
    assert_eq!(all(storage).len(), 1);
    assert_eq!(storage.reader().unwrap().checkpoint(), Ok(None));
    assert_eq!(lasts(storage), [(StreamId::Alert(AlertId(1)), Last { version: 1, position: 0 })]);
}

fn taken(storage: &mut dyn Storage) {
    put(storage, &[stored(0, 1, 1, "kim")]);
    let unfit = [
        stored(0, 2, 1, "its place in the log is taken"),
        stored(1, 1, 1, "its place in the stream is taken"),
        stored(1, 1, 2, "it does not name the one before it"),
        after(7, stored(1, 1, 2, "it names another one before it")),
        after(0, stored(1, 1, 3, "it leaves a gap")),
        after(0, stored(1, 2, 1, "nothing is before the first")),
    ];
    for unfit in unfit {
        assert!(storage.transact(&mut |to| to.insert(&unfit)).is_err(), "{unfit:?}");
    }
    assert_eq!(all(storage).len(), 1);
}

fn ends(storage: &mut dyn Storage) {
    let (one, two) = (StreamId::Alert(AlertId(1)), StreamId::Alert(AlertId(2)));
    put(storage, &[stored(0, 1, 1, "kim")]);
    storage
        .transact(&mut |to| {
            assert_eq!(to.last(one), Ok(Some(Last { version: 1, position: 0 })));
            assert_eq!(to.last(two), Ok(None));
            to.insert(&after(0, stored(1, 1, 2, "kim")))?;
            assert_eq!(to.last(one), Ok(Some(Last { version: 2, position: 1 })));
            to.insert(&stored(2, 2, 1, "kim"))
        })
        .unwrap();
    let reader = storage.reader().unwrap();
    assert_eq!((reader.version(one), reader.version(two)), (Ok(2), Ok(1)));
    drop(reader);
    let want = [(one, Last { version: 2, position: 1 }), (two, Last { version: 1, position: 2 })];
    assert_eq!(lasts(storage), want);
    // Many streams of every kind, some of them twice, in one transaction.
    let streams = |id| {
        let hash = ContentHash([u8::try_from(id % 251).unwrap(); 32]);
        [
            StreamId::Log,
            StreamId::Evidence(hash),
            StreamId::Incident(IncidentId(id)),
            StreamId::Alert(AlertId(id)),
            StreamId::User(UserId(id)),
            StreamId::Session(SessionId(id.to_be_bytes())),
            StreamId::access(jiff::Timestamp::from_second(i64::try_from(id).unwrap() * 50_000).unwrap()),
        ]
    };
    let mut position = 2;
    storage
        .transact(&mut |to| {
            (3..3000).flat_map(streams).try_for_each(|stream| {
                position += 1;
                let last = to.last(stream)?;
                let version = Last::count(last) + 1;
                let previous = last.map(|last| last.position);
                to.insert(&Stored { stream, previous, ..stored(position, 1, version, "") })
            })
        })
        .unwrap();
    let reader = storage.reader().unwrap();
    for (stream, last) in lasts(storage) {
        let entries = reader.stream(stream).unwrap();
        assert_eq!(entries.last().map(|entry| entry.position), Some(last.position), "{stream}");
        assert!(entries.iter().zip(1..).all(|(entry, version)| entry.version == version), "{stream}");
        assert_eq!(entries.len() as u64, last.version, "{stream}");
    }
}

fn ends_and_rows(storage: &mut dyn Storage) {
    let (alert, stream) = (alert_row(1, Level::High, Some(1)), StreamId::Alert(AlertId(1)));
    let row = Row::Alert(alert.clone());
    let listed = AlertQuery { limit: 9, ..AlertQuery::default() };
    put(storage, &[stored(0, 1, 1, "kim"), stored(1, 2, 1, "kim")]);
    let reader = storage.reader().unwrap();
    assert_eq!(reader.alerts(&listed), Ok(vec![]), "what has entries need not be in a list");
    storage.transact(&mut |to| to.put_row(&row)).unwrap();
    let before = lasts(storage);
    assert_eq!(before[0], (stream, Last { version: 1, position: 0 }));
    put(storage, &[after(0, stored(2, 1, 2, "kim"))]);
    assert_eq!(reader.alerts(&listed), Ok(vec![alert]));
    let before = lasts(storage);
    assert_eq!(before[0], (stream, Last { version: 2, position: 2 }));
    storage.transact(&mut |to| to.clear_rows()).unwrap();
    assert_eq!(reader.alerts(&listed), Ok(vec![]));
    assert_eq!(lasts(storage), before);
    let back = &stored(0, 1, 1, "kim");
    storage.transact(&mut |to| to.set_last(back).and_then(|()| to.put_row(&row))).unwrap();
    assert_eq!(lasts(storage)[0], (stream, Last { version: 1, position: 0 }));
}

fn replaced(storage: &mut dyn Storage) {
    for (hashes, note) in [(&[1_u8; 32][..], "first"), (&[2; 64], "second")] {
        let write = &mut |to: &mut dyn Transaction| {
            to.put_tile(1, 0, hashes)?;
            to.put_checkpoint(note)
        };
        storage.transact(write).unwrap();
    }
    let reader = storage.reader().unwrap();
    assert_eq!(reader.tile(1, 0), Ok(Some(vec![2; 64])));
    assert_eq!(reader.checkpoint(), Ok(Some("second".to_owned())));
}

fn alert_row(id: u64, level: Level, incident: Option<u64>) -> AlertRow {
    AlertRow {
        id: AlertId(id),
        level,
        rule: "rule".to_owned(),
        title: Personal::of("title"),
        count: crate::sample::count(id),
        incident: incident.map(IncidentId),
        earlier: Vec::new(),
        raised: jiff::Timestamp::UNIX_EPOCH,
        source: AlertSource::Rule,
        status: AlertStatus::Open,
        dedup: None,
        merged_into: None,
        assignee: None,
        verdict: None,
        dismissed: false,
        kept_out: false,
        hidden: None,
    }
}

fn incident_row(id: u64, severity: Level, merged: bool) -> IncidentRow {
    IncidentRow {
        id: IncidentId(id),
        title: Personal::of("title"),
        severity,
        first_seen: None,
        last_seen: None,
        alerts: 1,
        merged_into: merged.then_some(IncidentId(1)),
        opened: jiff::Timestamp::UNIX_EPOCH,
        restricted: merged.then(|| [UserId(7)].into()),
        commander: merged.then_some(UserId(8)),
        led: false,
        phase: Phase::default(),
        closed: None,
        marking: Marking::default(),
        category: None,
        imported: None,
    }
}

fn evidence_row(id: u8) -> EvidenceRow {
    EvidenceRow {
        id: ContentHash([id; 32]),
        source: Personal::of("auth.log"),
        bytes: 3,
        kept: true,
        damaged: false,
        acquired: jiff::Timestamp::UNIX_EPOCH,
        by: Actor::Program("0.1.0".to_owned()),
        custody: 1,
        restricted: (id == 2).then(|| [UserId(7), UserId(8)].into()),
    }
}

fn user_row(id: u64) -> UserRow {
    let created = crate::sample::created("ops1");
    let profile = User::replay(&[Fact::UserCreated(Box::new(created))]).known.unwrap();
    UserRow { id: UserId(id), profile, version: 1, created: jiff::Timestamp::UNIX_EPOCH }
}

fn rows(storage: &mut dyn Storage) {
    let alerts = [
        alert_row(1, Level::Low, None),
        alert_row(2, Level::High, Some(1)),
        alert_row(3, Level::Critical, Some(2)),
    ];
    let incidents = [
        incident_row(1, Level::High, false),
        incident_row(2, Level::Critical, false),
        incident_row(3, Level::Low, true),
    ];
    let evidence = [evidence_row(1), evidence_row(2)];
    let mut every: Vec<Row> = alerts.iter().cloned().map(Row::Alert).collect();
    every.extend(incidents.iter().cloned().map(Row::Incident));
    every.extend(evidence.iter().cloned().map(Row::Evidence));
    let users = [user_row(2), user_row(10)];
    every.extend(users.iter().rev().map(|row| Row::User(Box::new(row.clone()))));
    for _ in 0..2 {
        storage.transact(&mut |to| every.iter().try_for_each(|row| to.put_row(row))).unwrap();
    }
    storage
        .transact(&mut |to| {
            for row in &every {
                assert_eq!(to.row(row.stream()).unwrap().as_ref(), Some(row));
            }
            assert_eq!(to.row(StreamId::Alert(AlertId(9))), Ok(None));
            Ok(())
        })
        .unwrap();
    let reader = storage.reader().unwrap();
    let asked = |query: AlertQuery| -> Vec<u64> {
        reader
            .alerts(&AlertQuery { limit: query.limit.max(1), ..query })
            .unwrap()
            .iter()
            .map(|row| row.id.0)
            .collect()
    };
    let every_alert = AlertQuery { limit: 9, ..AlertQuery::default() };
    assert_eq!(asked(every_alert), [1, 2, 3]);
    assert_eq!(asked(AlertQuery { limit: 2, ..every_alert }), [1, 2]);
    assert_eq!(asked(AlertQuery { after: Some(AlertId(2)), ..every_alert }), [3]);
    assert_eq!(asked(AlertQuery { at_least: Some(Level::High), ..every_alert }), [2, 3]);
    assert_eq!(asked(AlertQuery { incident: Some(IncidentId(2)), ..every_alert }), [3]);
    let every_incident = IncidentQuery { limit: 9, ..IncidentQuery::default() };
    let asked = |query: IncidentQuery| -> Vec<u64> {
        reader.incidents(&query).unwrap().iter().map(|row| row.id.0).collect()
    };
    assert_eq!(asked(every_incident), [1, 2]);
    assert_eq!(asked(IncidentQuery { merged: true, ..every_incident }), [1, 2, 3]);
    assert_eq!(asked(IncidentQuery { at_least: Some(Level::Critical), ..every_incident }), [2]);
    assert_eq!(reader.evidence(None, 9), Ok(evidence.to_vec()));
    assert_eq!(reader.evidence(Some(evidence[0].id), 9), Ok(evidence[1..].to_vec()));
    assert_eq!(reader.users(), Ok(users.to_vec()), "in the order of their ids");
    assert_eq!(reader.has_no_rows(), Ok(false));
    storage.transact(&mut |to| to.clear_rows()).unwrap();
    assert_eq!(reader.has_no_rows(), Ok(true));
    storage.transact(&mut |to| to.put_row(&every[every.len() - 1])).unwrap();
    assert_eq!(reader.has_no_rows(), Ok(false), "users alone are rows, too");
}

fn single(storage: &mut dyn Storage) {
    let (alert, incident, evidence) =
        (alert_row(3, Level::Low, None), incident_row(4, Level::Low, true), evidence_row(5));
    let rows = [Row::Alert(alert.clone()), Row::Incident(incident.clone()), Row::Evidence(evidence.clone())];
    storage.transact(&mut |to| rows.iter().try_for_each(|row| to.put_row(row))).unwrap();
    let reader = storage.reader().unwrap();
    assert_eq!(reader.alert(alert.id), Ok(Some(alert)));
    assert_eq!(reader.incident(incident.id), Ok(Some(incident)));
    assert_eq!(reader.evidence_of(evidence.id), Ok(Some(evidence)));
    for id in [0, 5, i64::MAX.unsigned_abs(), u64::MAX] {
        assert_eq!((reader.alert(AlertId(id)), reader.incident(IncidentId(id))), (Ok(None), Ok(None)));
    }
    assert_eq!(reader.evidence_of(ContentHash([6; 32])), Ok(None));
}

fn erased(storage: &mut dyn Storage) {
    put(storage, &[stored(0, 1, 1, "Kim"), stored(1, 2, 1, "kimberley"), stored(2, 3, 1, "lee")]);
    let reader = storage.reader().unwrap();
    let found = reader.values_with("kim").unwrap();
    assert_eq!(found.iter().map(|(position, _)| *position).collect::<Vec<_>>(), [0, 0, 1, 1]);
    let target = found.iter().find(|(_, secret)| secret.value == "Kim").unwrap();
    storage.transact(&mut |to| to.erase(target.0, &target.1.commitment)).unwrap();
    storage.scrub().unwrap();
    let left: Vec<String> =
        all(storage).into_iter().flat_map(|entry| entry.secrets).map(|secret| secret.value).collect();
    assert_eq!(left, ["Kim!", "kimberley", "kimberley!", "lee", "lee!"]);
}

fn isolation(storage: &mut dyn Storage) {
    let reader = storage.reader().unwrap();
    storage
        .transact(&mut |to| {
            to.insert(&stored(0, 1, 1, "kim"))?;
            assert_eq!(reader.size(), Ok(0), "not before it is committed");
            Ok(())
        })
        .unwrap();
    assert_eq!(reader.size(), Ok(1));
}
