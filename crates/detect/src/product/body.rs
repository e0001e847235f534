//! A delivery's text, document by document: one object, a list, an envelope, NDJSON, or a stream of objects
//! that take several lines each.

use super::error::{Place, ProductError};
use super::text::excerpt;
use memchr::memchr_iter;
use serde_json::value::RawValue;
use serde_json::{Deserializer, Value};

/// Alerts that are read of one body.
pub const ALERTS_LIMIT: usize = 10_000;
/// Bytes that are read of one body.
pub const BODY_LIMIT: usize = 32 << 20;
/// Values that one document may hold.
const VALUES_LIMIT: usize = 1_000_000;
/// Faults that are told of one body.
const FAULTS_LIMIT: usize = 100;
/// Envelopes in each other that are opened.
const ENVELOPES_LIMIT: usize = 6;

/// Members that hold the alerts of an envelope, in the order in which they are tried. `Message` is SNS's and
/// holds text.
const ENVELOPES: [&str; 18] = [
    "value",
    "Records",
    "records",
    "Findings",
    "findings",
    "detail",
    "hits",
    "_source",
    "resources",
    "data",
    "alerts",
    "threats",
    "events",
    "event",
    "object",
    "results",
    "result",
    "Message",
];

/// One record, or why there is none.
pub(super) type Found = Result<(Value, Place), ProductError>;

/// All records of the text. `is_record` knows one when it sees it; whatever else is an object with a member
/// that envelopes have is opened.
pub(super) fn records(text: &str, is_record: impl Fn(&Value) -> bool) -> Vec<Found> {
    let mut found = Vec::new();
    if text.len() > BODY_LIMIT {
        let place = Place { line: 1, element: None };
        return vec![Err(ProductError::TooMuch { place, limit: BODY_LIMIT, what: "bytes" })];
    }
    let (mut start, mut line, mut faults, mut again) = (0, 1, 0, 0);
    while start < text.len() {
        let rest = &text[start..];
        let mut documents = Deserializer::from_str(rest).into_iter::<&RawValue>();
        let mut counted = 0;
        let failed = loop {
            let from = documents.byte_offset();
            match documents.next() {
                None => return found,
                Some(Err(error)) => break error,
                Some(Ok(document)) => {
                    let begin = from + blanks(&rest[from..]);
                    line += memchr_iter(b'\n', &rest.as_bytes()[counted..begin]).count();
                    counted = begin;
                    let place = Place { line, element: None };
                    match read(document, place) {
                        Ok(value) => unfold(value, place, &is_record, 0, &mut found),
                        Err(fault) => found.push(Err(fault)),
                    }
                    if found.len() > ALERTS_LIMIT {
                        found.truncate(ALERTS_LIMIT);
                        found.push(Err(ProductError::TooMuch { place, limit: ALERTS_LIMIT, what: "alerts" }));
                        return found;
                    }
                }
            }
        };
        let begin = documents.byte_offset();
        let begin = begin + blanks(&rest[begin.min(rest.len())..]);
        line += memchr_iter(b'\n', &rest.as_bytes()[counted..begin]).count();
        let place = Place { line, element: None };
        found.push(Err(ProductError::NotJson { place, reason: excerpt(&failed.to_string()) }));
        faults += 1;
        if faults >= FAULTS_LIMIT {
            found.push(Err(ProductError::TooMuch { place, limit: FAULTS_LIMIT, what: "faults" }));
            return found;
        }
        // A document that was cut may have swallowed whole ones below it, so reading goes on right below its
        // start; behind the fault once that was done so often that it would take more than linear time.
        let fault = begin.max(offset(rest, failed.line(), failed.column()));
        again += fault - begin;
        let next = resume(rest, if again <= text.len() { begin } else { fault }, begin);
        line += memchr_iter(b'\n', &rest.as_bytes()[begin..next]).count();
        start += next;
    }
    found
}

/// Bytes of white space at the start.
fn blanks(text: &str) -> usize {
    text.len() - text.trim_ascii_start().len()
}

/// The byte at which a fault was found; lines and columns count from 1, and columns are bytes.
fn offset(text: &str, line: usize, column: usize) -> usize {
    let start = match line.checked_sub(2) {
        None => 0,
        Some(before) => memchr_iter(b'\n', text.as_bytes()).nth(before).map_or(text.len(), |at| at + 1),
    };
    (start + column.saturating_sub(1)).min(text.len())
}

/// The first line, from that of `at` on but behind `begin`, that begins with a bracket.
fn resume(text: &str, at: usize, begin: usize) -> usize {
    let bytes = text.as_bytes();
    let line = memchr::memrchr(b'\n', &bytes[..at]).map_or(0, |at| at + 1);
    let starts = std::iter::once(line).chain(memchr_iter(b'\n', &bytes[line..]).map(|at| line + at + 1));
    let opens = |at: &usize| *at > begin && matches!(bytes.get(*at), Some(b'{' | b'['));
    { starts }.find(opens).unwrap_or(text.len())
}

/// Makes values of a document that holds no more than can be kept.
fn read(document: &RawValue, place: Place) -> Result<Value, ProductError> {
    if values(document.get()) > VALUES_LIMIT {
        return Err(ProductError::TooMuch { place, limit: VALUES_LIMIT, what: "values in a document" });
    }
    let value = serde_json::from_str(document.get());
    value.map_err(|error| ProductError::NotJson { place, reason: excerpt(&error.to_string()) })
}

/// How many values the text holds, or a few more.
fn values(text: &str) -> usize {
    let (mut count, mut quoted, mut escaped) = (1, false, false);
    for byte in text.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b',' | b'[' | b'{' if !quoted => count += 1,
            _ => {}
        }
    }
    count
}

/// Takes records out of lists and envelopes.
fn unfold(
    value: Value,
    place: Place,
    is_record: &impl Fn(&Value) -> bool,
    depth: usize,
    found: &mut Vec<Found>,
) {
    if depth > ENVELOPES_LIMIT || value.is_object() && is_record(&value) {
        found.push(Ok((value, place)));
        return;
    }
    match value {
        Value::Array(members) => {
            for (at, member) in members.into_iter().enumerate() {
                if found.len() > ALERTS_LIMIT {
                    return;
                }
                let element = place.element.or(Some(at + 1));
                unfold(member, Place { element, ..place }, is_record, depth + 1, found);
            }
        }
        Value::Object(mut members) => {
            let inner = ENVELOPES.iter().find_map(|name| match members.get(*name) {
                Some(Value::Array(_) | Value::Object(_)) => members.remove(*name),
                Some(Value::String(text)) if *name == "Message" => serde_json::from_str(text).ok(),
                _ => None,
            });
            match inner {
                Some(inner) => unfold(inner, place, is_record, depth + 1, found),
                None => found.push(Ok((Value::Object(members), place))),
            }
        }
        scalar => found.push(Ok((scalar, place))),
    }
}

/// The first record of the text, or whatever stands there.
pub(super) fn first(text: &str, is_record: impl Fn(&Value) -> bool) -> Option<(Value, Place)> {
    let mut documents = Deserializer::from_str(text).into_iter::<&RawValue>();
    let document = documents.next()?.ok()?;
    let place = Place { line: 1, element: None };
    let mut found = Vec::new();
    unfold(read(document, place).ok()?, place, &is_record, 0, &mut found);
    found.into_iter().next()?.ok()
}
