//! The journal: what is acknowledged is there, in order, signed and listed.

use crate::sample::{again, alert, incident, open, program, report};
use cofferdam_journal::incident::{Incident, IncidentIntent};
use cofferdam_journal::log::{Log, LogIntent};
use cofferdam_journal::note::Checkpoint;
use cofferdam_journal::{Aggregate, Commitment, Fact, Personal, StreamId};
use cofferdam_store::{AlertQuery, Append, AppendError, Found, IncidentQuery, Journal, entries, verify};
use cofferdam_vocabulary::{AlertId, IncidentId};
use std::path::Path;

fn fresh() -> (tempfile::TempDir, Journal) {
    let folder = tempfile::tempdir().unwrap();
    let (journal, found) = open(&folder.path().join("journal.db")).unwrap();
    assert_eq!(found, Found { size: 0, unsigned: 0 });
    (folder, journal)
}

fn facts(journal: &Journal) -> usize {
    let mut count = 0;
    journal
        .read(|reader| {
            reader.entries(0..u64::MAX, &mut |_| {
                count += 1;
                std::ops::ControlFlow::Continue(())
            })
        })
        .unwrap();
    count
}

#[test]
fn facts_come_back_after_reopening_and_are_signed() {
    let (folder, journal) = fresh();
    assert_eq!(journal.append(alert(1, "kim")).unwrap().position, 0);
    assert_eq!(journal.append(again(1, 1, 2)).unwrap().version, 2);
    drop(journal);
    let (journal, found) = open(&folder.path().join("journal.db")).unwrap();
    assert_eq!(found, Found { size: 2, unsigned: 0 });
    let entries = journal.read(|reader| entries(reader, StreamId::Alert(AlertId(1)))).unwrap();
    assert_eq!(
        entries.iter().map(|entry| entry.fact.kind()).collect::<Vec<_>>(),
        ["alert-raised/1", "alert-counted/1"]
    );
    let note = journal.checkpoint().unwrap().unwrap();
    assert_eq!(Checkpoint::verified(&note, journal.verifier()).unwrap().size, 2);
}

#[test]
fn a_decision_on_old_facts_is_refused_whole() {
    let (_folder, journal) = fresh();
    journal.append(alert(1, "kim")).unwrap();
    let stream = StreamId::Alert(AlertId(1));
    let error = journal.append_all(vec![alert(2, "lee"), again(1, 7, 2)]).unwrap_err();
    assert_eq!(error, AppendError::Conflict { stream, expected: 7, actual: 1 });
    assert_eq!(facts(&journal), 1, "the other append of the same request is not recorded either");
    // The same stream may stand twice in one request.
    journal.append_all(vec![again(1, 1, 2), again(1, 2, 3)]).unwrap();
    assert_eq!(facts(&journal), 3);
}

#[test]
fn many_writers_lose_and_double_nothing() {
    let (folder, journal) = fresh();
    std::thread::scope(|scope| {
        for writer in 0..8 {
            let journal = &journal;
            scope.spawn(move || {
                for number in 0..200 {
                    journal.append(alert(writer * 1000 + number, "kim")).unwrap();
                }
            });
        }
    });
    drop(journal);
    let (journal, found) = open(&folder.path().join("journal.db")).unwrap();
    assert_eq!(found, Found { size: 1600, unsigned: 0 });
    let rows =
        journal.read(|reader| reader.alerts(&AlertQuery { limit: 9999, ..AlertQuery::default() })).unwrap();
    assert_eq!(rows.len(), 1600);
}

#[test]
fn an_intent_is_carried_through_once() {
    let (_folder, journal) = fresh();
    journal.append(alert(1, "kim")).unwrap();
    let stream = StreamId::Incident(IncidentId(1));
    let ask = |title: &str| {
        let intent = IncidentIntent::Report(Box::new(report(title, 1)));
        journal.ask::<Incident>(stream, &program(), intent).unwrap().len()
    };
    assert_eq!((ask("Break-in"), ask("Break-in"), ask("Worse")), (2, 0, 1));
    let rows = journal
        .read(|reader| reader.incidents(&IncidentQuery { limit: 9, ..IncidentQuery::default() }))
        .unwrap();
    assert_eq!((rows[0].title.known(), rows[0].alerts), (Some("Worse"), 1));
    let rows =
        journal.read(|reader| reader.alerts(&AlertQuery { limit: 9, ..AlertQuery::default() })).unwrap();
    assert_eq!(rows[0].incident, Some(IncidentId(1)));
    let refused = journal.ask::<Incident>(
        StreamId::Incident(IncidentId(9)),
        &program(),
        IncidentIntent::Merge { into: IncidentId(1) },
    );
    assert_eq!(refused.unwrap_err().to_string(), "no such incident was opened");
}

/// Everything in the folder, as bytes.
fn bytes_of(folder: &Path) -> Vec<u8> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        all.extend(std::fs::read(entry.unwrap().path()).unwrap());
    }
    all
}

fn holds(folder: &Path, text: &str) -> bool {
    bytes_of(folder).windows(text.len()).any(|window| window == text.as_bytes())
}

#[test]
fn an_erased_value_is_nowhere_and_the_rest_stands() {
    let (folder, journal) = fresh();
    let name = "kim.from.accounting";
    journal.ask::<Log>(StreamId::Log, &program(), LogIntent::Open).unwrap();
    for id in 0..300 {
        journal.append(alert(id, if id % 3 == 0 { name } else { "lee" })).unwrap();
    }
    journal.append(incident(1, &format!("Break-in as {name}"), &[1, 3])).unwrap();
    assert!(holds(folder.path(), name));
    let values = journal.read(|reader| reader.values_with(name)).unwrap();
    assert_eq!(values.len(), 101);
    let values: Vec<(u64, Commitment)> =
        values.into_iter().map(|(position, secret)| (position, secret.commitment)).collect();
    let (log, expected) = journal.state::<Log>(StreamId::Log).unwrap();
    let commitments = values.iter().map(|(_, commitment)| *commitment).collect();
    let facts = log.decide(LogIntent::Erase { commitments, order: Personal::of("asked for by the person") });
    let append = Append { stream: StreamId::Log, expected, actor: program(), facts: facts.unwrap() };
    journal.erase(append, values).unwrap();
    assert!(!holds(folder.path(), name), "while the journal is open");
    assert!(!holds(folder.path(), "Break-in as"));
    drop(journal);
    assert!(!holds(folder.path(), name), "after it was closed");
    let (journal, found) = open(&folder.path().join("journal.db")).unwrap();
    assert_eq!(found, Found { size: 304, unsigned: 0 });
    let rows = journal
        .read(|reader| reader.incidents(&IncidentQuery { limit: 9, ..IncidentQuery::default() }))
        .unwrap();
    assert_eq!(rows[0].title.to_string(), "(erased)");
    assert_eq!(rows[0].alerts, 2);
    let left = journal.read(|reader| reader.values_with("lee")).unwrap();
    assert_eq!(left.len(), 200);
}

#[test]
fn rebuilt_rows_are_those_that_stood() {
    let (folder, journal) = fresh();
    for id in 0..20 {
        journal.append(alert(id, "kim")).unwrap();
    }
    journal.append(incident(1, "One", &[1, 2, 3])).unwrap();
    journal.append(incident(2, "Two", &[4])).unwrap();
    let listed = |journal: &Journal| {
        let alerts = AlertQuery { limit: 99, ..AlertQuery::default() };
        let incidents = IncidentQuery { limit: 99, ..IncidentQuery::default() };
        let alerts = journal.read(|reader| reader.alerts(&alerts)).unwrap();
        (alerts, journal.read(|reader| reader.incidents(&incidents)).unwrap())
    };
    let before = listed(&journal);
    journal.rebuild().unwrap();
    assert_eq!(listed(&journal), before);
    drop(journal);
    // Lists that were lost are made anew when the journal is opened.
    let connection = rusqlite::Connection::open(folder.path().join("journal.db")).unwrap();
    connection.execute_batch("DELETE FROM alert_row; DELETE FROM incident_row").unwrap();
    drop(connection);
    let (journal, _) = open(&folder.path().join("journal.db")).unwrap();
    assert_eq!(listed(&journal), before);
    let found = journal.read(|reader| verify(reader, journal.verifier())).unwrap();
    assert_eq!(found.problems, [], "where streams end was lost with the lists, and is known again");
}

#[test]
fn nothing_is_erased_without_a_record_of_it() {
    let (_folder, journal) = fresh();
    journal.append(alert(1, "kim")).unwrap();
    let values = journal.read(|reader| reader.values_with("kim")).unwrap();
    let values: Vec<(u64, Commitment)> =
        values.into_iter().map(|(position, secret)| (position, secret.commitment)).collect();
    let listed = journal.read(crate::sound::rows);
    let facts = vec![Fact::ValuesErased { values: vec![], order: Personal::of("a court") }];
    let late = Append { stream: StreamId::Log, expected: 7, actor: program(), facts };
    let error = journal.erase(late, values).unwrap_err();
    assert_eq!(error, AppendError::Conflict { stream: StreamId::Log, expected: 7, actual: 0 });
    assert_eq!(journal.read(|reader| reader.values_with("kim")).unwrap().len(), 1);
    assert_eq!(journal.read(crate::sound::rows), listed);
}

#[test]
fn entries_that_are_not_those_that_were_signed_stop_the_journal() {
    let cases = [
        (
            "UPDATE entry SET leaf = x'00' WHERE position = 3",
            "the first 9 entries are not those that were signed",
        ),
        ("DELETE FROM entry WHERE position = 8", "9 entries were signed, and 8 are there"),
        ("UPDATE checkpoint SET note = 'x'", "the last checkpoint is not believed: not a signed note"),
    ];
    for (sql, want) in cases {
        let (folder, journal) = fresh();
        (0..9).for_each(|id| {
            journal.append(alert(id, "kim")).unwrap();
        });
        drop(journal);
        let path = folder.path().join("journal.db");
        rusqlite::Connection::open(&path).unwrap().execute_batch(sql).unwrap();
        let error = open(&path).err().unwrap().to_string();
        assert!(error.contains(want), "{sql}: {error}");
    }
}
