//! Reads ArcSight's Common Event Format: `CEF:0|VENDOR|PRODUCT|VERSION|ID|NAME|SEVERITY|key=value …`, bare or
//! as the message of a syslog line.
//! Source: ArcSight CEF implementation standard, revision 26.
//!
//! Keys stay as they are; what they share with other formats is given under ECS names too.

use super::TextFormat;
use super::linux::is_ip;
use super::syslog::{clock, month, number};
use crate::event::{Event, EventClass, Field, Origin, Value};
use crate::time::{EventTime, TimeRules};
use jiff::Timestamp;
use jiff::civil::DateTime;
use std::borrow::Cow;

pub(super) const FORMAT: TextFormat =
    TextFormat { classes: || CLASSES.concat(), read: |line, rules, _| read(line, rules) };

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

/// Fields kept at most; devices write some hundred.
const FIELDS_LIMIT: usize = 1024;

/// The parts of the header after the version.
const HEADER: [&str; 6] =
    ["observer.vendor", "observer.product", "observer.version", "event.code", "rule.name", "severity"];

/// Reads one record; `None` when the line is not one.
pub(super) fn read<'a>(line: &'a str, rules: &TimeRules) -> Option<Event<'a>> {
    let body = line.trim_end().strip_prefix("CEF:")?;
    let (version, mut rest) = body.split_once('|')?;
    if version.is_empty() || !version.trim().bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let mut event = Event::new(CLASSES[0][0], line);
    event.origin = &ORIGIN;
    event.fields.reserve(48);
    for name in HEADER {
        // The severity may be the end of a record without extension.
        let (part, after) = match header_end(rest) {
            Some(at) => (&rest[..at], &rest[at + 1..]),
            None if name == "severity" => (rest, ""),
            None => return None,
        };
        rest = after;
        let part = unescaped(part.trim());
        if !part.is_empty() {
            event.push(name, part);
        }
    }
    extension(&mut event, rest);
    share(&mut event, shared);
    let vendor = event.text_of("observer.vendor");
    let vendor = VENDORS.iter().position(|name| vendor.as_deref() == Some(name)).unwrap_or(0);
    let is_alert = judge(&mut event, "severity");
    let is_firewall = event.get("action").is_some() && event.get("dst_ip").is_some();
    event.class = CLASSES[vendor][usize::from(is_firewall) + 2 * usize::from(is_alert)];
    event.time = ["start", "startTime", "rt", "end", "endTime"]
        .iter()
        .find_map(|key| time(&event.text_of(key)?, rules));
    Some(event)
}

/// Where the bar stands that ends a part of the header; `\|` is a bar inside it.
fn header_end(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut at = 0;
    while let Some(found) = memchr::memchr2(b'|', b'\\', bytes.get(at..)?) {
        at += found;
        if bytes[at] == b'|' {
            return Some(at);
        }
        at += 2;
    }
    None
}

/// Adds the pairs of the extension. A value goes on to the blank before the next key: it may hold blanks,
/// and signs that no key stands before.
fn extension<'a>(event: &mut Event<'a>, text: &'a str) {
    let mut open: Option<(&'a str, usize)> = None;
    // Nothing before this has been looked at for a key.
    let mut begin = 0;
    for at in memchr::memchr_iter(b'=', text.as_bytes()) {
        let before = &text[begin..at];
        begin = at + 1;
        let word = before.rfind(' ').map_or(before, |blank| &before[blank + 1..]);
        let start = at - word.len();
        let stands_alone = start == 0 || text.as_bytes()[start - 1] == b' ';
        if !stands_alone || !is_key(word) {
            continue;
        }
        if let Some((key, from)) = open {
            pair(event, key, &text[from..start.max(from)]);
        }
        open = Some((word, at + 1));
    }
    if let Some((key, from)) = open {
        pair(event, key, &text[from..]);
    }
}

fn is_key(word: &str) -> bool {
    !word.is_empty()
        && word.len() <= 64
        && word.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'-' | b'[' | b']'))
}

fn pair<'a>(event: &mut Event<'a>, key: &'a str, raw: &'a str) {
    let raw = raw.trim();
    if !raw.is_empty() && event.fields.len() < FIELDS_LIMIT {
        event.push(key, unescaped(raw));
    }
}

/// Resolves `\|`, `\=`, `\\`, `\n` and `\r`; any other backslash is itself.
fn unescaped(raw: &str) -> Cow<'_, str> {
    if memchr::memchr(b'\\', raw.as_bytes()).is_none() {
        return Cow::Borrowed(raw);
    }
    let mut out = String::with_capacity(raw.len());
    let mut chars = raw.chars();
    while let Some(ch) = chars.next() {
        if ch != '\\' {
            out.push(ch);
            continue;
        }
        match chars.next() {
            Some('n') => out.push('\n'),
            Some('r') => out.push('\r'),
            Some(escaped @ ('|' | '=' | '\\')) => out.push(escaped),
            Some(other) => out.extend(['\\', other]),
            None => out.push('\\'),
        }
    }
    Cow::Owned(out)
}

/// What a field holds, which decides the name that it shares.
#[derive(Clone, Copy)]
pub(super) enum Share {
    /// Under this name as it is.
    As(&'static str),
    /// An address, or else a name: `source.ip`, `source.address`.
    Peer(&'static str, &'static str),
    /// A hash, by its length.
    Hash,
    /// A protocol, by name or number.
    Protocol,
    /// Success or failure in one of the words for it.
    Outcome,
}

/// What a key shares, in its short or long spelling; beside ECS the names of Sigma's firewall rules.
fn shared(key: &str) -> &'static [Share] {
    use Share::{As, Hash, Outcome, Peer, Protocol};
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
        "fileHash" => &[Hash],
        "sproc" | "sourceProcessName" | "deviceProcessName" => &[As("process.name")],
        "msg" | "message" => &[As("message")],
        _ => &[],
    }
}

/// Adds the names that fields share, and `custom.LABEL` for each field with a label.
pub(super) fn share(event: &mut Event<'_>, shared: fn(&str) -> &'static [Share]) {
    let own = event.fields.len();
    for at in 0..own {
        let Some(Field { name, value: Value::Text(text) }) = event.fields.get(at) else { continue };
        if let Some(labelled) = name.strip_suffix("Label") {
            let value = event.get(labelled).cloned();
            let name = Cow::Owned(format!("custom.{text}"));
            event.fields.extend(value.map(|value| Field { name, value }));
            continue;
        }
        let shares = shared(name);
        if shares.is_empty() || matches!(&**text, "N/A" | "-" | "null" | "unknown") {
            continue;
        }
        let text = text.clone();
        for share in shares {
            let Some(name) = share.name(&text) else { continue };
            if event.fields.iter().skip(own).any(|field| field.name == name) {
                continue;
            }
            if let Some(value) = share.value(&text) {
                event.push(name, value);
            }
        }
    }
}

impl Share {
    fn name(self, text: &str) -> Option<&'static str> {
        match self {
            Share::As(name) => Some(name),
            Share::Peer(ip, _) if is_ip(text) => Some(ip),
            Share::Peer(_, name) => Some(name),
            Share::Protocol => Some("network.transport"),
            Share::Outcome => Some("event.outcome"),
            Share::Hash if !text.bytes().all(|b| b.is_ascii_hexdigit()) => None,
            Share::Hash => match text.len() {
                32 => Some("file.hash.md5"),
                40 => Some("file.hash.sha1"),
                64 => Some("file.hash.sha256"),
                _ => None,
            },
        }
    }

    fn value<'a>(self, text: &Cow<'a, str>) -> Option<Cow<'a, str>> {
        Some(Cow::Borrowed(match self {
            Share::Protocol => match &**text {
                "1" => "icmp",
                "6" => "tcp",
                "17" => "udp",
                "58" => "ipv6-icmp",
                name => return Some(Cow::Owned(name.to_ascii_lowercase())),
            },
            Share::Outcome => match text.to_ascii_lowercase().as_str() {
                "success" | "successful" | "succeeded" | "ok" | "allowed" => "success",
                "failure" | "failed" | "fail" | "error" | "denied" => "failure",
                _ => return None,
            },
            _ => return Some(text.clone()),
        }))
    }
}

/// Adds `event.severity` by the field that holds it, and tells whether the product means this for an alert.
///
/// Products write everything in these formats. What they call grave is an alert, and so is what names an
/// attack; then it is marked as one and has a `rule.id`.
pub(super) fn judge(event: &mut Event<'_>, field: &str) -> bool {
    let Some(level) = event.text_of(field).and_then(|text| level(&text)) else { return false };
    event.push("event.severity", level);
    let is_alert = matches!(level, "high" | "critical")
        || ["rule.name", "cat"].iter().filter_map(|name| event.text_of(name)).any(|text| names_attack(&text));
    if is_alert {
        event.push("event.kind", "alert");
        if let Some(id) = event.get("event.code").cloned() {
            event.fields.push(Field { name: Cow::Borrowed("rule.id"), value: id });
        }
    }
    is_alert
}

fn names_attack(text: &str) -> bool {
    const WORDS: [&str; 14] = [
        "anomaly",
        "attack",
        "botnet",
        "brute",
        "exploit",
        "infected",
        "intrusion",
        "malop",
        "malware",
        "phishing",
        "ransom",
        "threat",
        "trojan",
        "virus",
    ];
    let text = text.to_ascii_lowercase();
    WORDS.iter().any(|word| text.contains(word))
}

/// A severity, 0 to 10 or a word, as the level that rules have.
fn level(text: &str) -> Option<&'static str> {
    let text = text.trim();
    match text.parse::<u8>() {
        Ok(0..=3) => Some("low"),
        Ok(4..=6) => Some("medium"),
        Ok(7 | 8) => Some("high"),
        Ok(9 | 10) => Some("critical"),
        Ok(_) => None,
        Err(_) => match text.to_ascii_lowercase().as_str() {
            "low" => Some("low"),
            "medium" => Some("medium"),
            "high" => Some("high"),
            "very-high" | "very high" => Some("critical"),
            _ => None,
        },
    }
}

/// Reads milliseconds since 1970, `Mar 01 2021 20:35:54[.123][ ZONE]`, `Mon Aug 1 03:34:23 2022`, or ISO 8601.
pub(super) fn time(text: &str, rules: &TimeRules) -> Option<EventTime> {
    if text.bytes().all(|b| b.is_ascii_digit()) {
        // Some devices write seconds.
        let count: i64 = text.parse().ok()?;
        let at =
            if text.len() <= 10 { Timestamp::from_second(count) } else { Timestamp::from_millisecond(count) };
        return Some(EventTime { at: at.ok()?, year_inferred: false, zone_inferred: false });
    }
    named_month(text, rules).or_else(|| rules.read(text))
}

/// Times that name the month; words may be parted by several blanks.
fn named_month(text: &str, rules: &TimeRules) -> Option<EventTime> {
    let mut words = text.split_ascii_whitespace();
    let mut next = || words.next();
    let (mut first, mut day) = (next()?, next()?);
    // The name of the day says nothing.
    let weekday = month(day.as_bytes()).is_some();
    if weekday {
        (first, day) = (day, next()?);
    }
    let (third, fourth) = (next()?, next());
    let (clock_text, year, zone) = match third.contains(':') {
        true => (third, fourth, None),
        false => (fourth?, Some(third), next()),
    };
    let (seconds, fraction) = clock_text.split_once('.').unwrap_or((clock_text, ""));
    let (hour, minute, second) = clock(seconds.as_bytes())?;
    let month = i8::try_from(month(first.as_bytes())?).ok()?;
    let day: i8 = day.parse().ok()?;
    let Some(year) = year.filter(|year| year.len() == 4) else {
        return rules.with_year(month, day, hour, minute, second);
    };
    let year = i16::try_from(number(year.as_bytes())?).ok()?;
    let nanos = format!("{fraction:0<9}").get(..9)?.parse().ok()?;
    let civil = DateTime::new(year, month, day, hour, minute, second, nanos).ok()?;
    if matches!(zone, Some("UTC" | "GMT" | "Z")) {
        return TimeRules::utc(rules.reference)
            .in_zone(civil)
            .map(|time| EventTime { zone_inferred: false, ..time });
    }
    rules.in_zone(civil)
}
