//! The files of one source: which are there, what became of them, and what is read in which order.

use super::door::Door;
use super::known::{Head, Id, Key, Known, named};
use super::names::{Named, Pattern};
use super::tail::{Came, Failed, Part, Tail, mark};
use cofferdam_spool::Record;
use rustix::fs::{Mode, OFlags};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt::Display;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Instant, SystemTime};

/// Files of one source that are open at once.
const OPEN: usize = 512;
/// Files with which a new one is compared, since it may be a copy of them.
const COMPARED: usize = 256;
/// Files of a folder that are looked at.
const LISTED: usize = 20_000;

/// Follows the files of one source.
pub struct Follower<D> {
    pattern: Pattern,
    from_start: bool,
    door: D,
    /// Those that were rotated away stand before those that are written.
    tails: Vec<Tail>,
    /// Rotated files that were read to their end, and how long they were.
    done: HashMap<Id, u64>,
    /// What went wrong with each file, as long as it does.
    told: BTreeMap<PathBuf, String>,
    buffer: Vec<u8>,
    /// Lines that were too long, and were cut.
    pub cut: u64,
}

/// A file of the folder.
struct Entry {
    path: PathBuf,
    named: Named,
    id: Id,
    size: u64,
    changed: Option<SystemTime>,
}

/// How far reading came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Nothing more is there now.
    Idle,
    /// There is more to read.
    More,
    /// What was read could not be taken; it is to be tried again in a while.
    Busy,
}

impl<D: Door> Follower<D> {
    /// A follower of these files. Nothing is looked at before [`Follower::begin`].
    pub fn new(pattern: Pattern, from_start: bool, door: D) -> Follower<D> {
        Follower {
            pattern,
            from_start,
            door,
            tails: Vec::new(),
            done: HashMap::new(),
            told: BTreeMap::new(),
            buffer: Vec::new(),
            cut: 0,
        }
    }

    /// The folder.
    pub fn pattern(&self) -> &Pattern {
        &self.pattern
    }

    /// Open files.
    pub fn tails(&self) -> &[Tail] {
        &self.tails
    }

    /// Remembers what is there when these files are followed for the first time: it is old, unless it is to be read
    /// from its beginning. What is unknown later is new.
    ///
    /// # Errors
    ///
    /// When it cannot be remembered now.
    pub fn begin(&mut self) -> Result<(), D::Busy> {
        let begun = named(&[b"begun", &self.pattern.bytes()]);
        if self.door.place(&begun).is_none() {
            for entry in self.list().iter().filter(|entry| !self.from_start || entry.named == Named::Rotated)
            {
                // What cannot be read now is told when it is looked at.
                let mark = open(&entry.path).ok().and_then(|file| self.end(entry.id, &file));
                if let Some(mark) = mark {
                    let log = entry.path.file_name().and_then(|name| self.pattern.log(name));
                    self.door.take(log.as_deref(), vec![mark])?;
                }
            }
        }
        // It is said each time, so that it is among the places that are remembered.
        self.door.take(None, vec![mark(begun, 1)])
    }

    /// A mark at the end of a file's last whole line, if it was never read.
    fn end(&self, id: Id, file: &File) -> Option<Record> {
        let head = Head::of(file).ok()?;
        let key = head.key(id, false)?;
        let is_new = head.known(id, &self.door) == Known::Never;
        let size = file.metadata().ok()?.len();
        is_new.then(|| mark(key, last_line(file, size).unwrap_or(size)))
    }

    /// Looks what is there: opens what is new, and notes what was renamed or is gone.
    pub fn look(&mut self, now: Instant) {
        let entries = self.list();
        let mut found: HashMap<Id, &Entry> = HashMap::new();
        for entry in &entries {
            let before = found.entry(entry.id).or_insert(entry);
            if before.named == Named::Rotated {
                *before = entry;
            }
        }
        for tail in &mut self.tails {
            match found.get(&tail.id) {
                Some(entry) => {
                    tail.path.clone_from(&entry.path);
                    if tail.part != Part::Copy {
                        let is_own = entry.named == Named::Own;
                        tail.becomes(if is_own { Part::Current } else { Part::Rotated }, now);
                    }
                }
                None if tail.part == Part::Current => tail.becomes(Part::Rotated, now),
                None => {}
            }
        }
        self.done.retain(|id, _| found.contains_key(id));
        let open: HashSet<Id> = self.tails.iter().map(|tail| tail.id).collect();
        let is_new = |entry: &&Entry| !open.contains(&entry.id);
        let mut new: Vec<&Entry> = found.into_values().filter(is_new).collect();
        if !new.is_empty() {
            // They may be copies of what these held until now; what fails is told when they are read.
            self.tails.iter_mut().for_each(|tail| drop(tail.is_truncated()));
        }
        // Those that were written first are read first.
        new.sort_by_cached_key(|entry| {
            (entry.changed, entry.path.file_name().map(|name| self.pattern.turn(name)))
        });
        // Of what a file may be a copy.
        let rotated = entries.iter().filter(|entry| entry.named == Named::Rotated);
        let others = entries.iter().filter(|entry| entry.named == Named::Own).chain(rotated);
        let others: Vec<Id> = others.map(|entry| entry.id).take(COMPARED).collect();
        for entry in new {
            if self.tails.len() >= OPEN {
                let folder = self.pattern.folder().to_owned();
                self.tell(&folder, &"too many files are followed at once");
                break;
            }
            match self.meet(entry, &others, now) {
                Ok(tail) => {
                    self.told.remove(&entry.path);
                    self.tails.extend(tail);
                }
                // It went away meanwhile.
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => self.tell(&entry.path, &error),
            }
        }
        self.told.retain(|path, _| {
            path == self.pattern.folder() || entries.iter().any(|entry| entry.path == *path)
        });
        // What was rotated away comes before what is written now, and the rest of what was read before that.
        self.tails.sort_by_key(|tail| tail.part);
    }

    /// Opens a file that is not open: none if there is nothing to be read in it.
    fn meet(&mut self, entry: &Entry, others: &[Id], now: Instant) -> io::Result<Option<Tail>> {
        if entry.named == Named::Rotated && self.done.get(&entry.id) == Some(&entry.size) {
            return Ok(None);
        }
        let file = open(&entry.path)?;
        let id = Id::of(&file.metadata()?);
        if id != entry.id {
            return Ok(None);
        }
        let head = Head::of(&file)?;
        let part = if entry.named == Named::Own { Part::Current } else { Part::Rotated };
        let log = entry.path.file_name().and_then(|name| self.pattern.log(name));
        let tail = |part, file| Tail::new(entry.path.clone(), log, id, part, file, now);
        match (entry.named, head.known(id, &self.door)) {
            (Named::Own, Known::To(..) | Known::Grown) => Ok(Some(tail(part, file))),
            (Named::Rotated, Known::To(_, next)) if next < entry.size => Ok(Some(tail(part, file))),
            (Named::Rotated, Known::To(..)) => {
                self.done.insert(id, entry.size);
                Ok(None)
            }
            (Named::Rotated, Known::Grown) => Ok(None),
            (named, Known::Never) => Ok(match self.origin(&head, named, id, others) {
                Origin::New if head.is_empty() && named == Named::Rotated => None,
                Origin::New => Some(tail(part, file)),
                Origin::CopyInProgress => None,
                Origin::Copy(key, next) if next < entry.size => {
                    Some(tail(Part::Copy, file).resumed(key, next))
                }
                Origin::Copy(..) => {
                    self.done.insert(id, entry.size);
                    None
                }
            }),
        }
    }

    /// Where a file comes from that was never read: it may be a copy of what another one held before.
    fn origin(&self, head: &Head, named: Named, own: Id, others: &[Id]) -> Origin {
        // Files that are written may begin alike; only what has all the bytes in common counts as a copy there.
        let counts = |key: &Key, id: Id| named == Named::Rotated || Some(*key) != head.short_key(id);
        let is_alike = |tail: &&Tail| {
            let key = tail.head.key(tail.id, false);
            tail.part != Part::Copy && key.is_some_and(|key| counts(&key, tail.id)) && {
                // As long as a copy is made, it has less than what it is made of.
                head.became(&tail.head) || tail.head.became(head)
            }
        };
        if !head.is_empty() && self.tails.iter().any(|tail| is_alike(&tail)) {
            return Origin::CopyInProgress;
        }
        let of = others.iter().filter(|id| **id != own).find_map(|id| match head.known(*id, &self.door) {
            Known::To(key, next) if counts(&key, *id) => Some(Origin::Copy(key, next)),
            Known::Grown if named == Named::Rotated => Some(Origin::CopyInProgress),
            _ => None,
        });
        of.unwrap_or(Origin::New)
    }

    /// Reads what is there and hands it on, what was rotated away first: of all files, or of `only` those that changed.
    pub fn read(&mut self, now: Instant, only: Option<&HashSet<Id>>) -> Step {
        let (mut step, mut is_truncated) = (Step::Idle, false);
        let mut at = 0;
        while let Some(tail) = self.tails.get_mut(at) {
            if only.is_some_and(|only| !only.contains(&tail.id)) {
                at += 1;
                continue;
            }
            let path = tail.path.clone();
            let mut cut = 0;
            match tail.read(&self.door, &mut self.buffer, now, |lines| cut += lines) {
                Ok(Came::All) if tail.is_done(now) => {
                    let tail = self.tails.remove(at);
                    self.done.extend(tail.file.metadata().ok().map(|metadata| (tail.id, metadata.len())));
                    continue;
                }
                Ok(Came::All) => drop(self.told.remove(&path)),
                // What was rotated away is read to its end before anything else.
                Ok(Came::More) if tail.part != Part::Current => continue,
                Ok(Came::More) => step = Step::More,
                Ok(Came::Truncated) => is_truncated = true,
                Err(Failed::File(error)) => self.tell(&path, &error),
                Err(Failed::Door(busy)) => {
                    self.tell(&path, &busy);
                    return Step::Busy;
                }
            }
            if cut > 0 {
                self.cut += cut;
                tracing::warn!(file = %path.display(), lines = cut, "lines were too long, and were cut");
            }
            at += 1;
        }
        if is_truncated {
            // What it was copied to, if it was, is read before what it holds now.
            self.look(now);
            return Step::More;
        }
        step
    }

    /// The files of the folder that are ours.
    fn list(&mut self) -> Vec<Entry> {
        let folder = self.pattern.folder().to_owned();
        let listed = match fs::read_dir(&folder) {
            Ok(listed) => listed,
            Err(error) => {
                self.tell(&folder, &error);
                return Vec::new();
            }
        };
        let mut entries = Vec::new();
        for listed in listed.take(LISTED).flatten() {
            let Some(named) = self.pattern.names(&listed.file_name()) else { continue };
            let path = listed.path();
            // Links are followed: what they lead to is what is written.
            match fs::metadata(&path) {
                Ok(metadata) if metadata.is_file() => entries.push(Entry {
                    id: Id::of(&metadata),
                    size: metadata.len(),
                    changed: metadata.modified().ok(),
                    path,
                    named,
                }),
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => self.tell(&path, &error),
            }
        }
        self.told.remove(&folder);
        entries
    }

    /// Says what is wrong with a file, once as long as it stays so.
    fn tell(&mut self, path: &Path, what: &dyn Display) {
        let what = what.to_string();
        if self.told.get(path) != Some(&what) {
            tracing::warn!(file = %path.display(), failure = %what, "a file cannot be followed now");
            self.told.insert(path.to_owned(), what);
        }
    }
}

/// Where a file comes from that was never read.
enum Origin {
    /// It is new.
    New,
    /// It is a copy of a file that is still there, or becomes one.
    CopyInProgress,
    /// It is a copy of what another file held before, which was read so far.
    Copy(Key, u64),
}

/// Opens a file for reading, and nothing that reading would wait for.
fn open(path: &Path) -> io::Result<File> {
    let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK | OFlags::NOCTTY;
    let file = File::from(rustix::fs::open(path, flags, Mode::empty())?);
    if file.metadata()?.is_file() { Ok(file) } else { Err(io::ErrorKind::InvalidInput.into()) }
}

/// Where the last line of a file begins, if it has no end yet; none when none is near.
fn last_line(file: &File, size: u64) -> Option<u64> {
    use std::os::unix::fs::FileExt;
    let from = size.saturating_sub(super::lines::LONGEST as u64);
    let mut bytes = vec![0; usize::try_from(size - from).ok()?];
    file.read_exact_at(&mut bytes, from).ok()?;
    let line = memchr::memrchr(b'\n', &bytes)?;
    Some(from + line as u64 + 1)
}
