//! A fact with its place: what the log consists of, and the bytes that are hashed into its tree.

use crate::actor::Actor;
use crate::fact::Fact;
use crate::merkle::{Hash, leaf};
use crate::note::Name;
use crate::personal::{self, Commitment, SALT_BYTES, Secret};
use crate::stream::StreamId;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// A leaf's bytes at most; more belongs into an evidence blob. C2SP tlog-tiles ends at 65,535.
pub const LEAF_BYTES: usize = 32 << 10;

/// Few leaves have more.
const USUAL_BYTES: usize = 2 << 10;

/// A fact, recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Where in the log, when, by whom, about what.
    pub head: Head,
    /// Who brought it about.
    pub actor: Actor,
    /// What was recorded.
    pub fact: Fact,
}

/// Where an entry stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// The log it is in.
    pub log: Name,
    /// Its place in the log, from 0.
    pub position: u64,
    /// When it was recorded, UTC.
    pub time: Timestamp,
    /// What it is about.
    pub stream: StreamId,
    /// Its place in the stream, from 1.
    pub version: u64,
}

/// An entry as it is kept: bytes that never change, and what opens its personal values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sealed {
    /// JSON; its hash is a leaf of the tree.
    pub leaf: Vec<u8>,
    /// What opens the personal values in it, as long as they are not erased.
    pub secrets: Vec<Secret>,
}

/// The fact is too large to be recorded.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the fact `{kind}` needs {bytes} bytes, and an entry has at most {LEAF_BYTES}")]
pub struct TooLarge {
    /// The kind of fact.
    pub kind: &'static str,
    /// The entry's size.
    pub bytes: usize,
}

/// Why bytes are no entry.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EntryError {
    /// They are not JSON of the right form.
    #[error("not an entry: {reason}")]
    Form {
        /// What is wrong.
        reason: String,
    },
    /// A later version recorded it.
    #[error("the fact `{kind}` is not known to this version; a later one recorded it")]
    UnknownFact {
        /// The kind of fact.
        kind: String,
    },
}

/// The leaf as JSON, its members in this order.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Leaf<'l, A, F> {
    #[serde(borrow)]
    log: Cow<'l, str>,
    position: u64,
    time: Timestamp,
    actor: A,
    stream: StreamId,
    version: u64,
    fact: F,
    /// Makes the hash of a leaf tell nothing, even to whoever can guess all the rest.
    #[serde(borrow)]
    random: Cow<'l, str>,
}

impl Entry {
    /// The entry as it is kept. `random` fills bytes that nobody can guess.
    ///
    /// # Errors
    ///
    /// [`TooLarge`] when the leaf has more than [`LEAF_BYTES`].
    pub fn seal(&self, random: &mut dyn FnMut(&mut [u8])) -> Result<Sealed, TooLarge> {
        let mut fresh = || {
            let mut bytes = [0; SALT_BYTES];
            random(&mut bytes);
            bytes
        };
        let head = &self.head;
        let leaf = Leaf {
            log: head.log.as_str().into(),
            position: head.position,
            time: head.time,
            actor: &self.actor,
            stream: head.stream,
            version: head.version,
            fact: &self.fact,
            random: STANDARD.encode(fresh()).into(),
        };
        let mut open = Vec::with_capacity(USUAL_BYTES);
        serde_json::to_writer(&mut open, &leaf).unwrap_or_default();
        let (leaf, secrets) = personal::seal(&open, &mut fresh);
        if leaf.len() > LEAF_BYTES {
            return Err(TooLarge { kind: self.fact.kind(), bytes: leaf.len() });
        }
        Ok(Sealed { leaf, secrets })
    }

    /// Reads a leaf. `known` tells the value behind a commitment, unless it was erased.
    ///
    /// # Errors
    ///
    /// [`EntryError`] when it is none, or of a later version.
    pub fn read(leaf: &[u8], known: &dyn Fn(&Commitment) -> Option<String>) -> Result<Entry, EntryError> {
        let opened = personal::open(leaf, known);
        let form = |error: serde_json::Error| EntryError::Form { reason: error.to_string() };
        let leaf: Leaf<'_, Actor, Fact> =
            serde_json::from_slice(&opened).map_err(|error| later(&opened).unwrap_or(form(error)))?;
        Ok(Entry { head: head(&leaf)?, actor: leaf.actor, fact: leaf.fact })
    }
}

/// That the leaf is one in all but the kind of its fact.
fn later(leaf: &[u8]) -> Option<EntryError> {
    #[derive(Deserialize)]
    struct Kind {
        kind: String,
    }
    let leaf: Leaf<'_, IgnoredAny, Kind> = serde_json::from_slice(leaf).ok()?;
    let kind = leaf.fact.kind;
    (!Fact::KINDS.contains(&kind.as_str())).then_some(EntryError::UnknownFact { kind })
}

impl Head {
    /// Reads where an entry stands, whatever fact it records.
    ///
    /// # Errors
    ///
    /// [`EntryError::Form`] when the bytes are no leaf.
    pub fn read(leaf: &[u8]) -> Result<Head, EntryError> {
        let leaf: Leaf<'_, IgnoredAny, IgnoredAny> =
            serde_json::from_slice(leaf).map_err(|error| EntryError::Form { reason: error.to_string() })?;
        head(&leaf)
    }
}

impl Sealed {
    /// The leaf's hash in the tree.
    pub fn hash(&self) -> Hash {
        leaf(&self.leaf)
    }
}

/// What the personal values of a leaf were committed to, in the order in which they stand.
///
/// # Errors
///
/// [`EntryError::Form`] when what should be a commitment is none.
pub fn commitments(leaf: &[u8]) -> Result<Vec<Commitment>, EntryError> {
    let form = |_| EntryError::Form { reason: "a commitment is not 32 bytes in base64".to_owned() };
    personal::commitments(leaf).map_err(form)
}

fn head<A, F>(leaf: &Leaf<'_, A, F>) -> Result<Head, EntryError> {
    let log = Name::parse(&leaf.log).map_err(|error| EntryError::Form { reason: error.to_string() })?;
    Ok(Head { log, position: leaf.position, time: leaf.time, stream: leaf.stream, version: leaf.version })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::alert::tests::report;
    use crate::personal::Personal;
    use cofferdam_vocabulary::AlertId;

    fn entry(fact: Fact) -> Entry {
        Entry {
            head: Head {
                log: Name::parse("cofferdam/0011").unwrap(),
                position: 7,
                time: "2026-01-02T03:04:05.000006Z".parse().unwrap(),
                stream: StreamId::Alert(AlertId(1)),
                version: 1,
            },
            actor: Actor::Person(Personal::of("analyst-7")),
            fact,
        }
    }

    fn sealed(entry: &Entry) -> Result<Sealed, TooLarge> {
        let mut next = 0_u8;
        entry.seal(&mut |bytes| {
            next = next.wrapping_add(1);
            bytes.fill(next);
        })
    }

    #[test]
    fn an_entry_reads_back_and_its_leaf_tells_of_nobody() {
        let entry = entry(Fact::AlertRaised(Box::new(report("kim", 3))));
        let sealed = sealed(&entry).unwrap();
        let text = String::from_utf8(sealed.leaf.clone()).unwrap();
        assert!(!text.contains("kim") && !text.contains("analyst-7"), "{text}");
        let known = |commitment: &Commitment| {
            let secret = sealed.secrets.iter().find(|secret| secret.commitment == *commitment)?;
            Some(secret.value.clone())
        };
        assert_eq!(Entry::read(&sealed.leaf, &known), Ok(entry.clone()));
        assert_eq!(Head::read(&sealed.leaf), Ok(entry.head));
        let stand: Vec<_> = sealed.secrets.iter().map(|secret| secret.commitment).collect();
        assert_eq!(commitments(&sealed.leaf), Ok(stand));
        assert!(Entry::read(&sealed.leaf, &|_| None).is_ok(), "an entry without its values is still one");
    }

    #[test]
    fn what_a_later_version_recorded_is_named() {
        let sealed = sealed(&entry(Fact::EvidenceKept)).unwrap();
        let later = String::from_utf8(sealed.leaf).unwrap().replace("evidence-kept/1", "evidence-kept/2");
        let error = Entry::read(later.as_bytes(), &|_| None).unwrap_err();
        assert_eq!(error, EntryError::UnknownFact { kind: "evidence-kept/2".to_owned() });
        assert!(Head::read(later.as_bytes()).is_ok());
        let other = br#"{"a":{"commitment":"x","b":1},"c":{"commitment":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=","d":1}}"#;
        assert_eq!(commitments(other), Ok(vec![]), "an object with more members is none");
        assert!(commitments(br#"{"commitment":"AAAA"}"#).is_err());
        for bad in [&b""[..], b"{}", b"[1]", b"{\"log\":\"x\"}", b"\xff\xff"] {
            assert!(Entry::read(bad, &|_| None).is_err() && Head::read(bad).is_err());
        }
    }

    #[test]
    fn a_fact_beyond_the_bounds_is_refused() {
        let values = vec!["x".repeat(44); 1000];
        let error = sealed(&entry(Fact::ValuesErased { values, order: Personal::of("DPO") })).unwrap_err();
        assert!(error.to_string().starts_with("the fact `values-erased/1` needs 4"), "{error}");
    }
}
