//! What records of network devices have in common, be they CEF or LEEF: which names their keys share, how
//! grave they are, and whether the product means them for alerts.

use super::address::is_ip;
use super::syslog::{clock, month, number};
use crate::event::{Event, Field, Value};
use crate::parser::cut::Cut;
use crate::time::{EventTime, TimeRules};
use aho_corasick::AhoCorasick;
use jiff::Timestamp;
use jiff::civil::DateTime;
use std::borrow::Cow;
use std::sync::LazyLock;

/// Fields kept at most; devices write some hundred.
const FIELDS_LIMIT: usize = 1024;

/// What a key holds, which decides the name that it shares.
#[derive(Clone, Copy)]
pub(super) enum Share {
    /// The value as it is.
    As(&'static str),
    /// An address, or else a name: `source.ip`, `source.address`.
    Peer(&'static str, &'static str),
    /// A hash, by its length.
    Hash,
    /// A protocol, by name or number.
    Protocol,
    /// Success or failure in one of the words for it.
    Outcome,
    /// When it happened; of several, the one with the smallest number.
    Time(u8),
}

/// A record while its pairs are read.
pub(super) struct Record<'e, 'a> {
    event: &'e mut Event<'a>,
    shared: fn(&str) -> &'static [Share],
    /// Shared names that are there already, as a filter: a bit that is not set means no.
    given: u64,
    labels: Vec<usize>,
    time: Option<(u8, Cow<'a, str>)>,
}

impl<'e, 'a> Record<'e, 'a> {
    /// A record whose keys share names as `shared` says; fields are added to the event.
    pub fn new(event: &'e mut Event<'a>, shared: fn(&str) -> &'static [Share]) -> Record<'e, 'a> {
        Record { event, shared, given: 0, labels: Vec::new(), time: None }
    }

    /// Takes a pair: the key as it is, and what it shares.
    pub fn pair(&mut self, key: &'a str, value: Cow<'a, str>) {
        if key.is_empty() || value.is_empty() || self.event.fields.len() >= FIELDS_LIMIT {
            return;
        }
        let shares = (self.shared)(key);
        if !shares.is_empty() && !matches!(&*value, "N/A" | "-" | "null" | "unknown") {
            for share in shares {
                match &value {
                    Cow::Borrowed(text) => self.share(*share, Cow::Borrowed(text)),
                    Cow::Owned(text) => self.share(*share, Cow::Owned(text.clone())),
                }
            }
        } else if key.ends_with("Label") {
            self.labels.push(self.event.fields.len());
        }
        self.event.push(key, value);
    }

    #[inline(always)]
    fn share(&mut self, share: Share, value: Cow<'a, str>) {
        if let Share::Time(rank) = share {
            if self.time.as_ref().is_none_or(|(best, _)| rank < *best) {
                self.time = Some((rank, value));
            }
            return;
        }
        let Some(name) = share.name(&value) else { return };
        let value = match share {
            Share::Protocol => protocol(&value),
            Share::Outcome => match outcome(&value) {
                Some(outcome) => Cow::Borrowed(outcome),
                None => return,
            },
            _ => value,
        };
        let bit =
            1_u64 << (name.bytes().rev().take(4).fold(name.len(), |sum, b| sum * 7 + usize::from(b)) % 64);
        if self.given & bit != 0 && self.event.get(name).is_some() {
            return;
        }
        self.given |= bit;
        self.event.push(name, value);
    }

    /// Adds what the whole record tells: fields by their labels, the time, and the severity, which `level`
    /// holds as the product wrote it. Tells whether the product means the record for an alert.
    pub fn judge(&mut self, level: &str, rules: &TimeRules) -> bool {
        for at in std::mem::take(&mut self.labels) {
            let Some(Field { name, value: Value::Text(label) }) = self.event.fields.get(at) else { continue };
            let value = name.strip_suffix("Label").and_then(|name| self.event.get(name)).cloned();
            let is_hash = ["sha256", "sha1", "md5"]
                .iter()
                .any(|hash| label.get(..hash.len()).is_some_and(|start| start.eq_ignore_ascii_case(hash)));
            let name = Cow::Owned(["custom.", label].concat());
            if let Some(Value::Text(text)) = value.as_ref().filter(|_| is_hash) {
                self.share(Share::Hash, text.clone());
            }
            self.event.fields.extend(value.map(|value| Field { name, value }));
        }
        self.event.time = self.time.as_ref().and_then(|(_, text)| time(text, rules));
        let Some(level) = level_of(level) else { return false };
        self.event.push("event.severity", level);
        let [name, category, code] = self.event.places(["rule.name", "cat", "event.code"]);
        let is_attack = |place: Option<usize>| match place.and_then(|at| self.event.fields.get(at)) {
            Some(Field { value: Value::Text(text), .. }) => ATTACKS.is_match(&**text),
            _ => false,
        };
        let is_alert = matches!(level, "high" | "critical") || is_attack(name) || is_attack(category);
        if is_alert {
            self.event.push("event.kind", "alert");
            if let Some(code) = code {
                self.event.push_again(code, "rule.id");
            }
        }
        is_alert
    }
}

/// Words that name an attack. Products write everything in these formats; what they call grave is an alert,
/// and so is what has such a name.
static ATTACKS: LazyLock<AhoCorasick> = LazyLock::new(|| {
    let words = [
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
    let built = AhoCorasick::builder().ascii_case_insensitive(true).build(words);
    built.expect("a few words make an automaton")
});

impl Share {
    fn name(self, text: &str) -> Option<&'static str> {
        match self {
            Share::As(name) => Some(name),
            Share::Peer(ip, _) if is_ip(text) => Some(ip),
            Share::Peer(_, name) => Some(name),
            Share::Protocol => Some("network.transport"),
            Share::Outcome => Some("event.outcome"),
            Share::Time(_) => None,
            Share::Hash if !text.bytes().all(|b| b.is_ascii_hexdigit()) => None,
            Share::Hash => match text.len() {
                32 => Some("file.hash.md5"),
                40 => Some("file.hash.sha1"),
                64 => Some("file.hash.sha256"),
                _ => None,
            },
        }
    }
}

/// A protocol's name in lower case.
fn protocol(text: &str) -> Cow<'static, str> {
    Cow::Borrowed(match text {
        "1" | "icmp" => "icmp",
        "6" | "TCP" | "tcp" => "tcp",
        "17" | "UDP" | "udp" => "udp",
        "58" => "ipv6-icmp",
        name => return Cow::Owned(name.to_ascii_lowercase()),
    })
}

/// What a word for success or failure says.
fn outcome(text: &str) -> Option<&'static str> {
    let is = |words: &[&str]| words.iter().any(|word| text.eq_ignore_ascii_case(word));
    if is(&["success", "successful", "succeeded", "ok", "allowed"]) {
        return Some("success");
    }
    is(&["failure", "failed", "fail", "error", "denied"]).then_some("failure")
}

/// A severity, 0 to 10 or a word, as the level that rules have.
fn level_of(text: &str) -> Option<&'static str> {
    let text = text.trim_ascii();
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

/// Reads a count since 1970, `Mar 01 2021 20:35:54[.123][ ZONE]`, `Mon Aug 1 03:34:23 2022`, or ISO 8601.
fn time(text: &str, rules: &TimeRules) -> Option<EventTime> {
    if text.bytes().all(|b| b.is_ascii_digit()) {
        // Some devices write seconds, others micro- or nanoseconds.
        let count: i64 = text.parse().ok()?;
        let at = match text.len() {
            0..=10 => Timestamp::from_second(count),
            11..=14 => Timestamp::from_millisecond(count),
            15..=17 => Timestamp::from_microsecond(count),
            _ => Timestamp::from_nanosecond(i128::from(count)),
        };
        return Some(EventTime { at: at.ok()?, year_inferred: false, zone_inferred: false });
    }
    named_month(text, rules).or_else(|| rules.read(text))
}

/// Splits a time off that stands at the start of a heading: `Jun 07 2025 17:31:57`, `Jun  7 17:31:57`,
/// `2025-06-07T17:31:57Z`; the rest is what follows it.
pub(super) fn leading_time<'a>(text: &'a str, rules: &TimeRules) -> (Option<EventTime>, &'a str) {
    for word in text.words().take(5) {
        // Words are parts of the text, so each begins where it stands; a time ends with its clock.
        let end = word.as_ptr() as usize - text.as_ptr() as usize + word.len();
        let (Some(head), Some(rest)) = (text.get(..end), text.get(end..)) else { break };
        let head = head.trim_end_matches(':');
        if head.has(b':')
            && let Some(time) = named_month(head, rules).or_else(|| rules.read(head))
        {
            return (Some(time), rest);
        }
    }
    (None, text)
}

/// The digits behind the point of a second as nanoseconds.
fn nanos(fraction: &str) -> Option<i32> {
    let digits = fraction.as_bytes().iter().chain(std::iter::repeat(&b'0')).take(9);
    { digits }.try_fold(0, |sum, digit| digit.is_ascii_digit().then(|| sum * 10 + i32::from(digit - b'0')))
}

/// Times that name the month; words may be parted by several blanks.
fn named_month(text: &str, rules: &TimeRules) -> Option<EventTime> {
    let mut words = text.words();
    let mut next = || words.next();
    let (mut first, mut day) = (next()?, next()?);
    // The name of the day says nothing.
    let weekday = month(day.as_bytes()).is_some();
    if weekday {
        (first, day) = (day, next()?);
    }
    let (third, fourth) = (next()?, next());
    let (clock_text, year, zone) = match third.has(b':') {
        true => (third, fourth, None),
        false => (fourth?, Some(third), next()),
    };
    let (seconds, fraction) = clock_text.cut(b'.').unwrap_or((clock_text, ""));
    let (hour, minute, second) = clock(seconds.as_bytes())?;
    let month = i8::try_from(month(first.as_bytes())?).ok()?;
    let day: i8 = day.parse().ok()?;
    let Some(year) = year.filter(|year| year.len() == 4) else {
        return rules.with_year(month, day, hour, minute, second);
    };
    let year = i16::try_from(number(year.as_bytes())?).ok()?;
    let nanos = nanos(fraction)?;
    let civil = DateTime::new(year, month, day, hour, minute, second, nanos).ok()?;
    if matches!(zone, Some("UTC" | "GMT" | "Z")) {
        return TimeRules::utc(rules.reference)
            .in_zone(civil)
            .map(|time| EventTime { zone_inferred: false, ..time });
    }
    rules.in_zone(civil)
}
