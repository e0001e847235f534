//! Reads syslog as files keep it and as the network carries it.
//! Source: RFC 3164, RFC 5424; rsyslog's file formats (traditional, and Debian's RFC 3339).

use crate::event::{Event, EventClass, Field, Value};
use crate::parser::cut::Cut;
use crate::parser::linux::{Program, push_number};
use crate::parser::{Room, TextFormat, carried, cisco_asa};
use crate::time::{EventTime, TimeRules, when};
use std::borrow::Cow;

pub(super) const FORMAT: TextFormat = TextFormat {
    classes: || Program::classes().into(),
    read: |line, rules, _, room| {
        // Cisco's firewalls stand behind headings of every sort, which they read themselves.
        parse_in(line, rules, room).filter(|_| !cisco_asa::is_one(line, rules))
    },
};

/// Reads one line; `None` when it is not syslog.
///
/// A line is syslog when it starts with a priority (`<34>`), with `Mmm dd hh:mm:ss`, or with an
/// RFC 3339 time that a host name and a tag (`sshd[123]:`) follow. A time that no calendar has
/// (February 30) leaves the event without time.
pub fn parse<'a>(line: &'a str, rules: &TimeRules) -> Option<Event<'a>> {
    parse_in(line, rules, &Room::default())
}

/// As [`parse`], with the room's memory.
fn parse_in<'a>(line: &'a str, rules: &TimeRules, room: &Room) -> Option<Event<'a>> {
    let line = line.trim_end_matches(['\r', '\n']);
    let header = match priority(line) {
        Some((priority, rest)) => {
            let header = structured(rest, rules).or_else(|| dated(rest, rules)).unwrap_or_else(|| bare(rest));
            Header { priority: Some(priority), ..header }
        }
        None => dated(line, rules).filter(Header::is_sure)?,
    };
    Some(header.into_event(line, rules, room))
}

/// What stands before the message, and the message.
#[derive(Default)]
struct Header<'a> {
    priority: Option<&'a str>,
    time: Option<EventTime>,
    iso: bool,
    host: &'a str,
    tag: Tag<'a>,
    msgid: &'a str,
    data: &'a str,
    message: &'a str,
}

/// The program that wrote the message, as `sshd[24200]: ` names it; empty where it names none.
#[derive(Default)]
struct Tag<'a> {
    program: &'a str,
    pid: &'a str,
}

impl<'a> Header<'a> {
    /// Whether the line is syslog though no priority says so. Application logs start with RFC 3339
    /// times too, so there a host and a tag must follow, and the host must not be a log level.
    fn is_sure(&self) -> bool {
        const LEVELS: [&str; 9] =
            ["trace", "debug", "info", "notice", "warn", "warning", "error", "fatal", "critical"];
        let is_name = |name: &str| name.bytes().all(|b| b.is_ascii_alphanumeric() || b".-_:%".contains(&b));
        let is_host =
            |name: &str| is_name(name) && !LEVELS.iter().any(|level| name.eq_ignore_ascii_case(level));
        let is_told = !self.tag.program.is_empty() || carried::is_marked(self.message);
        !self.iso || (!self.host.is_empty() && is_told && is_host(self.host))
    }

    fn into_event(self, line: &'a str, rules: &TimeRules, room: &Room) -> Event<'a> {
        if let Some(inner) = carried::message(self.message.trim_start(), rules, room) {
            return self.carrying(inner, line, rules);
        }
        // A module in the tag is how PAM wrote before 2005: `sshd(pam_unix)[19939]: `.
        let (program, module) = match self.tag.program.strip_suffix(')').and_then(|tag| tag.cut_at("(pam_")) {
            Some((program, _)) => (program, &self.tag.program[program.len() + 1..self.tag.program.len() - 1]),
            None => (self.tag.program, ""),
        };
        let known = Program::named(program);
        let mut event = Event::new(known.class(self.facility()), line);
        event.time = self.time;
        event.fields = room.fields(12);
        for (name, value) in [("host.name", self.host), ("process.name", program)] {
            if !value.is_empty() {
                event.push(name, value);
            }
        }
        for (name, value) in
            [("process.pid", self.tag.pid), ("log.syslog.priority", self.priority.unwrap_or(""))]
        {
            if !value.is_empty() {
                push_number(&mut event, name, value);
            }
        }
        if !self.msgid.is_empty() {
            event.push("log.syslog.msgid", self.msgid);
        }
        structured_data(&mut event, self.data);
        known.read(&mut event, module, self.message);
        event
    }

    /// The record that the message is, with what the header says of it: the header's host comes first,
    /// and its time counts when the record has none.
    fn carrying(self, mut inner: Event<'a>, line: &'a str, rules: &TimeRules) -> Event<'a> {
        let mut event = Event::new(inner.class, line);
        event.fields.reserve(inner.fields.len() + 5);
        for (name, value) in [("host.name", self.host), ("log.syslog.appname", self.tag.program)] {
            if !value.is_empty() {
                event.push(name, value);
            }
        }
        for (name, value) in
            [("log.syslog.procid", self.tag.pid), ("log.syslog.priority", self.priority.unwrap_or(""))]
        {
            if !value.is_empty() {
                push_number(&mut event, name, value);
            }
        }
        if event.class == EventClass::UNKNOWN {
            // An object of an unknown program is still that program's message.
            event.class = Program::named(self.tag.program).class(self.facility());
            if inner.get("message").is_none() {
                event.push("message", self.message);
            }
        }
        event.time = when(&inner, rules).or(self.time);
        event.origin = inner.origin;
        event.fields.append(&mut inner.fields);
        event
    }

    fn facility(&self) -> Option<u8> {
        self.priority?.parse::<u8>().ok().map(|priority| priority / 8)
    }
}

/// Splits `<34>` off: the priority, 0 to 191, and the rest.
fn priority(line: &str) -> Option<(&str, &str)> {
    let (number, rest) = line.strip_prefix('<')?.cut(b'>')?;
    let valid = digits(number)?.parse::<u8>().is_ok_and(|number| number <= 191);
    valid.then_some((number, rest))
}

/// RFC 5424 after the priority: `1 TIME HOST APP PROCID MSGID DATA MESSAGE`, `-` for nothing.
fn structured<'a>(rest: &'a str, rules: &TimeRules) -> Option<Header<'a>> {
    let (time, rest) = word(rest.strip_prefix("1 ")?);
    let time = if time == "-" { None } else { Some(rules.read(time)?) };
    let (host, rest) = word(rest);
    let (program, rest) = word(rest);
    let (pid, rest) = word(rest);
    let (msgid, rest) = word(rest);
    let (data, message) = rest.split_at(structured_data_end(rest)?);
    let given = |text: &'a str| if text == "-" { "" } else { text };
    Some(Header {
        time,
        host: given(host),
        tag: Tag { program: given(program), pid: digits(pid).unwrap_or("") },
        msgid: given(msgid),
        data,
        message: message.trim_start().trim_start_matches('\u{FEFF}'),
        ..Header::default()
    })
}

/// `Mmm dd hh:mm:ss HOST TAG: MESSAGE`, or the same with an RFC 3339 time.
fn dated<'a>(line: &'a str, rules: &TimeRules) -> Option<Header<'a>> {
    let (time, iso, rest) = match bsd_time(line, rules) {
        Some((time, rest)) => (time, false, rest),
        None => {
            let (time, rest) = iso_time(line, rules)?;
            (Some(time), true, rest)
        }
    };
    let rest = rest.trim_start_matches(' ');
    let (first, after) = word(rest);
    // A first word that is a tag means that the writer left the host out.
    let hostless = first.ends_with(':') && !first.ends_with("::") && !iso;
    let (host, rest) = if hostless { ("", rest) } else { (first, after.trim_start_matches(' ')) };
    let (tag, message) = tag(rest);
    Some(Header { time, iso, host, tag, message, ..Header::default() })
}

/// What follows a priority without time and host.
fn bare(rest: &str) -> Header<'_> {
    let (tag, message) = tag(rest);
    Header { tag, message, ..Header::default() }
}

/// Splits `sshd[24200]: text` into the tag and the text; a message without tag is all text.
fn tag(rest: &str) -> (Tag<'_>, &str) {
    if carried::is_marked(rest) {
        return (Tag::default(), rest);
    }
    let (head, after) = match rest.strip_prefix("-- ") {
        // What login writes when the host name is empty: `-- root[2421]: ROOT LOGIN ON tty2`.
        Some(login) if word(login).0.ends_with("]:") => rest.split_at(3 + word(login).0.len()),
        _ => word(rest),
    };
    if let Some(name) = head.strip_suffix(':') {
        return (Tag::read(name), after);
    }
    if let Some((name, _)) = head.cut_at("]:") {
        let end = name.len();
        return (Tag::read(&rest[..=end]), &rest[end + 2..]);
    }
    // `syslogd 1.4.1: restart.` tells its version.
    match word(after) {
        (version, text) if version.ends_with(':') && version.starts_with(|ch: char| ch.is_ascii_digit()) => {
            (Tag::read(head), text)
        }
        _ => (Tag::default(), rest),
    }
}

impl<'a> Tag<'a> {
    fn read(name: &'a str) -> Tag<'a> {
        let parts = name.strip_suffix(']').and_then(|name| name.cut_at_last("["));
        match parts.and_then(|(program, pid)| Some((program, digits(pid)?))) {
            Some((program, pid)) => Tag { program, pid },
            None => Tag { program: name, pid: "" },
        }
    }
}

/// The text up to the first blank, and what follows the blank.
fn word(text: &str) -> (&str, &str) {
    text.cut(b' ').unwrap_or((text, ""))
}

fn digits(text: &str) -> Option<&str> {
    (!text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())).then_some(text)
}

/// Reads `Mmm dd hh:mm:ss` at the start, as RFC 3164 has it; a year after the day and a fraction
/// of the second, which some writers add, are read too. Gives the time, unless no calendar has it,
/// and the rest; `None` when the text does not start like this.
pub(crate) fn bsd_time<'a>(text: &'a str, rules: &TimeRules) -> Option<(Option<EventTime>, &'a str)> {
    let bytes = text.as_bytes();
    let month = month(bytes.get(..3)?)?;
    let (day, at) = match *bytes.get(3..7)? {
        [b' ', b' ', d @ b'0'..=b'9', b' '] => (d - b'0', 7),
        [b' ', t @ b'0'..=b'3', d @ b'0'..=b'9', b' '] => ((t - b'0') * 10 + (d - b'0'), 7),
        [b' ', d @ b'1'..=b'9', b' ', _] => (d - b'0', 6),
        _ => return None,
    };
    let year = bytes.get(at..at + 5).filter(|year| year[4] == b' ').and_then(|year| number(&year[..4]));
    let at = if year.is_some() { at + 5 } else { at };
    let (hour, minute, second) = clock(bytes.get(at..at + 8)?)?;
    let mut rest = &text[at + 8..];
    if let Some(fraction) = rest.strip_prefix('.') {
        rest = fraction.trim_start_matches(|ch: char| ch.is_ascii_digit());
    }
    if !(rest.is_empty() || rest.starts_with([' ', ':'])) {
        return None;
    }
    let (month, day) = (month as i8, day as i8);
    let time = match year {
        Some(year) => jiff::civil::DateTime::new(year as i16, month, day, hour, minute, second, 0)
            .ok()
            .and_then(|civil| rules.in_zone(civil)),
        None => rules.with_year(month, day, hour, minute, second),
    };
    Some((time, rest.strip_prefix(':').unwrap_or(rest)))
}

/// Reads an RFC 3339 time with `T` that ends at a blank: the time and the rest.
pub(crate) fn iso_time<'a>(text: &'a str, rules: &TimeRules) -> Option<(EventTime, &'a str)> {
    let bytes = text.as_bytes();
    if bytes.get(4) != Some(&b'-') || bytes.get(10) != Some(&b'T') || !bytes[0].is_ascii_digit() {
        return None;
    }
    let (time, rest) = word(text);
    // No writer needs more than nanoseconds and an offset; longer words are not times.
    (time.len() <= 40).then(|| rules.read(time)).flatten().map(|time| (time, rest))
}

/// `Jan` is 1.
pub(crate) fn month(name: &[u8]) -> Option<u8> {
    const MONTHS: [&[u8; 3]; 12] =
        [b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec"];
    MONTHS.iter().position(|month| *month == name).map(|at| at as u8 + 1)
}

/// `06:55:46` as numbers. A leap second reads as the second before it.
pub(crate) fn clock(text: &[u8]) -> Option<(i8, i8, i8)> {
    let two = |at: usize| number(text.get(at..at + 2)?).map(|number| number as i8);
    if text.len() != 8 || text[2] != b':' || text[5] != b':' {
        return None;
    }
    let second = if &text[6..] == b"60" { 59 } else { two(6)? };
    Some((two(0)?, two(3)?, second))
}

/// Up to four ASCII digits as a number.
pub(crate) fn number(text: &[u8]) -> Option<u16> {
    text.iter().try_fold(0, |sum, b| b.is_ascii_digit().then(|| sum * 10 + u16::from(b - b'0')))
}

/// Where RFC 5424's structured data ends: after `-`, or after the last element.
fn structured_data_end(text: &str) -> Option<usize> {
    if text == "-" || text.starts_with("- ") {
        return Some(1);
    }
    let mut quoted = false;
    let mut escaped = false;
    let mut inside = false;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' if inside => quoted = !quoted,
            _ if quoted => {}
            b'[' if !inside => inside = true,
            b']' if inside => inside = false,
            _ if inside => {}
            _ => return (at > 0 && byte == b' ').then_some(at),
        }
    }
    (!inside && !text.is_empty()).then_some(text.len())
}

/// Adds `[id key="value"]…` as `log.syslog.structured_data.id.key`.
fn structured_data<'a>(event: &mut Event<'a>, data: &'a str) {
    let mut rest = data;
    while let Some(element) = rest.strip_prefix('[') {
        let id_end = element.find([' ', ']']).unwrap_or(element.len());
        let (id, mut params) = element.split_at(id_end);
        while let Some((key, value)) = params.strip_prefix(' ').and_then(|param| param.cut_at("=\"")) {
            let end = quote_end(value);
            let raw = &value[..end];
            event.fields.push(Field {
                name: Cow::Owned(format!("log.syslog.structured_data.{id}.{key}")),
                value: Value::Text(if raw.has(b'\\') {
                    Cow::Owned(unescape(raw))
                } else {
                    Cow::Borrowed(raw)
                }),
            });
            params = value.get(end + 1..).unwrap_or("");
        }
        rest = params.strip_prefix(']').unwrap_or("");
    }
}

/// Where the quote that ends a value stands, minding `\"`.
fn quote_end(value: &str) -> usize {
    let bytes = value.as_bytes();
    let mut at = 0;
    while let Some(found) = memchr::memchr2(b'"', b'\\', &bytes[at..]) {
        at += found;
        if bytes[at] == b'"' {
            return at;
        }
        at = (at + 2).min(bytes.len());
    }
    bytes.len()
}

/// RFC 5424 escapes `"`, `\` and `]` and leaves any other backslash alone.
fn unescape(raw: &str) -> String {
    raw.replace("\\\"", "\"").replace("\\]", "]").replace("\\\\", "\\")
}
