//! Moments as filters name them: a time, a whole day, or so long before now.

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use std::cmp::Ordering;
use std::fmt;

/// A moment or a day, from its first to its last nanosecond.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct When {
    from: Timestamp,
    to: Timestamp,
    written: Written,
}

/// What stands in the filter's one form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Written {
    Time,
    Day(Date),
    Now,
    /// So many units after now, or before.
    Away {
        is_before: bool,
        count: u32,
        unit: char,
    },
}

impl When {
    /// Reads an RFC 3339 time (seconds may be left out, and the zone, which then is UTC), a date, which is all of
    /// that day in UTC, `now`, or `-24h`: a sign, up to six digits and `s`, `m`, `h`, `d` or `w`.
    pub(super) fn parse(text: &str, now: Timestamp) -> Option<When> {
        let at = |time| When { from: time, to: time, written: Written::Time };
        if text.eq_ignore_ascii_case("now") {
            return Some(When { written: Written::Now, ..at(now) });
        }
        if text.starts_with(['-', '+']) {
            return When::away(text, now);
        }
        // The name of a zone beside the offset could contradict it.
        if text.contains('[') {
            return None;
        }
        if !text.contains(['T', 't', ' ']) {
            return When::day(text.parse().ok()?);
        }
        let zoned = text.parse::<Timestamp>().ok();
        let utc = || text.parse::<DateTime>().ok()?.to_zoned(TimeZone::UTC).ok();
        zoned.or_else(|| Some(utc()?.timestamp())).map(at)
    }

    fn day(date: Date) -> Option<When> {
        let start = |date: Date| Some(date.to_zoned(TimeZone::UTC).ok()?.timestamp());
        let to = start(date.tomorrow().ok()?)?.checked_sub(SignedDuration::from_nanos(1)).ok()?;
        Some(When { from: start(date)?, to, written: Written::Day(date) })
    }

    fn away(text: &str, now: Timestamp) -> Option<When> {
        let is_before = text.starts_with('-');
        let unit = text.chars().last()?.to_ascii_lowercase();
        let digits = text.get(1..text.len().checked_sub(unit.len_utf8())?)?;
        let is_number = matches!(digits.len(), 1..=6) && digits.bytes().all(|digit| digit.is_ascii_digit());
        let count: u32 = if is_number { digits.parse().ok()? } else { return None };
        let seconds = match unit {
            's' => 1,
            'm' => 60,
            'h' => 3_600,
            'd' => 86_400,
            'w' => 7 * 86_400,
            _ => return None,
        };
        let away = SignedDuration::from_secs(i64::from(count) * seconds);
        let time = if is_before { now.checked_sub(away) } else { now.checked_add(away) }.ok()?;
        Some(When { from: time, to: time, written: Written::Away { is_before, count, unit } })
    }

    /// Whether a time is before it, in it or after it.
    pub(super) fn place(&self, time: Timestamp) -> Ordering {
        if time < self.from {
            Ordering::Less
        } else if time > self.to {
            Ordering::Greater
        } else {
            Ordering::Equal
        }
    }
}

impl fmt::Display for When {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.written {
            Written::Time => write!(f, "{}", self.from),
            Written::Day(date) => write!(f, "{date}"),
            Written::Now => f.write_str("now"),
            Written::Away { is_before, count, unit } => {
                write!(f, "{}{count}{unit}", if is_before { '-' } else { '+' })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Timestamp {
        "2026-11-22T12:00:00Z".parse().unwrap()
    }

    #[track_caller]
    fn check(text: &str, from: &str, to: &str, form: &str) {
        let when = When::parse(text, now()).unwrap();
        assert_eq!((when.from.to_string(), when.to.to_string()), (from.to_owned(), to.to_owned()), "{text}");
        assert_eq!(when.to_string(), form, "{text}");
        assert_eq!(When::parse(form, now()), Some(when), "{text}");
    }

    #[test]
    fn moments_and_days_are_understood() {
        let same = |text, time| check(text, time, time, time);
        same("2026-11-22T03:00Z", "2026-11-22T03:00:00Z");
        same("2026-11-22T03:00", "2026-11-22T03:00:00Z");
        same("2026-11-22 03:00:01.5", "2026-11-22T03:00:01.5Z");
        same("2026-11-22T03:00+01:00", "2026-11-22T02:00:00Z");
        check("2026-11-22", "2026-11-22T00:00:00Z", "2026-11-22T23:59:59.999999999Z", "2026-11-22");
        check("-024H", "2026-11-21T12:00:00Z", "2026-11-21T12:00:00Z", "-24h");
        check("+1w", "2026-11-29T12:00:00Z", "2026-11-29T12:00:00Z", "+1w");
        check("NOW", "2026-11-22T12:00:00Z", "2026-11-22T12:00:00Z", "now");
    }

    #[test]
    fn what_is_no_time_is_none() {
        for text in [
            "",
            "-",
            "-h",
            "-24",
            "-24y",
            "-1234567h",
            "-1é",
            "--1h",
            "24h",
            "2026-13-01",
            "2026-11-2",
            "9999-12-31",
            "2026-11-22[UTC]",
            "2026-11-22T03:00Z[UTC]",
            "T",
        ] {
            assert_eq!(When::parse(text, now()), None, "{text}");
        }
        assert_eq!(When::parse("-999999w", now()), None, "before the first year");
    }
}
