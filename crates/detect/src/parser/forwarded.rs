//! Reads a line that came with what its sender says of it: `{"carried":"LINE","time":"…","host":"…","fields":{…}}`, as
//! the server writes what collectors send (Splunk's HTTP Event Collector, OTLP). The line is read by whatever parser
//! claims it; what is said beside it counts where it says nothing itself.

use super::room::Room;
use super::walk::Walk;
use super::{JsonCarrier, carried, json};
use crate::event::{Event, Field, Value, unescape};
use crate::time::{EventTime, TimeRules, instant, when};
use std::borrow::Cow;

pub(super) const FORMAT: JsonCarrier = JsonCarrier { classes: Vec::new, read };

const HOST: &str = "host.name";

/// What the server writes; strings are as they stand there.
struct Record<'a> {
    carried: &'a str,
    time: &'a str,
    host: Option<&'a str>,
    fields: Vec<Field<'a>>,
}

fn read<'a>(line: &'a str, room: &'a Room) -> Option<Event<'a>> {
    let record = Record::read(line)?;
    let time = EventTime { at: instant(record.time)?, year_inferred: false, zone_inferred: false };
    let inner = match plain(record.carried) {
        Cow::Borrowed(inner) => inner,
        Cow::Owned(inner) => room.keep(inner)?,
    };
    let rules = TimeRules::utc(time.at);
    let mut event = carried::line(inner, &rules, room);
    let own = when(&event, &rules).filter(|own| !own.zone_inferred && !own.year_inferred);
    event.time = own.or(Some(time));
    if let Some(host) = record.host
        && !event.fields.iter().any(|field| field.name == HOST)
    {
        event.fields.push(Field { name: Cow::Borrowed(HOST), value: Value::Text(plain(host)) });
    }
    event.fields.extend(record.fields);
    Some(event)
}

impl<'a> Record<'a> {
    /// Reads the members; `None` when there are others, which most records of others begin with.
    fn read(line: &'a str) -> Option<Record<'a>> {
        let (mut carried, mut time, mut host, mut has_fields) = (None, None, None, false);
        let mut walk = Walk::new(line);
        walk.expect(b'{', "an object").ok()?;
        let mut more = walk.has_members(b'}').ok()?;
        while more {
            let place = match &*walk.key().ok()? {
                "carried" => &mut carried,
                "time" if carried.is_some() => &mut time,
                "host" if carried.is_some() => &mut host,
                "fields" if carried.is_some() => {
                    has_fields = walk.skip().ok()?.starts_with('{');
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
        let mut fields = Vec::new();
        if has_fields {
            fields = json::flat(line).ok()?.fields;
            fields.retain(|field| field.name.starts_with("fields."));
        }
        Some(Record { carried: carried?, time: time?, host, fields })
    }
}

/// The text of a string; most hold no escapes and are not copied.
fn plain(raw: &str) -> Cow<'_, str> {
    if raw.contains('\\') { Cow::Owned(unescape(raw)) } else { Cow::Borrowed(raw) }
}
