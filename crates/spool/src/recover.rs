//! What a folder holds: opened after a clean end or after a crash.

use crate::active::{Active, MAKING};
use crate::book::Book;
use crate::catalogue::{Catalogue, Segment, number};
use crate::disk::{Disk, private_folder};
use crate::error::SpoolError;
use crate::format::{Counts, Footer, FrameHead, Group, HEADER, Hashing, Header, HeaderError, Salt, Whole};
use crate::options::Options;
use crate::record::Seq;
use crate::status::{Damage, Opened, Torn};
use crate::survey::{self, Visitor, through};
use crate::window::{Known, Window, second, tag};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

/// What a folder holds.
pub struct Recovered {
    pub folder: PathBuf,
    pub id: [u8; 16],
    pub catalogue: Catalogue,
    pub book: Book,
    pub window: Window,
    /// The number of the record that comes next.
    pub end: u64,
    /// None when no segment can be written on.
    pub active: Option<Active>,
    pub opened: Opened,
}

/// Looks through a folder. Who has a disk cuts off what was never synced; others change nothing.
pub fn recover(folder: &Path, options: &Options, disk: Option<&dyn Disk>) -> Result<Recovered, SpoolError> {
    let io = |cause| SpoolError::Io { path: folder.to_owned(), cause };
    if let (Some(disk), false) = (disk, folder.is_dir()) {
        private_folder(folder).map_err(io)?;
        let parent = folder.parent().filter(|parent| !parent.as_os_str().is_empty());
        disk.sync_folder(parent.unwrap_or(Path::new("."))).map_err(io)?;
    }
    let firsts = names(folder, disk).map_err(io)?;
    let mut looking = Looking::new(folder, options, &firsts)?;
    let Some((&last, before)) = firsts.split_last() else { return Ok(looking.done(None)) };
    for (first, next) in before.iter().zip(&firsts[1..]) {
        looking.closed(*first, *next)?;
    }
    looking.identities();
    let active = looking.last(last, disk)?;
    Ok(looking.done(active))
}

/// First records of all segments; removes files that were being made.
fn names(folder: &Path, disk: Option<&dyn Disk>) -> io::Result<Vec<u64>> {
    let mut firsts = Vec::new();
    for file in fs::read_dir(folder)? {
        let path = file?.path();
        if let (Some(disk), true) = (disk, path.extension().is_some_and(|it| it == MAKING)) {
            disk.remove(&path)?;
        }
        firsts.extend(path.file_name().and_then(|name| number(name.to_str()?)));
    }
    firsts.sort_unstable();
    Ok(firsts)
}

/// The way through a folder.
struct Looking<'o> {
    folder: &'o Path,
    options: &'o Options,
    id: [u8; 16],
    catalogue: Catalogue,
    book: Book,
    window: Window,
    end: u64,
    opened: Opened,
    /// Where identities are: oldest segment first.
    known: Vec<Whose>,
}

/// Identities of a segment, or where they are.
enum Whose {
    Footer(PathBuf, Salt, Footer),
    Found(Vec<Known>),
}

impl Looking<'_> {
    fn new<'o>(folder: &'o Path, options: &'o Options, firsts: &[u64]) -> Result<Looking<'o>, SpoolError> {
        let mut opened = Opened::default();
        let mut id = None;
        for first in firsts {
            let path = Segment::new(*first, 0).path(folder);
            let wrong = match header(&path) {
                Ok(Ok(header)) if header.first == *first && id.is_none_or(|id| id == header.id) => {
                    id = Some(header.id);
                    continue;
                }
                Ok(Ok(_)) => "it is of another spool, or has another's name".to_owned(),
                Ok(Err(error @ HeaderError::Version(_))) => {
                    return Err(SpoolError::Damaged { path, what: error.to_string() });
                }
                Ok(Err(error)) => error.to_string(),
                Err(cause) => return Err(SpoolError::Io { path, cause }),
            };
            opened.damaged.push(Damage { path, offset: 0, what: wrong });
        }
        if let (None, Some(Damage { path, what, .. })) = (id, opened.damaged.first()) {
            return Err(SpoolError::Damaged { path: path.clone(), what: what.clone() });
        }
        let mut fresh = [0; 16];
        let random = getrandom::fill(&mut fresh).map_err(io::Error::other);
        random.map_err(|cause| SpoolError::Io { path: folder.to_owned(), cause })?;
        let (id, book) = (id.unwrap_or(fresh), Book::new(options.places));
        let window = Window::new(options.identities, options.identity_age.as_secs());
        let (catalogue, known) = (Catalogue::default(), Vec::new());
        Ok(Looking { folder, options, id, catalogue, book, window, end: 0, opened, known })
    }

    fn salt(&self, first: u64) -> Salt {
        Salt { id: self.id, first }
    }

    /// A segment after which there is another.
    fn closed(&mut self, first: u64, next: u64) -> Result<(), SpoolError> {
        let salt = self.salt(first);
        let path = Segment::new(first, 0).path(self.folder);
        let failed = |cause| SpoolError::Io { path: path.clone(), cause };
        let file = File::open(&path).map_err(failed)?;
        let segment = match survey::sealed(&file, &salt).map_err(failed)? {
            Some((segment, footer)) => {
                self.known.push(Whose::Footer(path.clone(), salt, footer));
                segment
            }
            None => {
                let bytes = file.metadata().map_err(failed)?.len();
                let mut found = Found::new(salt, self.options.places, &path);
                let length = through(file, salt, next, &mut found).map_err(failed)?;
                if bytes > length {
                    found.damage(length, "the end of the segment is not whole");
                }
                self.opened.damaged.append(&mut found.damaged);
                self.known.push(Whose::Found(found.known));
                Segment { length, bytes, ..found.segment }
            }
        };
        self.gap(&path, segment.end, next);
        self.catalogue.add(segment);
        Ok(())
    }

    fn gap(&mut self, path: &Path, end: u64, next: u64) {
        if end != next {
            let what = format!("the records {end} to {next} are missing after it");
            self.opened.damaged.push(Damage { path: path.to_owned(), offset: 0, what });
        }
    }

    /// Brings back the identities of all segments but the last.
    fn identities(&mut self) {
        let mut wanted = self.options.identities;
        let counts = self.known.iter().rev().take_while(|whose| {
            let is_wanted = wanted > 0;
            wanted = wanted.saturating_sub(whose.count());
            is_wanted
        });
        let from = self.known.len() - counts.count();
        for whose in self.known.split_off(from) {
            // What cannot be read is not known: the records are there, and one that comes again is taken again.
            for known in whose.read().unwrap_or_default() {
                if !self.window.contains(known.source, &known.identity) {
                    self.window.add(known);
                }
            }
        }
    }

    /// The last segment, which is written on when it is not sealed.
    fn last(&mut self, first: u64, disk: Option<&dyn Disk>) -> Result<Option<Active>, SpoolError> {
        let salt = self.salt(first);
        let path = Segment::new(first, 0).path(self.folder);
        let failed = |cause| SpoolError::Io { path: path.clone(), cause };
        let open = || OpenOptions::new().read(true).write(disk.is_some()).open(&path).map_err(failed);
        let file = open()?;
        let sealed = survey::sealed(&file, &salt).map_err(failed)?;
        let mut found = Found::new(salt, self.options.places, &path);
        let length = through(open()?, salt, u64::MAX, &mut found).map_err(failed)?;
        self.opened.damaged.append(&mut found.damaged);
        self.book = match found.book.take() {
            Some(book) => book,
            None => self.book_by_others(first)?,
        };
        let known_before = self.window.total();
        for known in &found.known {
            if !self.window.contains(known.source, &known.identity) {
                self.window.add(*known);
            }
        }
        if let Some((segment, _)) = sealed {
            self.end = segment.end;
            self.catalogue.add(segment);
            return Ok(None);
        }
        let bytes = file.metadata().map_err(failed)?.len();
        if bytes > length {
            self.opened.torn.push(Torn { path: path.clone(), offset: length, bytes: bytes - length });
        }
        self.end = found.segment.end;
        self.catalogue.add(Segment { length, bytes: length, ..found.segment });
        let Some(disk) = disk else { return Ok(None) };
        if bytes > length {
            disk.cut(&file, length).map_err(failed)?;
        }
        // What is whole may never have been synced, and is read from now on.
        disk.sync(&file).map_err(failed)?;
        // What begins damaged was told as such, and has no hash that says anything.
        let hashing = header(&path).map_err(failed)?.map_or(Hashing::Blake3, |header| header.hashing);
        let hash = hashed(&file, length, hashing).map_err(failed)?;
        let counts = found.counts;
        Ok(Some(Active { file, salt, length, hash, counts, known_before }))
    }

    /// What is known of sources at the end of the last segment, when its own beginning is damaged: what an earlier one
    /// knew, and what came since.
    fn book_by_others(&self, last: u64) -> Result<Book, SpoolError> {
        let mut firsts: Vec<u64> = self.catalogue.iter().map(|segment| segment.first).collect();
        firsts.push(last);
        for from in (0..firsts.len()).rev() {
            let mut found = Found::new(self.salt(last), self.options.places, self.folder);
            for (at, first) in firsts.iter().enumerate().skip(from) {
                let path = Segment::new(*first, 0).path(self.folder);
                let before = firsts.get(at + 1).copied().unwrap_or(u64::MAX);
                let file = File::open(&path);
                let gone = file.and_then(|file| through(file, self.salt(*first), before, &mut found));
                gone.map_err(|cause| SpoolError::Io { path, cause })?;
            }
            if let Some(book) = found.book {
                return Ok(book);
            }
        }
        let path = Segment::new(last, 0).path(self.folder);
        Err(SpoolError::Damaged {
            path,
            what: "what was known of sources is damaged, and no segment before it knows".to_owned(),
        })
    }

    fn done(self, active: Option<Active>) -> Recovered {
        let Looking { folder, id, catalogue, book, window, end, mut opened, .. } = self;
        opened.segments = catalogue.len();
        opened.bytes = catalogue.bytes();
        opened.records = catalogue.iter().map(|segment| segment.end - segment.first).sum();
        let oldest = catalogue.iter().find(|segment| segment.first < segment.end);
        opened.oldest = Seq(oldest.map_or(end, |segment| segment.first));
        opened.end = Seq(end);
        Recovered { folder: folder.to_owned(), id, catalogue, book, window, end, active, opened }
    }
}

impl Whose {
    fn count(&self) -> usize {
        match self {
            Whose::Footer(_, _, footer) => usize::try_from(footer.identities.1).unwrap_or(usize::MAX),
            Whose::Found(known) => known.len(),
        }
    }

    fn read(self) -> io::Result<Vec<Known>> {
        match self {
            Whose::Footer(path, salt, footer) => survey::identities(&File::open(path)?, &salt, &footer),
            Whose::Found(known) => Ok(known),
        }
    }
}

fn header(path: &Path) -> io::Result<Result<Header, HeaderError>> {
    let mut bytes = [0; HEADER];
    match File::open(path)?.read_exact(&mut bytes) {
        Ok(()) => Ok(Header::parse(&bytes)),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(Err(HeaderError::Damaged)),
        Err(error) => Err(error),
    }
}

fn hashed(file: &File, length: u64, hashing: Hashing) -> io::Result<Whole> {
    let mut hash = Whole::new(hashing);
    let mut chunk = vec![0; 1 << 18];
    let mut offset = 0;
    while offset < length {
        let size = usize::try_from(length - offset).unwrap_or(usize::MAX).min(chunk.len());
        file.read_exact_at(&mut chunk[..size], offset)?;
        hash.update(&chunk[..size]);
        offset += size as u64;
    }
    Ok(hash)
}

/// What is found on the way through a segment.
struct Found<'p> {
    path: &'p Path,
    id: [u8; 16],
    places: usize,
    segment: Segment,
    book: Option<Book>,
    known: Vec<Known>,
    counts: Counts,
    damaged: Vec<Damage>,
}

impl Found<'_> {
    fn new(salt: Salt, places: usize, path: &Path) -> Found<'_> {
        let (id, segment) = (salt.id, Segment::new(salt.first, HEADER as u64));
        let (known, counts, damaged) = (Vec::new(), Counts::default(), Vec::new());
        Found { path, id, places, segment, book: None, known, counts, damaged }
    }
}

impl Visitor for Found<'_> {
    fn carried(&mut self, table: &[u8]) -> bool {
        let book = Book::parse(table, self.places);
        let is_understood = book.is_some();
        self.book = book.or(self.book.take());
        is_understood
    }

    fn records(&mut self, offset: u64, head: &FrameHead, group: &Group) {
        self.segment.grew(offset, head.length(), head.first..head.end());
        if let Some(book) = &mut self.book {
            book.follow(group);
        }
        self.counts.follow(group);
        for part in &group.parts {
            self.segment.arrived(part.arrival);
            let source = usize::try_from(part.source).ok().and_then(|number| group.sources.get(number));
            let source = source.map_or(0, |name| tag(&self.id, name));
            let arrival = second(part.arrival);
            let identities = part.entries.iter().filter_map(|entry| entry.identity);
            self.known.extend(identities.map(|identity| Known { identity, source, arrival }));
        }
    }

    fn damage(&mut self, offset: u64, what: &str) {
        self.damaged.push(Damage { path: self.path.to_owned(), offset, what: what.to_owned() });
    }
}
