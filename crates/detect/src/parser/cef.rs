//! Reads ArcSight's Common Event Format: `CEF:0|VENDOR|PRODUCT|VERSION|ID|NAME|SEVERITY|key=value …`, bare or
//! as the message of a syslog line.
//! Source: ArcSight CEF implementation standard, revision 26.
//!
//! Keys stay as they are; what they share with other formats is given under ECS names too.

use super::device::{Record, Share};
use super::{Room, TextFormat, seek};
use crate::event::{Event, EventClass, Origin};
use crate::parser::cut::Cut;
use crate::time::TimeRules;
use std::borrow::Cow;

pub(super) const FORMAT: TextFormat =
    TextFormat { classes: || CLASSES.concat(), read: |line, rules, _, room| read(line, rules, room) };

static ORIGIN: Origin = Origin {
    name: "CEF",
    clocks: &[],
    telling: &[&["rule.name", "source.ip", "destination.ip", "event.action"], &["rule.name"]],
};

/// Vendors whose products Sigma knows; the first stands for all others.
const VENDORS: [&str; 4] = ["", "Fortinet", "Palo Alto Networks", "Cisco"];

/// Classes by vendor, then: bit 0 a firewall decided, bit 1 the product raised an alert.
const CLASSES: [[EventClass; 4]; 4] =
    [of("", &["cef"]), of("fortigate", &["cef", "event"]), of("paloalto", &["cef"]), of("cisco", &["cef"])];

const fn of(product: &'static str, services: &'static [&'static str]) -> [EventClass; 4] {
    [
        EventClass { product, services, categories: &[] },
        EventClass { product, services, categories: &["firewall"] },
        EventClass { product, services, categories: &["product_alert"] },
        EventClass { product, services, categories: &["product_alert", "firewall"] },
    ]
}

/// The parts of the header after the version.
const HEADER: [&str; 6] =
    ["observer.vendor", "observer.product", "observer.version", "event.code", "rule.name", "severity"];

/// Reads one record; `None` when the line is not one.
pub(super) fn read<'a>(line: &'a str, rules: &TimeRules, room: &Room) -> Option<Event<'a>> {
    let body = line.trim_end().strip_prefix("CEF:")?;
    let (version, mut rest) = body.cut(b'|')?;
    if version.is_empty() || !version.trim_ascii().bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let has_escapes = memchr::memchr(b'\\', body.as_bytes()).is_some();
    let value = |raw: &'a str| if has_escapes { unescaped(raw) } else { Cow::Borrowed(raw) };
    let mut event = Event::new(CLASSES[0][0], line);
    event.origin = &ORIGIN;
    event.fields = room.fields(32);
    let (mut vendor, mut severity) = (0, "");
    for name in HEADER {
        // The severity may be the end of a record without extension.
        let (part, after) = match header_end(rest) {
            Some(at) => (&rest[..at], &rest[at + 1..]),
            None if name == "severity" => (rest, ""),
            None => return None,
        };
        rest = after;
        let part = part.trim_ascii();
        match name {
            "observer.vendor" => vendor = VENDORS.iter().position(|known| *known == part).unwrap_or(0),
            "severity" => severity = part,
            _ => {}
        }
        if !part.is_empty() {
            event.push(name, value(part));
        }
    }
    let mut record = Record::new(&mut event, shared);
    extension(rest, |key, raw| record.pair(key, value(raw.trim_ascii())));
    let is_alert = record.judge(severity, rules);
    let is_firewall = event.places(["action", "dst_ip"]).iter().all(Option::is_some);
    event.class = CLASSES[vendor][usize::from(is_firewall) + 2 * usize::from(is_alert)];
    Some(event)
}

/// Where the bar stands that ends a part of the header; `\|` is a bar inside it.
fn header_end(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut at = 0;
    while let Some(found) = seek::first_of_two(bytes.get(at..)?, b'|', b'\\') {
        at += found;
        if bytes[at] == b'|' {
            return Some(at);
        }
        at += 2;
    }
    None
}

/// Walks the pairs of the extension. A value goes on to the blank before the next key: it may hold blanks,
/// and signs that no key stands before.
fn extension<'a>(text: &'a str, mut pair: impl FnMut(&'a str, &'a str)) {
    let bytes = text.as_bytes();
    let mut open: Option<(&'a str, usize)> = None;
    // Nothing before this has been looked at for a key.
    let mut begin = 0;
    while let Some(found) = bytes.get(begin..).and_then(|rest| seek::first(rest, b'=')) {
        let at = begin + found;
        let is_key = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'-' | b'[' | b']');
        let word = bytes[begin..at].iter().rev().take_while(|b| is_key(b)).count();
        let start = at - word;
        begin = at + 1;
        if word == 0 || word > LONGEST_KEY_BYTES || !(start == 0 || bytes[start - 1] == b' ') {
            continue;
        }
        if let Some((key, from)) = open {
            pair(key, &text[from..start.max(from)]);
        }
        open = Some((&text[start..at], at + 1));
    }
    if let Some((key, from)) = open {
        pair(key, &text[from..]);
    }
}

/// Keys are short; a longer word before a sign is part of a value.
const LONGEST_KEY_BYTES: usize = 64;

/// Resolves `\|`, `\=`, `\\`, `\n` and `\r`; any other backslash is itself.
fn unescaped(raw: &str) -> Cow<'_, str> {
    if !raw.has(b'\\') {
        return Cow::Borrowed(raw);
    }
    let mut out = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some((before, behind)) = rest.cut(b'\\') {
        out.push_str(before);
        let mut chars = behind.chars();
        match chars.next() {
            Some('n') => out.push('\n'),
            Some('r') => out.push('\r'),
            Some(escaped @ ('|' | '=' | '\\')) => out.push(escaped),
            Some(other) => out.extend(['\\', other]),
            None => out.push('\\'),
        }
        rest = chars.as_str();
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// What a key shares, in its short or long spelling; beside ECS the names of Sigma's firewall rules.
fn shared(key: &str) -> &'static [Share] {
    use Share::{As, Hash, Outcome, Peer, Protocol, Time};
    match key {
        "src" | "sourceAddress" => &[Peer("source.ip", "source.address"), As("src_ip")],
        "spt" | "sourcePort" => &[As("source.port"), As("src_port")],
        "shost" | "sourceHostName" => &[As("source.domain")],
        "smac" => &[As("source.mac")],
        "suser" | "sourceUserName" => &[As("user.name")],
        "dst" | "destinationAddress" => &[Peer("destination.ip", "destination.address"), As("dst_ip")],
        "dpt" | "destinationPort" => &[As("destination.port"), As("dst_port")],
        "dhost" | "destinationHostName" | "destinationDnsDomain" => &[As("destination.domain")],
        "duser" | "destinationUserName" => &[As("user.target.name")],
        "dvchost" | "deviceHostName" => &[As("host.name")],
        "dvc" | "deviceAddress" => &[As("observer.ip")],
        "act" | "deviceAction" => &[As("event.action"), As("action")],
        "FTNTFGTcfgpath" => &[As("cfgpath")],
        "FTNTFGTaction" => &[As("action")],
        "reason" => &[As("event.reason")],
        "outcome" | "eventOutcome" => &[Outcome],
        "proto" | "transportProtocol" => &[Protocol],
        "app" | "applicationProtocol" => &[As("network.protocol")],
        "request" | "requestUrl" => &[As("url.full")],
        "requestMethod" => &[As("http.request.method")],
        "requestClientApplication" => &[As("user_agent.original")],
        "fname" | "fileName" => &[As("file.name")],
        "filePath" => &[As("file.path")],
        "fileHash" | "TrendMicroDsFileSHA256" | "TrendMicroDsFileSHA1" | "TrendMicroDsFileMD5" => &[Hash],
        "sproc" | "sourceProcessName" | "deviceProcessName" => &[As("process.name")],
        "msg" | "message" => &[As("message")],
        // `rt` is when the record was received.
        "start" | "startTime" => &[Time(0)],
        "rt" => &[Time(1)],
        "end" | "endTime" => &[Time(2)],
        "FTNTFGTeventtime" | "FortinetFortiGateeventtime" => &[Time(3)],
        "FTNTFGTunauthuser" => &[As("user.name")],
        _ => &[],
    }
}
