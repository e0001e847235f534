//! Moves the times that stand in a line of a log, in place and in their own form.
//!
//! What looks like a time is one only if it lies near the recording's own times: a version or a count stays as it is.

use jiff::civil::DateTime;
use jiff::fmt::strtime;
use jiff::tz::{Offset, TimeZone};
use jiff::{SignedDuration, Timestamp};
use regex::{Captures, Regex};
use std::borrow::Cow;
use std::sync::LazyLock;

/// A time may be so far from the recording's and still be one of its.
const AROUND: SignedDuration = SignedDuration::from_hours(48);

/// How far times move, and which are meant.
#[derive(Clone, Debug)]
pub struct Shift {
    by: SignedDuration,
    from: Timestamp,
    to: Timestamp,
    zone: TimeZone,
}

/// Times as logs write them: `2026-03-02T09:00:00.123+01:00`, `02-Mar-2026 09:00:00.123`, `02/Mar/2026:09:00:00 +0000`,
/// `Mar  2 09:00:00`, and seconds, milli-, micro- and nanoseconds since 1970.
static TIMES: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?x)
        (?P<iso> \b\d{4}-\d{2}-\d{2} [T\x20] \d{2}:\d{2}:\d{2}) (?P<isozone> (?:[.,]\d{1,9})? (?:[+-]\d{2}:?\d{2})? )
        | (?P<day> \b\d{2}[-/] (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) [-/]\d{4} [:\x20] \d{2}:\d{2}:\d{2})
          (?P<dayzone> (?:\x20[+-]\d{4})? )
        | (?P<short> \b(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \x20 [\x20\d]\d \x20 \d{2}:\d{2}:\d{2} \b)
        | (?P<unix> \b\d{10}(?:\d{3}){0,3}\b )",
    )
    .ok()
});

impl Shift {
    /// Moves times by so much, rounded to whole seconds so that all forms move alike. `from` and `to` are the
    /// recording's first and last moment; times that name no zone are of `zone`.
    pub fn new(by: SignedDuration, from: Timestamp, to: Timestamp, zone: TimeZone) -> Shift {
        let from = from.checked_sub(AROUND).unwrap_or(Timestamp::MIN);
        let to = to.checked_add(AROUND).unwrap_or(Timestamp::MAX);
        Shift { by: SignedDuration::from_secs(by.as_secs()), from, to, zone }
    }

    /// The line with its times moved.
    pub fn apply<'l>(&self, line: &'l str) -> Cow<'l, str> {
        let Some(times) = TIMES.as_ref() else { return Cow::Borrowed(line) };
        times.replace_all(line, |found: &Captures<'_>| {
            self.moved(found).unwrap_or_else(|| found.get(0).map_or("", |all| all.as_str()).to_owned())
        })
    }

    fn moved(&self, found: &Captures<'_>) -> Option<String> {
        if let Some(time) = found.name("iso") {
            let rest = found.name("isozone").map_or("", |rest| rest.as_str());
            let format = if time.as_str().contains('T') { "%Y-%m-%dT%H:%M:%S" } else { "%Y-%m-%d %H:%M:%S" };
            return Some(self.civil(time.as_str(), format, zone_in(rest))? + rest);
        }
        if let Some(time) = found.name("day") {
            let rest = found.name("dayzone").map_or("", |rest| rest.as_str());
            let text = time.as_str();
            let format = match (text.contains('/'), text.as_bytes().get(11)) {
                (true, Some(b':')) => "%d/%b/%Y:%H:%M:%S",
                (true, _) => "%d/%b/%Y %H:%M:%S",
                (false, Some(b':')) => "%d-%b-%Y:%H:%M:%S",
                (false, _) => "%d-%b-%Y %H:%M:%S",
            };
            return Some(self.civil(text, format, zone_in(rest))? + rest);
        }
        if let Some(time) = found.name("short") {
            return self.without_year(time.as_str());
        }
        self.unix(found.name("unix")?.as_str())
    }

    fn is_meant(&self, at: Timestamp) -> bool {
        at >= self.from && at <= self.to
    }

    fn civil(&self, text: &str, format: &str, offset: Option<Offset>) -> Option<String> {
        let civil = DateTime::strptime(format, text).ok()?;
        let zone = offset.map_or_else(|| self.zone.clone(), Offset::to_time_zone);
        let at = zone.to_ambiguous_timestamp(civil).compatible().ok()?;
        let moved = at.checked_add(self.by).ok().filter(|_| self.is_meant(at))?;
        strtime::format(format, zone.to_datetime(moved)).ok()
    }

    fn without_year(&self, text: &str) -> Option<String> {
        let years = [self.to, self.from].map(|at| self.zone.to_datetime(at).year());
        let at = years.into_iter().find_map(|year| {
            let civil = DateTime::strptime("%Y %b %e %H:%M:%S", format!("{year} {text}")).ok()?;
            let at = self.zone.to_ambiguous_timestamp(civil).compatible().ok()?;
            self.is_meant(at).then_some(at)
        })?;
        strtime::format("%b %e %H:%M:%S", self.zone.to_datetime(at.checked_add(self.by).ok()?)).ok()
    }

    fn unix(&self, text: &str) -> Option<String> {
        let number: i64 = text.parse().ok()?;
        let per_second = 10_i64.pow(u32::try_from(text.len().checked_sub(10)?).ok()?);
        self.is_meant(Timestamp::from_second(number / per_second).ok()?).then_some(())?;
        Some(number.checked_add(self.by.as_secs().checked_mul(per_second)?)?.to_string())
    }
}

/// The zone behind a fraction of a second, if one stands there.
fn zone_in(rest: &str) -> Option<Offset> {
    let at = rest.find(['+', '-'])?;
    let (sign, digits) = (if rest[at..].starts_with('-') { -1 } else { 1 }, rest[at + 1..].replace(':', ""));
    let (hours, minutes) = (digits.get(..2)?.parse::<i32>().ok()?, digits.get(2..4)?.parse::<i32>().ok()?);
    Offset::from_seconds(sign * (hours * 3600 + minutes * 60)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(line: &str, want: &str) {
        let time = |text: &str| text.parse::<Timestamp>().unwrap();
        let (from, to) = (time("2026-02-28T23:00:00Z"), time("2026-03-02T10:00:00Z"));
        let shift = Shift::new(SignedDuration::from_secs(3 * 86_400 + 61), from, to, TimeZone::UTC);
        assert_eq!(shift.apply(line), want);
    }

    #[test]
    fn every_form_keeps_its_form() {
        check("2026-03-02T09:00:00.123456+00:00 web-01 sshd", "2026-03-05T09:01:01.123456+00:00 web-01 sshd");
        check("{\"@timestamp\":\"2026-03-01T23:59:30Z\"}", "{\"@timestamp\":\"2026-03-05T00:00:31Z\"}");
        check("2026-03-02 09:00:00,5 x", "2026-03-05 09:01:01,5 x");
        check("<38>Mar  2 09:00:00 web-01 su: x", "<38>Mar  5 09:01:01 web-01 su: x");
        check("Feb 28 23:59:59 a", "Mar  4 00:01:00 a");
        check("- [02/Mar/2026:09:00:00 +0100] \"GET", "- [05/Mar/2026:09:01:01 +0100] \"GET");
        check("02-Mar-2026 09:00:00.123 client", "05-Mar-2026 09:01:01.123 client");
        check("msg=audit(1772442000.123:77): x", "msg=audit(1772701261.123:77): x");
        check("{\"t\":1772442000123}", "{\"t\":1772701261123}");
        check("1772442000.123456\tC1", "1772701261.123456\tC1");
    }

    #[test]
    fn what_is_no_time_of_the_recording_stays() {
        check("serial 1234567890 phone 4915112345678", "serial 1234567890 phone 4915112345678");
        check("not after 2031-01-01T00:00:00Z", "not after 2031-01-01T00:00:00Z");
        check("Mar 99 09:00:00, 2026-13-45T99:00:00Z", "Mar 99 09:00:00, 2026-13-45T99:00:00Z");
        check("Jul  2 09:00:00 old", "Jul  2 09:00:00 old");
        check("x17724420001772442000x 17724420", "x17724420001772442000x 17724420");
    }
}
