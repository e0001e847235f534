//! Numbers, and sizes in bytes.

use super::super::given::{Given, Misread};
use super::Kind;
use serde_json::{Value, json};
use std::path::Path;

/// A whole number in a range.
pub struct Count {
    /// The least that is allowed.
    pub least: u32,
    /// The most that is allowed.
    pub most: u32,
}

/// A size in bytes, in a range. Written as `64KiB`, `1MiB`, or as a number of bytes.
pub struct Bytes {
    /// The least that is allowed.
    pub least: u64,
    /// The most that is allowed.
    pub most: u64,
}

const UNITS: [(&str, u64); 3] = [("MiB", 1 << 20), ("KiB", 1 << 10), ("B", 1)];

impl Kind for Count {
    type Value = u32;

    fn name(&self) -> String {
        format!("number, {} to {}", self.least, self.most)
    }

    fn read(&self, given: &Given, _: &Path) -> Result<u32, Misread> {
        let number = match given {
            Given::Whole(number) => Some(*number),
            Given::Typed(text) => text.trim().parse().ok(),
            _ => None,
        };
        let number = number.ok_or_else(|| match given {
            Given::Typed(text) => Misread::new(format!("`{text}` is no number")),
            _ => given.other("a number"),
        })?;
        match u32::try_from(number) {
            Ok(number) if (self.least..=self.most).contains(&number) => Ok(number),
            _ => Err(Misread::new(format!("{number} is out of range"))
                .help(format!("write {} to {}", self.least, self.most))),
        }
    }

    fn show(&self, value: &u32) -> Value {
        json!(value)
    }
}

impl Kind for Bytes {
    type Value = u64;

    fn name(&self) -> String {
        format!("size, {} to {}", written(self.least), written(self.most))
    }

    fn read(&self, given: &Given, _: &Path) -> Result<u64, Misread> {
        let size = match given {
            Given::Whole(size) => u64::try_from(*size).ok(),
            _ => size(given.text("a size such as 64KiB")?.trim()),
        };
        let size = size.ok_or_else(|| {
            Misread::new("is no size").help("write a number of bytes, or one with its unit: `64KiB`, `1MiB`")
        })?;
        if (self.least..=self.most).contains(&size) {
            return Ok(size);
        }
        Err(Misread::new(format!("{} is out of range", written(size))).help(format!(
            "write {} to {}",
            written(self.least),
            written(self.most)
        )))
    }

    fn show(&self, value: &u64) -> Value {
        json!(written(*value))
    }
}

fn size(text: &str) -> Option<u64> {
    let at = text.find(|ch: char| !ch.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(at);
    let unit = match unit.trim_start() {
        "" => 1,
        unit => UNITS.iter().find(|(name, _)| *name == unit)?.1,
    };
    number.parse::<u64>().ok()?.checked_mul(unit)
}

/// In the largest unit of which it is a whole number.
fn written(size: u64) -> String {
    let fits = |(_, bytes): &&(&str, u64)| size >= *bytes && size.is_multiple_of(*bytes);
    let (name, bytes) = UNITS.iter().find(fits).unwrap_or(&("B", 1));
    format!("{}{name}", size / bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_and_written() {
        for (text, want) in [
            ("64KiB", Some(65_536)),
            ("1 MiB", Some(1 << 20)),
            ("100", Some(100)),
            ("7B", Some(7)),
            ("64KB", None),
            ("KiB", None),
            ("-1", None),
            ("1.5MiB", None),
            ("99999999999999999999", None),
            ("18446744073709551615KiB", None),
        ] {
            assert_eq!(size(text), want, "{text}");
        }
        for (size, want) in [(0, "0B"), (1000, "1000B"), (1024, "1KiB"), (1 << 21, "2MiB")] {
            assert_eq!(written(size), want);
        }
    }
}
