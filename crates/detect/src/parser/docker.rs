//! Reads what Docker keeps of a container's output: `{"log":"LINE\n","stream":"stdout","time":"…"}`. The
//! line is read by whatever parser claims it.
//! Source: moby, `daemon/logger/jsonfilelog/jsonlog/jsonlog.go`.

use super::container::{CONTAINER, printed};
use super::cut::Cut;
use super::room::Room;
use super::walk::Walk;
use super::{JsonCarrier, carried, json};
use crate::event::{Event, Field, unescape};
use crate::time::{EventTime, TimeRules, instant};
use std::borrow::Cow;

pub(super) const FORMAT: JsonCarrier = JsonCarrier { classes: || vec![CONTAINER], read };

/// What Docker writes: three members, and `attrs` when asked to. Strings are as they stand there.
struct Record<'a> {
    log: &'a str,
    stream: &'a str,
    time: &'a str,
    attributes: Vec<Field<'a>>,
}

fn read<'a>(line: &'a str, room: &'a Room) -> Option<Event<'a>> {
    let record = Record::read(line)?;
    // As RFC 3339 says it, to the nanosecond.
    let at = instant(record.time)?;
    let raw = record.log.strip_suffix("\\n").unwrap_or(record.log);
    let raw = raw.strip_suffix("\\r").unwrap_or(raw);
    let inner = match plain(raw) {
        Cow::Borrowed(inner) => inner,
        Cow::Owned(inner) => room.keep(inner)?,
    };
    let mut event = carried::line(inner, &TimeRules::utc(at), room);
    printed(&mut event, plain(record.stream), EventTime { at, year_inferred: false, zone_inferred: false });
    event.text = Cow::Borrowed(line);
    event.fields.extend(record.attributes);
    Some(event)
}

impl<'a> Record<'a> {
    /// Reads the members; `None` when there are others, which most records of others begin with.
    fn read(line: &'a str) -> Option<Record<'a>> {
        let (mut log, mut stream, mut time, mut has_attributes) = (None, None, None, false);
        let mut walk = Walk::new(line);
        walk.expect(b'{', "an object").ok()?;
        let mut more = walk.has_members(b'}').ok()?;
        while more {
            let place = match walk.raw_key().ok()? {
                ("log", true) => &mut log,
                ("stream", true) => &mut stream,
                ("time", true) => &mut time,
                ("attrs", true) => {
                    has_attributes = walk.skip().ok()?.starts_with('{');
                    more = walk.has_more(b'}').ok()?;
                    continue;
                }
                _ => return None,
            };
            if walk.peek()? != b'"' {
                return None;
            }
            *place = Some(walk.text().ok()?);
            more = walk.has_more(b'}').ok()?;
        }
        walk.end().ok()?;
        let mut attributes = Vec::new();
        if has_attributes {
            attributes = json::flat(line).ok()?.fields;
            attributes.retain(|field| field.name.starts_with("attrs."));
        }
        Some(Record { log: log?, stream: stream?, time: time?, attributes })
    }
}

/// The text of a string; most hold no escapes and are not copied.
fn plain(raw: &str) -> Cow<'_, str> {
    if raw.has(b'\\') { Cow::Owned(unescape(raw)) } else { Cow::Borrowed(raw) }
}
