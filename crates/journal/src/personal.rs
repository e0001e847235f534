//! Values that may tell of a person: in the log stands a commitment, and what it commits to can be erased.
//!
//! Whatever comes out of a log or from somebody's keyboard may name a person: a host is `kims-laptop`, a path
//! runs through a home. So all such text is [`Personal`], and an entry's leaf holds none of it.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::de::Error as _;
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::fmt;

/// Bytes of random salt in a commitment, so that guessing the value does not open it.
pub const SALT_BYTES: usize = 16;
/// Longer values are cut where they enter: names and lines, not documents, which are evidence.
pub const VALUE_BYTES: usize = 2048;
/// What sets these hashes apart from all others.
const DOMAIN: &[u8] = b"cofferdam personal value 1\0";
const KNOWN: &str = "personal";
const COMMITTED: &str = "commitment";

/// A value that may tell of a person.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Personal {
    /// The value.
    Known(String),
    /// It was erased, or was not handed over; this is what it was committed to.
    Erased(Commitment),
}

/// SHA-256 over a salt and a value: binds whoever made it, tells nothing to whoever sees it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Commitment(pub [u8; 32]);

/// What opens a commitment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Secret {
    /// What it opens.
    pub commitment: Commitment,
    /// Random.
    pub salt: [u8; SALT_BYTES],
    /// The value.
    pub value: String,
}

impl Personal {
    /// A value, cut to [`VALUE_BYTES`] at the end of a character; `…` tells that it was.
    pub fn of(text: &str) -> Personal {
        const MARK: char = '…';
        if text.len() <= VALUE_BYTES {
            return Personal::Known(text.to_owned());
        }
        let mut end = VALUE_BYTES - MARK.len_utf8();
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        Personal::Known(format!("{}{MARK}", &text[..end]))
    }

    /// The value, if it is still known.
    pub fn known(&self) -> Option<&str> {
        match self {
            Personal::Known(value) => Some(value),
            Personal::Erased(_) => None,
        }
    }
}

impl fmt::Display for Personal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.known().unwrap_or("(erased)"))
    }
}

impl Serialize for Personal {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(1))?;
        match self {
            Personal::Known(value) => map.serialize_entry(KNOWN, value)?,
            Personal::Erased(commitment) => map.serialize_entry(COMMITTED, &commitment.to_string())?,
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for Personal {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Personal, D::Error> {
        #[derive(Deserialize)]
        #[serde(rename_all = "lowercase", deny_unknown_fields)]
        enum Form {
            Personal(String),
            Commitment(String),
        }
        match Form::deserialize(deserializer)? {
            Form::Personal(value) => Ok(Personal::Known(value)),
            Form::Commitment(text) => Commitment::parse(&text)
                .map(Personal::Erased)
                .ok_or_else(|| D::Error::custom("a commitment is 32 bytes in base64")),
        }
    }
}

impl Commitment {
    /// Commits to a value.
    pub fn to(salt: &[u8; SALT_BYTES], value: &str) -> Commitment {
        Commitment(
            Sha256::new().chain_update(DOMAIN).chain_update(salt).chain_update(value).finalize().into(),
        )
    }

    /// Reads standard base64 of 32 bytes.
    pub fn parse(text: &str) -> Option<Commitment> {
        STANDARD.decode(text).ok()?.try_into().ok().map(Commitment)
    }
}

impl fmt::Display for Commitment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&STANDARD.encode(self.0))
    }
}

impl fmt::Debug for Commitment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Secret {
    /// A secret that opens a commitment to this value.
    pub fn new(salt: [u8; SALT_BYTES], value: String) -> Secret {
        Secret { commitment: Commitment::to(&salt, &value), salt, value }
    }

    /// Whether it opens what it says it opens.
    pub fn is_true(&self) -> bool {
        Commitment::to(&self.salt, &self.value) == self.commitment
    }
}

/// Puts commitments in the place of all values in a fact's JSON, and returns what opens them.
pub(crate) fn seal(json: &mut Value, salt: &mut dyn FnMut() -> [u8; SALT_BYTES]) -> Vec<Secret> {
    let mut secrets = Vec::new();
    each(json, &mut |key, text| {
        if key != KNOWN {
            return None;
        }
        let secret = Secret::new(salt(), std::mem::take(text));
        let commitment = secret.commitment.to_string();
        secrets.push(secret);
        Some((COMMITTED, commitment))
    });
    secrets
}

/// Puts the values back that are still known.
pub(crate) fn open(json: &mut Value, known: &dyn Fn(&Commitment) -> Option<String>) {
    each(json, &mut |key, text| {
        let commitment = (key == COMMITTED).then(|| Commitment::parse(text)).flatten()?;
        Some((KNOWN, known(&commitment)?))
    });
}

/// Name and text of an object's only member.
type Member = (&'static str, String);

/// Calls `change` with every object of one text member, which is how a personal value is written; no type
/// of a fact has another such object with these names.
fn each(json: &mut Value, change: &mut dyn FnMut(&str, &mut String) -> Option<Member>) {
    match json {
        Value::Array(items) => items.iter_mut().for_each(|item| each(item, change)),
        Value::Object(members) if members.len() == 1 => {
            let mut changed = None;
            for (key, value) in members.iter_mut() {
                match value {
                    Value::String(text) => changed = change(key, text),
                    other => each(other, change),
                }
            }
            if let Some((key, text)) = changed {
                members.clear();
                members.insert(key.to_owned(), Value::String(text));
            }
        }
        Value::Object(members) => members.iter_mut().for_each(|(_, value)| each(value, change)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn sealed(json: &mut Value) -> Vec<Secret> {
        let mut next = 0;
        seal(json, &mut || {
            next += 1;
            [next; SALT_BYTES]
        })
    }

    #[test]
    fn what_was_sealed_is_gone_and_opens_again() {
        let whole = json!({"kind": "x", "who": Personal::of("kim"), "list": [{"a": Personal::of("kim")}, 3]});
        let mut json = whole.clone();
        let secrets = sealed(&mut json);
        assert!(!json.to_string().contains("kim"), "{json}");
        assert_eq!(secrets.len(), 2);
        assert_ne!(secrets[0].commitment, secrets[1].commitment, "the same value, another salt");
        assert!(secrets.iter().all(Secret::is_true));
        let known = |commitment: &Commitment| {
            secrets.iter().find(|secret| secret.commitment == *commitment).map(|secret| secret.value.clone())
        };
        open(&mut json, &known);
        assert_eq!(json, whole);
    }

    #[test]
    fn text_that_looks_like_a_personal_value_is_only_text() {
        let text = r#"{"personal":"x"}"#;
        let mut json = json!({"title": Personal::of(text)});
        let secrets = sealed(&mut json);
        assert_eq!(secrets[0].value, text);
    }

    #[test]
    fn an_erased_value_stays_a_commitment() {
        let mut json = json!({"who": Personal::of("kim")});
        let secrets = sealed(&mut json);
        open(&mut json, &|_| None);
        let who: Personal = serde_json::from_value(json["who"].clone()).unwrap();
        assert_eq!(who, Personal::Erased(secrets[0].commitment));
        assert_eq!(who.to_string(), "(erased)");
    }

    #[test]
    fn long_values_are_cut_at_a_character() {
        let Personal::Known(cut) = Personal::of(&"é".repeat(VALUE_BYTES)) else { panic!("known") };
        assert!(cut.len() <= VALUE_BYTES && cut.ends_with("é…"), "{}", cut.len());
        assert_eq!(Personal::of("short"), Personal::Known("short".to_owned()));
    }
}
