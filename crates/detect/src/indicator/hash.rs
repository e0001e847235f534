//! Hashes of files: MD5, SHA-1, SHA-256, and imphash, which is an MD5 of what a program imports.

use std::fmt;

/// A hash with its algorithm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Digest {
    bytes: [u8; 32],
    len: u8,
    is_imphash: bool,
}

/// What an empty file has: MD5, SHA-1, SHA-256.
const OF_NOTHING: [&str; 3] = [
    "d41d8cd98f00b204e9800998ecf8427e",
    "da39a3ee5e6b4b0d3255bfef95601890afd80709",
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
];

impl Digest {
    /// Reads hexadecimal digits of either case. `algorithm` may be how lists write one of ours
    /// (`SHA-256`, `md5`, `imphash`); another one, or a length that does not fit, is none of ours.
    pub(super) fn parse(algorithm: Option<&str>, hex: &str) -> Option<Digest> {
        let wanted = match algorithm {
            None => None,
            Some(name) => {
                let name: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
                Some(match name.to_ascii_lowercase().as_str() {
                    "md5" | "imphash" => 16,
                    "sha1" => 20,
                    "sha256" => 32,
                    _ => return None,
                })
            }
        };
        let is_imphash = algorithm.is_some_and(|name| name.trim().eq_ignore_ascii_case("imphash"));
        let digest = Digest { is_imphash, ..Digest::decode(hex.as_bytes())? };
        wanted.is_none_or(|len| len == digest.len).then_some(digest)
    }

    /// Reads 32, 40 or 64 hexadecimal digits.
    pub(super) fn decode(hex: &[u8]) -> Option<Digest> {
        if !matches!(hex.len(), 32 | 40 | 64) {
            return None;
        }
        let mut digest = Digest { bytes: [0; 32], len: 0, is_imphash: false };
        for (byte, pair) in digest.bytes.iter_mut().zip(hex.chunks_exact(2)) {
            let [high, low] = pair else { return None };
            let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
            *byte = digit(*high)? << 4 | digit(*low)?;
            digest.len += 1;
        }
        Some(digest)
    }

    /// The bytes: 16, 20 or 32.
    pub(super) fn bytes(&self) -> &[u8] {
        self.bytes.get(..usize::from(self.len)).unwrap_or_default()
    }

    /// From 16, 20 or 32 bytes, as [`Digest::bytes`] gave them.
    pub(super) fn from_bytes(bytes: &[u8], is_imphash: bool) -> Digest {
        let mut digest = Digest { bytes: [0; 32], len: 0, is_imphash };
        for (to, from) in digest.bytes.iter_mut().zip(bytes) {
            *to = *from;
            digest.len += 1;
        }
        digest
    }

    /// Whether it is an imphash.
    pub(super) fn is_imphash(&self) -> bool {
        self.is_imphash
    }

    /// `md5`, `imphash`, `sha1` or `sha256`.
    pub fn algorithm(&self) -> &'static str {
        match self.len {
            16 if self.is_imphash => "imphash",
            16 => "md5",
            20 => "sha1",
            _ => "sha256",
        }
    }

    /// Whether it is all zeros, as programs write that know none, or that of an empty file.
    pub(super) fn is_of_nothing(&self) -> bool {
        let text = self.to_string();
        self.bytes().iter().all(|byte| *byte == 0) || OF_NOTHING.contains(&text.as_str())
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.bytes().iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}
