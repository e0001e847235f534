//! Reads FortiOS' own format, of FortiGate, FortiProxy, FortiWeb and FortiMail: `date=… time=… devname="…" logid="…"
//! type="traffic"subtype="forward" srcip=…`, bare or as the message of a syslog line.
//! Source: FortiOS 7.6 Log Message Reference.

use super::cut::Cut;
use super::logfmt::value;
use super::{Room, TextFormat};
use crate::event::{Event, EventClass, Field, Origin, Value};
use crate::time::{EventTime, TimeRules};
use jiff::Timestamp;
use std::borrow::Cow;

pub(super) const FORMAT: TextFormat =
    TextFormat { classes: || CLASSES.into(), read: |line, rules, _, room| read(line, rules, room) };

static ORIGIN: Origin = Origin {
    name: "Fortinet",
    clocks: &[],
    telling: &[
        &["attack", "srcip", "dstip", "action"],
        &["message"],
        &["subtype", "srcip", "dstip", "dstport", "action"],
        &["type", "subtype"],
    ],
};

/// By the record's `type`; the first for any other.
const CLASSES: [EventClass; 4] = [
    class(&["fortios"], &[]),
    class(&["event", "fortios"], &[]),
    class(&["traffic", "fortios"], &["firewall"]),
    class(&["utm", "fortios"], &["firewall"]),
];

const fn class(services: &'static [&'static str], categories: &'static [&'static str]) -> EventClass {
    EventClass { product: "fortigate", services, categories }
}

/// How a record begins.
const STARTS: [&str; 8] =
    ["date=", "time=", "timestamp=", "devname=", "logver=", "type=\"", "eventtime=", "itime="];

/// Fields kept at most.
const FIELDS_LIMIT: usize = 512;

/// Reads one record; `None` when the line is none.
pub(super) fn read<'a>(line: &'a str, rules: &TimeRules, room: &Room) -> Option<Event<'a>> {
    let mut rest = line.trim();
    let is_start = matches!(rest.as_bytes().first(), Some(b'd' | b't' | b'l' | b'e' | b'i'));
    if !is_start || !STARTS.iter().any(|start| rest.starts_with(start)) {
        return None;
    }
    // One of them says that it is no other program's.
    rest.cut_at("subtype=")?;
    let mut event = Event::new(CLASSES[0], line);
    event.origin = &ORIGIN;
    event.fields = room.fields(40);
    let between = if rest.cut(b' ').is_none_or(|(first, _)| first.has(b',')) { b',' } else { b' ' };
    let (mut date, mut time, mut zone, mut count) = ("", "", "", "");
    while let Some((key, after)) = rest.cut(b'=') {
        let key = key.trim_ascii();
        if key.is_empty() || key.len() > 64 || key.has(b' ') {
            return None;
        }
        let (value, after) = text(after, between)?;
        match (key, &value) {
            ("date", Cow::Borrowed(text)) => date = text,
            ("time", Cow::Borrowed(text)) => time = text,
            ("tz", Cow::Borrowed(text)) => zone = text,
            ("eventtime", Cow::Borrowed(text)) => count = text,
            ("type", _) => event.class = class_of(&value),
            _ => {}
        }
        if event.fields.len() < FIELDS_LIMIT && !value.is_empty() {
            for name in shared(key) {
                if event.get(name).is_none() && !matches!(&*value, "N/A" | "unknown" | "0.0.0.0") {
                    event.push(name, value.clone());
                }
            }
            event.fields.push(Field { name: Cow::Borrowed(key), value: Value::Text(value) });
        }
        rest = after.trim_start_matches([' ', ',']);
    }
    event.time = since_1970(count).or_else(|| civil(date, time, zone, rules));
    who_from(&mut event);
    match event.text_of("status").map(|status| status.to_ascii_lowercase()).as_deref() {
        Some("success") => event.push("event.outcome", "success"),
        Some("failure" | "failed" | "fail") => event.push("event.outcome", "failure"),
        _ => {}
    }
    Some(event)
}

/// A value: in quotes, in doubled quotes as some relays leave them, or up to the next pair.
fn text(after: &str, between: u8) -> Option<(Cow<'_, str>, &str)> {
    if let Some(doubled) = after.strip_prefix("\"\"")
        && !doubled.is_empty()
        && !doubled.as_bytes().starts_with(&[between])
    {
        let (inside, rest) = doubled.cut_at("\"\"")?;
        return Some((Cow::Borrowed(inside), rest));
    }
    if between == b' '
        && let Some((Value::Text(text), rest)) = value(after)
    {
        return Some((text, rest));
    }
    // A quote inside a word, or behind a quoted one; and pairs that commas part.
    if let Some((inside, rest)) = after.strip_prefix('"').and_then(|quoted| quoted.cut(b'"')) {
        return Some((Cow::Borrowed(inside), rest));
    }
    let (word, rest) = after.cut(between).unwrap_or((after, ""));
    Some((Cow::Borrowed(word.trim_matches('"')), rest))
}

fn class_of(kind: &str) -> EventClass {
    match kind {
        "event" => CLASSES[1],
        "traffic" => CLASSES[2],
        "utm" => CLASSES[3],
        _ => CLASSES[0],
    }
}

fn shared(key: &str) -> &'static [&'static str] {
    match key {
        "srcip" | "src" | "remip" => &["source.ip", "src_ip"],
        "srcport" | "src_port" | "remport" => &["source.port", "src_port"],
        "dstip" | "dst" | "locip" => &["destination.ip", "dst_ip"],
        "dstport" | "dst_port" | "locport" => &["destination.port", "dst_port"],
        "user" | "unauthuser" => &["user.name"],
        "srcname" => &["host.name"],
        "devname" => &["observer.name"],
        "action" => &["event.action"],
        "msg" => &["message"],
        "url" => &["url.full"],
        "hostname" => &["destination.domain"],
        "qname" => &["dns.question.name"],
        "agent" => &["user_agent.original"],
        "filename" => &["file.name"],
        "attack" => &["rule.name"],
        "level" => &["log.level"],
        _ => &[],
    }
}

/// Where nobody says who came, what the console says of it may: `ui="https(192.0.2.1)"`, `userip`, `ip`.
fn who_from(event: &mut Event<'_>) {
    if event.get("source.ip").is_some() {
        return;
    }
    let within = |text: &str| text.cut(b'(').map(|(_, inside)| inside.trim_end_matches(')').to_owned());
    let told = ["userip", "ip", "client_ip"].iter().find_map(|name| event.text_of(name)).map(Cow::into_owned);
    let told = told.or_else(|| event.text_of("ui").and_then(|text| within(&text)));
    if let Some(address) = told.filter(|text| super::address::is_ip(text)) {
        event.push("source.ip", address.clone());
        event.push("src_ip", address);
    }
}

/// `eventtime`: seconds, or nanoseconds since FortiOS 6.2.
fn since_1970(count: &str) -> Option<EventTime> {
    let count: i128 = count.parse().ok()?;
    let at = match count {
        0..100_000_000_000 => Timestamp::from_second(i64::try_from(count).ok()?),
        _ => Timestamp::from_nanosecond(count),
    };
    Some(EventTime { at: at.ok()?, year_inferred: false, zone_inferred: false })
}

fn civil(date: &str, time: &str, zone: &str, rules: &TimeRules) -> Option<EventTime> {
    if date.len() != 10 || time.len() != 8 {
        return None;
    }
    rules.read(&format!("{date}T{time}{}", if zone.len() == 5 { zone } else { "" }))
}
