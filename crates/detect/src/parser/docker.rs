//! Reads what Docker keeps of a container's output: `{"log":"LINE\n","stream":"stdout","time":"…"}`. The
//! line is read by whatever parser claims it.
//! Source: moby, `daemon/logger/jsonfilelog/jsonlog/jsonlog.go`.

use super::carried;
use super::container::{CONTAINER, printed};
use super::json::JsonFormat;
use crate::event::{Event, Value, unescape};
use crate::time::TimeRules;
use jiff::Timestamp;
use std::borrow::Cow;

pub(super) const FORMAT: JsonFormat = JsonFormat { classes: || vec![CONTAINER], claim };

/// Recognises the record by its members, of which Docker writes three, and `attrs` when asked to.
fn claim(event: &mut Event<'_>) -> bool {
    let names = ["log", "stream", "time"];
    let is_ours = event.fields.len() >= 3
        && event.fields.iter().all(|field| names.contains(&&*field.name) || field.name.starts_with("attrs."));
    if !is_ours {
        return false;
    }
    let (Some(&Value::Escaped(raw)), Some(stream), Some(time)) =
        (event.get("log"), event.text_of("stream"), event.text_of("time"))
    else {
        return false;
    };
    // As RFC 3339 says it, to the nanosecond.
    let Ok(at) = time.parse::<Timestamp>() else { return false };
    let (stream, rules) = (stream.into_owned(), TimeRules::utc(at));
    let raw = raw.strip_suffix("\\n").unwrap_or(raw);
    let raw = raw.strip_suffix("\\r").unwrap_or(raw);
    let inner = if memchr::memchr(b'\\', raw.as_bytes()).is_some() {
        carried::line(&unescape(raw), &rules).into_owned()
    } else {
        carried::line(raw, &rules)
    };
    let attributes = event.fields.drain(..).filter(|field| field.name.starts_with("attrs."));
    let attributes: Vec<_> = attributes.collect();
    let time = crate::time::EventTime { at, year_inferred: false, zone_inferred: false };
    let inner = printed(inner, Cow::Owned(stream), time);
    event.class = inner.class;
    event.origin = inner.origin;
    event.time = inner.time;
    event.repeated = inner.repeated;
    event.fields = inner.fields;
    event.fields.extend(attributes);
    true
}
