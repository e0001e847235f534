//! What only SQLite can get wrong.

use crate::conformance;
use crate::sample::{alert, open};
use cofferdam_journal::StreamId;
use cofferdam_store::{Sqlite, StorageError, reader};
use cofferdam_vocabulary::AlertId;
use std::path::Path;

#[test]
fn sqlite_does_what_a_database_must() {
    let folder = tempfile::tempdir().unwrap();
    let mut number = 0;
    conformance::suite(&mut || {
        number += 1;
        Box::new(Sqlite::open(&folder.path().join(format!("{number}.db"))).unwrap())
    });
}

#[test]
fn what_is_no_journal_is_refused_with_the_reason() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.db");
    assert!(matches!(reader(&path), Err(StorageError::Io { .. })), "no file is made by reading");
    assert!(!path.exists());
    std::fs::write(&path, "not a database, but a text of some length").unwrap();
    let errors = [Sqlite::open(&path).err(), reader(&path).err()];
    for error in errors {
        assert!(matches!(error, Some(StorageError::Damaged { .. })), "{error:?}");
    }
    std::fs::remove_file(&path).unwrap();
    drop(Sqlite::open(&path).unwrap());
    let connection = rusqlite::Connection::open(&path).unwrap();
    connection.pragma_update(None, "user_version", 99).unwrap();
    drop(connection);
    let want = "a later version of Cofferdam wrote this data directory (format 99, this version knows 3)";
    for error in [Sqlite::open(&path).err(), reader(&path).err()] {
        assert_eq!(error.unwrap().to_string(), want);
    }
    let connection = rusqlite::Connection::open(&path).unwrap();
    connection.pragma_update(None, "application_id", 1).unwrap();
    drop(connection);
    assert!(matches!(Sqlite::open(&path), Err(StorageError::Damaged { .. })));
}

/// The tables of a database, and its format.
fn tables(path: &Path) -> (Vec<String>, i64) {
    let database = rusqlite::Connection::open(path).unwrap();
    let mut tables =
        database.prepare("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY sql").unwrap();
    let tables = tables.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    (tables, database.pragma_query_value(None, "user_version", |row| row.get(0)).unwrap())
}

#[test]
fn a_database_of_format_1_is_read_as_it_is_and_brought_up_when_written() {
    let folder = tempfile::tempdir().unwrap();
    let (old, new) = (folder.path().join("old.db"), folder.path().join("new.db"));
    let schema = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/format-1/schema.sql");
    let database = rusqlite::Connection::open(&old).unwrap();
    database.pragma_update(None, "journal_mode", "WAL").unwrap();
    database.execute_batch(&std::fs::read_to_string(schema).unwrap()).unwrap();
    drop(database);
    let before = reader(&old).unwrap();
    assert_eq!((before.users(), before.has_no_rows()), (Ok(vec![]), Ok(true)));
    assert_eq!(tables(&old).1, 1, "reading changes nothing");
    drop(Sqlite::open(&old).unwrap());
    assert_eq!(before.users(), Ok(vec![]), "a reader that was open goes on");
    drop(before);
    drop(Sqlite::open(&new).unwrap());
    assert_eq!(tables(&old), tables(&new), "what is made anew and what is brought up are the same");
    assert_eq!(tables(&new).1, 3);
    drop(Sqlite::open(&old).unwrap());
}

#[test]
fn a_stream_that_leads_astray_is_damaged_and_never_shorter() {
    let cases = [
        "UPDATE entry SET previous = 0 WHERE position = 3",
        "UPDATE entry SET previous = 3 WHERE position = 3",
        "UPDATE entry SET previous = NULL WHERE position = 3",
        "UPDATE entry SET previous = 99 WHERE position = 3",
        "DELETE FROM entry WHERE position = 1",
        "UPDATE alert_row SET last = 2 WHERE id = 1",
        "UPDATE alert_row SET version = 9223372036854775807 WHERE id = 1",
    ];
    for sql in cases {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal.db");
        let (journal, _) = open(&path).unwrap();
        journal.append_all([0, 1, 2].map(|id| alert(id, "dev1")).into()).unwrap();
        let again = cofferdam_store::Append { expected: 1, ..alert(1, "dev1") };
        journal.append(again).unwrap();
        drop(journal);
        let stream = StreamId::Alert(AlertId(1));
        let places = |found: Vec<cofferdam_store::Stored>| found.iter().map(|one| one.position).collect();
        let whole: Result<Vec<u64>, _> = reader(&path).unwrap().stream(stream).map(places);
        assert_eq!(whole, Ok(vec![1, 3]));
        rusqlite::Connection::open(&path).unwrap().execute(sql, []).unwrap();
        let read = reader(&path).unwrap().stream(stream);
        assert!(matches!(read, Err(StorageError::Damaged { .. })), "{sql}: {read:?}");
    }
}
