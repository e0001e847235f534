//! Random texts that prove something, and what is kept of them.
//!
//! 256 random bits cannot be guessed, so that one round of SHA-256 is enough to keep (ASVS 5.0, 11.4.2 speaks of
//! passwords).

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};
use std::fmt;

/// How tokens begin, so that people and scanners of secrets know them.
pub const TOKEN_PREFIX: &str = "cfd_";

/// A random text that proves something to whoever knows its fingerprint.
#[derive(Clone, PartialEq, Eq)]
pub struct Bearer(String);

/// What is kept of a random text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fingerprint(pub [u8; 32]);

impl Bearer {
    /// A new one of 256 random bits, which begins with `prefix`.
    ///
    /// # Panics
    ///
    /// When the system has no randomness: nothing here could be kept secret then.
    pub fn fresh(prefix: &str) -> Bearer {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes).expect("the system gives no random bytes; nothing could be kept secret");
        Bearer(format!("{prefix}{}", URL_SAFE_NO_PAD.encode(bytes)))
    }

    /// The text, to be shown once.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// What is kept of it.
    pub fn fingerprint(&self) -> Fingerprint {
        Fingerprint::of(&self.0)
    }
}

/// Never tells itself, so that no log can.
impl fmt::Debug for Bearer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Bearer(…)")
    }
}

impl Fingerprint {
    /// Of a text that somebody sent. Looking it up needs no constant time: what could be measured is its hash.
    pub fn of(text: &str) -> Fingerprint {
        Fingerprint(Sha256::digest(text).into())
    }

    /// As a fact has it: 64 hex digits.
    pub fn to_hex(self) -> String {
        self.0.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}
