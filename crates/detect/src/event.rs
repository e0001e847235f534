//! One record of telemetry as a parser understood it.

use crate::parser::seek;
use crate::time::EventTime;
use std::borrow::Cow;

/// One record: what kind of source wrote it, its fields, and its raw text.
#[derive(Clone, Debug)]
pub struct Event<'a> {
    /// Which rules can apply to it.
    pub class: EventClass,
    /// The record as it was read; for records made of several lines, all of them.
    pub text: Cow<'a, str>,
    /// Fields in the order of the record. A name may occur twice; the first one counts.
    pub fields: Vec<Field<'a>>,
    /// When it happened, if the parser has read it; see [`crate::time::when`] for records that
    /// carry the time in a field.
    pub time: Option<EventTime>,
    /// How many occurrences the record stands for: syslog's `message repeated N times` says N.
    pub repeated: u32,
    /// What its format says of all its records.
    pub origin: &'static Origin,
    /// Whose address the record says some address is, if it does.
    pub address_of: Option<Box<AddressOf<'a>>>,
}

/// A record's word that an address is a host's: its own, or one that it gave out or saw used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddressOf<'a> {
    /// The host, as the record names it.
    pub host: Cow<'a, str>,
    /// The address, as the record writes it.
    pub address: Cow<'a, str>,
}

/// What a format says of all its records, so that nobody else needs to know the format.
#[derive(Debug, PartialEq, Eq)]
pub struct Origin {
    /// The product as people call it; empty when nothing is known.
    pub name: &'static str,
    /// Fields that say when, the most trusted first; asked only when somebody wants the time.
    pub clocks: &'static [Clock],
    /// Fields that tell a person most, by kind of record: the first group whose first field is there.
    pub telling: &'static [&'static [&'static str]],
}

/// A field that says when.
#[derive(Debug, PartialEq, Eq)]
pub struct Clock {
    /// The field.
    pub field: &'static str,
    /// How its value is to be read.
    pub reading: ClockReading,
}

/// How a time is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClockReading {
    /// ISO 8601; UTC where it names no zone, by the format's definition.
    Utc,
    /// ISO 8601; in the source's zone where it names none.
    Local,
    /// Seconds since 1970, with or without a fraction.
    EpochSeconds,
    /// Milliseconds since 1970.
    EpochMillis,
    /// Microseconds since 1970.
    EpochMicros,
    /// Nanoseconds since 1970.
    EpochNanos,
}

impl Origin {
    /// A format that says nothing of itself.
    pub const UNKNOWN: &'static Origin = &Origin { name: "", clocks: &[], telling: &[] };
}

/// A named value.
#[derive(Clone, Debug, PartialEq)]
pub struct Field<'a> {
    /// The name as rules write it (`docs/fields.md`).
    pub name: Cow<'a, str>,
    /// What was there.
    pub value: Value<'a>,
}

/// A value as it stands in the record; nothing is decoded before somebody asks.
#[derive(Clone, Debug, PartialEq)]
#[repr(u64)]
pub enum Value<'a> {
    /// Plain text.
    Text(Cow<'a, str>),
    /// The inside of a JSON string that holds escapes.
    Escaped(&'a str),
    /// A number as it was written.
    Number(Cow<'a, str>),
    /// True or false.
    Bool(bool),
    /// JSON's null: the field is there and says nothing.
    Null,
    /// Several values of one field.
    List(Vec<Value<'a>>),
}

/// What kind of source an event came from, in Sigma's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct EventClass {
    /// `windows`, `linux`, or empty when the format tells no product.
    pub product: &'static str,
    /// Every service name under which rules may ask for it (`sshd` and `auth`).
    pub services: &'static [&'static str],
    /// Every category it belongs to (`process_creation`).
    pub categories: &'static [&'static str],
}

impl EventClass {
    /// A record of which nothing is known.
    pub const UNKNOWN: EventClass = EventClass { product: "", services: &[], categories: &[] };

    /// Whether a sensor of the network wrote it, which tells of hosts and runs on none of them: a log of
    /// such a sensor is nobody's of those whose logs lie beside it.
    pub fn is_of_network_sensor(&self) -> bool {
        matches!(self.product, "suricata" | "zeek")
    }

    /// Whether a service wrote it that runs on no host of ours: nobody may infer one.
    pub fn is_service(&self) -> bool {
        matches!(self.product, "aws" | "azure" | "gcp" | "github" | "kubernetes" | "m365" | "okta")
    }
}

/// A value that stands in the record.
#[derive(Clone, Copy)]
pub(crate) enum Part<'a> {
    /// As [`Value::Text`].
    Text(&'a str),
    /// As [`Value::Escaped`].
    Escaped(&'a str),
    /// As [`Value::Number`].
    Number(&'a str),
}

/// Adds a field whose value stands in the record. Room is made first, and the field then, which is so written
/// straight to its place: before, it would be written elsewhere in parts, lest it is lost when there is no room,
/// and read back as a whole, for which a core waits.
#[inline(always)]
pub(crate) fn put<'a>(fields: &mut Vec<Field<'a>>, name: Cow<'a, str>, part: Part<'a>) {
    match part {
        Part::Text(text) => put_value(fields, name, || Value::Text(Cow::Borrowed(text))),
        Part::Escaped(raw) => put_value(fields, name, || Value::Escaped(raw)),
        Part::Number(text) => put_value(fields, name, || Value::Number(Cow::Borrowed(text))),
    }
}

#[inline(always)]
fn put_value<'a>(fields: &mut Vec<Field<'a>>, name: Cow<'a, str>, value: impl FnOnce() -> Value<'a>) {
    fields.extend(std::iter::once_with(|| Field { name, value: value() }));
}

impl<'a> Event<'a> {
    /// An event without fields or time.
    pub fn new(class: EventClass, text: impl Into<Cow<'a, str>>) -> Event<'a> {
        Event {
            class,
            text: text.into(),
            fields: Vec::new(),
            time: None,
            repeated: 1,
            origin: Origin::UNKNOWN,
            address_of: None,
        }
    }

    /// The same with nothing borrowed, for a record that was read out of another.
    pub fn into_owned(self) -> Event<'static> {
        let field = |field: Field<'_>| Field {
            name: Cow::Owned(field.name.into_owned()),
            value: field.value.into_owned(),
        };
        Event {
            class: self.class,
            text: Cow::Owned(self.text.into_owned()),
            fields: self.fields.into_iter().map(field).collect(),
            time: self.time,
            repeated: self.repeated,
            origin: self.origin,
            address_of: self.address_of.map(|known| {
                let host = Cow::Owned(known.host.into_owned());
                Box::new(AddressOf { host, address: Cow::Owned(known.address.into_owned()) })
            }),
        }
    }

    /// Adds a text field.
    #[inline(always)]
    pub fn push(&mut self, name: &'a str, value: impl Into<Cow<'a, str>>) {
        match value.into() {
            Cow::Borrowed(text) => put(&mut self.fields, Cow::Borrowed(name), Part::Text(text)),
            Cow::Owned(text) => {
                put_value(&mut self.fields, Cow::Borrowed(name), || Value::Text(Cow::Owned(text)));
            }
        }
    }

    /// Adds a field.
    #[inline(always)]
    pub fn push_value(&mut self, name: &'static str, value: Value<'a>) {
        self.fields.push(Field { name: Cow::Borrowed(name), value });
    }

    /// Adds a number as it stands in the record.
    #[inline(always)]
    pub fn push_number(&mut self, name: &'static str, number: &'a str) {
        put(&mut self.fields, Cow::Borrowed(name), Part::Number(number));
    }

    /// Adds what the field at this place of the list holds under another name; nothing if there is none.
    #[inline]
    pub fn push_again(&mut self, at: usize, name: &'static str) {
        let Some(value) = self.fields.get(at).map(|field| &field.value) else { return };
        match value.part() {
            Some(part) => put(&mut self.fields, Cow::Borrowed(name), part),
            None => self.push_value(name, value.clone()),
        }
    }

    /// Adds what another field holds.
    #[inline]
    pub fn push_copy(&mut self, name: &'static str, value: &Value<'a>) {
        match value.part() {
            Some(part) => put(&mut self.fields, Cow::Borrowed(name), part),
            None => self.push_value(name, value.clone()),
        }
    }

    /// The first value of the field, if the record has it.
    pub fn get(&self, name: &str) -> Option<&Value<'a>> {
        self.fields.iter().find(|field| field.name == name).map(|field| &field.value)
    }

    /// Where the first values of several fields are in the list, in one pass over it.
    #[inline]
    pub(crate) fn places<const N: usize>(&self, names: [&str; N]) -> [Option<usize>; N] {
        let mut places = [None; N];
        for (at, field) in self.fields.iter().enumerate() {
            let named = names.iter().zip(&mut places).find(|(name, _)| **name == field.name);
            if let Some((_, place)) = named {
                place.get_or_insert(at);
            }
        }
        places
    }

    /// The field as text; of a list, its first member. `None` when missing or null.
    pub fn text_of(&self, name: &str) -> Option<Cow<'_, str>> {
        self.get(name).and_then(Value::as_text)
    }
}

impl<'a> Value<'a> {
    /// What it is of the record, if it stands there.
    #[inline(always)]
    pub(crate) fn part(&self) -> Option<Part<'a>> {
        match *self {
            Value::Text(Cow::Borrowed(text)) => Some(Part::Text(text)),
            Value::Escaped(raw) => Some(Part::Escaped(raw)),
            Value::Number(Cow::Borrowed(text)) => Some(Part::Number(text)),
            _ => None,
        }
    }

    /// The value as text, borrowed from the record where it stands there as it is; of a list, its first
    /// member; of null, nothing.
    pub fn to_text(&self) -> Option<Cow<'a, str>> {
        match self {
            Value::Text(text) | Value::Number(text) => Some(text.clone()),
            Value::Escaped(raw) if seek::first(raw.as_bytes(), b'\\').is_none() => Some(Cow::Borrowed(raw)),
            Value::List(members) => members.iter().find_map(Value::to_text),
            other => other.as_text().map(|text| Cow::Owned(text.into_owned())),
        }
    }
}

impl Value<'_> {
    /// The same with nothing borrowed.
    pub fn into_owned(self) -> Value<'static> {
        match self {
            Value::Text(text) => Value::Text(Cow::Owned(text.into_owned())),
            Value::Escaped(raw) => Value::Text(Cow::Owned(unescape(raw))),
            Value::Number(text) => Value::Number(Cow::Owned(text.into_owned())),
            Value::Bool(value) => Value::Bool(value),
            Value::Null => Value::Null,
            Value::List(members) => Value::List(members.into_iter().map(Value::into_owned).collect()),
        }
    }

    /// The value as text, unescaped; of a list, its first member; of null, nothing.
    pub fn as_text(&self) -> Option<Cow<'_, str>> {
        match self {
            Value::Text(text) | Value::Number(text) => Some(Cow::Borrowed(text)),
            Value::Escaped(raw) => Some(Cow::Owned(unescape(raw))),
            Value::Bool(true) => Some(Cow::Borrowed("true")),
            Value::Bool(false) => Some(Cow::Borrowed("false")),
            Value::Null => None,
            Value::List(members) => members.iter().find_map(Value::as_text),
        }
    }
}

/// Resolves the escapes of a JSON string's inside.
///
/// The reader has checked the grammar; a lone surrogate, which the grammar allows
/// and UTF-8 cannot hold, becomes U+FFFD.
pub fn unescape(raw: &str) -> String {
    let mut out = String::with_capacity(raw.len());
    unescape_into(raw, &mut out);
    out
}

/// [`unescape`] onto the end of a buffer that is used again and again.
pub fn unescape_into(raw: &str, out: &mut String) {
    let mut rest = raw;
    while let Some(at) = seek::first(rest.as_bytes(), b'\\') {
        out.push_str(&rest[..at]);
        let (ch, used) = escape_at(&rest[at..]);
        out.push(ch);
        rest = &rest[at + used..];
    }
    out.push_str(rest);
}

/// Reads the escape at the start of `text`: the character and the bytes it took.
fn escape_at(text: &str) -> (char, usize) {
    let bytes = text.as_bytes();
    let simple = |ch| (ch, 2);
    match bytes.get(1) {
        Some(b'n') => simple('\n'),
        Some(b't') => simple('\t'),
        Some(b'r') => simple('\r'),
        Some(b'b') => simple('\u{8}'),
        Some(b'f') => simple('\u{c}'),
        Some(&ch @ (b'"' | b'\\' | b'/')) => simple(ch as char),
        Some(b'u') => match hex4(bytes, 2) {
            Some(high @ 0xD800..=0xDBFF) if bytes.get(6..8) == Some(b"\\u") => match hex4(bytes, 8) {
                Some(low @ 0xDC00..=0xDFFF) => {
                    let code = 0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00);
                    (char::from_u32(code).unwrap_or('\u{FFFD}'), 12)
                }
                _ => ('\u{FFFD}', 6),
            },
            Some(code) => (char::from_u32(code).unwrap_or('\u{FFFD}'), 6),
            None => ('\\', 1),
        },
        _ => ('\\', 1),
    }
}

fn hex4(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..at + 4)?.iter().try_fold(0, |code, &b| Some(code * 16 + (b as char).to_digit(16)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_resolve_as_json_says() {
        let cases = [
            (r"C:\\Windows\\a.exe", r"C:\Windows\a.exe"),
            (r#"a\n\t\"b\" \/"#, "a\n\t\"b\" /"),
            (r"\u00e9 \ud83d\ude00", "é 😀"),
            (r"\ud83d alone", "\u{FFFD} alone"),
            (r"\ud83d\u0041", "\u{FFFD}A"),
            (r"broken \u12", r"broken \u12"),
            (r"end \", r"end \"),
        ];
        for (raw, want) in cases {
            assert_eq!(unescape(raw), want);
        }
    }
}
