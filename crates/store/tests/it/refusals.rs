//! A disk that is full, read-only or damaged: refused with the reason, and nothing acknowledged is lost.

use crate::random::Random;
use crate::sample::{again, alert, incident, open};
use crate::sound::{Log, has_all_values, reading, stands};
use cofferdam_journal::merkle::Hash;
use cofferdam_store::{AppendError, Journal, StorageError, reader};
use std::path::{Path, PathBuf};
use std::process::Command;

/// A small file system in memory, gone afterwards.
struct Mount(tempfile::TempDir);

impl Mount {
    /// None, with the reason printed, when nobody lets this test mount anything.
    fn of(kib: u32) -> Option<Mount> {
        let folder = tempfile::tempdir().unwrap();
        if is_done(&["mount", "-t", "tmpfs", "-o", &format!("size={kib}k"), "tmpfs"], folder.path()) {
            return Some(Mount(folder));
        }
        println!("skipped: a disk that is full or read-only; only root can mount one");
        None
    }

    fn database(&self) -> PathBuf {
        self.0.path().join("journal.db")
    }

    /// Takes all space but so much.
    fn fill(&self, but_kib: usize) {
        std::fs::write(self.filler(), vec![0; but_kib << 10]).unwrap();
        let mut rest = std::fs::File::create(self.0.path().join("rest")).unwrap();
        while std::io::Write::write_all(&mut rest, &[0; 4096]).is_ok() {}
        std::fs::remove_file(self.filler()).unwrap();
    }

    fn empty(&self) {
        std::fs::remove_file(self.0.path().join("rest")).unwrap();
    }

    fn filler(&self) -> PathBuf {
        self.0.path().join("filler")
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        is_done(&["umount", "--lazy"], self.0.path());
    }
}

fn is_done(command: &[&str], path: &Path) -> bool {
    let (program, args) = command.split_first().unwrap();
    Command::new(program).args(args).arg(path).output().is_ok_and(|output| output.status.success())
}

#[test]
fn a_full_disk_is_told_and_loses_nothing() {
    let Some(mount) = Mount::of(4096) else { return };
    let (mut journal, _) = open(&mount.database()).unwrap();
    let mut next = 0;
    // What is left decides what fails: the log of writes, the database when it is copied, or both.
    for but_kib in [0, 4, 8, 12, 20, 40, 90, 200, 400] {
        mount.fill(but_kib);
        let error = loop {
            match journal.append(alert(next, "dev1")) {
                Ok(receipt) => assert_eq!(receipt.position, next),
                Err(error) => break error,
            }
            next += 1;
        };
        assert_eq!(error.to_string(), "nothing was recorded: the disk is full", "{but_kib} KiB were left");
        assert!(journal.append_all(vec![alert(next, "dev1"), incident(next, "Break-in", &[1])]).is_err());
        check(&journal, next);
        if but_kib % 8 == 0 {
            // Whoever opens it now is told the same, or can read it.
            drop(journal);
            if let Err(error) = open(&mount.database()) {
                assert_eq!(error, StorageError::Full, "{but_kib} KiB were left");
            }
            mount.empty();
            journal = open(&mount.database()).unwrap().0;
        } else {
            mount.empty();
        }
        assert_eq!(journal.append(alert(next, "dev1")).unwrap().position, next, "it goes on");
        next += 1;
        check(&journal, next);
    }
    println!("refusals: {next} entries, over 9 times a full disk");
    drop(journal);
    check(&open(&mount.database()).unwrap().0, next);
}

/// So many entries are there, whole.
#[track_caller]
fn check(journal: &Journal, entries: u64) {
    let mut log = Log::default();
    let each = &mut |stored: &cofferdam_store::Stored| {
        if has_all_values(stored)? { Ok(()) } else { Err("values are missing".to_owned()) }
    };
    reading(journal, |reader| log.read_on(reader, each)).unwrap();
    assert_eq!(log.tree.size(), entries);
}

#[test]
fn what_may_only_be_read_is_refused_with_the_reason() {
    let Some(mount) = Mount::of(4096) else { return };
    let (journal, _) = open(&mount.database()).unwrap();
    journal.append(alert(0, "dev1")).unwrap();
    drop(journal);
    assert!(is_done(&["mount", "-o", "remount,ro"], mount.0.path()));
    let error = open(&mount.database()).err().map(|error| error.to_string());
    assert_eq!(error.as_deref(), Some("the data directory can only be read, not written"));
    let error = open(&mount.0.path().join("new.db")).err().map(|error| error.to_string());
    assert_eq!(error.as_deref(), Some("the data directory can only be read, not written"));
    assert_eq!(reader(&mount.database()).unwrap().size(), Ok(1), "it can still be read");
    let odd = mount.0.path().join("a %41?b#c");
    assert!(is_done(&["mount", "-o", "remount,rw"], mount.0.path()));
    std::fs::create_dir(&odd).unwrap();
    std::fs::copy(mount.database(), odd.join("journal.db")).unwrap();
    assert!(is_done(&["mount", "-o", "remount,ro"], mount.0.path()));
    assert_eq!(reader(&odd.join("journal.db")).unwrap().size(), Ok(1), "whatever the folder is called");
}

/// A journal with every kind of page in it, and the root over it.
fn filled(path: &Path) -> Hash {
    let (journal, _) = open(path).unwrap();
    for id in 0..300 {
        journal
            .append_all(vec![
                alert(id, &"dev1".repeat(1 + usize::try_from(id).unwrap() % 40)),
                again(id, 1, 2),
            ])
            .unwrap();
    }
    for id in 0..20 {
        journal.append(incident(id, "Break-in", &[id, id + 20])).unwrap();
    }
    let mut log = Log::default();
    reading(&journal, |reader| log.read_on(reader, &mut |_| Ok(()))).unwrap();
    log.tree.root()
}

#[test]
fn damage_is_refused_or_found_and_never_a_panic() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.db");
    let root = filled(&path);
    let sound = std::fs::read(&path).unwrap();
    assert_eq!(all_of_it(&open(&path).unwrap().0, root), Ok(()), "without damage nothing is wrong");
    let mut random = Random::of(Random::seed("damage"));
    let (mut refused, mut found, mut harmless) = (0, 0, 0);
    for number in 0..200 {
        let mut bytes = sound.clone();
        damage(&mut bytes, number, &mut random);
        let path = folder.path().join(format!("{number}.db"));
        std::fs::write(&path, bytes).unwrap();
        match open(&path) {
            Err(error) => {
                assert!(!error.to_string().is_empty());
                refused += 1;
            }
            Ok((journal, _)) => match all_of_it(&journal, root) {
                Ok(()) => harmless += 1,
                Err(wrong) => {
                    assert!(!wrong.contains("closed"), "the writer panicked: {wrong}");
                    found += 1;
                }
            },
        }
        std::fs::remove_file(&path).unwrap();
    }
    println!(
        "refusals: 200 damaged databases: {refused} refused when opened, {found} found out, {harmless} harmless"
    );
    assert!(refused > 0 && found > 0);
}

/// Bits that flipped, a page of something else, a page in the place of another, an end that is gone.
fn damage(bytes: &mut Vec<u8>, number: usize, random: &mut Random) {
    let pages = bytes.len() / 4096;
    let page = 4096 * random.below(pages);
    match number % 4 {
        0 => (0..=random.below(8)).for_each(|_| {
            let at = random.below(bytes.len());
            bytes[at] ^= 1 << random.below(8);
        }),
        1 => bytes[page..page + 4096].iter_mut().for_each(|byte| *byte = random.next().to_le_bytes()[0]),
        2 => bytes.copy_within(page..page + 4096, 4096 * random.below(pages)),
        _ => bytes.truncate(page + random.below(4096)),
    }
}

/// Reads and writes everything that can be.
fn all_of_it(journal: &Journal, root: Hash) -> Result<(), String> {
    let mut log = Log::default();
    reading(journal, |reader| {
        log.read_on(reader, &mut |stored| {
            if has_all_values(stored)? { Ok(()) } else { Err("values are missing".to_owned()) }
        })
    })?;
    if log.tree.root() != root {
        return Err("other entries".to_owned());
    }
    stands(journal)?;
    match journal.append(alert(9999, "dev1")) {
        Ok(_) => {}
        Err(AppendError::Closed) => return Err("closed".to_owned()),
        Err(error) => return Err(error.to_string()),
    }
    let checked = journal.read(|reader| reader.self_check()).map_err(|error| error.to_string())?;
    checked.map_or(Ok(()), Err)
}
