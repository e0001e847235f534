//! Times as the products write them.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use serde_json::Value;

/// What is larger is in milliseconds: as seconds it would be the year 5138.
const MILLISECONDS_FROM: i64 = 100_000_000_000;

/// Milliseconds or seconds since 1970, or ISO 8601; a time without an offset is UTC, as DFIR-IRIS keeps it.
pub fn time(value: &Value) -> Option<Timestamp> {
    match value {
        Value::Number(number) => since_1970(number.as_i64()?),
        Value::String(text) => written(text.trim()),
        _ => None,
    }
}

fn since_1970(number: i64) -> Option<Timestamp> {
    match number.checked_abs()? {
        MILLISECONDS_FROM.. => Timestamp::from_millisecond(number).ok(),
        _ => Timestamp::from_second(number).ok(),
    }
}

fn written(text: &str) -> Option<Timestamp> {
    if let Ok(number) = text.parse::<i64>() {
        return since_1970(number);
    }
    let at: Option<Timestamp> = text.parse().ok();
    let civil = || {
        text.parse::<DateTime>()
            .ok()
            .or_else(|| Some(text.parse::<Date>().ok()?.to_datetime(jiff::civil::Time::midnight())))
    };
    at.or_else(|| Some(civil()?.to_zoned(TimeZone::UTC).ok()?.timestamp()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_products_write_them() {
        let cases = [
            (Value::from(1_772_359_872_123_i64), Some("2026-03-01T10:11:12.123Z")),
            (Value::from(1_772_359_872_i64), Some("2026-03-01T10:11:12Z")),
            (Value::from("1772359872123"), Some("2026-03-01T10:11:12.123Z")),
            (Value::from("2026-03-01T10:11:12.123456"), Some("2026-03-01T10:11:12.123456Z")),
            (Value::from("2026-03-01T10:11:12+02:00"), Some("2026-03-01T08:11:12Z")),
            (Value::from("2026-03-01"), Some("2026-03-01T00:00:00Z")),
            (Value::from("yesterday"), None),
            (Value::from(i64::MIN), None),
            (Value::from(1.5), None),
            (Value::Null, None),
        ];
        for (value, want) in cases {
            assert_eq!(time(&value).map(|at| at.to_string()).as_deref(), want, "{value}");
        }
    }
}
