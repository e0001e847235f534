//! Tokens with which a source proves that it is it.

use cofferdam_vocabulary::{ContentHash, TokenId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Tokens of one source that count at the same time: one in use, one that takes its place, one for each machine of a
/// few.
pub const SOURCE_TOKENS: usize = 20;

/// A token as it was issued.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceToken {
    /// Its id, which opens nothing.
    pub token: TokenId,
    /// SHA-256 of the secret, which is random and shown once.
    pub sha256: ContentHash,
    /// From when on it counts no more.
    pub expires: Timestamp,
}

impl SourceToken {
    /// Whether it counts at this time, unless it was revoked.
    pub fn is_live(&self, now: Timestamp) -> bool {
        now < self.expires
    }
}
