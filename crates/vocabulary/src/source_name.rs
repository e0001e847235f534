//! The name of a source: what sends events or alerts, as people call it (`web-proxy`, `edr`).

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// Bytes of the longest name. Source: RFC 1035, section 2.3.4, where a label has as many; names become parts of paths.
const LONGEST: usize = 63;

/// 1 to 63 of the letters a to z, digits and `-`, beginning with a letter or digit: it stands in addresses, in names of
/// files and of streams as it is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SourceName {
    /// Zeros follow the name, so that the order is that of the texts.
    bytes: [u8; LONGEST],
    length: u8,
}

/// The text is no name of a source.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{text}` is no name of a source: 1 to 63 of the letters a to z, digits and `-`, not beginning with `-`"
)]
pub struct SourceNameError {
    /// What was given, cut.
    pub text: String,
}

impl SourceName {
    /// Reads a name as [`as_str`](SourceName::as_str) gives it.
    ///
    /// # Errors
    ///
    /// [`SourceNameError`] for anything else, such as one in capitals.
    pub fn parse(text: &str) -> Result<SourceName, SourceNameError> {
        let wrong = || SourceNameError { text: text.chars().take(80).collect() };
        let is_name = text.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'))
            && !text.starts_with('-')
            && !text.is_empty();
        let mut bytes = [0; LONGEST];
        let place = bytes.get_mut(..text.len()).filter(|_| is_name).ok_or_else(wrong)?;
        place.copy_from_slice(text.as_bytes());
        Ok(SourceName { bytes, length: u8::try_from(text.len()).map_err(|_| wrong())? })
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        let name = self.bytes.get(..usize::from(self.length)).unwrap_or_default();
        // It was ASCII when it was read.
        std::str::from_utf8(name).unwrap_or_default()
    }
}

impl fmt::Display for SourceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for SourceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for SourceName {
    type Err = SourceNameError;

    fn from_str(text: &str) -> Result<SourceName, SourceNameError> {
        SourceName::parse(text)
    }
}

impl From<SourceName> for String {
    fn from(name: SourceName) -> String {
        name.as_str().to_owned()
    }
}

impl TryFrom<String> for SourceName {
    type Error = SourceNameError;

    fn try_from(text: String) -> Result<SourceName, SourceNameError> {
        SourceName::parse(&text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_reads_back_and_nothing_else_is_one() {
        let longest = "x".repeat(63);
        for good in ["a", "0", "web-proxy", "edr2", "a--b", "a-", &longest] {
            let name = SourceName::parse(good).unwrap();
            assert_eq!((name.as_str(), name.to_string().as_str()), (good, good));
            assert_eq!(serde_json::to_value(name).unwrap(), good);
        }
        let longer = "x".repeat(64);
        for bad in ["", "-a", "A", "a_b", "a.b", "a/b", "..", "a b", "ä", "a\0", "a\n", &longer] {
            let error = SourceName::parse(bad).unwrap_err();
            assert!(error.to_string().contains("is no name of a source"), "{bad:?}");
            assert!(serde_json::from_value::<SourceName>(bad.into()).is_err());
        }
    }

    #[test]
    fn the_order_is_that_of_the_texts() {
        let mut texts = ["b", "a", "a-b", "a0", "ab", "a-"];
        let mut names = texts.map(|text| SourceName::parse(text).unwrap());
        texts.sort_unstable();
        names.sort_unstable();
        assert_eq!(names.map(|name| name.to_string()), texts);
    }
}
