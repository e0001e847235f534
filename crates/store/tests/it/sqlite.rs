//! What only SQLite can get wrong.

use crate::conformance;
use cofferdam_store::{Sqlite, StorageError, reader};

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
    let want = "a later version of Cofferdam wrote this data directory (format 99, this version knows 1)";
    for error in [Sqlite::open(&path).err(), reader(&path).err()] {
        assert_eq!(error.unwrap().to_string(), want);
    }
    let connection = rusqlite::Connection::open(&path).unwrap();
    connection.pragma_update(None, "application_id", 1).unwrap();
    drop(connection);
    assert!(matches!(Sqlite::open(&path), Err(StorageError::Damaged { .. })));
}
