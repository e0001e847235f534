//! Looks into a JSON document by paths: members nested or flat, numbers as numbers or text, and a clear word
//! where something else stands than should.

use super::error::{Place, ProductError};
use super::text::{excerpt, hex, kept};
use crate::time::instant;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value};
use std::net::IpAddr;

/// Members of a list that are looked at.
pub(super) const LIST_LIMIT: usize = 256;

/// A document, or a part of one.
#[derive(Clone, Copy)]
pub(super) struct Look<'v> {
    pub value: &'v Value,
    pub place: Place,
    /// `CreatedAt`, `createdAt` and `created_at` are one name.
    is_loose: bool,
}

impl<'v> Look<'v> {
    pub fn new(value: &'v Value, place: Place) -> Look<'v> {
        Look { value, place, is_loose: false }
    }

    /// The same, to which case and `_` of names mean nothing.
    pub fn loosely(self) -> Look<'v> {
        Look { is_loose: true, ..self }
    }

    /// The same of another value.
    pub fn on(self, value: &'v Value) -> Look<'v> {
        Look { value, ..self }
    }

    /// The part at a path; the whole where there is none.
    pub fn inside(self, path: &str) -> Look<'v> {
        self.at(path).map_or(self, |value| self.on(value))
    }

    /// What stands at `a.b.c`: nested, flat, or in part; of a list, in its first member that has it. What is
    /// null is not there.
    pub fn at(self, path: &str) -> Option<&'v Value> {
        self.find(self.value, path)
    }

    fn find(self, value: &'v Value, path: &str) -> Option<&'v Value> {
        match value {
            Value::Array(members) => {
                members.iter().take(LIST_LIMIT).find_map(|member| self.find(member, path))
            }
            Value::Object(members) => {
                if let Some(value) = self.member(members, path) {
                    return Some(value);
                }
                let dots = path.rmatch_indices('.');
                { dots }.find_map(|(dot, _)| self.find(self.member(members, &path[..dot])?, &path[dot + 1..]))
            }
            _ => None,
        }
    }

    fn member(self, members: &'v Map<String, Value>, name: &str) -> Option<&'v Value> {
        let found = members.get(name).or_else(|| {
            let same = |key: &str| self.is_loose && is_same_name(key, name);
            members.iter().find(|(key, _)| same(key)).map(|(_, value)| value)
        });
        found.filter(|value| !value.is_null())
    }

    /// What stands at the path, be it one value or a list; at most [`LIST_LIMIT`].
    pub fn each(self, path: &str) -> impl Iterator<Item = Look<'v>> {
        let (one, list) = match self.at(path) {
            Some(Value::Array(members)) => (None, members.as_slice()),
            one => (one, &[][..]),
        };
        one.into_iter().chain(list).take(LIST_LIMIT).map(move |value| self.on(value))
    }

    /// The value itself as text, if it is no object; of a list, its first that says something.
    pub fn itself(self) -> Option<String> {
        match self.value {
            Value::String(text) => kept(text),
            Value::Number(number) => Some(number.to_string()),
            Value::Bool(value) => Some(value.to_string()),
            Value::Array(members) => {
                members.iter().take(LIST_LIMIT).find_map(|member| self.on(member).itself())
            }
            Value::Null | Value::Object(_) => None,
        }
    }

    /// The text at the path; nothing if something else stands there.
    pub fn text(self, path: &str) -> Option<String> {
        self.on(self.at(path)?).itself()
    }

    /// The text at the first path that has one.
    pub fn first(self, paths: &[&str]) -> Option<String> {
        paths.iter().find_map(|path| self.text(path))
    }

    /// All texts at the path.
    pub fn texts(self, path: &str) -> Vec<String> {
        self.each(path).filter_map(Look::itself).collect()
    }

    /// The text at the path in lower case.
    pub fn word(self, path: &str) -> Option<String> {
        self.text(path).map(|text| text.to_ascii_lowercase())
    }

    /// The text at a path that the alert cannot be read without a fault in.
    pub fn said(self, path: &str) -> Result<Option<String>, ProductError> {
        match self.at(path) {
            Some(value @ Value::Object(_)) => Err(self.wrong(path, "text", value)),
            _ => Ok(self.text(path)),
        }
    }

    /// As [`said`](Self::said), and it must be there.
    pub fn must(self, path: &str) -> Result<String, ProductError> {
        self.said(path)?.ok_or_else(|| self.missing(path))
    }

    /// The number at the path, or in the text there.
    pub fn number(self, path: &str) -> Result<Option<f64>, ProductError> {
        let Some(value) = self.at(path) else { return Ok(None) };
        let number = match value {
            Value::Number(number) => number.as_f64(),
            Value::String(text) if text.trim().is_empty() => return Ok(None),
            Value::String(text) => text.trim().parse().ok(),
            _ => None,
        };
        let number = number.filter(|number: &f64| number.is_finite());
        number.map(Some).ok_or_else(|| self.wrong(path, "a number", value))
    }

    /// The number at the path, if one stands there.
    pub fn figure(self, path: &str) -> Option<f64> {
        self.number(path).ok().flatten()
    }

    /// The time at the path: ISO 8601, UTC where it names no zone, or a count since 1970 in whatever unit its
    /// size tells.
    pub fn time(self, path: &str) -> Result<Option<Timestamp>, ProductError> {
        let Some(value) = self.at(path) else { return Ok(None) };
        if value.as_str().is_some_and(|text| text.trim().is_empty()) {
            return Ok(None);
        }
        self.on(value).own_time().map(Some).ok_or_else(|| self.wrong(path, "a time", value))
    }

    /// The time at the first path that is there.
    pub fn first_time(self, paths: &[&str]) -> Result<Option<Timestamp>, ProductError> {
        for path in paths {
            if let Some(time) = self.time(path)? {
                return Ok(Some(time));
            }
        }
        Ok(None)
    }

    /// The value itself as a time.
    pub fn own_time(self) -> Option<Timestamp> {
        match self.value {
            Value::Number(number) => number.as_f64().and_then(since_1970),
            Value::String(text) => moment(text.trim()),
            _ => None,
        }
    }

    /// The value itself as an address.
    pub fn own_ip(self) -> Option<IpAddr> {
        address(&self.itself()?)
    }

    /// The value itself as texts.
    pub fn all(self) -> Vec<String> {
        match self.value {
            Value::Array(members) => {
                members.iter().take(LIST_LIMIT).filter_map(|member| self.on(member).itself()).collect()
            }
            _ => self.itself().into_iter().collect(),
        }
    }

    /// The address at the path; of several, the first that is one.
    pub fn ip(self, path: &str) -> Option<IpAddr> {
        self.each(path).find_map(|look| address(&look.itself()?))
    }

    /// The port at the path.
    pub fn port(self, path: &str) -> Option<u16> {
        self.text(path)?.parse().ok().filter(|port| *port != 0)
    }

    /// The number of a process at the path; larger ones are a product's own and no process's.
    pub fn pid(self, path: &str) -> Option<u32> {
        self.text(path)?.parse().ok()
    }

    /// The digits of a hash at the path.
    pub fn hash(self, path: &str) -> Option<String> {
        hex(&self.text(path)?)
    }

    /// Whether the value at the path is true, or the word.
    pub fn is_true(self, path: &str) -> bool {
        self.word(path).as_deref() == Some("true")
    }

    pub fn missing(self, path: &str) -> ProductError {
        ProductError::Missing { place: self.place, field: path.to_owned() }
    }

    pub fn wrong(self, path: &str, wanted: &'static str, value: &Value) -> ProductError {
        let found = match value {
            Value::String(text) => excerpt(text),
            Value::Object(_) => "{…}".to_owned(),
            Value::Array(_) => "[…]".to_owned(),
            scalar => excerpt(&scalar.to_string()),
        };
        ProductError::Wrong { place: self.place, field: path.to_owned(), wanted, found }
    }

    pub fn not_an_alert(self, reason: &'static str) -> ProductError {
        ProductError::NotAnAlert { place: self.place, reason }
    }
}

fn is_same_name(one: &str, other: &str) -> bool {
    let bare = |name: &'_ str| -> Vec<u8> { name.bytes().filter(|b| *b != b'_').collect() };
    one.len().abs_diff(other.len()) <= 4 && bare(one).eq_ignore_ascii_case(&bare(other))
}

/// An address, with or without the zone of a link-local one.
pub(super) fn address(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    let bare = text.split('%').next().unwrap_or(text);
    bare.parse::<IpAddr>().ok().map(|address| address.to_canonical())
}

/// Reads a time as text.
pub(super) fn moment(text: &str) -> Option<Timestamp> {
    let civil = || text.parse::<DateTime>().ok()?.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp());
    instant(text).or_else(civil).or_else(|| since_1970(text.parse().ok()?))
}

/// Reads a count since 1970: of seconds, or of milli-, micro- or nanoseconds where it would otherwise be
/// later than the year 5138; or of a tenth of a microsecond since 1601, as Windows counts.
fn since_1970(count: f64) -> Option<Timestamp> {
    let seconds = match count.abs() {
        size if size < 1e11 => count,
        size if size < 1e14 => count / 1e3,
        size if size < 1e17 => count / 1e6,
        size if size < 1e18 => count / 1e7 - 11_644_473_600.0,
        _ => count / 1e9,
    };
    let span = SignedDuration::try_from_secs_f64(seconds).ok()?;
    // A double holds today's microseconds, not the nanoseconds.
    Timestamp::from_microsecond(i64::try_from(span.as_micros()).ok()?).ok()
}
