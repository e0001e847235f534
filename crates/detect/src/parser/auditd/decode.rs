//! Values that auditd writes as hex because they hold blanks, quotes or worse.

use super::record::Pair;
use crate::parser::cut::Cut;
use std::borrow::Cow;

/// The most arguments that are read of one command; the kernel splits longer ones over records.
const MAX_ARGUMENTS: usize = 4096;

/// The value of a pair, decoded where auditd encodes the field.
#[inline(always)]
pub(super) fn value<'a>(pair: &Pair<'a>) -> Cow<'a, str> {
    if pair.quoted || !is_untrusted(pair.key) { Cow::Borrowed(pair.raw) } else { decoded(pair) }
}

fn decoded<'a>(pair: &Pair<'a>) -> Cow<'a, str> {
    match bytes(pair.raw) {
        // A title is the command line as the process holds it: words that end with NUL.
        Some(bytes) if pair.key == "proctitle" => {
            Cow::Owned(text(&bytes).trim_end_matches('\0').replace('\0', " "))
        }
        Some(bytes) => Cow::Owned(text(&bytes)),
        None => Cow::Borrowed(pair.raw),
    }
}

/// Whether auditd writes values of the field as hex where they hold what could forge another field.
fn is_untrusted(key: &str) -> bool {
    match key.len() {
        3 => matches!(key, "exe" | "cwd" | "cmd" | "dir" | "key" | "grp"),
        4 => matches!(key, "comm" | "name" | "acct" | "data" | "path" | "file" | "ocwd"),
        5 => matches!(key, "ocomm" | "watch"),
        6 => key == "device",
        8 => matches!(key, "old_name" | "new_name"),
        9 => key == "proctitle",
        _ => key == "invalid_context",
    }
}

/// The keys of several rules that fired, which are one hex value with 0x01 between them.
pub(super) fn keys(keys: &str) -> Vec<Cow<'static, str>> {
    keys.split('\u{1}').map(|key| Cow::Owned(key.to_owned())).collect()
}

/// The arguments of all EXECVE records in order. `a1[0]`, `a1[1]` are parts of one argument.
pub(super) fn arguments<'a>(pairs: &[(&'a str, Pair<'a>)]) -> Vec<Cow<'a, str>> {
    let mut arguments: Vec<Cow<'a, str>> = Vec::new();
    for (_, pair) in pairs.iter().filter(|(kind, _)| *kind == "EXECVE") {
        let Some(name) = pair.key.strip_prefix('a') else { continue };
        let (number, part) = name.cut(b'[').map_or((name, None), |(number, part)| (number, Some(part)));
        let Some(at) = number.parse::<usize>().ok().filter(|at| *at < MAX_ARGUMENTS) else { continue };
        let value = match bytes(pair.raw).filter(|_| !pair.quoted) {
            Some(bytes) => Cow::Owned(text(&bytes)),
            None => Cow::Borrowed(pair.raw),
        };
        if at >= arguments.len() {
            arguments.resize(at + 1, Cow::Borrowed(""));
        }
        if part.is_some() {
            arguments[at].to_mut().push_str(&value);
        } else {
            arguments[at] = value;
        }
    }
    arguments
}

/// `a0`, `a1`, …; the common ones without allocation.
pub(super) fn argument_name(at: usize) -> Cow<'static, str> {
    const NAMES: [&str; 10] = ["a0", "a1", "a2", "a3", "a4", "a5", "a6", "a7", "a8", "a9"];
    NAMES.get(at).map_or_else(|| Cow::Owned(format!("a{at}")), |name| Cow::Borrowed(*name))
}

/// The bytes of an upper-case hex text; `None` when it is something else.
pub(super) fn bytes(hex: &str) -> Option<Vec<u8>> {
    let digit = |b: u8| match b {
        b'0'..=b'9' => Some(b - b'0'),
        b'A'..=b'F' => Some(b - b'A' + 10),
        _ => None,
    };
    if hex.is_empty() || !hex.len().is_multiple_of(2) {
        return None;
    }
    hex.as_bytes().chunks_exact(2).map(|pair| Some(digit(pair[0])? * 16 + digit(pair[1])?)).collect()
}

/// Bytes as text; what is not UTF-8 becomes U+FFFD.
pub(super) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
