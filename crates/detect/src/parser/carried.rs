//! Records that other records carry: what a container prints, and what comes as the message of syslog.

use super::{TEXT_FORMATS, cef, event_xml, fortinet, json, leef, text};
use crate::event::Event;
use crate::parser::{Heading, Room};
use crate::time::TimeRules;

/// Reads a line of any format but those that carry others; one that no parser claims is text.
pub(super) fn line<'a>(line: &'a str, rules: &TimeRules, room: &'a Room) -> Event<'a> {
    let trimmed = line.trim();
    if trimmed.starts_with('{') {
        return json::parse_in(trimmed, room).unwrap_or_else(|_| text::parse(line, rules));
    }
    let heading = Heading::default();
    for (_, format) in TEXT_FORMATS {
        if let Some(event) = (format.read)(line, rules, &heading, room) {
            return event;
        }
    }
    text::parse(line, rules)
}

/// Whether a message begins like a record that [`message`] reads.
pub(super) fn is_marked(message: &str) -> bool {
    ["CEF:", "LEEF:", "@cee:", "date="].iter().any(|mark| message.starts_with(mark))
}

/// Reads the message of a syslog line that is a record of its own: a JSON object, bare or behind
/// `@cee:`, a CEF, LEEF or FortiOS record, or an event as XML. `None` for a message that is anything else.
pub(super) fn message<'a>(message: &'a str, rules: &TimeRules, room: &Room) -> Option<Event<'a>> {
    match message.as_bytes().first()? {
        b'C' => cef::read(message, rules, room),
        b'L' => leef::read(message, rules, room),
        b'd' | b't' => fortinet::read(message, rules, room),
        b'<' => event_xml::read(message),
        b'{' => json::parse_in(message.trim_end(), room).ok(),
        b'@' => json::parse_in(message.strip_prefix("@cee:")?.trim(), room).ok(),
        _ => None,
    }
}
