//! A data directory: made once, held by one process, verified whole.

use crate::sample::{again, alert, incident, program, world};
use cofferdam_journal::Actor;
use cofferdam_store::{OpenError, ReadOnly, Store, Verification, World, verify};
use std::path::Path;

fn made(path: &Path) -> Store {
    Store::create(path, &program(), world(3)).unwrap()
}

fn filled(path: &Path, alerts: u64) -> Store {
    let store = made(path);
    let appends = (1..=alerts).map(|id| alert(id, &format!("user-{id}"))).collect();
    store.journal.append_all(appends).unwrap();
    store.journal.append(incident(1, "Break-in", &[1, 2])).unwrap();
    store.journal.append(again(1, 1, 5)).unwrap();
    store
}

fn verified(path: &Path) -> Verification {
    let read = ReadOnly::open(path).unwrap();
    verify(read.reader.as_ref(), &read.verifier).unwrap()
}

#[test]
fn a_directory_is_made_once_and_opened_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("deep/data");
    assert!(matches!(Store::open(&path, world(3)), Err(OpenError::None { .. })));
    let key = made(&path).journal.verifier().clone();
    let again = Store::create(&path, &program(), World::real(World::offline())).unwrap();
    assert_eq!(again.journal.verifier(), &key);
    assert_eq!((again.found.size, again.found.unsigned), (1, 0), "it was opened for the first time once");
}

#[test]
fn one_process_writes_and_others_may_read() {
    let folder = tempfile::tempdir().unwrap();
    let store = filled(folder.path(), 3);
    let error = Store::open(folder.path(), world(3)).err().unwrap();
    assert!(matches!(error, OpenError::Used { .. }), "{error}");
    assert_eq!(verified(folder.path()).entries, 7);
    drop(store);
    assert!(Store::open(folder.path(), world(3)).is_ok());
}

#[cfg(unix)]
#[test]
fn nobody_else_can_read_it() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("data");
    let store = filled(&path, 3);
    store.blobs.keep(&mut &b"evidence"[..], None).unwrap();
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&path), 0o700);
    for entry in std::fs::read_dir(&path).unwrap() {
        let file = entry.unwrap().path();
        if file.is_file() && file.file_name().unwrap() != "lock" {
            assert_eq!(mode(&file), 0o600, "{}", file.display());
        }
    }
}

#[test]
fn a_key_that_is_missing_or_changed_is_named() {
    let folder = tempfile::tempdir().unwrap();
    drop(filled(folder.path(), 3));
    let key = folder.path().join("log.key");
    let text = std::fs::read_to_string(&key).unwrap();
    std::fs::write(&key, "PRIVATE+KEY+x").unwrap();
    let error = Store::open(folder.path(), world(3)).err().unwrap().to_string();
    assert!(
        error.contains("log.key` of the log cannot be used: the signing key is not of the form"),
        "{error}"
    );
    std::fs::remove_file(&key).unwrap();
    let error = Store::create(folder.path(), &program(), world(4)).err().unwrap();
    assert!(matches!(error, OpenError::Key { .. }), "no new key is made for an old log: {error}");
    std::fs::write(&key, text).unwrap();
    assert!(Store::open(folder.path(), world(3)).is_ok());
}

#[test]
fn a_whole_log_verifies() {
    let folder = tempfile::tempdir().unwrap();
    drop(filled(folder.path(), 700));
    let found = verified(folder.path());
    assert_eq!(found.problems, []);
    assert_eq!((found.entries, found.streams, found.misfits), (704, 702, 0));
    assert_eq!(found.checkpoint.unwrap().size, 704);
    assert_eq!(found.values, 700 * 2 + 2);
}

#[test]
fn whatever_was_changed_is_told() {
    let cases = [
        (
            "UPDATE entry SET leaf = CAST(replace(CAST(leaf AS TEXT), 'odd', 'add') AS BLOB) WHERE position = 3",
            "the first 704 entries have the root",
        ),
        (
            "UPDATE entry SET stream = 'alert/ALR-009999' WHERE position = 3",
            "entry 3: it says that it is 3 alert/ALR-000003 1",
        ),
        ("DELETE FROM entry WHERE position = 5", "entry 6: it follows entry 4"),
        ("DELETE FROM entry WHERE position > 699", "704 entries were signed, and 700 are there"),
        (
            "UPDATE entry SET secrets = CAST(replace(CAST(secrets AS TEXT), 'Odd', 'Add') AS BLOB) WHERE position = 9",
            "entry 9: a personal value beside it is not what",
        ),
        (
            "UPDATE entry SET secrets = x'' WHERE position = 9",
            "entry 9: a personal value is missing, and no order to erase it",
        ),
        (
            "UPDATE tile SET hashes = zeroblob(8192) WHERE level = 0 AND number = 1",
            "tile/0/001 is not made of these entries",
        ),
        (
            "UPDATE tile SET hashes = zeroblob(64) WHERE level = 1",
            "tile/1/000.p/2 is not made of these entries",
        ),
        (
            "UPDATE checkpoint SET note = replace(note, '704', '703')",
            "the last checkpoint is not believed: the signature of",
        ),
        (
            "UPDATE entry SET previous = 2 WHERE position = 4",
            "entry 4: another entry is kept as the one before it in `alert/ALR-000004`",
        ),
        (
            "UPDATE alert_row SET version = 2 WHERE id = 3",
            "`alert/ALR-000003` ends with entry 3 as its number 1, and is kept as ending with entry 3 as its number 2",
        ),
        (
            "DELETE FROM alert_row WHERE id = 3",
            "`alert/ALR-000003` ends with entry 3 as its number 1, and is kept as ending with no entry",
        ),
        (
            "INSERT INTO incident_row (id, version, last) VALUES (9, 1, 3)",
            "`incident/INC-0009` ends with no entry, and is kept as ending with entry 3 as its number 1",
        ),
        (
            "UPDATE alert_row SET last = 9999 WHERE id = 3",
            "a stream is kept as ending with entry 9999, which is missing",
        ),
        ("DELETE FROM checkpoint", "there are entries and no checkpoint"),
        ("UPDATE entry SET leaf = x'7b7d' WHERE position = 0", "entry 0: not an entry: missing field"),
    ];
    for (sql, want) in cases {
        let folder = tempfile::tempdir().unwrap();
        drop(filled(folder.path(), 700));
        let database = rusqlite::Connection::open(folder.path().join("journal.db")).unwrap();
        assert!(database.execute(sql, []).unwrap() > 0, "{sql}");
        drop(database);
        let found = verified(folder.path());
        let told: Vec<String> = found.problems.iter().map(ToString::to_string).collect();
        assert!(told.iter().any(|problem| problem.starts_with(want)), "{sql}: {told:?}");
    }
}

#[test]
fn an_erasure_is_by_order_and_the_log_verifies_after_it() {
    let folder = tempfile::tempdir().unwrap();
    let store = filled(folder.path(), 30);
    let person = Actor::Person(cofferdam_journal::Personal::of("dpo"));
    let erased = store.erase("USER-7", "request 12 of the person", &person).unwrap();
    assert_eq!((erased.values, erased.entries), (1, 1));
    assert_eq!(store.erase("nobody-like-that", "x", &person).unwrap().values, 0);
    drop(store);
    let found = verified(folder.path());
    assert_eq!((found.misfits, found.erased), (0, 1), "{:?}", found.problems);
}

#[test]
fn a_log_whose_entries_or_checkpoint_are_gone_does_not_go_on() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    drop(filled(&data, 3));
    let file = data.join("journal.db");
    let whole = std::fs::read(&file).unwrap();
    let opened = || Store::open(&data, world(3)).err().map(|error| error.to_string()).unwrap_or_default();
    let made = || {
        Store::create(&data, &program(), world(3)).err().map(|error| error.to_string()).unwrap_or_default()
    };
    let database = rusqlite::Connection::open(&file).unwrap();
    database.execute_batch("DELETE FROM checkpoint; DELETE FROM tile").unwrap();
    drop(database);
    assert!(opened().contains("there are entries and no checkpoint"), "{}", opened());
    for bytes in [None, Some(&[][..])] {
        std::fs::remove_file(&file).unwrap();
        bytes.into_iter().for_each(|bytes| std::fs::write(&file, bytes).unwrap());
        assert!(opened().contains("is gone"), "{}", opened());
        assert!(made().contains("is gone"), "{}", made());
        if !file.exists() {
            std::fs::write(&file, &whole).unwrap();
        }
    }
    std::fs::write(&file, &whole).unwrap();
    // The public key can be told from the other one.
    std::fs::remove_file(data.join("log.pub")).unwrap();
    assert_eq!(verified(&data).misfits, 0);
    assert_eq!(opened(), "");
    assert!(data.join("log.pub").is_file());
}

#[test]
fn one_that_was_killed_while_it_was_made_is_made_to_its_end() {
    let folder = tempfile::tempdir().unwrap();
    drop(made(folder.path()));
    // What is there after the database file was made, and before the first entry.
    std::fs::remove_file(folder.path().join("log.pub")).unwrap();
    std::fs::write(folder.path().join("journal.db"), "").unwrap();
    assert_eq!(Store::open(folder.path(), world(4)).unwrap().found.size, 0);
    drop(made(folder.path()));
    assert_eq!((verified(folder.path()).entries, verified(folder.path()).misfits), (1, 0));
}
