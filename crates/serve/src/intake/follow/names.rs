//! Which files of a folder are meant, and which are those that they were before they were rotated.

use std::cmp::Reverse;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// The files that a source follows: of one folder, by a name that may hold `*`.
#[derive(Clone, Debug)]
pub struct Pattern {
    folder: PathBuf,
    name: Vec<u8>,
}

/// What a file is by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Named {
    /// One that is followed.
    Own,
    /// One of those that rotation makes of it: `auth.log.1`, `auth.log-20261122`, `auth-20261122.log`.
    Rotated,
}

/// Where a file stands among those of its log, by its name: what was written first comes first.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Turn {
    /// It bears a date, or the time at which it was rotated.
    Dated(Vec<u8>),
    /// It was rotated so often.
    Counted(Reverse<u64>),
    /// It is written.
    Own,
}

/// Digits of the highest count of rotations; a date has more.
const COUNT: usize = 5;
/// Endings of what was packed. Its lines were read before, or are not read any more.
const PACKED: [&[u8]; 8] = [b".gz", b".xz", b".bz2", b".zst", b".lz4", b".lzma", b".Z", b".zip"];

impl Pattern {
    /// Of a path whose last part may hold `*`.
    pub fn of(path: &Path) -> Pattern {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        Pattern {
            folder: folder.unwrap_or(Path::new(".")).to_owned(),
            name: path.file_name().unwrap_or_default().as_bytes().to_owned(),
        }
    }

    /// The folder in which all of them lie.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// All of it, as bytes that name it.
    pub fn bytes(&self) -> Vec<u8> {
        [self.folder.as_os_str().as_bytes(), b"/", &self.name].concat()
    }

    /// What a file of the folder is; none when it is none of ours.
    pub fn names(&self, name: &OsStr) -> Option<Named> {
        let name = name.as_bytes();
        if matches(&self.name, name) {
            return Some(Named::Own);
        }
        self.before(name).map(|_| Named::Rotated)
    }

    /// Where a file stands among those of its log. File systems tell times in steps of some milliseconds, in which a log
    /// can be rotated more than once.
    pub fn turn(&self, name: &OsStr) -> Turn {
        let name = name.as_bytes();
        if matches(&self.name, name) {
            return Turn::Own;
        }
        let rotated = before(name).into_iter().find(|rotated| matches(&self.name, &rotated.base));
        let mark = rotated.map_or(&[][..], |rotated| rotated.mark);
        if mark == b"old" {
            return Turn::Counted(Reverse(1));
        }
        let count = str::from_utf8(mark).ok().filter(|mark| mark.len() <= COUNT);
        let count = count.and_then(|mark| mark.parse().ok());
        count.map_or_else(|| Turn::Dated(mark.to_owned()), |count| Turn::Counted(Reverse(count)))
    }

    /// The log to which a file belongs, where there may be several: what it was called before it was rotated.
    pub fn log(&self, name: &OsStr) -> Option<String> {
        let name = name.as_bytes();
        let log = if matches(&self.name, name) { name.to_owned() } else { self.before(name)? };
        self.name.contains(&b'*').then(|| String::from_utf8_lossy(&log).into_owned())
    }

    fn before(&self, name: &[u8]) -> Option<Vec<u8>> {
        if PACKED.iter().any(|ending| name.ends_with(ending)) {
            return None;
        }
        before(name).into_iter().map(|rotated| rotated.base).find(|base| matches(&self.name, base))
    }
}

/// Whether a name is of a pattern in which `*` stands for any bytes. Linear for each `*`.
fn matches(pattern: &[u8], name: &[u8]) -> bool {
    let (mut at, mut star, mut mark) = (0, None, 0);
    let mut from = 0;
    while let Some(byte) = name.get(from) {
        match pattern.get(at) {
            Some(b'*') => {
                star = Some(at);
                mark = from;
                at += 1;
            }
            Some(wanted) if wanted == byte => {
                at += 1;
                from += 1;
            }
            _ => {
                // The last `*` takes one byte more.
                let Some(star) = star else { return false };
                at = star + 1;
                mark += 1;
                from = mark;
            }
        }
    }
    pattern.get(at..).unwrap_or_default().iter().all(|byte| *byte == b'*')
}

/// What a rotated file may have been called, and the mark of its number or date.
struct Rotated<'n> {
    base: Vec<u8>,
    mark: &'n [u8],
}

/// The names that a rotated file may have had: without a mark of its number or date at the end, or before an ending.
fn before(name: &[u8]) -> Vec<Rotated<'_>> {
    let mut found = Vec::new();
    for (at, byte) in name.iter().enumerate().skip(1) {
        if !matches!(byte, b'.' | b'-' | b'_') {
            continue;
        }
        let (head, tail) = (name.get(..at).unwrap_or_default(), name.get(at + 1..).unwrap_or_default());
        let marked = tail.iter().take_while(|byte| byte.is_ascii_digit() || b"-_T:+".contains(byte)).count();
        let (mark, rest) = tail.split_at(marked);
        let is_dated = tail.first().is_some_and(u8::is_ascii_digit);
        if tail == b"old" {
            found.push(Rotated { base: head.to_owned(), mark: tail });
        } else if is_dated && rest.is_empty() {
            found.push(Rotated { base: head.to_owned(), mark });
        } else if is_dated && rest.first() == Some(&b'.') && !rest.iter().skip(1).any(|byte| *byte == b'.') {
            found.push(Rotated { base: [head, rest].concat(), mark });
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(pattern: &str, name: &str, want: Option<Named>) {
        assert_eq!(Pattern::of(Path::new(pattern)).names(OsStr::new(name)), want, "{pattern} {name}");
    }

    #[test]
    fn names_tell_what_a_file_is() {
        for (name, want) in [
            ("auth.log", Some(Named::Own)),
            ("auth.log.1", Some(Named::Rotated)),
            ("auth.log.27", Some(Named::Rotated)),
            ("auth.log-20261122", Some(Named::Rotated)),
            ("auth.log-20261122-1700000000", Some(Named::Rotated)),
            ("auth.log.2026-11-22T10:00:00", Some(Named::Rotated)),
            ("auth.log.old", Some(Named::Rotated)),
            ("auth-20261122.log", Some(Named::Rotated)),
            ("auth.1.log", Some(Named::Rotated)),
            ("auth.log.1.gz", None),
            ("auth.log.swp", None),
            ("auth.log.pos", None),
            ("auth.log1", None),
            ("xauth.log", None),
            ("auth.logs.1", None),
            ("auth", None),
            (".auth.log.1", None),
        ] {
            check("/var/log/auth.log", name, want);
        }
        check("/var/log/nginx/*.log", "access.log", Some(Named::Own));
        check("/var/log/nginx/*.log", "access.log.1", Some(Named::Rotated));
        check("/var/log/nginx/*.log", "access-20261122.log", Some(Named::Own));
        check("/var/log/nginx/*.log", "access.log.2.gz", None);
        check("/var/log/nginx/a*b*.log", "a1b2b.log", Some(Named::Own));
        check("/var/log/nginx/a*b*.log", "a1c2.log", None);
        check("/var/log/*", "x.gz", Some(Named::Own));
        let log = |pattern: &str, name: &str| Pattern::of(Path::new(pattern)).log(OsStr::new(name));
        assert_eq!(log("/var/log/*.log", "a.log.1").as_deref(), Some("a.log"));
        assert_eq!(log("/var/log/*.log", "a.log").as_deref(), Some("a.log"));
        assert_eq!(log("/var/log/a.log", "a.log.1"), None);
        check("auth.log", "auth.log", Some(Named::Own));
        assert_eq!(Pattern::of(Path::new("auth.log")).folder(), Path::new("."));
    }
    #[test]
    fn names_tell_what_was_written_first() {
        let turn = |name: &str| Pattern::of(Path::new("/var/log/a.log")).turn(OsStr::new(name));
        for first_to_last in [
            &["a.log.10", "a.log.9", "a.log.2", "a.log.1", "a.log"][..],
            &["a.10.log", "a.9.log", "a.log"],
            &["a.log.2", "a.log.old", "a.log"],
            &["a.log-20251231", "a.log-20260101", "a.log-20260101-1700000000", "a.log"],
            &["a.log.2026-11-22T10:00:00", "a.log.2026-11-22T11:00:00", "a.log"],
        ] {
            assert!(first_to_last.is_sorted_by_key(|name| turn(name)), "{first_to_last:?}");
        }
    }
}
