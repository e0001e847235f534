//! Reads lines of which nothing is known: the text, and the time when the line starts with one.

use crate::event::{Event, EventClass};
use crate::parser::cut::Cut;
use crate::parser::{access_log, syslog};
use crate::time::{EventTime, TimeRules};
use jiff::Timestamp;

/// Reads any line; a byte order mark and the line's end are not part of the message.
pub fn parse<'a>(line: &'a str, rules: &TimeRules) -> Event<'a> {
    let message = line.trim_end_matches(['\r', '\n']).trim_start_matches('\u{FEFF}');
    let mut event = Event::new(EventClass::UNKNOWN, line);
    event.time = time(message, rules);
    event.push("message", message);
    event
}

/// The time at the start of a line, bare or in brackets.
fn time(line: &str, rules: &TimeRules) -> Option<EventTime> {
    let inner =
        line.strip_prefix('[').map_or(line, |inner| inner.cut(b']').map_or(inner, |(inner, _)| inner));
    iso(inner, rules)
        .or_else(|| syslog::bsd_time(inner, rules).and_then(|(time, _)| time))
        .or_else(|| access_log::clf_time(inner))
        .or_else(|| epoch(inner))
}

/// RFC 3339 or ISO 8601 with `T` or a blank between date and time; a comma may start the fraction.
fn iso(text: &str, rules: &TimeRules) -> Option<EventTime> {
    let bytes = text.as_bytes();
    if bytes.get(4) != Some(&b'-')
        || bytes.get(7) != Some(&b'-')
        || !matches!(bytes.get(10), Some(b'T' | b' '))
    {
        return None;
    }
    let is_time = |b: u8| b.is_ascii_digit() || b":.,+-Z".contains(&b);
    let end =
        bytes.iter().skip(11).take(30).position(|&b| !is_time(b)).map_or(bytes.len().min(41), |at| at + 11);
    let time = text.get(..end)?.trim_end_matches([':', '-', ',', '.']);
    match time.cut(b',') {
        Some((seconds, fraction)) => rules.read(&format!("{seconds}.{fraction}")),
        None => rules.read(time),
    }
}

/// Seconds since 1970 as a word of its own, with or without fraction; three more digits mean
/// milliseconds. Only 2001 to 2099 counts: any other number is more likely something else.
fn epoch(text: &str) -> Option<EventTime> {
    let word = text.split([' ', '\t', ',', ';']).next()?;
    let (whole, fraction) = word.cut(b'.').unwrap_or((word, ""));
    let is_number = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    if !is_number(whole) || !is_number(fraction) {
        return None;
    }
    let number: i64 = whole.parse().ok()?;
    let milliseconds = match whole.len() {
        10 => number * 1000 + format!("{fraction:0<3}").get(..3)?.parse::<i64>().ok()?,
        13 => number,
        _ => return None,
    };
    let at = Timestamp::from_millisecond(milliseconds).ok()?;
    (1_000_000_000_000..4_102_444_800_000).contains(&milliseconds).then_some(EventTime {
        at,
        year_inferred: false,
        zone_inferred: false,
    })
}
