//! Spans of time.

use super::super::given::{Given, Misread};
use super::Kind;
use serde_json::{Value, json};
use std::path::Path;
use std::time::Duration;

/// A span of time in a range. Written as `90s`, `30min`, `12h`, `7d`, or one after the other: `1h30min`.
pub struct Span {
    /// The least that is allowed.
    pub least: Duration,
    /// The most that is allowed.
    pub most: Duration,
}

const UNITS: [(&str, u64); 4] = [("d", 86_400), ("h", 3600), ("min", 60), ("s", 1)];
const HELP: &str = "write a number with its unit: `90s`, `30min`, `12h`, `7d`";

impl Kind for Span {
    type Value = Duration;

    fn name(&self) -> String {
        format!("duration, {} to {}", written(self.least), written(self.most))
    }

    fn read(&self, given: &Given, _: &Path) -> Result<Duration, Misread> {
        if let Given::Whole(number) = given {
            return Err(Misread::new(format!("{number} has no unit")).help(HELP));
        }
        let text = given.text("a duration such as 30min")?;
        let span = duration(text).ok_or_else(|| Misread::new("is no duration").help(HELP))?;
        if (self.least..=self.most).contains(&span) {
            return Ok(span);
        }
        Err(Misread::new(format!("{} is out of range", written(span))).help(format!(
            "write {} to {}",
            written(self.least),
            written(self.most)
        )))
    }

    fn show(&self, value: &Duration) -> Value {
        json!(written(*value))
    }
}

fn duration(text: &str) -> Option<Duration> {
    let mut rest = text.trim();
    let mut seconds = 0_u64;
    let mut largest = u64::MAX;
    while !rest.is_empty() {
        let (number, after) = rest.split_at(rest.find(|ch: char| !ch.is_ascii_digit())?);
        let after = after.trim_start();
        let (unit, after) =
            after.split_at(after.find(|ch: char| !ch.is_ascii_alphabetic()).unwrap_or(after.len()));
        let unit = UNITS.iter().find(|(name, _)| *name == unit)?.1;
        // The larger unit comes first, and each of them once.
        if unit >= largest {
            return None;
        }
        largest = unit;
        seconds = seconds.checked_add(number.parse::<u64>().ok()?.checked_mul(unit)?)?;
        rest = after.trim_start();
    }
    (largest != u64::MAX).then(|| Duration::from_secs(seconds))
}

/// In the largest unit of which it is a whole number; days only from two on.
fn written(span: Duration) -> String {
    let seconds = span.as_secs();
    let fits = |(_, unit): &&(&str, u64)| {
        seconds >= *unit && seconds.is_multiple_of(*unit) && !(*unit == 86_400 && seconds == *unit)
    };
    let (name, unit) = UNITS.iter().find(fits).unwrap_or(&("s", 1));
    format!("{}{name}", seconds / unit)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn durations_are_read() {
        for (text, want) in [
            ("30min", Some(1800)),
            (" 12 h ", Some(43_200)),
            ("7d", Some(604_800)),
            ("1h30min", Some(5400)),
            ("1h 30min 5s", Some(5405)),
            ("0s", Some(0)),
            ("30", None),
            ("min", None),
            ("", None),
            ("30m", None),
            ("-5min", None),
            ("5min5min", None),
            ("5min1h", None),
            ("1.5h", None),
            ("99999999999999999999s", None),
            ("213503982334602d", None),
            ("١s", None),
        ] {
            assert_eq!(duration(text), want.map(Duration::from_secs), "{text}");
        }
        for (seconds, want) in [(86_400, "24h"), (604_800, "7d"), (90, "90s"), (3601, "3601s"), (0, "0s")] {
            assert_eq!(written(Duration::from_secs(seconds)), want);
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_again(seconds in any::<u64>()) {
            let span = Duration::from_secs(seconds);
            prop_assert_eq!(duration(&written(span)), Some(span));
        }

        #[test]
        fn any_text_is_read_or_refused(text in "[0-9a-z ]{0,20}|\\PC*") {
            let _ = duration(&text);
        }
    }
}
