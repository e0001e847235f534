//! What somebody reported, as it came.

use crate::alert::EntityRecord;
use crate::personal::Personal;
use cofferdam_vocabulary::{ContentHash, EntityKind, Level, Role};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::net::IpAddr;

/// Parts of a text, each a value of its own.
pub const PARTS: usize = 16;
/// Things that one report names.
pub const NAMED_THINGS: usize = 10;

/// What somebody reported.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Received {
    /// What is kept of the number that they were given.
    pub number: ContentHash,
    /// How bad they think it is.
    pub how_bad: HowBad,
    /// What happened, in their words: parts of one text.
    pub what: Vec<Personal>,
    /// Since when, in their words.
    pub when: Option<Personal>,
    /// What they named.
    pub named: BTreeSet<NamedThing>,
    /// How to reach them.
    pub contact: Option<Personal>,
    /// Where it was sent from.
    pub address: Personal,
}

/// How bad somebody thinks it is who need not know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum HowBad {
    /// It happens now, or something was damaged, locked or stolen.
    Now,
    /// They opened, entered or gave something.
    Acted,
    /// It looks odd, and they did nothing with it.
    Odd,
    /// They cannot say.
    Unsure,
}

/// Something that a report names.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct NamedThing {
    /// What they say it is.
    pub kind: NamedKind,
    /// Which one, in their words.
    pub value: Personal,
}

/// What somebody says that they name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum NamedKind {
    /// A computer or device.
    Host,
    /// An account.
    Account,
    /// A network address.
    Address,
    /// A link.
    Link,
    /// A file.
    File,
}

impl HowBad {
    /// The level of the alert. Nobody proved anything: none is critical by this alone.
    pub fn level(self) -> Level {
        match self {
            HowBad::Now => Level::High,
            HowBad::Acted | HowBad::Unsure => Level::Medium,
            HowBad::Odd => Level::Low,
        }
    }

    /// As it is written.
    pub fn as_str(self) -> &'static str {
        match self {
            HowBad::Now => "now",
            HowBad::Acted => "acted",
            HowBad::Odd => "odd",
            HowBad::Unsure => "unsure",
        }
    }
}

impl NamedKind {
    /// As it is written.
    pub fn as_str(self) -> &'static str {
        match self {
            NamedKind::Host => "host",
            NamedKind::Account => "account",
            NamedKind::Address => "address",
            NamedKind::Link => "link",
            NamedKind::File => "file",
        }
    }
}

impl NamedThing {
    /// The entity that it names, when it is one and not a description such as "my laptop".
    pub fn entity(&self) -> Option<EntityRecord> {
        let text = self.value.known()?.trim();
        let is_word = !text.is_empty() && !text.contains(char::is_whitespace);
        let (kind, value) = match self.kind {
            NamedKind::Host if is_word => (EntityKind::Host, text.trim_end_matches('.').to_lowercase()),
            NamedKind::Account if is_word => (EntityKind::Account, text.to_lowercase()),
            NamedKind::Address => {
                (EntityKind::Address, text.parse::<IpAddr>().ok()?.to_canonical().to_string())
            }
            NamedKind::Link if is_word && text.contains("://") => (EntityKind::Url, text.to_owned()),
            NamedKind::File => (EntityKind::File, text.to_owned()),
            _ => return None,
        };
        Some(EntityRecord { kind, value: Personal::of(&value), role: Role::Target })
            .filter(|_| !text.is_empty())
    }
}

impl Received {
    /// Within the bounds of a fact.
    pub(super) fn bounded(mut self) -> Received {
        self.what.truncate(PARTS);
        self.named = self.named.into_iter().take(NAMED_THINGS).collect();
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(kind: NamedKind, text: &str, want: Option<(EntityKind, &str)>) {
        let got = NamedThing { kind, value: Personal::of(text) }.entity();
        let want =
            want.map(|(kind, value)| EntityRecord { kind, value: Personal::of(value), role: Role::Target });
        assert_eq!(got, want, "{text}");
    }

    #[test]
    fn only_what_names_something_is_an_entity() {
        check(NamedKind::Host, " WEB-01. ", Some((EntityKind::Host, "web-01")));
        check(NamedKind::Host, "my old laptop", None);
        check(NamedKind::Account, "EXAMPLE\\Dev1", Some((EntityKind::Account, "example\\dev1")));
        check(NamedKind::Address, "::ffff:192.0.2.7", Some((EntityKind::Address, "192.0.2.7")));
        check(NamedKind::Address, "192.0.2.7 or so", None);
        check(
            NamedKind::Link,
            "https://evil.example.net/a",
            Some((EntityKind::Url, "https://evil.example.net/a")),
        );
        check(NamedKind::Link, "info@example.net", None);
        check(NamedKind::File, "invoice 12.pdf", Some((EntityKind::File, "invoice 12.pdf")));
        check(NamedKind::File, "  ", None);
    }
}
