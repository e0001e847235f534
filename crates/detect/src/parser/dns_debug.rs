//! Reads the packets that Windows' DNS server writes to its debug log, one a line.
//! Source: Microsoft, "DNS logging and diagnostics"; the heading of `dns.log` ("Message logging key").

use super::address::is_ip;
use super::{Room, TextFormat, dns};
use crate::event::{Event, EventClass, Origin, Value};
use crate::parser::cut::Cut;
use crate::time::{EventTime, TimeRules};
use jiff::civil::DateTime;
use std::borrow::Cow;

pub(super) const FORMAT: TextFormat =
    TextFormat { classes: || vec![DEBUG_LOG], read: |line, rules, _, room| read(line, rules, room) };

const DEBUG_LOG: EventClass =
    EventClass { product: "", services: &["dns-server-debug"], categories: &["dns"] };

static ORIGIN: Origin = Origin {
    name: "Windows DNS debug log",
    clocks: &[],
    telling: &[&["dns.question.name", "record_type", "source.ip"]],
};

/// `3/2/2026 9:14:10 AM 0E44 PACKET  000001D2F0C5E2B0 UDP Rcv 192.0.2.41 b6a4   Q [0001   D   NOERROR] A
/// (3)www(7)example(3)org(0)`.
fn read<'a>(line: &'a str, rules: &TimeRules, room: &'a Room) -> Option<Event<'a>> {
    let line = line.trim_end();
    // Most lines of other formats do not begin with a date.
    if !line.starts_with(|ch: char| ch.is_ascii_digit()) {
        return None;
    }
    let (head, rest) = line.cut_at(" PACKET ")?;
    let (flags, question) = rest.cut(b'[')?;
    let (codes, question) = question.cut(b']')?;
    let mut words = flags.words();
    let (_packet, transport, direction, client) =
        (words.next()?, words.next()?, words.next()?, words.next()?);
    if !matches!(transport, "UDP" | "TCP") || !matches!(direction, "Rcv" | "Snd") || !is_ip(client) {
        return None;
    }
    let is_response = words.any(|word| word == "R");
    let mut question = question.words();
    let (kind, name) = (question.next()?, question.next()?);
    let mut event = Event::new(DEBUG_LOG, line);
    event.origin = &ORIGIN;
    event.time = when(head, rules);
    event.fields = room.fields(12);
    event.push("network.transport", if transport == "UDP" { "udp" } else { "tcp" });
    event.push("dns.type", if is_response { "answer" } else { "query" });
    event.push("dns.debug.direction", direction);
    // The other side is who asks, unless the server passes a question on.
    let end = if (direction == "Rcv") == is_response { "destination.ip" } else { "source.ip" };
    event.push(end, client);
    event.push("record_type", kind);
    event.push("dns.question.type", kind);
    if let Some(code) = codes.split_ascii_whitespace().next_back() {
        event.push("dns.response_code", code);
    }
    dns::push_question(&mut event, &Value::Text(Cow::Borrowed(room.keep(name_of(name)?)?)));
    Some(event)
}

/// `(3)www(7)example(3)org(0)` is `www.example.org`.
fn name_of(text: &str) -> Option<String> {
    let mut name = None;
    let mut rest = text.cut(b'(')?.1;
    loop {
        let (part, behind) = rest.cut(b'(').unwrap_or((rest, ""));
        match (part.cut(b')'), &mut name) {
            (Some((_, label)), None) => {
                let mut first = String::with_capacity(text.len());
                first.push_str(label);
                name = Some(first);
            }
            (Some((_, label)), Some(name)) if !label.is_empty() => {
                name.push('.');
                name.push_str(label);
            }
            _ => {}
        }
        if behind.is_empty() {
            return name;
        }
        rest = behind;
    }
}

/// Three numbers of up to four digits between signs.
fn three(text: &str, signs: &[u8]) -> Option<[i16; 3]> {
    let mut parts = text.as_bytes().split(|b| signs.contains(b));
    let mut next = || {
        let digits = parts.next().filter(|digits| (1..=4).contains(&digits.len()))?;
        digits.iter().try_fold(0, |sum, b| b.is_ascii_digit().then(|| sum * 10 + i16::from(b - b'0')))
    };
    let three = [next()?, next()?, next()?];
    parts.next().is_none().then_some(three)
}

/// The local time as the server's language writes it: `3/2/2026 9:14:10 AM` is March 2nd, and without AM
/// or PM the day comes first, unless the year does.
fn when(head: &str, rules: &TimeRules) -> Option<EventTime> {
    let mut words = head.words();
    let (date, clock) = (words.next()?, words.next()?);
    let half = words.next().filter(|word| matches!(*word, "AM" | "PM"));
    let (year, month, day) = match three(date, b"/.-")? {
        [year, month, day] if year > 99 => (year, month, day),
        [month, day, year] if half.is_some() => (year, month, day),
        [day, month, year] => (year, month, day),
    };
    let [hour, minute, second] = three(clock, b":")?.map(|part| i8::try_from(part).ok());
    let (hour, minute, second) = (hour?, minute?, second?);
    let hour = match half {
        Some(half) => hour % 12 + if half == "PM" { 12 } else { 0 },
        None => hour,
    };
    let (month, day) = (i8::try_from(month).ok()?, i8::try_from(day).ok()?);
    rules.in_zone(DateTime::new(year, month, day, hour, minute, second, 0).ok()?)
}
