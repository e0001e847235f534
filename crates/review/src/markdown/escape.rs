//! The one door through which text enters Markdown.
//!
//! Values from logs stand in code spans, where nothing is markup; titles and sentences have every
//! character that could begin markup behind a backslash.

use crate::show::plain;

/// Characters shown of one value.
const LONGEST: usize = 600;

/// A value in a code span, whose fence is longer than any run of backticks inside. A `|` has a
/// backslash, since tables are cut into cells before anything else is read; `Cell` says that it stands
/// in a table.
pub(crate) fn code(value: &str, in_table: bool) -> String {
    let shown = plain(value, LONGEST);
    if shown.trim().is_empty() {
        return String::new();
    }
    let longest = shown.split(|ch| ch != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    let pad = if shown.starts_with(['`', ' ']) || shown.ends_with(['`', ' ']) { " " } else { "" };
    // A backslash before a pipe would be taken for the pipe's own.
    let inside = if in_table { shown.replace('|', "\\|") } else { shown };
    format!("{fence}{pad}{inside}{pad}{fence}")
}

/// A sentence or title: words that could become a link stand in code spans, every character that could
/// begin markup stands behind a backslash.
pub(crate) fn prose(text: &str, in_table: bool) -> String {
    let shown = plain(text, LONGEST);
    let words = shown.split(' ').enumerate().map(|(number, word)| {
        // What ends a sentence is no part of a name.
        let name = word.trim_end_matches(['.', ',', ';', ':', ')']);
        if could_link(name) {
            format!("{}{}", code(name, in_table), &word[name.len()..])
        } else {
            escaped(word, number == 0)
        }
    });
    words.collect::<Vec<_>>().join(" ")
}

/// Names of hosts, addresses of pages and mailboxes become links by themselves in many renderers.
fn could_link(word: &str) -> bool {
    let joins = |(at, _): (usize, &str)| {
        let beside = |ch: Option<char>| ch.is_some_and(char::is_alphanumeric);
        beside(word[..at].chars().next_back()) && beside(word[at + 1..].chars().next())
    };
    word.contains(['@', '\u{3002}', '\u{ff0e}', '\u{ff61}'])
        || word.contains("//")
        || word.match_indices('.').any(joins)
}

fn escaped(word: &str, is_first: bool) -> String {
    let mut out = String::new();
    for (at, ch) in word.char_indices() {
        let before = &word[..at];
        // Lists, headings and rules begin a line; in the middle of one their signs are text.
        let begins = is_first
            && match ch {
                '-' | '+' | '=' => before.is_empty(),
                '.' | ')' => before.bytes().all(|byte| byte.is_ascii_digit()),
                _ => false,
            };
        const ALWAYS: &str = "\\`*_{}[]<>#!|~&$^";
        if begins || ALWAYS.contains(ch) {
            out.push('\\');
        }
        out.push(ch);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_cannot_end_their_span() {
        let cases = [
            ("plain", "`plain`"),
            ("a`b", "``a`b``"),
            ("`", "`` ` ``"),
            ("``x```", "```` ``x``` ````"),
            ("a|b", "`a\\|b`"),
            ("two\nlines", "`two⟨U+000A⟩lines`"),
            ("", ""),
        ];
        for (value, want) in cases {
            assert_eq!(code(value, true), want);
        }
    }

    #[test]
    fn sentences_hold_no_markup() {
        let cases = [
            ("Brute force on web-01 succeeded", "Brute force on web-01 succeeded"),
            ("![x](javascript:alert(1))", r"\!\[x\](javascript:alert(1))"),
            ("# head", r"\# head"),
            ("- item", r"\- item"),
            ("1. item", r"1\. item"),
            ("see https://example.org/ now", "see `https://example.org/` now"),
            ("mail ops1@example.org", "mail `ops1@example.org`"),
            ("Intrusion on web-01.example.org: theft.", "Intrusion on `web-01.example.org`: theft."),
            ("INC-0001 at 09:30, 1. time", "INC-0001 at 09:30, 1. time"),
            ("<b>&amp;", r"\<b\>\&amp;"),
        ];
        for (text, want) in cases {
            assert_eq!(prose(text, false), want);
        }
    }
}
