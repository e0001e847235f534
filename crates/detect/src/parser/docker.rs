//! Reads what Docker keeps of a container's output: `{"log":"LINE\n","stream":"stdout","time":"…"}`. The
//! line is read by whatever parser claims it.
//! Source: moby, `daemon/logger/jsonfilelog/jsonlog/jsonlog.go`.

use super::carried;
use super::container::{CONTAINER, printed};
use super::json::JsonFormat;
use crate::event::{Event, Value, unescape};
use crate::time::{EventTime, TimeRules};
use jiff::Timestamp;
use std::borrow::Cow;

pub(super) const FORMAT: JsonFormat = JsonFormat { classes: || vec![CONTAINER], claim };

/// Recognises the record by its members, of which Docker writes three, and `attrs` when asked to.
fn claim(event: &mut Event<'_>) -> bool {
    let (mut log, mut stream, mut time) = (None, None, None);
    for field in &event.fields {
        match (&*field.name, &field.value) {
            ("log", &Value::Escaped(raw)) => log = Some(raw),
            ("stream", &Value::Escaped(raw)) => stream = Some(raw),
            ("time", &Value::Escaped(raw)) => time = Some(raw),
            (name, _) if name.starts_with("attrs.") => {}
            _ => return false,
        }
    }
    let (Some(raw), Some(stream), Some(time)) = (log, stream, time) else { return false };
    // As RFC 3339 says it, to the nanosecond.
    let Ok(at) = time.parse::<Timestamp>() else { return false };
    let (stream, rules) = (plain(stream), TimeRules::utc(at));
    let raw = raw.strip_suffix("\\n").unwrap_or(raw);
    let raw = raw.strip_suffix("\\r").unwrap_or(raw);
    let inner = match plain(raw) {
        Cow::Borrowed(line) => carried::line(line, &rules),
        Cow::Owned(line) => carried::line(&line, &rules).into_owned(),
    };
    let time = EventTime { at, year_inferred: false, zone_inferred: false };
    let inner = printed(inner, stream, time);
    event.class = inner.class;
    event.origin = inner.origin;
    event.time = inner.time;
    event.repeated = inner.repeated;
    let members = std::mem::replace(&mut event.fields, inner.fields);
    event.fields.extend(members.into_iter().filter(|field| field.name.starts_with("attrs.")));
    true
}

/// The text of a string; most hold no escapes and are not copied.
fn plain(raw: &str) -> Cow<'_, str> {
    if memchr::memchr(b'\\', raw.as_bytes()).is_some() {
        Cow::Owned(unescape(raw))
    } else {
        Cow::Borrowed(raw)
    }
}
