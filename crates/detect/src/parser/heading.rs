//! What a log's own lines say of its columns.
//! Source: Zeek 7.0, "Log Formats"; W3C Working Draft, "Extended Log File Format".

use super::{w3c, zeek};
use std::borrow::Cow;

/// Columns of one log; no writer has as many.
const COLUMNS_KEPT: usize = 512;
/// Bytes of a column's name, of a log's name, or of a mark.
const NAME_BYTES: usize = 256;

/// Columns that a source's lines have, in formats that say so in lines that begin with `#`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Heading {
    kind: Kind,
    columns: Vec<Column>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
enum Kind {
    #[default]
    None,
    Zeek(Zeek),
    W3c(W3c),
}

/// A column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Column {
    /// As the log has it.
    pub name: Cow<'static, str>,
    /// What stands in it.
    pub holds: Holds,
    /// Under which names others know it.
    pub shared: &'static [&'static str],
}

/// What stands in a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Holds {
    Text,
    Number,
    /// `T` or `F`.
    Truth,
    /// A set or a vector.
    Several,
}

/// How a log of Zeek's is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Zeek {
    /// Which log it is.
    pub path: String,
    /// Between columns.
    pub separator: u8,
    /// Between members of a set.
    pub set_separator: String,
    /// Stands for a set without members, and a text without characters.
    pub empty: String,
    /// Stands for nothing.
    pub unset: String,
}

impl Default for Zeek {
    fn default() -> Zeek {
        Zeek {
            path: String::new(),
            separator: b'\t',
            set_separator: ",".to_owned(),
            empty: "(empty)".to_owned(),
            unset: "-".to_owned(),
        }
    }
}

/// Who writes a log in W3C's format.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct W3c {
    /// As the writer calls itself, in lower case.
    pub software: String,
    /// Times are local, which is not what the format says.
    pub local_time: bool,
    /// The day of records that have a time only.
    pub date: String,
}

impl Heading {
    /// Takes the line if it is one of a heading, and nothing else. A heading that is larger than any
    /// writer's is not taken, and the lines below it have no columns.
    pub fn take(&mut self, line: &str) -> bool {
        // Most lines of most logs.
        let Some(line) = line.strip_prefix('#') else { return false };
        self.take_zeek(line) || self.take_w3c(line)
    }

    /// The columns, from the left; none before a heading.
    pub(super) fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// How the log is written, if it is one of Zeek's whose columns are known.
    pub(super) fn zeek(&self) -> Option<&Zeek> {
        match &self.kind {
            Kind::Zeek(zeek) if !self.columns.is_empty() => Some(zeek),
            _ => None,
        }
    }

    /// Who writes the log, if it is one in W3C's format whose columns are known.
    pub(super) fn w3c(&self) -> Option<&W3c> {
        match &self.kind {
            Kind::W3c(w3c) if !self.columns.is_empty() => Some(w3c),
            _ => None,
        }
    }

    fn take_zeek(&mut self, line: &str) -> bool {
        if let Some(separator) = line.strip_prefix("separator ") {
            let byte = separator.strip_prefix("\\x").and_then(|hex| u8::from_str_radix(hex, 16).ok());
            let byte = byte.or_else(|| separator.bytes().next().filter(|_| separator.len() == 1));
            let Some(separator) = byte.filter(u8::is_ascii) else { return false };
            *self = Heading { kind: Kind::Zeek(Zeek { separator, ..Zeek::default() }), columns: Vec::new() };
            return true;
        }
        let Kind::Zeek(zeek) = &mut self.kind else { return false };
        let separator = char::from(zeek.separator);
        let Some((directive, rest)) = line.split_once(separator) else { return false };
        match directive {
            "fields" => {
                let (path, names) = (zeek.path.clone(), rest.split(separator));
                self.set_columns(names, |name| column_of_zeek(&path, name))
            }
            "types" => {
                for (column, kind) in self.columns.iter_mut().zip(rest.split(separator)) {
                    column.holds = holds(kind);
                }
                true
            }
            "open" | "close" => true,
            "set_separator" if !rest.is_empty() => keep(&mut zeek.set_separator, rest),
            "empty_field" => keep(&mut zeek.empty, rest),
            "unset_field" => keep(&mut zeek.unset, rest),
            "path" => keep(&mut zeek.path, rest),
            _ => false,
        }
    }

    fn take_w3c(&mut self, line: &str) -> bool {
        let Some((directive, rest)) = line.split_once(':') else { return false };
        let rest = rest.trim();
        let known =
            ["Version", "Fields", "Software", "Start-Date", "End-Date", "Date", "Remark", "Time Format"];
        if !known.contains(&directive) {
            return false;
        }
        if !matches!(self.kind, Kind::W3c(_)) {
            *self = Heading { kind: Kind::W3c(W3c::default()), columns: Vec::new() };
        }
        let Kind::W3c(w3c) = &mut self.kind else { return false };
        match directive {
            "Fields" => self.set_columns(rest.split_ascii_whitespace(), w3c::column),
            "Software" => keep(&mut w3c.software, &rest.to_ascii_lowercase()),
            "Date" => keep(&mut w3c.date, rest.split(' ').next().unwrap_or_default()),
            "Time Format" => {
                w3c.local_time = rest.eq_ignore_ascii_case("local");
                true
            }
            _ => true,
        }
    }

    fn set_columns<'n>(
        &mut self,
        names: impl Iterator<Item = &'n str>,
        column: impl Fn(&str) -> Column,
    ) -> bool {
        self.columns.clear();
        for name in names {
            if self.columns.len() == COLUMNS_KEPT || name.len() > NAME_BYTES {
                self.columns.clear();
                return false;
            }
            self.columns.push(column(name));
        }
        true
    }
}

/// Keeps a text of a heading that is no longer than any writer's.
fn keep(place: &mut String, text: &str) -> bool {
    let fits = text.len() <= NAME_BYTES;
    if fits {
        text.clone_into(place);
    }
    fits
}

fn column_of_zeek(path: &str, name: &str) -> Column {
    let known = zeek::columns::known(name);
    Column {
        name: known.map_or_else(|| Cow::Owned(name.to_owned()), Cow::Borrowed),
        holds: Holds::Text,
        shared: zeek::logs::shared(path, name),
    }
}

/// What a type of Zeek's holds.
fn holds(kind: &str) -> Holds {
    match kind {
        "bool" => Holds::Truth,
        "count" | "int" | "double" | "port" | "interval" | "time" => Holds::Number,
        _ if kind.ends_with(']') => Holds::Several,
        _ => Holds::Text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(lines: &[&str], want: &[bool], columns: usize) {
        let mut heading = Heading::default();
        let got: Vec<bool> = lines.iter().map(|line| heading.take(line)).collect();
        assert_eq!((got.as_slice(), heading.columns().len()), (want, columns), "{lines:?}");
    }

    #[test]
    fn headings_are_taken_and_nothing_else() {
        check(
            &["#separator \\x09", "#path\tconn", "#fields\tts\tuid", "#types\ttime\tstring"],
            &[true; 4],
            2,
        );
        check(&["#separator ,", "#fields,a,b,c", "#close,2026-03-02-09-00-00"], &[true; 3], 3);
        check(&["#fields\tts\tuid", "# a comment", "#!/bin/sh"], &[false; 3], 0);
        check(&["#Version: 1.0", "#Fields: date time c-ip", "#Remark: x"], &[true; 3], 3);
        check(&["#Fields: date", "#separator \\x09"], &[true; 2], 0);
        check(&["#separator \\xff", "#separator ", "#separator ab"], &[false; 3], 0);
    }

    #[test]
    fn a_heading_larger_than_any_is_refused_and_leaves_no_columns() {
        let many = format!("#Fields: {}", "c ".repeat(COLUMNS_KEPT + 1));
        let long = format!("#Fields: {}", "c".repeat(NAME_BYTES + 1));
        check(&["#Fields: date time", &many], &[true, false], 0);
        check(&["#Fields: date time", &long], &[true, false], 0);
        check(&["#separator \\x09", &format!("#path\t{}", "p".repeat(300))], &[true, false], 0);
    }
}
