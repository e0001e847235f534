//! What is written as JSON in a bundle, and read back only in the form in which it is written.

use super::error::{BundleError, Place, shown};
use super::{ABOUT, ENTRIES, FORMAT};
use crate::merkle::Hash;
use crate::personal::{Commitment, SALT_BYTES, Secret};
use crate::stream::StreamId;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// `bundle.json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct About {
    pub(super) format: u64,
    pub(super) log: String,
    pub(super) checkpoint_size: u64,
    pub(super) about: StreamId,
    pub(super) streams: Vec<Listed>,
    pub(super) made: Timestamp,
    pub(super) by: String,
}

/// A stream that is in the bundle from its first entry on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Listed {
    pub(super) stream: StreamId,
    pub(super) entries: u64,
}

/// An entry with its proof and what opens its values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Placed {
    pub(super) position: u64,
    pub(super) leaf: Vec<u8>,
    pub(super) proof: Vec<Hash>,
    pub(super) secrets: Vec<Secret>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    position: u64,
    leaf: String,
    proof: Vec<String>,
    values: Vec<Opened>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Opened {
    commitment: String,
    salt: String,
    value: String,
}

impl About {
    pub(super) fn text(&self) -> String {
        let mut text = serde_json::to_string_pretty(self).unwrap_or_default();
        text.push('\n');
        text
    }

    pub(super) fn parse(text: &str) -> Result<About, BundleError> {
        #[derive(Deserialize)]
        struct Versioned {
            format: u64,
        }
        let form = |error: serde_json::Error| Place::of(ABOUT).form(error);
        let Versioned { format } = serde_json::from_str(text).map_err(form)?;
        if format != FORMAT {
            return Err(BundleError::Format { got: format });
        }
        let about: About = serde_json::from_str(text).map_err(form)?;
        let is_sorted = about.streams.is_sorted_by(|one, other| one.stream < other.stream);
        let is_empty = |listed: &Listed| listed.entries == 0;
        if about.text() != text || !is_sorted || about.streams.iter().any(is_empty) {
            return Err(BundleError::Canonical { place: Place::of(ABOUT) });
        }
        Ok(about)
    }

    /// How many entries of the stream it lists.
    pub(super) fn listed(&self, stream: StreamId) -> Option<u64> {
        let at = self.streams.binary_search_by_key(&stream, |listed| listed.stream).ok()?;
        self.streams.get(at).map(|listed| listed.entries)
    }
}

impl Placed {
    /// The line, with its end.
    pub(super) fn line(&self) -> Vec<u8> {
        let opened = |secret: &Secret| Opened {
            commitment: secret.commitment.to_string(),
            salt: STANDARD.encode(secret.salt),
            value: secret.value.clone(),
        };
        let line = Line {
            position: self.position,
            leaf: STANDARD.encode(&self.leaf),
            proof: self.proof.iter().map(ToString::to_string).collect(),
            values: self.secrets.iter().map(opened).collect(),
        };
        let mut line = serde_json::to_vec(&line).unwrap_or_default();
        line.push(b'\n');
        line
    }

    /// Reads a line with its end.
    pub(super) fn parse(bytes: &[u8], number: u64) -> Result<Placed, BundleError> {
        let place = Place::line(ENTRIES, number);
        let line: Line = serde_json::from_slice(bytes).map_err(|error| place.form(error))?;
        let proof: Result<Vec<Hash>, _> = line.proof.iter().map(|hash| Hash::parse(hash)).collect();
        let placed = Placed {
            position: line.position,
            leaf: STANDARD.decode(&line.leaf).map_err(|error| place.form(error))?,
            proof: proof.map_err(|error| place.form(error))?,
            secrets: line.values.into_iter().map(|value| secret(value, &place)).collect::<Result<_, _>>()?,
        };
        if placed.line() != bytes {
            return Err(BundleError::Canonical { place });
        }
        Ok(placed)
    }
}

fn secret(opened: Opened, place: &Place) -> Result<Secret, BundleError> {
    let commitment = Commitment::parse(&opened.commitment)
        .ok_or_else(|| place.form(format!("`{}` is no commitment", shown(&opened.commitment))))?;
    let salt = STANDARD.decode(&opened.salt).ok().and_then(|salt| <[u8; SALT_BYTES]>::try_from(salt).ok());
    let salt = salt.ok_or_else(|| place.form(format!("`{}` is no salt", shown(&opened.salt))))?;
    Ok(Secret { commitment, salt, value: opened.value })
}
