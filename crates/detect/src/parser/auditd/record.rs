//! One line of the audit log: its stamp, its type, and its `key=value` pairs.

use crate::parser::cut::Cut;
use crate::parser::seek;

/// One record line.
pub(super) struct Record<'a> {
    /// `SYSCALL`, `EXECVE`, `USER_LOGIN`, …
    pub kind: &'a str,
    pub stamp: Stamp<'a>,
    body: &'a str,
}

/// What the records of one event share.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Stamp<'a> {
    /// The host, when several send to one daemon; else empty.
    pub node: &'a str,
    /// Since 1970, UTC.
    pub milliseconds: i64,
    pub serial: u64,
}

/// A key and its value as it was written.
#[derive(Clone, Copy)]
pub(super) struct Pair<'a> {
    pub key: &'a str,
    pub raw: &'a str,
    /// Values in quotes are text; without quotes they may be hex.
    pub quoted: bool,
}

impl<'a> Record<'a> {
    /// Reads `[node=NAME ]type=KIND msg=audit(SECONDS.MILLISECONDS:SERIAL): BODY`.
    pub fn read(line: &'a str) -> Option<Record<'a>> {
        let line = line.trim_end_matches(['\r', '\n']);
        let (node, rest) = match line.strip_prefix("node=") {
            Some(rest) => rest.cut(b' ')?,
            None => ("", line),
        };
        let (kind, rest) = rest.strip_prefix("type=")?.cut(b' ')?;
        let (stamp, body) = rest.strip_prefix("msg=audit(")?.cut(b')')?;
        let (time, serial) = stamp.cut(b':')?;
        let (seconds, fraction) = time.cut(b'.')?;
        let milliseconds =
            parse(seconds)?.checked_mul(1000)?.checked_add(parse(fraction).filter(|ms| *ms < 1000)?)?;
        let stamp = Stamp { node, milliseconds: i64::try_from(milliseconds).ok()?, serial: parse(serial)? };
        Some(Record { kind, stamp, body: body.strip_prefix(':').unwrap_or(body) })
    }

    /// The order of records in an event: what was called, with what, where, on what.
    pub fn rank(&self) -> u8 {
        match self.kind {
            "SYSCALL" => 0,
            "EXECVE" => 1,
            "SOCKADDR" => 2,
            "CWD" => 3,
            "PATH" => 4,
            "PROCTITLE" => 6,
            _ => 5,
        }
    }

    /// Whether it may be of a call that starts a process, changes a file or connects.
    pub fn is_of_call(&self) -> bool {
        matches!(self.kind, "SYSCALL" | "EXECVE" | "PATH" | "SOCKADDR" | "SECCOMP")
    }

    /// The pairs of the record, of its `msg='…'`, and of the interpreted part after 0x1D.
    pub fn pairs(&self) -> Pairs<'a> {
        Pairs { rest: self.body }
    }
}

/// Decimal digits only: no sign, as `parse` would take it.
fn parse(digits: &str) -> Option<u64> {
    let number = |sum: u64, b: u8| match b {
        b'0'..=b'9' => sum.checked_mul(10)?.checked_add(u64::from(b - b'0')),
        _ => None,
    };
    digits.bytes().try_fold(0, number).filter(|_| !digits.is_empty())
}

/// Walks the pairs of a record from left to right; words without `=` are passed over.
pub(super) struct Pairs<'a> {
    rest: &'a str,
}

/// What stands between pairs; 0x1D begins the interpreted part.
const BLANKS: [u8; 3] = [b' ', 0x1d, b'\t'];

impl<'a> Iterator for Pairs<'a> {
    type Item = Pair<'a>;

    #[inline(always)]
    fn next(&mut self) -> Option<Pair<'a>> {
        loop {
            let blanks = self.rest.bytes().take_while(|b| BLANKS.contains(b)).count();
            let text = &self.rest[blanks..];
            let end = seek::first_of(text.as_bytes(), [b'=', b' ', 0x1d, b'\t']);
            let Some(at) = end.filter(|_| !text.is_empty()) else {
                self.rest = "";
                return None;
            };
            let (word, after) = text.split_at(at);
            let Some(value) = after.strip_prefix('=') else {
                self.rest = after;
                continue;
            };
            // Before 2008 records held `(hostname=?, addr=?, res=success)'`.
            let key = word.trim_start_matches(['(', '\'', '"']);
            if word == "msg" && value.starts_with('\'') {
                self.rest = &value[1..];
                continue;
            }
            let (raw, quoted, rest) = split_value(value);
            self.rest = rest;
            if !key.is_empty() {
                return Some(Pair { key, raw, quoted });
            }
        }
    }
}

/// Splits a value off: in quotes, in braces, or up to the next blank.
fn split_value(text: &str) -> (&str, bool, &str) {
    /// Braces hold an interpreted socket address, which is short. Looking further for one that is
    /// not there would make a line of braces cost the square of its length.
    const MAX_BRACES_BYTES: usize = 256;
    let close = match text.as_bytes().first() {
        Some(b'"') => seek::first(&text.as_bytes()[1..], b'"'),
        Some(b'{') => text.bytes().skip(1).take(MAX_BRACES_BYTES).position(|b| b == b'}'),
        _ => None,
    };
    if let Some(close) = close {
        return (text[1..=close].trim_matches(' '), true, &text[close + 2..]);
    }
    let (raw, rest) = text.split_at(seek::first_of(text.as_bytes(), BLANKS).unwrap_or(text.len()));
    let raw = raw.trim_end_matches('\'');
    // `(none)` and `(null)` are values; a bracket without its partner is the old records' own.
    let raw = if raw.starts_with('(') { raw } else { raw.trim_end_matches([')', ',']) };
    (raw, false, rest)
}
