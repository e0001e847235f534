//! Reads logfmt, as programs written in Go log: `time=… level=info msg="…" key=value`.
//! Source: logrus and log/slog text handlers; go-kit `log`.
//!
//! Nothing in a line says that it is logfmt, so every word must be a pair and one of them must say how
//! severe it is or what happened.

use super::cut::Cut;
use super::{Room, TextFormat};
use crate::event::{Clock, ClockReading, Event, EventClass, Field, Origin, Value, unescape};
use std::borrow::Cow;

pub(super) const FORMAT: TextFormat =
    TextFormat { classes: || vec![CLASS], read: |line, _, _, room| read(line, room) };

static ORIGIN: Origin = Origin {
    name: "logfmt",
    clocks: &[
        Clock { field: "time", reading: ClockReading::Local },
        Clock { field: "ts", reading: ClockReading::Local },
        Clock { field: "ts", reading: ClockReading::EpochSeconds },
        Clock { field: "t", reading: ClockReading::Local },
        Clock { field: "timestamp", reading: ClockReading::Local },
    ],
    telling: &[&["message"]],
};

const CLASS: EventClass = EventClass { product: "", services: &["logfmt"], categories: &[] };

/// Fields kept at most; programs write some dozen.
const FIELDS_LIMIT: usize = 512;

/// Reads one line; `None` when some word of it is no pair, or nothing says that it is a log line.
fn read<'a>(line: &'a str, room: &Room) -> Option<Event<'a>> {
    let mut rest = line.trim();
    // Most lines of other formats have no pair at the start.
    let (first, _) = rest.cut(b'=')?;
    if !is_key(first) || first == "node" {
        return None;
    }
    let mut event = Event::new(CLASS, line);
    event.origin = &ORIGIN;
    event.fields = room.fields(8);
    let mut is_log = false;
    while !rest.is_empty() {
        let (key, after) = rest.cut(b'=')?;
        if !is_key(key) {
            return None;
        }
        let (value, after) = value(after)?;
        // An audit record's stamp is written like a pair.
        if key == "msg" && matches!(&value, Value::Text(text) if text.starts_with("audit(")) {
            return None;
        }
        // FortiOS writes pairs as well, and says of what kind a record is.
        if key == "subtype" && event.get("type").is_some() {
            return None;
        }
        is_log |= matches!(key, "level" | "lvl" | "msg");
        if event.fields.len() < FIELDS_LIMIT {
            event.fields.push(Field { name: Cow::Borrowed(key), value });
        }
        rest = after.trim_start_matches(' ');
    }
    if !is_log || event.fields.len() < 2 {
        return None;
    }
    if let Some(message) = event.get("msg").cloned() {
        event.fields.push(Field { name: Cow::Borrowed("message"), value: message });
    }
    Some(event)
}

fn is_key(key: &str) -> bool {
    !key.is_empty()
        && key.len() <= 128
        && key.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'-' | b'@' | b'/'))
}

/// Splits a value off: in quotes with escapes, or up to the next blank.
pub(super) fn value(text: &str) -> Option<(Value<'_>, &str)> {
    let Some(quoted) = text.strip_prefix('"') else {
        let (word, rest) = text.cut(b' ').unwrap_or((text, ""));
        return (!word.contains('"')).then_some((Value::Text(Cow::Borrowed(word)), rest));
    };
    let bytes = quoted.as_bytes();
    let mut at = 0;
    loop {
        at += memchr::memchr2(b'"', b'\\', bytes.get(at..)?)?;
        if bytes[at] == b'"' {
            break;
        }
        at += 2;
    }
    let (inside, rest) = (&quoted[..at], &quoted[at + 1..]);
    if !(rest.is_empty() || rest.starts_with(' ')) {
        return None;
    }
    let inside = if inside.contains('\\') { Cow::Owned(unescape(inside)) } else { Cow::Borrowed(inside) };
    Some((Value::Text(inside), rest))
}
