//! Logs in W3C's extended format: IIS, other web servers and proxies, and the Windows firewall.
//! Source: W3C Working Draft, "Extended Log File Format"; Microsoft, "W3C Logging" (IIS 10) and
//! "Windows Firewall: interpreting the log file" (`pfirewall.log`).

use super::heading::{Column, Heading, Holds, W3c};
use super::{Room, TextFormat, web};
use crate::event::{Event, EventClass, Field, Origin, Value};
use crate::parser::cut::Cut;
use crate::parser::syslog::{clock, number};
use crate::time::{EventTime, TimeRules};
use hashbrown::HashMap;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use std::borrow::Cow;
use std::sync::LazyLock;

pub(super) const FORMAT: TextFormat = TextFormat {
    classes: || vec![IIS, WEB_SERVER, PROXY, FIREWALL],
    read: |line, rules, heading, room| read(line, rules, heading, room),
};

const IIS: EventClass = EventClass { product: "", services: &["iis"], categories: &["webserver"] };
const WEB_SERVER: EventClass = EventClass { product: "", services: &[], categories: &["webserver"] };
const PROXY: EventClass = EventClass { product: "", services: &[], categories: &["proxy"] };
const FIREWALL: EventClass =
    EventClass { product: "", services: &["windows-firewall"], categories: &["firewall"] };

static ORIGIN: Origin = Origin {
    name: "W3C log",
    clocks: &[],
    telling: &[
        &["cs-method", "cs-uri", "sc-status", "cs-user-agent"],
        &["action", "protocol", "src-ip", "src-port", "dst-ip", "dst-port"],
    ],
};

/// Reads a record; a line with more or less columns than the heading is none.
fn read<'a>(line: &'a str, rules: &TimeRules, heading: &Heading, room: &Room) -> Option<Event<'a>> {
    let w3c = heading.w3c()?;
    let text = line.trim_end_matches(['\r', '\n']);
    let separator = if text.has(b'\t') { b'\t' } else { b' ' };
    let mut event = Event::new(EventClass::UNKNOWN, text);
    event.origin = &ORIGIN;
    event.fields = room.fields(heading.columns().len() * 2);
    let mut rest = Some(text.trim_end_matches(' '));
    let (mut date, mut time) = (w3c.date.as_str(), "");
    for column in heading.columns() {
        let cells = rest?;
        let (cell, behind) =
            cells.cut(separator).map_or((cells, None), |(cell, behind)| (cell, Some(behind)));
        rest = behind;
        match &*column.name {
            _ if cell == "-" || cell.is_empty() => continue,
            "date" => date = cell,
            "time" => time = cell,
            _ => {}
        }
        push(&mut event, column, cell);
    }
    if rest.is_some() {
        return None;
    }
    event.time = when(date, time, w3c.local_time, rules);
    complete(&mut event, w3c);
    Some(event)
}

fn push<'a>(event: &mut Event<'a>, column: &Column, cell: &'a str) {
    let own = match column.holds {
        Holds::Number => Value::Number(Cow::Borrowed(cell)),
        _ => Value::Text(Cow::Borrowed(cell)),
    };
    // What a client sends about itself is written with `+` for each blank.
    let blanks = column.name.ends_with(')') && cell.has(b'+');
    let value = if blanks { Value::Text(Cow::Owned(cell.replace('+', " "))) } else { own.clone() };
    for name in column.shared {
        event.push_copy(name, &value);
    }
    event.fields.push(Field { name: column.name.clone(), value: own });
}

fn when(date: &str, time: &str, local: bool, rules: &TimeRules) -> Option<EventTime> {
    let (date, time) = (date.as_bytes(), time.as_bytes());
    if date.len() != 10 || (date[4], date[7]) != (b'-', b'-') {
        return None;
    }
    let (hour, minute, second) = clock(time.get(..8)?)?;
    let (month, day) = (number(&date[5..7])? as i8, number(&date[8..])? as i8);
    let civil = DateTime::new(number(&date[..4])? as i16, month, day, hour, minute, second, 0).ok()?;
    if local {
        return rules.in_zone(civil);
    }
    let at = civil.to_zoned(TimeZone::UTC).ok()?.timestamp();
    Some(EventTime { at, year_inferred: false, zone_inferred: false })
}

/// Gives the record its class and what takes more than another name.
fn complete(event: &mut Event<'_>, w3c: &W3c) {
    let stem = event.get("cs-uri-stem").and_then(Value::to_text);
    let query = event.get("cs-uri-query").and_then(Value::to_text);
    if let Some(stem) = stem {
        web::push_whole(event, stem, query.as_deref());
    } else if event.get("cs-method").is_none() {
        if event.get("src-ip").is_some() && event.get("dst-ip").is_some() {
            event.class = FIREWALL;
            let allowed = event.text_of("action").is_some_and(|action| action.eq_ignore_ascii_case("allow"));
            event.push_value("blocked", Value::Bool(!allowed));
        }
        return;
    }
    event.class = match &*w3c.software {
        software if software.contains("internet information services") => IIS,
        software if software.starts_with("sgos") || software.contains("proxy") => PROXY,
        _ => WEB_SERVER,
    };
}

/// What a column's name says of it.
pub(super) fn column(name: &str) -> Column {
    static KNOWN: LazyLock<HashMap<&str, &Known>> =
        LazyLock::new(|| COLUMNS.iter().map(|column| (column.0, column)).collect());
    match KNOWN.get(name) {
        Some((name, holds, shared)) => Column { name: Cow::Borrowed(name), holds: *holds, shared },
        None => Column { name: Cow::Owned(name.to_owned()), holds: Holds::Text, shared: &[] },
    }
}

/// A column, what stands in it, and under which names others know it.
type Known = (&'static str, Holds, &'static [&'static str]);

static COLUMNS: [Known; 46] = [
    ("date", Holds::Text, &[]),
    ("time", Holds::Text, &[]),
    ("s-sitename", Holds::Text, &[]),
    ("s-computername", Holds::Text, &["host.name"]),
    ("s-ip", Holds::Text, &["destination.ip"]),
    ("s-port", Holds::Number, &["destination.port"]),
    ("s-action", Holds::Text, &[]),
    ("s-dns", Holds::Text, &[]),
    ("c-ip", Holds::Text, &["source.ip"]),
    ("c-port", Holds::Number, &["source.port"]),
    ("c-dns", Holds::Text, &[]),
    ("cs-method", Holds::Text, &["http.request.method"]),
    ("cs-uri", Holds::Text, &["c-uri"]),
    ("cs-uri-stem", Holds::Text, &[]),
    ("cs-uri-query", Holds::Text, &["c-uri-query"]),
    ("cs-uri-path", Holds::Text, &[]),
    ("cs-uri-scheme", Holds::Text, &[]),
    ("cs-uri-port", Holds::Number, &[]),
    ("cs-uri-extension", Holds::Text, &["c-uri-extension"]),
    ("cs-username", Holds::Text, &["user.name"]),
    ("cs-host", Holds::Text, &["destination.domain"]),
    ("cs(Host)", Holds::Text, &["cs-host", "destination.domain"]),
    ("cs(User-Agent)", Holds::Text, &["cs-user-agent", "c-useragent", "user_agent.original"]),
    ("cs(Cookie)", Holds::Text, &["cs-cookie"]),
    ("cs(Referer)", Holds::Text, &["cs-referer"]),
    ("cs(X-Forwarded-For)", Holds::Text, &["network.forwarded_ip"]),
    ("cs-version", Holds::Text, &[]),
    ("cs-bytes", Holds::Number, &["source.bytes"]),
    ("sc-status", Holds::Number, &["http.response.status_code"]),
    ("sc-substatus", Holds::Number, &[]),
    ("sc-win32-status", Holds::Number, &[]),
    ("sc-bytes", Holds::Number, &["destination.bytes"]),
    ("rs(Content-Type)", Holds::Text, &[]),
    ("time-taken", Holds::Number, &[]),
    ("action", Holds::Text, &[]),
    ("protocol", Holds::Text, &["network.transport"]),
    ("src-ip", Holds::Text, &["source.ip", "src_ip"]),
    ("dst-ip", Holds::Text, &["destination.ip", "dst_ip"]),
    ("src-port", Holds::Number, &["source.port", "src_port"]),
    ("dst-port", Holds::Number, &["destination.port", "dst_port"]),
    ("size", Holds::Number, &["network.bytes"]),
    ("tcpflags", Holds::Text, &[]),
    ("icmptype", Holds::Number, &[]),
    ("icmpcode", Holds::Number, &[]),
    ("path", Holds::Text, &[]),
    ("pid", Holds::Number, &["process.pid"]),
];
