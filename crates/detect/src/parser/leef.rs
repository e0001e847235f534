//! Reads IBM's Log Event Extended Format, 1.0 and 2.0: `LEEF:2.0|VENDOR|PRODUCT|VERSION|ID|DELIMITER|key=value…`,
//! bare or as the message of a syslog line.
//! Source: IBM QRadar, "LEEF event components" and "Predefined LEEF event attributes".

use super::cut::Cut;
use super::device::{Record, Share};
use super::linux::push_given;
use super::{Room, TextFormat};
use crate::event::{Event, EventClass, Origin};
use crate::time::TimeRules;
use std::borrow::Cow;

pub(super) const FORMAT: TextFormat =
    TextFormat { classes: || CLASSES.into(), read: |line, rules, _, room| read(line, rules, room) };

static ORIGIN: Origin = Origin {
    name: "LEEF",
    clocks: &[],
    telling: &[&["rule.name", "source.ip", "destination.ip", "event.action"], &["rule.name"]],
};

/// Classes: the second when the product raised an alert.
const CLASSES: [EventClass; 2] = [
    EventClass { product: "", services: &["leef"], categories: &[] },
    EventClass { product: "", services: &["leef"], categories: &["product_alert"] },
];

/// What a key shares.
fn shared(key: &str) -> &'static [Share] {
    use Share::{As, Hash, Outcome, Peer, Protocol, Time};
    match key {
        "src" | "identSrc" => &[Peer("source.ip", "source.address"), As("src_ip")],
        "srcPort" => &[As("source.port"), As("src_port")],
        "srcMAC" => &[As("source.mac")],
        "dst" => &[Peer("destination.ip", "destination.address"), As("dst_ip")],
        "dhost" => &[Peer("destination.ip", "destination.domain")],
        "dstPort" => &[As("destination.port"), As("dst_port")],
        "usrName" => &[As("user.name")],
        "accountName" => &[As("user.target.name")],
        "identHostName" | "devName" => &[As("host.name")],
        "proto" => &[Protocol],
        "url" => &[As("url.full")],
        "action" | "act" => &[As("event.action"), As("action")],
        "outcome" => &[Outcome],
        "fileName" => &[As("file.name")],
        "filePath" => &[As("file.path")],
        "fileHash" => &[Hash],
        "policy" => &[As("rule.ruleset")],
        "reason" => &[As("event.reason")],
        "msg" => &[As("message")],
        "devTime" => &[Time(0)],
        _ => &[],
    }
}

/// Reads one record; `None` when the line is not one.
pub(super) fn read<'a>(line: &'a str, rules: &TimeRules, room: &Room) -> Option<Event<'a>> {
    let body = line.trim_end_matches(['\r', '\n']).strip_prefix("LEEF:")?;
    let mut rest = body;
    let mut next = || {
        let (part, after) = rest.cut(b'|')?;
        rest = after;
        Some(part.trim_ascii())
    };
    let (version, vendor, product, release, id) = (next()?, next()?, next()?, next()?, next()?);
    let (delimiter, pairs) = match version {
        "1.0" | "1" => ('\t', rest),
        "2.0" | "2" => match rest.cut(b'|') {
            Some((delimiter, pairs)) if !delimiter.has(b'=') => (delimiter_of(delimiter)?, pairs),
            _ => ('\t', rest),
        },
        _ => return None,
    };
    let mut event = Event::new(CLASSES[0], line);
    event.origin = &ORIGIN;
    event.fields = room.fields(32);
    for (name, value) in [
        ("observer.vendor", vendor),
        ("observer.product", product),
        ("observer.version", release),
        ("event.code", id),
        ("rule.name", id),
    ] {
        push_given(&mut event, name, value);
    }
    let mut record = Record::new(&mut event, shared);
    let mut severity = "";
    let mut encoded = [0; 4];
    let delimiter = &*delimiter.encode_utf8(&mut encoded);
    let mut more = Some(pairs);
    while let Some(pairs) = more {
        let (pair, others) =
            pairs.cut_at(delimiter).map_or((pairs, None), |(pair, others)| (pair, Some(others)));
        more = others;
        let Some((key, value)) = pair.cut(b'=') else { continue };
        let (key, value) = (key.trim_ascii(), value.trim_ascii());
        if key == "sev" {
            severity = value;
        }
        record.pair(key, Cow::Borrowed(value));
    }
    let is_alert = record.judge(severity, rules);
    event.class = CLASSES[usize::from(is_alert)];
    Some(event)
}

/// One character, or its number in hex: `^`, `x5E`, `0x5e`; nothing is the tab.
fn delimiter_of(text: &str) -> Option<char> {
    let hex = text.strip_prefix("0x").or_else(|| text.strip_prefix('x'));
    match (text.chars().count(), hex) {
        (0, _) => Some('\t'),
        (1, _) => text.chars().next(),
        (_, Some(hex)) => u32::from_str_radix(hex, 16).ok().and_then(char::from_u32),
        _ => None,
    }
}
