//! Values that may tell of a person: in the log stands a commitment, and what it commits to can be erased.
//!
//! Whatever comes out of a log or from somebody's keyboard may name a person: a host is `kims-laptop`, a path
//! runs through a home. So all such text is [`Personal`], and an entry's leaf holds none of it.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use memchr::memmem::Finder;
use serde::de::Error as _;
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest, Sha256};
use std::fmt;
use std::sync::LazyLock;

/// Bytes of random salt in a commitment, so that guessing the value does not open it.
pub const SALT_BYTES: usize = 16;
/// Longer values are cut where they enter: names and lines, not documents, which are evidence.
pub const VALUE_BYTES: usize = 2048;
/// What sets these hashes apart from all others.
const DOMAIN: &[u8] = b"cofferdam personal value 1\0";
/// Their names in JSON.
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

    /// A long text as values that each have room; together they are the text. It is cut between words where there are
    /// some, so that what shall be erased is found in one of them.
    pub fn parts(text: &str) -> Vec<Personal> {
        let (mut parts, mut rest) = (Vec::new(), text);
        while rest.len() > VALUE_BYTES {
            let mut end = VALUE_BYTES;
            while !rest.is_char_boundary(end) {
                end -= 1;
            }
            let (fits, _) = rest.split_at(end);
            let space = fits.rfind(char::is_whitespace).filter(|at| *at > VALUE_BYTES / 2);
            let (part, behind) = rest.split_at(space.unwrap_or(end));
            parts.push(Personal::Known(part.to_owned()));
            rest = behind;
        }
        parts.push(Personal::Known(rest.to_owned()));
        parts
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

    /// As JSON has it, in standard base64.
    fn digits(&self) -> [u8; DIGITS] {
        let mut digits = [0; DIGITS];
        // So many characters are just enough.
        let written = STANDARD.encode_slice(self.0, &mut digits);
        debug_assert_eq!(written, Ok(DIGITS));
        digits
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

/// How a value and a commitment begin in JSON. In a text the quotes would be escaped, and no type of a fact has
/// a member of these names, so that they stand for nothing else.
const VALUE: &[u8] = b"{\"personal\":";
const PLACE: &[u8] = b"{\"commitment\":\"";
/// What looks for them, made once: to make it takes longer than to look through a leaf.
static VALUES: LazyLock<Finder<'_>> = LazyLock::new(|| Finder::new(VALUE));
static PLACES: LazyLock<Finder<'_>> = LazyLock::new(|| Finder::new(PLACE));
/// Characters of 32 bytes in base64.
const DIGITS: usize = 44;

/// Puts commitments in the place of all values in JSON, and returns what opens them.
pub(crate) fn seal(json: &[u8], salt: &mut dyn FnMut() -> [u8; SALT_BYTES]) -> (Vec<u8>, Vec<Secret>) {
    let (mut sealed, mut secrets, mut rest) = (Vec::with_capacity(json.len() + 256), Vec::new(), json);
    while let Some(at) = VALUES.find(rest) {
        let text = &rest[at + VALUE.len()..];
        let length = quoted(text);
        let secret = Secret::new(salt(), unquoted(&text[..length]));
        sealed.extend_from_slice(&rest[..at]);
        sealed.extend_from_slice(PLACE);
        sealed.extend_from_slice(&secret.commitment.digits());
        sealed.push(b'"');
        secrets.push(secret);
        rest = &text[length..];
    }
    sealed.extend_from_slice(rest);
    (sealed, secrets)
}

/// Bytes of the string at the beginning, with its quotes.
fn quoted(text: &[u8]) -> usize {
    let mut at = 1;
    while let Some(next) = memchr::memchr2(b'"', b'\\', text.get(at..).unwrap_or_default()) {
        at += next + 1;
        if text[at - 1] == b'"' {
            return at;
        }
        at += 1;
    }
    text.len()
}

/// The string in these quotes. Few hold anything that JSON escapes.
fn unquoted(text: &[u8]) -> String {
    let plain = text.strip_prefix(b"\"").and_then(|rest| rest.strip_suffix(b"\""));
    match plain.filter(|inner| !inner.contains(&b'\\')).map(std::str::from_utf8) {
        Some(Ok(inner)) => inner.to_owned(),
        _ => serde_json::from_slice(text).unwrap_or_default(),
    }
}

/// Puts the values back that are still known.
pub(crate) fn open(json: &[u8], known: &dyn Fn(&Commitment) -> Option<String>) -> Vec<u8> {
    let (mut opened, mut rest) = (Vec::with_capacity(json.len() * 2), json);
    while let Some(at) = PLACES.find(rest) {
        let (before, place) = rest.split_at(at);
        opened.extend_from_slice(before);
        match committed(place).and_then(|commitment| known(&commitment.ok()?)) {
            Some(value) => {
                opened.extend_from_slice(VALUE);
                opened.extend(serde_json::to_vec(&value).unwrap_or_default());
                opened.push(b'}');
                rest = &place[PLACE.len() + DIGITS + 2..];
            }
            None => {
                opened.extend_from_slice(PLACE);
                rest = &place[PLACE.len()..];
            }
        }
    }
    opened.extend_from_slice(rest);
    opened
}

/// The commitment that stands at the beginning; `None` for an object with more members than it.
fn committed(place: &[u8]) -> Option<Result<Commitment, NoCommitment>> {
    let Some((text, rest)) = place[PLACE.len()..].split_at_checked(DIGITS) else {
        return Some(Err(NoCommitment));
    };
    if !rest.starts_with(b"\"}") {
        return None;
    }
    Some(std::str::from_utf8(text).ok().and_then(Commitment::parse).ok_or(NoCommitment))
}

/// What should be a commitment is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NoCommitment;

/// What values in JSON were committed to, in the order in which they stand.
pub(crate) fn commitments(json: &[u8]) -> Result<Vec<Commitment>, NoCommitment> {
    PLACES.find_iter(json).filter_map(|at| committed(&json[at..])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::{Value, json};

    fn sealed(json: &Value) -> (Value, Vec<Secret>) {
        let mut next = 0;
        let (sealed, secrets) = seal(json.to_string().as_bytes(), &mut || {
            next += 1;
            [next; SALT_BYTES]
        });
        (serde_json::from_slice(&sealed).unwrap(), secrets)
    }

    fn opened(sealed: &Value, secrets: &[Secret]) -> Value {
        let known = |commitment: &Commitment| {
            secrets.iter().find(|secret| secret.commitment == *commitment).map(|secret| secret.value.clone())
        };
        serde_json::from_slice(&open(sealed.to_string().as_bytes(), &known)).unwrap()
    }

    #[test]
    fn what_was_sealed_is_gone_and_opens_again() {
        let whole = json!({"kind": "x", "who": Personal::of("kim"), "list": [{"a": Personal::of("kim")}, 3]});
        let (json, secrets) = sealed(&whole);
        assert!(!json.to_string().contains("kim"), "{json}");
        assert_eq!(secrets.len(), 2);
        assert_ne!(secrets[0].commitment, secrets[1].commitment, "the same value, another salt");
        assert!(secrets.iter().all(Secret::is_true));
        let stand: Vec<_> = secrets.iter().map(|secret| secret.commitment).collect();
        assert_eq!(commitments(json.to_string().as_bytes()), Ok(stand));
        assert_eq!(opened(&json, &secrets), whole);
    }

    #[test]
    fn an_erased_value_stays_a_commitment() {
        let (json, secrets) = sealed(&json!({"who": Personal::of("kim")}));
        let who: Personal = serde_json::from_value(opened(&json, &[])["who"].clone()).unwrap();
        assert_eq!(who, Personal::Erased(secrets[0].commitment));
        assert_eq!(who.to_string(), "(erased)");
    }

    proptest! {
        #[test]
        fn any_text_is_only_text(texts in prop::collection::vec(text(), 0..5), beside in text()) {
            let values: Vec<_> = texts.iter().map(|text| Personal::of(text)).collect();
            let whole = json!({"kind": beside, "values": values, "plain": texts});
            let (json, secrets) = sealed(&whole);
            prop_assert_eq!(secrets.iter().map(|secret| &secret.value).collect::<Vec<_>>(), texts.iter().collect::<Vec<_>>());
            prop_assert_eq!(&json["plain"], &whole["plain"]);
            prop_assert_eq!(opened(&json, &secrets), whole);
        }
    }

    /// Texts, some of which look like what seals and opens look for.
    fn text() -> impl Strategy<Value = String> {
        let odd = [
            r#"{"personal":"x"}"#,
            r#"{"commitment":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="}"#,
            r#"\"#,
            r#"\"}"#,
            "\"",
            "",
            "\u{0}\n\u{202e}",
        ];
        prop_oneof![prop::sample::select(odd.to_vec()).prop_map(str::to_owned), any::<String>()]
    }

    #[test]
    fn parts_are_the_text_cut_between_words() {
        for text in ["", "short", &"é".repeat(3000), &"some words ".repeat(900)] {
            let parts = Personal::parts(text);
            let known: Vec<&str> = parts.iter().filter_map(Personal::known).collect();
            assert_eq!(known.concat(), text);
            assert!(known.iter().all(|part| part.len() <= VALUE_BYTES));
            let within = |at: &&str| {
                text.starts_with("some") && at.ends_with(|end| end != 's' && end != 'e' && end != ' ')
            };
            assert!(!known.iter().any(within), "{known:?}");
        }
    }

    #[test]
    fn long_values_are_cut_at_a_character() {
        let Personal::Known(cut) = Personal::of(&"é".repeat(VALUE_BYTES)) else { panic!("known") };
        assert!(cut.len() <= VALUE_BYTES && cut.ends_with("é…"), "{}", cut.len());
        assert_eq!(Personal::of("short"), Personal::Known("short".to_owned()));
    }
}
