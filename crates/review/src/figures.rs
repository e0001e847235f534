//! Counts, sizes, times and durations as people read them.

use jiff::Timestamp;

/// A count with its thousands apart: `12,345`.
pub fn group(count: u64) -> String {
    let digits = count.to_string();
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// A count with its noun.
pub fn count(count: u64, one: &str, many: &str) -> String {
    format!("{} {}", group(count), if count == 1 { one } else { many })
}

/// A size in the largest unit that leaves a number of at least one.
pub fn size(bytes: u64) -> String {
    const UNITS: [&str; 4] = ["KiB", "MiB", "GiB", "TiB"];
    if bytes < 1024 {
        return format!("{bytes} B");
    }
    let mut size = bytes as f64;
    let mut unit = "";
    for next in UNITS {
        if size < 1024.0 {
            break;
        }
        size /= 1024.0;
        unit = next;
    }
    format!("{size:.1} {unit}")
}

/// `2026-11-22 03:47:09`, UTC.
pub fn stamp(time: Option<Timestamp>) -> String {
    time.map_or_else(|| "time unknown".to_owned(), |time| time.strftime("%Y-%m-%d %H:%M:%S").to_string())
}

/// From one time to another, the day said once where it is the same.
pub fn span(first: Option<Timestamp>, last: Option<Timestamp>) -> String {
    let (start, end) = (stamp(first), stamp(last));
    match (start.split_once(' '), end.split_once(' ')) {
        _ if start == end || last.is_none() => start,
        (Some((day, _)), Some((same, clock))) if day == same => format!("{start} – {clock}"),
        _ => format!("{start} – {end}"),
    }
}

/// `2026-11-22`, UTC.
pub fn day(time: Option<Timestamp>) -> String {
    time.map_or_else(|| "time unknown".to_owned(), |time| time.strftime("%Y-%m-%d").to_string())
}

/// From one time of day to another, where the first one's day is told already.
pub fn clock(first: Option<Timestamp>, last: Option<Timestamp>) -> String {
    let of_day = |time: Timestamp| time.strftime("%H:%M:%S").to_string();
    match (first.map(of_day), last.map(of_day)) {
        (Some(start), Some(end)) if day(first) != day(last) => format!("{start} – {} {end}", day(last)),
        (Some(start), Some(end)) if start != end => format!("{start} – {end}"),
        (Some(start), _) => start,
        (None, _) => "unknown".to_owned(),
    }
}

/// How long it took, in one unit that a person would choose.
pub fn length(first: Timestamp, last: Timestamp) -> String {
    let seconds = last.duration_since(first).as_secs();
    match seconds {
        ..=0 => "within one second".to_owned(),
        1 => "1 second".to_owned(),
        2..120 => format!("{seconds} seconds"),
        120..7_200 => format!("{} minutes", (seconds + 30) / 60),
        7_200..172_800 => format!("{} hours", (seconds + 1_800) / 3_600),
        _ => format!("{} days", (seconds + 43_200) / 86_400),
    }
}

/// Some of many, by name: `a, b and 3 more`.
pub fn list(values: &[&str], most: usize) -> String {
    match values {
        [] => String::new(),
        [one] => (*one).to_owned(),
        _ if values.len() > most => {
            format!("{} and {} more", values[..most].join(", "), group((values.len() - most) as u64))
        }
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_grouped() {
        for (count, want) in [(0, "0"), (999, "999"), (1_000, "1,000"), (1_234_567, "1,234,567")] {
            assert_eq!(group(count), want);
        }
    }

    #[test]
    fn sizes_have_the_unit_that_fits() {
        for (bytes, want) in [
            (0, "0 B"),
            (1_023, "1023 B"),
            (1_536, "1.5 KiB"),
            (5 << 40, "5.0 TiB"),
            (u64::MAX, "16777216.0 TiB"),
        ] {
            assert_eq!(size(bytes), want);
        }
    }

    #[test]
    fn a_day_is_said_once() {
        let at = |text: &str| Some(text.parse::<Timestamp>().unwrap());
        let first = at("2026-03-02T09:00:00Z");
        assert_eq!(span(first, at("2026-03-02T09:00:00.4Z")), "2026-03-02 09:00:00");
        assert_eq!(span(first, at("2026-03-02T10:00:00Z")), "2026-03-02 09:00:00 – 10:00:00");
        assert_eq!(span(first, at("2026-03-03T10:00:00Z")), "2026-03-02 09:00:00 – 2026-03-03 10:00:00");
        assert_eq!(span(None, None), "time unknown");
    }

    #[test]
    fn a_clock_names_the_day_on_which_it_ends_only_if_it_is_another() {
        let at = |text: &str| Some(text.parse::<Timestamp>().unwrap());
        let first = at("2026-03-02T09:00:00Z");
        assert_eq!(clock(first, first), "09:00:00");
        assert_eq!(clock(first, at("2026-03-02T10:00:00Z")), "09:00:00 – 10:00:00");
        assert_eq!(clock(first, at("2026-03-03T08:00:00Z")), "09:00:00 – 2026-03-03 08:00:00");
    }

    #[test]
    fn lists_end_with_a_count() {
        assert_eq!(list(&["a"], 2), "a");
        assert_eq!(list(&["a", "b"], 2), "a and b");
        assert_eq!(list(&["a", "b", "c"], 2), "a, b and 1 more");
    }
}
