//! The first bytes of a segment file.

use super::whole::Hashing;
use super::wire::Take;

/// Bytes of a header.
pub const HEADER: usize = 44;
const MAGIC: [u8; 8] = *b"CFDSPOOL";
/// What is written. Version 1 differs in how a segment is hashed, and stays readable.
const VERSION: u32 = 2;
/// Bytes that the check sum is of.
const CHECKED: usize = 40;

/// Whose segment it is, and where it begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// Random bytes by which a spool is told from another.
    pub id: [u8; 16],
    /// Number of the first record.
    pub first: u64,
    /// How the segment is hashed.
    pub hashing: Hashing,
}

/// Why it is no header.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HeaderError {
    /// Another program wrote it, or nobody.
    #[error("it does not begin as a segment of a spool does")]
    Foreign,
    /// A later program wrote it.
    #[error("it has the version {0}, and this program knows versions up to {VERSION}")]
    Version(u32),
    /// It is not as it was written.
    #[error("its header is damaged")]
    Damaged,
}

impl Header {
    /// Its bytes.
    pub fn bytes(&self) -> [u8; HEADER] {
        let mut bytes = [0; HEADER];
        bytes[..8].copy_from_slice(&MAGIC);
        let version = match self.hashing {
            Hashing::Sha256 => 1,
            Hashing::Blake3 => VERSION,
        };
        bytes[8..12].copy_from_slice(&version.to_le_bytes());
        bytes[16..32].copy_from_slice(&self.id);
        bytes[32..40].copy_from_slice(&self.first.to_le_bytes());
        let sum = crc32fast::hash(&bytes[..CHECKED]);
        bytes[40..44].copy_from_slice(&sum.to_le_bytes());
        bytes
    }

    /// Reads a header.
    ///
    /// # Errors
    ///
    /// [`HeaderError`] when it is none.
    pub fn parse(bytes: &[u8; HEADER]) -> Result<Header, HeaderError> {
        let mut take = Take(bytes);
        if take.array() != Some(MAGIC) {
            return Err(HeaderError::Foreign);
        }
        let version = take.u32();
        let (_, id, first, sum) = (take.u32(), take.array(), take.u64(), take.u32());
        if sum != Some(crc32fast::hash(&bytes[..CHECKED])) {
            return Err(HeaderError::Damaged);
        }
        match (version, id, first) {
            (Some(1), Some(id), Some(first)) => Ok(Header { id, first, hashing: Hashing::Sha256 }),
            (Some(VERSION), Some(id), Some(first)) => Ok(Header { id, first, hashing: Hashing::Blake3 }),
            (version, ..) => Err(HeaderError::Version(version.unwrap_or(0))),
        }
    }
}
