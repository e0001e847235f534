//! A file of indicators in, of whatever format; what was taken of it, and what not, out.

use super::set::{Added, Detail, IndicatorSet};
use super::value::{Refusal, Value};
use super::{list, misp, stix, table};
use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

/// Problems told of one file; all are counted.
const TOLD: usize = 20;

/// How a file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// A value a line.
    Plain,
    /// Values in a column.
    Csv,
    /// A STIX 2 bundle.
    Stix,
    /// Events of MISP, or their attributes.
    Misp,
    /// Neither of these.
    Unknown,
}

impl Format {
    /// The word, lower case.
    pub fn as_str(self) -> &'static str {
        match self {
            Format::Plain => "plain",
            Format::Csv => "csv",
            Format::Stix => "stix",
            Format::Misp => "misp",
            Format::Unknown => "unknown",
        }
    }
}

/// What became of a file. `read = taken + duplicates + left_out + refused + not_understood`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// How it is written.
    pub format: Format,
    /// Values, and things that should be some.
    pub read: u64,
    /// Looked for.
    pub taken: u64,
    /// Named before, here or in an earlier file.
    pub duplicates: u64,
    /// Revoked, not meant for detection, or of a kind that is not looked for.
    pub left_out: u64,
    /// Would be seen everywhere, or beyond the limit.
    pub refused: u64,
    /// Not understood.
    pub not_understood: u64,
    /// The first of what was refused or not understood.
    pub problems: Vec<Problem>,
}

/// Something in a file that is not looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// To search, alert and look up.
    pub code: &'static str,
    /// `line 3`, `object 7`.
    pub place: String,
    /// What is wrong.
    pub message: String,
}

/// Where in a file something stands, counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Line(u64),
    Object(u64),
    Attribute(u64),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Line(number) => write!(f, "line {number}"),
            Place::Object(number) => write!(f, "object {number}"),
            Place::Attribute(number) => write!(f, "attribute {number}"),
        }
    }
}

/// Takes what readers of formats find.
pub(super) struct Sink<'s> {
    set: &'s mut IndicatorSet,
    /// Paths are values, too.
    paths: bool,
    pub(super) report: Report,
}

/// Reads a file into the set; `paths` says that the paths of files count as values.
pub fn read(bytes: &[u8], name: &str, paths: bool, set: &mut IndicatorSet) -> Report {
    set.begin(name);
    let report = Report {
        format: Format::Unknown,
        read: 0,
        taken: 0,
        duplicates: 0,
        left_out: 0,
        refused: 0,
        not_understood: 0,
        problems: Vec::new(),
    };
    let mut sink = Sink { set, paths, report };
    let text = decoded(bytes);
    let start = text.trim_start();
    // A list may begin with an IPv6 address in brackets; JSON goes on otherwise.
    let is_json = start.starts_with('{')
        || start.strip_prefix('[').is_some_and(|rest| rest.trim_start().starts_with(['{', ']', '[', '"']));
    if is_json {
        json(&text, &mut sink);
    } else if let Some(layout) = table::layout(&text, paths) {
        sink.report.format = Format::Csv;
        table::read(&text, &layout, &mut sink);
    } else {
        sink.report.format = Format::Plain;
        list::read(&text, &mut sink);
    }
    sink.report
}

fn json(text: &str, sink: &mut Sink<'_>) {
    let document = match super::json::Raw::document(text) {
        Ok(document) => document,
        Err(reason) => return sink.not_understood(Place::Object(1), &reason),
    };
    if stix::is_stix(document) {
        sink.report.format = Format::Stix;
        stix::read(document, sink);
    } else if misp::is_misp(document) {
        sink.report.format = Format::Misp;
        misp::read(document, sink);
    } else {
        sink.not_understood(Place::Object(1), "the JSON is neither a STIX bundle nor of MISP");
    }
}

/// UTF-8, or UTF-16 with a byte order mark as Windows programs write it.
fn decoded(bytes: &[u8]) -> Cow<'_, str> {
    let utf16 = |bytes: &[u8], unit: fn([u8; 2]) -> u16| {
        let units: Vec<u16> = bytes.as_chunks().0.iter().map(|pair| unit(*pair)).collect();
        Cow::Owned(String::from_utf16_lossy(&units))
    };
    match bytes {
        [0xFF, 0xFE, rest @ ..] => utf16(rest, u16::from_le_bytes),
        [0xFE, 0xFF, rest @ ..] => utf16(rest, u16::from_be_bytes),
        [0xEF, 0xBB, 0xBF, rest @ ..] => String::from_utf8_lossy(rest),
        _ => String::from_utf8_lossy(bytes),
    }
}

impl Sink<'_> {
    /// Counts and takes a value.
    pub(super) fn value(&mut self, place: Place, text: &str, detail: Option<&Arc<Detail>>) {
        let value = if self.paths { Value::parse_with_paths(text) } else { Value::parse(text) };
        self.outcome(place, value, detail);
    }

    /// Counts and takes a value that was read already.
    pub(super) fn outcome(
        &mut self,
        place: Place,
        value: Result<Value, Refusal>,
        detail: Option<&Arc<Detail>>,
    ) {
        match value {
            Ok(value) => {
                self.report.read += 1;
                match self.set.add(&value, detail) {
                    Added::Taken => self.report.taken += 1,
                    Added::Duplicate => self.report.duplicates += 1,
                    Added::Full => {
                        self.report.refused += 1;
                        self.problem(
                            "detect::indicator-limit",
                            place,
                            "there are 10,000,000 indicators already",
                        );
                    }
                }
            }
            Err(refusal @ Refusal::TooCommon { .. }) => {
                self.report.read += 1;
                self.report.refused += 1;
                self.problem("detect::indicator-refused", place, &refusal.to_string());
            }
            Err(refusal @ Refusal::NotUnderstood { .. }) => self.not_understood(place, &refusal.to_string()),
        }
    }

    /// Counts something that is not to be looked for.
    pub(super) fn left_out(&mut self) {
        self.report.read += 1;
        self.report.left_out += 1;
    }

    /// Counts something that should be an indicator.
    pub(super) fn not_understood(&mut self, place: Place, message: &str) {
        self.report.read += 1;
        self.report.not_understood += 1;
        self.problem("detect::indicator-not-understood", place, message);
    }

    fn problem(&mut self, code: &'static str, place: Place, message: &str) {
        if self.report.problems.len() < TOLD {
            let message = super::value::short(message);
            self.report.problems.push(Problem { code, place: place.to_string(), message });
        }
    }
}

impl Report {
    /// Moves what turned out to be duplicates only when all files were read.
    pub fn found_duplicates(&mut self, count: u64) {
        self.taken -= count.min(self.taken);
        self.duplicates += count;
    }

    /// Whether every value is accounted for once.
    pub fn adds_up(&self) -> bool {
        self.read == self.taken + self.duplicates + self.left_out + self.refused + self.not_understood
    }
}
