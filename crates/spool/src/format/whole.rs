//! The hash of a segment, taken while it is written.

use sha2::{Digest, Sha256};

/// How a segment is hashed; its header says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hashing {
    /// Segments of version 1.
    Sha256,
    /// As strong, and a fraction of the time of a core that matches events meanwhile.
    Blake3,
}

/// The hash of what was written so far.
#[derive(Clone)]
pub enum Whole {
    Sha256(Sha256),
    Blake3(Box<blake3::Hasher>),
}

impl Whole {
    /// The hash of nothing.
    pub fn new(hashing: Hashing) -> Whole {
        match hashing {
            Hashing::Sha256 => Whole::Sha256(Sha256::new()),
            Hashing::Blake3 => Whole::Blake3(Box::default()),
        }
    }

    /// More was written.
    pub fn update(&mut self, bytes: &[u8]) {
        match self {
            Whole::Sha256(hasher) => hasher.update(bytes),
            Whole::Blake3(hasher) => drop(hasher.update(bytes)),
        }
    }

    /// The hash, 32 bytes of either kind.
    pub fn finish(self) -> [u8; 32] {
        match self {
            Whole::Sha256(hasher) => hasher.finalize().into(),
            Whole::Blake3(hasher) => hasher.finalize().into(),
        }
    }
}
