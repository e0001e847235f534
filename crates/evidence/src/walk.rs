//! Walks files and folders, each of them once.

use std::collections::HashSet;
use std::fs::{self, File, Metadata};
use std::io::{self, BufReader, Read, Seek};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use crate::container::zip_entries;
use crate::format::{Format, recognise};
use crate::input::HEAD_BYTES;
use crate::reading::{At, Halt, Reading};
use crate::stream::{Hashed, Stream, read_full};
use crate::{Place, Problem, code};

/// Reads what `paths` name, in their order.
pub(crate) fn walk(reading: &mut Reading<'_>, paths: &[PathBuf]) -> Result<(), Halt> {
    let mut walk = Walk { reading, seen: HashSet::new(), around: Vec::new() };
    paths.iter().try_for_each(|path| {
        if path.as_os_str() == "-" {
            walk.reading.stream("-", &mut io::stdin().lock())
        } else {
            walk.visit(path)
        }
    })
}

struct Walk<'w, 'a> {
    reading: &'w mut Reading<'a>,
    /// Files and folders met so far.
    seen: HashSet<Identity>,
    /// The folders around the one being read, outermost first.
    around: Vec<Identity>,
}

impl Walk<'_, '_> {
    fn visit(&mut self, path: &Path) -> Result<(), Halt> {
        match fs::metadata(path) {
            Ok(metadata) if metadata.is_dir() => self.folder(path, &metadata),
            Ok(metadata) if metadata.is_file() => self.file(path, &metadata),
            Ok(metadata) => {
                let message = format!("{} is not read", what_else(&metadata));
                self.problem(path, code::NOT_A_FILE, message)
            }
            Err(error) => self.unreadable(path, &error),
        }
    }

    fn folder(&mut self, path: &Path, metadata: &Metadata) -> Result<(), Halt> {
        let identity = Identity::of(path, metadata);
        if self.around.contains(&identity) {
            return self.problem(path, code::LINK_LOOP, "a link leads back to a folder around it");
        }
        if !self.seen.insert(identity.clone()) {
            self.reading.summary.repeated += 1;
            return Ok(());
        }
        let mut paths = Vec::new();
        let mut ended = Ok(());
        match fs::read_dir(path) {
            Ok(entries) => {
                for entry in entries {
                    match entry {
                        Ok(entry) => paths.push(entry.path()),
                        Err(error) => ended = Err(error),
                    }
                }
            }
            Err(error) => ended = Err(error),
        }
        if let Err(error) = ended {
            self.unreadable(path, &error)?;
        }
        paths.sort();
        self.around.push(identity);
        let outcome = paths.iter().try_for_each(|path| self.visit(path));
        self.around.pop();
        outcome
    }

    fn file(&mut self, path: &Path, metadata: &Metadata) -> Result<(), Halt> {
        if !self.seen.insert(Identity::of(path, metadata)) {
            self.reading.summary.repeated += 1;
            return Ok(());
        }
        match File::open(path) {
            Ok(file) => self.open(path, metadata, file),
            Err(error) => self.unreadable(path, &error),
        }
    }

    fn open(&mut self, path: &Path, metadata: &Metadata, mut file: File) -> Result<(), Halt> {
        let name = path.to_string_lossy();
        let stream = Stream::new(metadata.len());
        let at = At::of_file(&name, metadata.modified().ok(), Rc::clone(&stream), self.reading.limits);
        let is_zip = match is_zip(&mut file) {
            Ok(is_zip) => is_zip,
            Err(error) => return self.unreadable(path, &error),
        };
        let mut hashed = Hashed::new(&file, stream);
        // A zip archive has its directory at its end: it is hashed first, then read with seeks.
        let mut entries = 0;
        let drained = if is_zip {
            hashed.drain(|piece| entries += zip_entries(piece))
        } else {
            self.reading.file_content(&at, &mut hashed)?;
            hashed.drain(|_| ())
        };
        let bytes = hashed.bytes_read();
        let sha256 = hashed.digest();
        match drained {
            Ok(()) if is_zip => match file.rewind() {
                Ok(()) => self.reading.zip(&at, BufReader::new(&file), entries).or_else(over)?,
                Err(error) => self.unreadable(path, &error)?,
            },
            Ok(()) => {}
            Err(error) => self.reading.fail(&at, Some(Place::Byte(bytes)), &error).or_else(over)?,
        }
        self.reading.file(&name, bytes, sha256)
    }

    fn unreadable(&mut self, path: &Path, error: &io::Error) -> Result<(), Halt> {
        let is_link = fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_symlink());
        match error.kind() {
            _ if is_link_loop(error) => {
                self.problem(path, code::LINK_LOOP, "links lead to one another in a circle")
            }
            io::ErrorKind::NotFound if is_link => {
                self.problem(path, code::MISSING, "a link leads to nothing")
            }
            io::ErrorKind::NotFound => self.problem(path, code::MISSING, "no such file or folder"),
            _ => self.problem(path, code::UNREADABLE, error.to_string()),
        }
    }

    fn problem(&mut self, path: &Path, code: &'static str, message: impl Into<String>) -> Result<(), Halt> {
        self.reading.problem(Problem {
            path: path.to_string_lossy().into_owned(),
            place: None,
            code,
            message: message.into(),
            fatal_for_source: true,
            rejected_records: 0,
        })
    }
}

/// Ends one file on disk, not the reading.
fn over(halt: Halt) -> Result<(), Halt> {
    if halt == Halt::FileOver { Ok(()) } else { Err(halt) }
}

fn is_zip(file: &mut File) -> io::Result<bool> {
    let mut head = [0; HEAD_BYTES];
    let (filled, outcome) = read_full(&mut file.by_ref().take(HEAD_BYTES as u64), &mut head);
    outcome?;
    file.rewind()?;
    Ok(recognise(&head[..filled]) == Format::Zip)
}

/// What makes two paths the same file or folder.
#[cfg(unix)]
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Identity {
    device: u64,
    inode: u64,
}

#[cfg(unix)]
impl Identity {
    fn of(_path: &Path, metadata: &Metadata) -> Identity {
        use std::os::unix::fs::MetadataExt;
        Identity { device: metadata.dev(), inode: metadata.ino() }
    }
}

#[cfg(not(unix))]
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Identity(PathBuf);

#[cfg(not(unix))]
impl Identity {
    fn of(path: &Path, _metadata: &Metadata) -> Identity {
        Identity(fs::canonicalize(path).unwrap_or_else(|_| path.to_owned()))
    }
}

#[cfg(unix)]
fn what_else(metadata: &Metadata) -> &'static str {
    use std::os::unix::fs::FileTypeExt;
    let kind = metadata.file_type();
    match () {
        () if kind.is_fifo() => "a FIFO (give its content on standard input, as `-`)",
        () if kind.is_socket() => "a socket",
        () => "a device",
    }
}

#[cfg(not(unix))]
fn what_else(_metadata: &Metadata) -> &'static str {
    "neither a file nor a folder"
}

/// `ELOOP`, for which the standard library has no stable name yet.
fn is_link_loop(error: &io::Error) -> bool {
    let eloop = if cfg!(any(target_os = "linux", target_os = "android")) { 40 } else { 62 };
    cfg!(unix) && error.raw_os_error() == Some(eloop)
}
