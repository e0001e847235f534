//! The SHA-256 of some content, by which evidence is named.

use crate::hex;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// 32 bytes, written as 64 lower-case hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ContentHash(pub [u8; 32]);

/// The text is no SHA-256.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is no SHA-256: 64 hexadecimal digits")]
pub struct ContentHashError {
    /// What was given, cut.
    pub text: String,
}

impl ContentHash {
    /// Reads 64 hexadecimal digits in either case.
    ///
    /// # Errors
    ///
    /// [`ContentHashError`] for anything else.
    pub fn parse(text: &str) -> Result<ContentHash, ContentHashError> {
        let bytes = hex::parse(text).map(ContentHash);
        bytes.ok_or_else(|| ContentHashError { text: text.chars().take(80).collect() })
    }
}

impl fmt::Display for ContentHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        hex::write(&self.0, f)
    }
}

impl fmt::Debug for ContentHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for ContentHash {
    type Err = ContentHashError;

    fn from_str(text: &str) -> Result<ContentHash, ContentHashError> {
        ContentHash::parse(text)
    }
}

impl From<ContentHash> for String {
    fn from(hash: ContentHash) -> String {
        hash.to_string()
    }
}

impl TryFrom<String> for ContentHash {
    type Error = ContentHashError;

    fn try_from(text: String) -> Result<ContentHash, ContentHashError> {
        ContentHash::parse(&text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_read_back_and_nothing_else_does() {
        let text = "00ff".repeat(16);
        assert_eq!(ContentHash::parse(&text.to_uppercase()).unwrap().to_string(), text);
        for bad in ["", &text[1..], &format!("{text}0"), &"g".repeat(64), &"é".repeat(32)] {
            assert!(ContentHash::parse(bad).is_err(), "{bad}");
        }
    }
}
