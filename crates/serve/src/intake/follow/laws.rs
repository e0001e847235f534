//! Whatever happens to a file, in whatever order: every line is taken once, and in its order.

use super::door::Door;
use super::follower::{Follower, Step};
use super::names::Pattern;
use cofferdam_spool::Record;
use proptest::prelude::*;
use std::cell::RefCell;
use std::collections::HashMap;
use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// What outlives a follower: what was taken, and how far each file was read.
#[derive(Default)]
struct Taken {
    lines: Vec<String>,
    places: HashMap<[u8; 16], u64>,
    /// How often nothing is taken yet.
    busy: u32,
}

impl Door for &RefCell<Taken> {
    type Busy = &'static str;

    fn take(&self, _: Option<&str>, records: Vec<Record>) -> Result<(), &'static str> {
        let mut taken = self.borrow_mut();
        if taken.busy > 0 {
            taken.busy -= 1;
            return Err("the spool is busy");
        }
        for record in records {
            let place = record.place.unwrap();
            taken.places.insert(place.file, place.next);
            taken.lines.extend(String::from_utf8(record.bytes.into()).ok().filter(|line| !line.is_empty()));
        }
        Ok(())
    }

    fn place(&self, file: &[u8; 16]) -> Option<u64> {
        self.borrow().places.get(file).copied()
    }
}

/// What can happen to a file, or to who follows it.
#[derive(Clone, Copy, Debug)]
enum Act {
    /// So many lines are written, so long each.
    Write(u8, u8),
    /// A line is begun; whatever is written next ends it.
    Begin,
    /// The file gets another name, and a new one is made, at once or when something is written.
    Move { create: bool },
    /// Whoever had the file open before it was moved writes to it once more.
    WriteLate,
    /// The file is copied and truncated.
    CopyTruncate,
    /// What is there is read, after looking what is there, or of what is open.
    Read { look: bool },
    /// Nothing can be taken for a while.
    Busy(u8),
    /// The follower is killed and another one begins.
    Restart,
    /// Time passes.
    Wait(u8),
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let act = prop_oneof![
        4 => (1_u8..6, any::<u8>()).prop_map(|(lines, length)| Act::Write(lines, length)),
        1 => Just(Act::Begin),
        2 => any::<bool>().prop_map(|create| Act::Move { create }),
        1 => Just(Act::WriteLate),
        2 => Just(Act::CopyTruncate),
        4 => any::<bool>().prop_map(|look| Act::Read { look }),
        1 => (1_u8..3).prop_map(Act::Busy),
        2 => Just(Act::Restart),
        1 => (0_u8..200).prop_map(Act::Wait),
    ];
    proptest::collection::vec(act, 1..40)
}

/// A folder with a log, and who writes it.
struct Log {
    dir: TempDir,
    written: Vec<String>,
    /// The file as it was opened before it was moved.
    before: Option<File>,
    is_begun: bool,
}

impl Log {
    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn append(&mut self, text: &str) {
        let file = OpenOptions::new().append(true).create(true).open(self.path("app.log"));
        file.unwrap().write_all(text.as_bytes()).unwrap();
    }

    fn line(&mut self, length: usize) -> String {
        let line = format!("{} {}", self.written.len(), "x".repeat(length));
        self.written.push(line.clone());
        line
    }

    fn write(&mut self, lines: u8, length: u8) {
        if std::mem::take(&mut self.is_begun) {
            self.append(" and its end\n");
            self.written.last_mut().unwrap().push_str(" and its end");
        }
        for _ in 0..lines {
            let line = self.line(usize::from(length) * 4);
            self.append(&(line + "\n"));
        }
    }

    /// Makes room for `app.log.1`.
    fn shift(&self) {
        for number in (1..40).rev() {
            let _ = fs::rename(
                self.path(&format!("app.log.{number}")),
                self.path(&format!("app.log.{}", number + 1)),
            );
        }
    }

    fn rotate(&mut self, create: bool) {
        // A line that was begun is the last one of the file.
        self.is_begun = false;
        self.shift();
        self.before = OpenOptions::new().append(true).open(self.path("app.log")).ok();
        let _ = fs::rename(self.path("app.log"), self.path("app.log.1"));
        if create {
            File::create(self.path("app.log")).unwrap();
        }
    }

    fn copy_truncate(&mut self) {
        if !self.path("app.log").exists() {
            return;
        }
        self.is_begun = false;
        self.shift();
        fs::copy(self.path("app.log"), self.path("app.log.1")).unwrap();
        File::options().write(true).truncate(true).open(self.path("app.log")).unwrap();
    }
}

fn follower<'t>(dir: &Path, taken: &'t RefCell<Taken>) -> Follower<&'t RefCell<Taken>> {
    let mut follower = Follower::new(Pattern::of(&dir.join("app.log")), false, taken);
    while follower.begin().is_err() {}
    follower
}

/// Plays it; what was written and what was taken.
fn play(acts: &[Act]) -> (Vec<String>, Vec<String>) {
    let dir = tempfile::tempdir().unwrap();
    let mut log = Log { dir, written: Vec::new(), before: None, is_begun: false };
    let taken = RefCell::new(Taken::default());
    let mut now = Instant::now();
    let mut followed = follower(log.dir.path(), &taken);
    for act in acts {
        match *act {
            Act::Write(lines, length) => log.write(lines, length),
            Act::Begin if !log.is_begun => {
                let line = log.line(3);
                log.append(&line);
                log.is_begun = true;
            }
            Act::Begin => {}
            Act::Move { create } => log.rotate(create),
            Act::WriteLate => {
                if log.before.is_some() {
                    let line = log.line(7) + "\n";
                    log.before.as_mut().unwrap().write_all(line.as_bytes()).unwrap();
                }
            }
            Act::CopyTruncate => log.copy_truncate(),
            Act::Read { look } => {
                if look {
                    followed.look(now);
                }
                followed.read(now, None);
            }
            Act::Busy(times) => taken.borrow_mut().busy += u32::from(times),
            Act::Restart => followed = follower(log.dir.path(), &taken),
            Act::Wait(seconds) => now += Duration::from_secs(seconds.into()),
        }
    }
    taken.borrow_mut().busy = 0;
    log.write(1, 0);
    for _ in 0..4 {
        followed.look(now);
        while followed.read(now, None) != Step::Idle {}
        now += Duration::from_secs(7);
    }
    (log.written, taken.into_inner().lines)
}

/// Without these acts.
fn without(acts: &[Act], not: impl Fn(&Act) -> bool) -> Vec<Act> {
    acts.iter().copied().filter(|act| !not(act)).collect()
}

#[test]
fn what_was_written_in_the_same_moment_is_read_in_the_order_of_rotation() {
    let dir = tempfile::tempdir().unwrap();
    let taken = RefCell::new(Taken::default());
    let mut followed = follower(dir.path(), &taken);
    let (now, moment) = (Instant::now(), std::time::SystemTime::now());
    let mut written: Vec<String> = (1..13).rev().map(|number| format!("app.log.{number}")).collect();
    written.push("app.log".into());
    for name in &written {
        let mut file = File::create(dir.path().join(name)).unwrap();
        writeln!(file, "{name}").unwrap();
        file.set_modified(moment).unwrap();
    }
    followed.look(now);
    while followed.read(now, None) != Step::Idle {}
    assert_eq!(taken.borrow().lines, written);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_line_is_taken_once_and_in_order(acts in acts(), is_copied in any::<bool>()) {
        // A log is rotated in one way or the other. The end of a line without a line feed, and what is written late, are waited for, while others are taken;
        // and whoever does not look what was copied reads what came after it.
        let not = |act: &Act| match act {
            Act::WriteLate | Act::Begin | Act::Read { look: false } => true,
            Act::Move { .. } => is_copied,
            Act::CopyTruncate => !is_copied,
            _ => false,
        };
        let (written, taken) = play(&without(&acts, not));
        prop_assert_eq!(taken, written);
    }

    #[test]
    fn every_line_is_taken_once_however_late_it_is(acts in acts(), with_late in any::<bool>()) {
        // A line that was begun would go on with what is written late.
        let not = |act: &Act| if with_late { matches!(act, Act::Begin) } else { matches!(act, Act::WriteLate) };
        let (mut written, mut taken) = play(&without(&acts, not));
        written.sort_unstable();
        taken.sort_unstable();
        prop_assert_eq!(taken, written);
    }
}
