//! When an event happened: UTC, with a mark where year or zone had to be inferred.

use crate::event::{Clock, ClockReading, Event};
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use std::sync::OnceLock;

/// A moment and how surely it was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct EventTime {
    /// The moment, UTC.
    pub at: Timestamp,
    /// The record named no year; see [`TimeRules::with_year`].
    pub year_inferred: bool,
    /// The record named no zone; see [`TimeRules::in_zone`].
    pub zone_inferred: bool,
}

/// How to complete times that lack a year or a zone.
#[derive(Clone, Debug)]
pub struct TimeRules {
    /// The latest plausible moment of this source: when the file was last written, or now.
    pub reference: Timestamp,
    /// The zone of times that name none.
    pub zone: TimeZone,
    /// A day after the reference, and the year that it lies in, once somebody asked.
    limit: OnceLock<(Timestamp, i16)>,
}

impl TimeRules {
    /// Rules for a source that was last written at `reference`, and whose times are of `zone`.
    pub fn new(reference: Timestamp, zone: TimeZone) -> TimeRules {
        TimeRules { reference, zone, limit: OnceLock::new() }
    }

    /// As [`TimeRules::new`], in UTC.
    pub fn utc(reference: Timestamp) -> TimeRules {
        TimeRules::new(reference, TimeZone::UTC)
    }

    /// A civil time that names no zone, read in the source's zone. Of a time that occurs twice when
    /// clocks go back, the earlier is meant; one that is skipped moves forward by the gap.
    pub fn in_zone(&self, civil: DateTime) -> Option<EventTime> {
        let at = self.zone.to_ambiguous_timestamp(civil).compatible().ok()?;
        Some(EventTime { at, year_inferred: false, zone_inferred: true })
    }

    /// A civil time that names neither year nor zone: the latest year in which it is not more than
    /// one day after the reference. February 29 falls back to the last leap year.
    pub fn with_year(&self, month: i8, day: i8, hour: i8, minute: i8, second: i8) -> Option<EventTime> {
        let (limit, this_year) = *self.limit.get_or_init(|| {
            let limit = self.reference.checked_add(SignedDuration::from_hours(24)).unwrap_or(self.reference);
            (limit, self.zone.to_datetime(limit).year())
        });
        (0..=8).find_map(|back| {
            let civil = DateTime::new(this_year - back, month, day, hour, minute, second, 0).ok()?;
            let time = self.in_zone(civil)?;
            (time.at <= limit).then_some(EventTime { year_inferred: true, ..time })
        })
    }

    /// Reads RFC 3339 or ISO 8601 with `T` or a blank, with or without fraction and zone.
    pub fn read(&self, text: &str) -> Option<EventTime> {
        let text = text.trim();
        if let Some(at) = instant(text) {
            return Some(EventTime { at, year_inferred: false, zone_inferred: false });
        }
        self.in_zone(text.parse::<DateTime>().ok()?)
    }
}

/// Reads RFC 3339, or ISO 8601 with a zone.
pub(crate) fn instant(text: &str) -> Option<Timestamp> {
    usual(text.as_bytes()).or_else(|| text.parse().ok())
}

/// Reads `2026-03-02T09:00:00Z` with or without up to nine digits of a fraction, as nearly all logs write it;
/// `None` is for whatever may be read otherwise.
fn usual(text: &[u8]) -> Option<Timestamp> {
    let (time, fraction) = text.strip_suffix(b"Z")?.split_at_checked(19)?;
    let &[y0, y1, y2, y3, b'-', o0, o1, b'-', d0, d1, b'T', h0, h1, b':', m0, m1, b':', s0, s1] = time else {
        return None;
    };
    let number = |digits: &[u8]| {
        let mut digits = digits.iter();
        digits.try_fold(0_i64, |sum, b| b.is_ascii_digit().then(|| sum * 10 + i64::from(b - b'0')))
    };
    let (year, month, day) = (number(&[y0, y1, y2, y3])?, number(&[o0, o1])?, number(&[d0, d1])?);
    let (hour, minute, second) = (number(&[h0, h1])?, number(&[m0, m1])?, number(&[s0, s1])?);
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days_in_month = match month {
        2 => 28 + i64::from(is_leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    };
    // What came before 1970 counts its fraction the other way.
    if year < 1970 || !(1..=days_in_month).contains(&day) || hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let nanos = match fraction.split_first() {
        None => 0,
        Some((b'.', digits @ [_, ..])) if digits.len() <= 9 => {
            number(digits)? * 10_i64.pow(9 - digits.len() as u32)
        }
        Some(_) => return None,
    };
    // Years begin in March, so that the leap day is the last one; days since 1970.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let of_years = year * 365 + year / 4 - year / 100 + year / 400;
    let days = of_years + (153 * month + 2) / 5 + day - 1 - 719_468;
    let seconds = ((days * 24 + hour) * 60 + minute) * 60 + second;
    Timestamp::new(seconds, i32::try_from(nanos).ok()?).ok()
}

/// Fields that say when, most trusted first: the event's own clock before the collector's.
const TIME_FIELDS: [(&str, bool); 8] = [
    ("SystemTime", true),
    ("TimeCreated", true),
    ("@timestamp", true),
    ("UtcTime", true),
    ("TimeGenerated", true),
    ("timestamp", false),
    ("EventTime", false),
    ("time", false),
];

/// When the event happened: as its parser read it, or from the fields that say so.
///
/// A field that is UTC by definition (`UtcTime`) is not marked as inferred though it names no zone.
pub fn when(event: &Event<'_>, rules: &TimeRules) -> Option<EventTime> {
    if event.time.is_some() {
        return event.time;
    }
    if let Some(time) = event.origin.clocks.iter().find_map(|clock| by_clock(event, clock, rules)) {
        return Some(time);
    }
    TIME_FIELDS.iter().find_map(|&(name, utc)| {
        let text = event.text_of(name)?;
        if utc {
            let time = TimeRules::utc(rules.reference).read(&text)?;
            Some(EventTime { zone_inferred: false, ..time })
        } else {
            rules.read(&text)
        }
    })
}

fn by_clock(event: &Event<'_>, clock: &Clock, rules: &TimeRules) -> Option<EventTime> {
    let text = event.text_of(clock.field)?;
    let per_second = match clock.reading {
        ClockReading::Local => return rules.read(&text),
        ClockReading::Utc => {
            let time = TimeRules::utc(rules.reference).read(&text)?;
            return Some(EventTime { zone_inferred: false, ..time });
        }
        ClockReading::EpochSeconds => 1,
        ClockReading::EpochMillis => 1_000,
        ClockReading::EpochMicros => 1_000_000,
        ClockReading::EpochNanos => 1_000_000_000,
    };
    let at = epoch(&text, per_second)?;
    Some(EventTime { at, year_inferred: false, zone_inferred: false })
}

/// Reads a count of parts of a second since 1970, with or without a fraction: to the nanosecond,
/// which a floating point number would not keep.
fn epoch(text: &str, per_second: i128) -> Option<Timestamp> {
    let (whole, fraction) = text.trim().split_once('.').unwrap_or((text.trim(), ""));
    if !fraction.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let nanos_each = 1_000_000_000 / per_second;
    let part = fraction
        .bytes()
        .take(9)
        .fold((0_i128, 1_i128), |(sum, scale), digit| (sum * 10 + i128::from(digit - b'0'), scale * 10));
    let whole: i64 = whole.parse().ok()?;
    let part = part.0 * nanos_each / part.1;
    let nanos = i128::from(whole) * nanos_each + if text.trim().starts_with('-') { -part } else { part };
    Timestamp::from_nanosecond(nanos).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// Beside the library, for times, for what is none, and for what only looks like one.
        #[test]
        fn usual_times_are_read_as_the_library_reads_them(
            time in prop_oneof![
                "(19[67]|20[0-9]|21[0-9])[0-9]-[01][0-9]-[0-3][0-9][Tt ][0-2][0-9]:[0-6][0-9]:[0-6][0-9]",
                "[0-9]{4}-02-(28|29|30)T[0-2][0-9]:[0-5][0-9]:(59|60)",
                "[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}",
                "[0-9:T.-]{17,21}",
            ],
            fraction in prop_oneof!["", "[.][0-9]{0,10}", "[.,][0-9]{3}", "[0-9.]{0,3}"],
            zone in prop_oneof!["Z", "z", "", "[+-]0[0-9]:[0-5]0", "ZZ", "Z "],
        ) {
            let text = format!("{time}{fraction}{zone}");
            let want = text.parse::<Timestamp>().ok();
            prop_assert_eq!(instant(&text), want, "{}", text);
            if let Some(at) = usual(text.as_bytes()) {
                prop_assert_eq!(Some(at), want, "{}", text);
            }
        }
    }

    #[test]
    fn the_usual_way_to_write_a_time_is_read_without_the_library() {
        for text in ["2026-03-25T09:01:07.421337001Z", "1970-01-01T00:00:00Z", "2024-02-29T23:59:59.5Z"] {
            assert_eq!(usual(text.as_bytes()), text.parse().ok(), "{text}");
            assert!(usual(text.as_bytes()).is_some(), "{text}");
        }
        let others = [
            "2023-02-29T00:00:00Z",
            "2026-03-25T24:00:00Z",
            "2026-03-25T09:01:60Z",
            "2026-03-25T09:01:07+00:00",
        ];
        for text in others {
            assert_eq!(usual(text.as_bytes()), None, "{text}");
        }
    }

    fn rules(reference: &str) -> TimeRules {
        TimeRules::utc(reference.parse().unwrap())
    }

    #[test]
    fn a_missing_year_is_the_latest_that_is_not_in_the_future() {
        let cases = [
            ("2026-11-22T00:00:00Z", (12, 10), "2025-12-10T06:55:46Z"),
            ("2026-11-22T00:00:00Z", (11, 22), "2026-11-22T06:55:46Z"),
            ("2026-11-22T00:00:00Z", (11, 24), "2025-11-24T06:55:46Z"),
            ("2027-01-01T00:10:00Z", (12, 31), "2026-12-31T06:55:46Z"),
            ("2026-12-31T23:50:00Z", (1, 1), "2027-01-01T06:55:46Z"),
            ("2026-11-22T00:00:00Z", (2, 29), "2024-02-29T06:55:46Z"),
        ];
        for (reference, (month, day), want) in cases {
            let time = rules(reference).with_year(month, day, 6, 55, 46).unwrap();
            assert_eq!(time.at.to_string(), want, "{reference}");
            assert!(time.year_inferred && time.zone_inferred);
        }
    }

    #[test]
    fn counts_since_1970_read_to_the_nanosecond() {
        let cases = [
            ("1689000000", 1, Some("2023-07-10T14:40:00Z")),
            ("1689000000.123456789", 1, Some("2023-07-10T14:40:00.123456789Z")),
            ("1689000000123", 1_000, Some("2023-07-10T14:40:00.123Z")),
            ("1689000000123456.5", 1_000_000, Some("2023-07-10T14:40:00.1234565Z")),
            ("-0.5", 1, Some("1969-12-31T23:59:59.5Z")),
            ("1e9", 1, None),
            ("99999999999999999999", 1, None),
            ("999999999999999", 1, None),
            ("", 1, None),
        ];
        for (text, per_second, want) in cases {
            assert_eq!(epoch(text, per_second).map(|at| at.to_string()).as_deref(), want, "{text}");
        }
    }

    #[test]
    fn iso_times_read_with_and_without_zone() {
        let rules = rules("2026-11-22T00:00:00Z");
        let cases = [
            ("2026-03-02T09:00:00.123Z", "2026-03-02T09:00:00.123Z", false),
            ("2026-03-02T09:00:00+02:00", "2026-03-02T07:00:00Z", false),
            ("2026-03-02 09:00:00.5", "2026-03-02T09:00:00.5Z", true),
        ];
        for (text, want, inferred) in cases {
            let time = rules.read(text).unwrap();
            assert_eq!((time.at.to_string().as_str(), time.zone_inferred), (want, inferred));
        }
        assert_eq!(rules.read("yesterday"), None);
    }
}
