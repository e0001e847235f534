//! Backups: added to, verified, restored; what was erased does not come back.

use crate::sample::{alert, incident, program, world};
use cofferdam_journal::evidence::{Acquired, Evidence, EvidenceIntent};
use cofferdam_journal::{Personal, StreamId};
use cofferdam_store::{BackupError, ReadOnly, Restored, Store, backup, restore, verify};
use cofferdam_vocabulary::ContentHash;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

struct Desk {
    folder: tempfile::TempDir,
}

impl Desk {
    fn new() -> Desk {
        Desk { folder: tempfile::tempdir().unwrap() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn store(&self) -> Store {
        Store::create(&self.path("data"), &program(), world(5)).unwrap()
    }

    fn restored(&self, name: &str) -> Result<Restored, BackupError> {
        restore(&self.path("backup"), &self.path(name), &BTreeSet::new(), &program(), world(6))
    }
}

fn keep(store: &Store, bytes: &[u8]) -> ContentHash {
    let (hash, size) = store.blobs.keep(&mut &*bytes, None).unwrap();
    let acquired = Acquired { source: Personal::of("auth.log"), bytes: size };
    for intent in [EvidenceIntent::Acquire(acquired), EvidenceIntent::Keep] {
        store.journal.ask::<Evidence>(StreamId::Evidence(hash), &program(), intent).unwrap();
    }
    hash
}

fn add(store: &Store, ids: std::ops::Range<u64>) {
    let appends = ids.map(|id| alert(id, &format!("user-{id}-end"))).collect();
    store.journal.append_all(appends).unwrap();
}

fn leaves(data: &Path) -> Vec<Vec<u8>> {
    let (read, mut all) = (ReadOnly::open(data).unwrap(), Vec::new());
    let each = &mut |stored: cofferdam_store::Stored| {
        all.push(stored.leaf);
        std::ops::ControlFlow::Continue(())
    };
    read.reader.entries(0..u64::MAX, each).unwrap();
    all
}

fn holds(folder: &Path, text: &str) -> bool {
    let mut folders = vec![folder.to_owned()];
    while let Some(inside) = folders.pop() {
        for entry in std::fs::read_dir(inside).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if std::fs::read(&path).unwrap().windows(text.len()).any(|part| part == text.as_bytes()) {
                return true;
            }
        }
    }
    false
}

#[test]
fn a_backup_grows_and_restores_whole() {
    let desk = Desk::new();
    let store = desk.store();
    add(&store, 1..600);
    store.journal.append(incident(1, "Break-in", &[1, 2])).unwrap();
    let first = keep(&store, b"first evidence");
    store.journal.checkpoint().unwrap();
    let to = desk.path("backup");
    let done = backup(store.path(), &to).unwrap();
    assert_eq!((done.entries, done.before, done.evidence), (604, 0, 1));
    add(&store, 600..1000);
    keep(&store, b"second evidence");
    store.journal.checkpoint().unwrap();
    let done = backup(store.path(), &to).unwrap();
    assert_eq!((done.entries, done.before, done.evidence), (1006, 604, 1));
    assert!(done.files < 12, "only what is new: {}", done.files);
    let key = store.journal.verifier().clone();
    drop(store);
    let restored = desk.restored("again").unwrap();
    assert_eq!(restored, Restored { entries: 1006, evidence: 2, credentials: 0, erased: 0 });
    assert_eq!(leaves(&desk.path("again"))[..1006], leaves(&desk.path("data"))[..]);
    let again = Store::open(&desk.path("again"), world(7)).unwrap();
    assert_eq!(again.journal.verifier(), &key);
    let mut out = Vec::new();
    again.blobs.copy(first, &mut out).unwrap();
    assert_eq!(out, b"first evidence");
    assert!(
        matches!(desk.restored("again"), Err(BackupError::Occupied { .. })),
        "never over a data directory"
    );
    let into = backup(&desk.path("again"), &desk.path("data")).unwrap_err();
    assert!(matches!(into, BackupError::Occupied { .. }), "{into}");
}

#[test]
fn what_was_erased_does_not_come_back() {
    let desk = Desk::new();
    let store = desk.store();
    add(&store, 1..300);
    store.journal.append(incident(1, "Break-in as user-7-end", &[7])).unwrap();
    store.journal.checkpoint().unwrap();
    backup(store.path(), &desk.path("backup")).unwrap();
    assert!(holds(&desk.path("backup"), "user-7-end"));
    store.erase("user-7-end", "request of the person", &program()).unwrap();
    assert!(!holds(store.path(), "user-7-end"));
    // The order reached the log after the backup: whoever restores it names the orders that are known.
    let (log, _) = store.journal.state::<cofferdam_journal::log::Log>(StreamId::Log).unwrap();
    let again = desk.path("older");
    let restored = restore(&desk.path("backup"), &again, &log.erased, &program(), world(6)).unwrap();
    assert_eq!(restored.erased, 2);
    assert!(!holds(&again, "user-7-end"));
    let read = ReadOnly::open(&again).unwrap();
    let found = verify(read.reader.as_ref(), &read.verifier).unwrap();
    assert_eq!((found.misfits, found.erased), (0, 2), "{:?}", found.problems);
    // The next backup holds neither.
    store.journal.checkpoint().unwrap();
    backup(store.path(), &desk.path("backup")).unwrap();
    assert!(!holds(&desk.path("backup"), "user-7-end"));
    desk.restored("newer").unwrap();
    assert!(!holds(&desk.path("newer"), "user-7-end"));
}

#[test]
fn a_backup_that_is_damaged_is_refused_and_leaves_nothing() {
    let desk = Desk::new();
    let store = desk.store();
    add(&store, 1..600);
    keep(&store, b"evidence");
    store.journal.checkpoint().unwrap();
    drop(store);
    let change = |name: &str, old: &str, new: &str| {
        let path = desk.path("backup").join(name);
        let text = std::fs::read(&path).unwrap();
        let at = text.windows(old.len()).position(|part| part == old.as_bytes()).unwrap();
        let mut changed = text.clone();
        changed.splice(at..at + old.len(), new.bytes());
        std::fs::write(&path, changed).unwrap();
        let error = desk.restored("again").unwrap_err();
        assert_eq!(
            std::fs::read_dir(desk.folder.path()).unwrap().count(),
            2,
            "data and backup, nothing half-made"
        );
        std::fs::write(&path, text).unwrap();
        error.to_string()
    };
    backup(&desk.path("data"), &desk.path("backup")).unwrap();
    let cases = [
        ("tile/entries/000", "odd-logon", "add-logon", "its 602 entries have the root"),
        ("tile/entries/001", "\"log\"", "\"lo\"", "is damaged: its last entry is cut off"),
        ("checkpoint", "602", "601", "is not believed"),
        ("values.ndjson", "\"salt\"", "\"sold\"", "line 1: unknown field"),
        ("values.ndjson", "user-7-end", "user-8-end", "a value is not that of entry"),
        ("log.pub", "cofferdam/", "cofferdom/", "cannot be used"),
    ];
    for (name, old, new, want) in cases {
        let error = change(name, old, new);
        assert!(error.contains(want), "{name}: {error}");
    }
    assert!(desk.restored("again").is_ok());
}

#[test]
fn a_log_that_was_rolled_back_does_not_overwrite_its_backup() {
    let desk = Desk::new();
    let store = desk.store();
    add(&store, 1..50);
    store.journal.checkpoint().unwrap();
    drop(store);
    assert!(!desk.path("data/journal.db-wal").exists(), "closed, the database is one file");
    let saved = std::fs::read(desk.path("data/journal.db")).unwrap();
    let store = desk.store();
    add(&store, 50..90);
    store.journal.checkpoint().unwrap();
    backup(store.path(), &desk.path("backup")).unwrap();
    drop(store);
    std::fs::write(desk.path("data/journal.db"), saved).unwrap();
    let error = backup(&desk.path("data"), &desk.path("backup")).unwrap_err().to_string();
    assert!(error.contains("the backup has 90 entries and the log 50; was the log rolled back?"), "{error}");
}

#[test]
fn damaged_evidence_keeps_nothing_else_from_being_saved() {
    let desk = Desk::new();
    let store = desk.store();
    add(&store, 1..20);
    let (first, second) = (keep(&store, b"first evidence"), keep(&store, b"second evidence"));
    std::fs::write(store.blobs.path(first), "something else").unwrap();
    store.journal.checkpoint().unwrap();
    let done = backup(store.path(), &desk.path("backup")).unwrap();
    assert_eq!((done.evidence, done.left_out), (1, vec![first]));
    std::fs::create_dir(desk.path("again")).unwrap();
    let restored = desk.restored("again/").unwrap();
    assert_eq!((restored.entries, restored.evidence), (24, 1), "into an empty folder, however it is written");
    let again = Store::open(&desk.path("again"), world(7)).unwrap();
    assert!(again.blobs.has(second) && !again.blobs.has(first));
}
