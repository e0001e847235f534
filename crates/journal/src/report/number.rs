//! The number that whoever reports is given: it opens their report, and is kept by nobody but them.

use cofferdam_vocabulary::ContentHash;
use sha2::{Digest, Sha256};
use std::fmt;
use std::str::FromStr;

/// Digits and letters that are not mistaken for one another. Source: Douglas Crockford, "Base 32".
const SYMBOLS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// Symbols of a number: 60 random bits.
const LENGTH: usize = 12;
/// What sets these hashes apart from all others.
const DOMAIN: &[u8] = b"cofferdam report number 1\0";

/// The number of a report, such as `RPT-7K2M-0XQ4-9FZC`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct ReportNumber([u8; LENGTH]);

/// The text is no number of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a number looks like RPT-7K2M-0XQ4-9FZC")]
pub struct ReportNumberError;

impl ReportNumber {
    /// The number of these random bits, of which 60 count.
    pub fn of(random: [u8; 8]) -> ReportNumber {
        let mut bits = u64::from_le_bytes(random);
        let mut symbols = [b'0'; LENGTH];
        for symbol in &mut symbols {
            // The remainder is below 32.
            *symbol = SYMBOLS[(bits % 32) as usize];
            bits /= 32;
        }
        ReportNumber(symbols)
    }

    /// Reads a number as people copy it: in either case, with or without `RPT` and what parts the groups, and with
    /// letters for the digits that they look like.
    ///
    /// # Errors
    ///
    /// [`ReportNumberError`] for anything else.
    pub fn parse(text: &str) -> Result<ReportNumber, ReportNumberError> {
        let text = text.trim();
        let rest =
            text.get(..3).filter(|start| start.eq_ignore_ascii_case("RPT")).map_or(text, |_| &text[3..]);
        let mut symbols = [b'0'; LENGTH];
        let mut length = 0;
        for ch in rest.chars().filter(|ch| !matches!(ch, '-' | ' ')) {
            let symbol = match ch.to_ascii_uppercase() {
                'O' => b'0',
                'I' | 'L' => b'1',
                other => u8::try_from(other).map_err(|_| ReportNumberError)?,
            };
            let place =
                symbols.get_mut(length).filter(|_| SYMBOLS.contains(&symbol)).ok_or(ReportNumberError)?;
            *place = symbol;
            length += 1;
        }
        (length == LENGTH).then_some(ReportNumber(symbols)).ok_or(ReportNumberError)
    }

    /// What the journal holds of it.
    pub fn fingerprint(&self) -> ContentHash {
        ContentHash(Sha256::new().chain_update(DOMAIN).chain_update(self.0).finalize().into())
    }
}

impl fmt::Display for ReportNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RPT")?;
        self.0.chunks(4).try_for_each(|group| write!(f, "-{}", String::from_utf8_lossy(group)))
    }
}

/// Never tells itself, so that no log can.
impl fmt::Debug for ReportNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ReportNumber(…)")
    }
}

impl FromStr for ReportNumber {
    type Err = ReportNumberError;

    fn from_str(text: &str) -> Result<ReportNumber, ReportNumberError> {
        ReportNumber::parse(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_number_is_read_as_people_copy_it() {
        let number = ReportNumber::parse("RPT-7K2M-0XQ4-9FZ1").unwrap();
        for text in ["rpt-7k2m-0xq4-9fz1", " RPT 7K2M OXQ4 9FZI ", "7K2M0XQ49FZL", "RPT7K2M-0XQ49FZ1"] {
            assert_eq!(ReportNumber::parse(text), Ok(number), "{text}");
        }
        for bad in
            ["", "RPT", "RPT-7K2M-0XQ4", "RPT-7K2M-0XQ4-9FZ11", "RPT-7K2M-0XQ4-9FZU", "RPT-7K2M-0XQ4-9FZé"]
        {
            assert!(ReportNumber::parse(bad).is_err(), "{bad}");
        }
        assert_eq!(format!("{number:?}"), "ReportNumber(…)");
    }

    proptest! {
        #[test]
        fn sixty_bits_make_a_number_that_reads_back(random in any::<u64>(), other in any::<u64>()) {
            let number = |bits: u64| ReportNumber::of(bits.to_le_bytes());
            prop_assert_eq!(ReportNumber::parse(&number(random).to_string()), Ok(number(random)));
            let same = random % (1 << 60) == other % (1 << 60);
            prop_assert_eq!(number(random).fingerprint() == number(other).fingerprint(), same);
        }
    }
}
