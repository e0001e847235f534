//! Tokens with which programs work for somebody.

use crate::permission::Permission;
use crate::personal::Personal;
use cofferdam_vocabulary::{ContentHash, TokenId};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// A token that counts for longer than this is not issued.
pub const LONGEST: SignedDuration = SignedDuration::from_hours(366 * 24);
/// Tokens of one user that count at the same time.
pub const TOKENS: usize = 50;

/// A token as it was issued.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Token {
    /// Its id, which opens nothing.
    pub token: TokenId,
    /// What its user calls it.
    pub name: Personal,
    /// SHA-256 of the secret, which is random and shown once.
    pub hash: ContentHash,
    /// What it is good for, as far as its user may do it.
    pub scope: BTreeSet<Permission>,
    /// From when on it counts no more.
    pub expires: Timestamp,
}

impl Token {
    /// Whether it counts at this time, unless it was revoked.
    pub fn is_live(&self, now: Timestamp) -> bool {
        now < self.expires
    }
}
