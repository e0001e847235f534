//! Numbers as people quote them (`ALR-000017`, `INC-0003`), and ids that are drawn at random or are hashes.

use crate::hex;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// The text is not an id of that kind.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not an id of this kind; one looks like {example}")]
pub struct IdError {
    /// What was given, cut.
    pub text: String,
    /// What an id of this kind looks like.
    pub example: &'static str,
}

macro_rules! numbered {
    ($(#[$doc:meta])* $name:ident, $prefix:literal, $digits:literal, $example:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(pub u64);

        impl $name {
            /// Reads an id as [`Display`](fmt::Display) writes it, in either case.
            ///
            /// # Errors
            ///
            /// [`IdError`] for anything else, such as one with needless zeros.
            pub fn parse(text: &str) -> Result<$name, IdError> {
                let parts = text.split_at_checked($prefix.len());
                let parts = parts.filter(|(prefix, _)| prefix.eq_ignore_ascii_case($prefix));
                let id = parts.and_then(|(_, digits)| number(digits, $digits)).map($name);
                id.ok_or_else(|| IdError { text: text.chars().take(40).collect(), example: $example })
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match f.width() {
                    None => write!(f, concat!($prefix, "{:0", $digits, "}"), self.0),
                    Some(_) => f.pad(&format!(concat!($prefix, "{:0", $digits, "}"), self.0)),
                }
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> String {
                id.to_string()
            }
        }

        impl TryFrom<String> for $name {
            type Error = IdError;

            fn try_from(text: String) -> Result<$name, IdError> {
                $name::parse(&text)
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<$name, IdError> {
                $name::parse(text)
            }
        }
    };
}

/// The number of these digits: at least so many, and no zero in front that need not be there.
fn number(digits: &str, width: usize) -> Option<u64> {
    let is_shortest = digits.len() == width || digits.len() > width && !digits.starts_with('0');
    let is_number = is_shortest && digits.bytes().all(|digit| digit.is_ascii_digit());
    digits.parse().ok().filter(|_| is_number)
}

numbered!(
    /// An alert, in the order in which they were raised.
    AlertId, "ALR-", 6, "ALR-000017"
);
numbered!(
    /// An incident, in the order in which they were opened.
    IncidentId, "INC-", 4, "INC-0003"
);
numbered!(
    /// What somebody reported, in the order in which reports came. Whoever reported has another number, which opens
    /// their report; this one opens nothing.
    ReportId, "REP-", 4, "REP-0001"
);
numbered!(
    /// An exception: what hides alerts for a while, in the order in which they were added.
    ExceptionId, "EXC-", 4, "EXC-0001"
);
numbered!(
    /// A call: somebody is told that something waits for them, in the order in which they were begun.
    CallId, "CAL-", 6, "CAL-000001"
);
numbered!(
    /// Somebody who may work with the server, in the order in which they were made known to it.
    UserId, "USR-", 4, "USR-0001"
);

macro_rules! drawn {
    ($(#[$doc:meta])* $name:ident, $bytes:literal, $example:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(pub [u8; $bytes]);

        impl $name {
            /// Reads two hexadecimal digits for each byte, in either case.
            ///
            /// # Errors
            ///
            /// [`IdError`] for anything else.
            pub fn parse(text: &str) -> Result<$name, IdError> {
                let id = hex::parse(text).map($name);
                id.ok_or_else(|| IdError { text: text.chars().take(40).collect(), example: $example })
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                hex::write(&self.0, f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> String {
                id.to_string()
            }
        }

        impl TryFrom<String> for $name {
            type Error = IdError;

            fn try_from(text: String) -> Result<$name, IdError> {
                $name::parse(&text)
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<$name, IdError> {
                $name::parse(text)
            }
        }
    };
}

drawn!(
    /// A session: 8 random bytes that name it and open nothing.
    SessionId, 8, "0123456789abcdef"
);
drawn!(
    /// A token for programs: 8 random bytes that name it and open nothing.
    TokenId, 8, "0123456789abcdef"
);
drawn!(
    /// A password, a second factor or a set of recovery codes: what it is lies where secrets lie, and facts
    /// name it by this.
    CredentialId, 8, "0123456789abcdef"
);
drawn!(
    /// Something that is sent to somebody, however often it is tried: 16 random bytes.
    DeliveryId, 16, "0123456789abcdef0123456789abcdef"
);
drawn!(
    /// What tells one alert from another however often it is told again: a keyed hash, from which nothing can be read.
    DedupKey, 16, "0123456789abcdef0123456789abcdef"
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_has_one_text_and_reads_back() {
        for (id, text) in [(3, "INC-0003"), (12_345, "INC-12345")] {
            assert_eq!(IncidentId(id).to_string(), text);
            assert_eq!(IncidentId::parse(&text.to_lowercase()), Ok(IncidentId(id)));
        }
        assert_eq!(AlertId(17).to_string(), "ALR-000017");
        assert_eq!(UserId::parse("usr-0001"), Ok(UserId(1)));
        for bad in [
            "",
            "INC-",
            "INC-3",
            "INC-00003",
            "INC-+003",
            "ALR-000003",
            "INC-0003 ",
            "INC-012345",
            "INC--003",
            "ÏNC-0003",
            "IN",
            "INC-99999999999999999999",
        ] {
            assert!(IncidentId::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn what_was_drawn_is_written_as_digits() {
        let id = SessionId([0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef]);
        assert_eq!(id.to_string(), "0123456789abcdef");
        assert_eq!(SessionId::parse("0123456789ABCDEF"), Ok(id));
        assert_eq!(TokenId::try_from("00".repeat(8)), Ok(TokenId([0; 8])));
        assert_eq!(format!("{:?}", CredentialId([255; 8])), "ffffffffffffffff");
        assert_eq!(DedupKey::parse(&"AB".repeat(16)), Ok(DedupKey([0xab; 16])));
        assert!(DedupKey::parse(&"ab".repeat(8)).is_err());
        for bad in
            ["", "0123456789abcde", "0123456789abcdef0", "0123456789abcdeg", "+123456789abcdef", "éééééééé"]
        {
            assert!(SessionId::parse(bad).is_err(), "{bad}");
        }
    }
}
