//! Plain lists: a value a line, comments after `#`, `;` or `//`; files of hosts are understood as well.

use super::read::{Place, Sink};

/// Lines longer than this are no values.
pub(super) const LINE: usize = 64 * 1024;

pub(super) fn read(text: &str, sink: &mut Sink<'_>) {
    for (number, line) in (1..).zip(text.lines()) {
        if line.len() > LINE {
            sink.not_understood(Place::Line(number), "the line is longer than 64 KiB");
        } else if let Some(value) = value_of(line) {
            sink.value(Place::Line(number), value, None);
        }
    }
}

/// The value of a line, without its comment; `None` for blank lines and comments.
fn value_of(line: &str) -> Option<&str> {
    let line = line.trim();
    if is_comment(line) {
        return None;
    }
    // A comment behind a value has a blank before it: `#` and `;` may be part of a URL.
    let comment = [" #", "\t#", " ;", "\t;", " //", "\t//"].iter().filter_map(|mark| line.find(mark)).min();
    let value = comment.map_or(line, |at| line.get(..at).unwrap_or(line)).trim();
    // `0.0.0.0 evil.example` in a file of hosts.
    let host = value.split_once([' ', '\t']).and_then(|(address, name)| {
        matches!(address, "0.0.0.0" | "127.0.0.1" | "::1" | "::").then(|| name.trim())
    });
    Some(host.unwrap_or(value)).filter(|value| !value.is_empty())
}

/// Whether a line holds no value.
pub(super) fn is_comment(line: &str) -> bool {
    let line = line.trim_start();
    line.is_empty() || line.starts_with(['#', ';', '!']) || line.starts_with("//")
}

#[cfg(test)]
mod tests {
    use super::value_of;

    #[test]
    fn comments_are_no_part_of_a_value() {
        for (line, want) in [
            ("evil.example # seen in March", Some("evil.example")),
            ("203.0.113.0/24 ; SBL1", Some("203.0.113.0/24")),
            ("http://evil.example/#a;b", Some("http://evil.example/#a;b")),
            ("0.0.0.0 evil.example", Some("evil.example")),
            ("0.0.0.0", Some("0.0.0.0")),
            ("# evil.example", None),
            ("; x", None),
            ("! x", None),
            ("  ", None),
            ("\u{0}", Some("\u{0}")),
        ] {
            assert_eq!(value_of(line), want, "{line}");
        }
    }
}
