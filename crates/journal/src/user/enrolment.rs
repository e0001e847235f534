//! Links with which somebody sets their password themselves, so that nobody else ever knows it.

use cofferdam_vocabulary::ContentHash;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// A link is good for no longer than this.
pub const LINK_LASTS: SignedDuration = SignedDuration::from_hours(24);

/// A link as it was issued: good once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Enrolment {
    /// SHA-256 of the secret in the link, which is random and shown once.
    pub hash: ContentHash,
    /// From when on it is good no more.
    pub expires: Timestamp,
}

impl Enrolment {
    /// Whether it is good at this time, unless it was used.
    pub fn is_live(&self, now: Timestamp) -> bool {
        now < self.expires
    }
}
