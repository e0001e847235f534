//! Whole lines of a file, from a place on.

use memchr::{memchr, memrchr};
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

/// Bytes that are read at once, and of the longest line: the rest of a longer one is left out.
pub const LONGEST: usize = 256 * 1024;
/// Lines that are taken at once.
const MOST: usize = 10_000;

/// A line, and where the next one begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Its bytes, without its end.
    pub bytes: Vec<u8>,
    /// Offset of what follows it.
    pub next: u64,
}

/// What was found.
#[derive(Debug, Default)]
pub struct Found {
    /// Lines that are not empty.
    pub lines: Vec<Line>,
    /// How many were too long, and are cut.
    pub cut: u64,
    /// Offset of what was not looked at, or is the beginning of a line whose end is not there yet.
    pub next: u64,
    /// Whether the end of the file was seen.
    pub is_all: bool,
}

/// Reads whole lines from `from` on. What stands behind the last line feed is a line only when `is_last`: nothing will
/// be added to it. Of a long line the first `scanned` bytes are known to hold no line feed; it is kept for next time.
///
/// # Errors
///
/// As reading has them.
pub fn read(
    file: &File,
    from: u64,
    scanned: &mut u64,
    is_last: bool,
    buffer: &mut Vec<u8>,
) -> io::Result<Found> {
    buffer.resize(LONGEST, 0);
    let length = fill(file, from, buffer)?;
    let bytes = buffer.get(..length).unwrap_or_default();
    let is_all = length < LONGEST;
    match memrchr(b'\n', bytes) {
        Some(last) => {
            *scanned = 0;
            let found = cut(bytes.get(..=last).unwrap_or_default(), from);
            let is_rest = is_all && is_last && found.next == from + last as u64 + 1;
            let rest = bytes.get(last + 1..).unwrap_or_default();
            Ok(if is_rest {
                with_rest(found, rest)
            } else {
                Found { is_all: is_all && found.is_all, ..found }
            })
        }
        None if is_all && is_last => Ok(with_rest(Found { next: from, ..Found::default() }, bytes)),
        None if is_all => Ok(Found { next: from, is_all, ..Found::default() }),
        // What a writer left that went on where it was after the file was truncated.
        None if bytes.iter().all(|byte| *byte == 0) => {
            Ok(Found { next: from + length as u64, ..Found::default() })
        }
        None => long(file, from, scanned, is_last, bytes),
    }
}

/// Fills the buffer as far as the file goes.
fn fill(file: &File, from: u64, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while let Some(rest) = buffer.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        match file.read_at(rest, from + filled as u64) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

/// The lines of bytes that end with a line feed.
fn cut(bytes: &[u8], from: u64) -> Found {
    let mut found = Found { next: from, is_all: true, ..Found::default() };
    let mut rest = bytes;
    while let Some(end) = memchr(b'\n', rest) {
        if found.lines.len() == MOST {
            return Found { is_all: false, ..found };
        }
        found.next += end as u64 + 1;
        found.lines.extend(line(rest.get(..end).unwrap_or_default(), found.next));
        rest = rest.get(end + 1..).unwrap_or_default();
    }
    found
}

/// With the last line, which has no end.
fn with_rest(mut found: Found, rest: &[u8]) -> Found {
    found.next += rest.len() as u64;
    found.lines.extend(line(rest, found.next));
    Found { is_all: true, ..found }
}

fn line(bytes: &[u8], next: u64) -> Option<Line> {
    let start = bytes.iter().position(|byte| *byte != 0)?;
    let bytes = bytes.get(start..)?;
    let bytes = bytes.strip_suffix(b"\r").unwrap_or(bytes);
    (!bytes.is_empty()).then(|| Line { bytes: bytes.to_owned(), next })
}

/// A line of which only the first bytes are taken: its end is looked for, and nothing of it kept.
fn long(file: &File, from: u64, scanned: &mut u64, is_last: bool, head: &[u8]) -> io::Result<Found> {
    let mut at = from + (*scanned).max(head.len() as u64);
    let mut window = vec![0; LONGEST];
    loop {
        let length = fill(file, at, &mut window)?;
        let part = window.get(..length).unwrap_or_default();
        let end = memchr(b'\n', part);
        at += end.map_or(length, |end| end + 1) as u64;
        let is_all = end.is_none() && length < LONGEST;
        if end.is_some() || (is_all && is_last) {
            *scanned = 0;
            let is_cut = at - from > head.len() as u64 + u64::from(end.is_some());
            let lines = line(head, at).into_iter().collect();
            return Ok(Found { lines, cut: u64::from(is_cut), next: at, is_all });
        }
        *scanned = at - from;
        if is_all {
            return Ok(Found { next: from, is_all, ..Found::default() });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::io::Write;

    /// The lines of a file, with their ends, read until nothing more comes.
    fn lines(content: &[u8], is_last: bool) -> (Vec<(Vec<u8>, u64)>, u64, u64) {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(content).unwrap();
        let (mut all, mut from, mut cut, mut scanned, mut buffer) = (Vec::new(), 0, 0, 0, Vec::new());
        loop {
            let found = read(&file, from, &mut scanned, is_last, &mut buffer).unwrap();
            all.extend(found.lines.into_iter().map(|line| (line.bytes, line.next)));
            (from, cut) = (found.next, cut + found.cut);
            if found.is_all {
                return (all, from, cut);
            }
        }
    }

    #[test]
    fn lines_end_at_their_line_feed() {
        let line = |text: &str, next| (text.as_bytes().to_owned(), next);
        assert_eq!(lines(b"a\nbc\r\n\nd", false), (vec![line("a", 2), line("bc", 6)], 7, 0));
        assert_eq!(lines(b"a\nbc\r\n\nd", true), (vec![line("a", 2), line("bc", 6), line("d", 8)], 8, 0));
        assert_eq!(lines(b"", true), (vec![], 0, 0));
        assert_eq!(lines(b"\0\0\0a\nb\0c\n", false), (vec![line("a", 5), line("b\0c", 9)], 9, 0));
        let holes = [&vec![0; 3 * LONGEST][..], b"a\n"].concat();
        assert_eq!(
            lines(&holes, false),
            (vec![line("a", 3 * LONGEST as u64 + 2)], 3 * LONGEST as u64 + 2, 0)
        );
    }

    #[test]
    fn a_line_that_is_too_long_is_cut() {
        for (length, cuts) in [(LONGEST - 1, 0), (LONGEST, 0), (LONGEST + 1, 1), (3 * LONGEST, 1)] {
            for is_last in [false, true] {
                let content = [&vec![b'x'; length][..], b"\nb\n"].concat();
                let (found, next, cut) = lines(&content, is_last);
                assert_eq!((found.len(), next, cut), (2, length as u64 + 3, cuts), "{length}");
                assert_eq!((found[0].0.len(), found[1].0.as_slice()), (length.min(LONGEST), &b"b"[..]));
            }
            let (found, next, _) = lines(&vec![b'x'; length], false);
            assert_eq!((found.len(), next), (0, 0), "its end may come");
            let (found, next, cut) = lines(&vec![b'x'; length], true);
            assert_eq!((found.len(), next, cut), (1, length as u64, cuts));
        }
        let short = "x\n".repeat(2 * MOST + 1);
        assert_eq!(lines(short.as_bytes(), false).0.len(), 2 * MOST + 1);
    }

    proptest! {
        #[test]
        fn every_line_is_found_once(content in "([a-c]{0,4}\n?){0,30}", is_last in any::<bool>()) {
            let (found, next, _) = lines(content.as_bytes(), is_last);
            let end = if is_last { content.len() } else { content.rfind('\n').map_or(0, |at| at + 1) };
            let want: Vec<&str> = content[..end].split('\n').filter(|line| !line.is_empty()).collect();
            let texts: Vec<String> =
                found.iter().map(|(bytes, _)| String::from_utf8(bytes.clone()).unwrap()).collect();
            prop_assert_eq!(texts, want);
            prop_assert_eq!(next, end as u64);
        }
    }
}
