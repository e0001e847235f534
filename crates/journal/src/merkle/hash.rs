//! A SHA-256 hash of the tree, and the two ways in which one is made.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};
use std::fmt;

/// A node of the tree.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hash(pub [u8; 32]);

/// The text is not a hash.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is no SHA-256 hash in base64")]
pub struct HashError {
    /// What was given, cut.
    pub text: String,
}

impl Hash {
    /// The root of a tree without entries.
    pub fn of_nothing() -> Hash {
        Hash(Sha256::digest([]).into())
    }

    /// Reads standard base64 with padding.
    ///
    /// # Errors
    ///
    /// [`HashError`] unless it is 32 bytes in canonical base64.
    pub fn parse(text: &str) -> Result<Hash, HashError> {
        let bytes = STANDARD.decode(text).ok().and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
        bytes.map(Hash).ok_or_else(|| HashError { text: text.chars().take(64).collect() })
    }
}

/// Standard base64, as checkpoints have it.
impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&STANDARD.encode(self.0))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The hash of an entry: no inner node can be mistaken for one.
pub fn leaf(entry: &[u8]) -> Hash {
    Hash(Sha256::new().chain_update([0]).chain_update(entry).finalize().into())
}

/// The hash of two subtrees.
pub fn node(left: Hash, right: Hash) -> Hash {
    Hash(Sha256::new().chain_update([1]).chain_update(left.0).chain_update(right.0).finalize().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Vectors of RFC 6962's reference implementation.
    #[test]
    fn hashes_are_those_of_the_standard() {
        let hex = |hash: Hash| hash.0.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        assert_eq!(
            hex(Hash::of_nothing()),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        );
        assert_eq!(hex(leaf(b"")), "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d");
        assert_eq!(
            hex(node(leaf(b""), leaf(&[0]))),
            "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"
        );
    }

    #[test]
    fn text_reads_back_and_nothing_else_does() {
        let hash = leaf(b"x");
        assert_eq!(Hash::parse(&hash.to_string()), Ok(hash));
        for bad in ["", "AAAA", "!", &format!("{hash} "), &hash.to_string()[1..]] {
            assert!(Hash::parse(bad).is_err(), "{bad}");
        }
    }
}
