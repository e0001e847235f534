//! What is read as a file of cases, before any of it is taken apart.

use serde_json::Value;

/// Bytes of the largest file.
pub const MOST_BYTES: usize = 16 << 20;
/// Objects and lists within each other.
const DEPTH: usize = 64;
/// Objects and lists in one file: each takes far more memory than the two bytes that it may have there.
const CONTAINERS: usize = 200_000;
/// Values in one file.
const VALUES: usize = 2_000_000;

/// Why a file is not read at all.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ImportError {
    /// An archive of TheHive 5, or another zip.
    #[error("this is an archive; what is in a `.thar` is encrypted, and is not taken")]
    Archive,
    /// It is packed.
    #[error("this is packed; unpack it first")]
    Packed,
    /// More than is read at once.
    #[error("the file is larger than {} MiB", MOST_BYTES >> 20)]
    TooLarge,
    /// It would take more memory than it is worth.
    #[error("the file has more than {what}")]
    TooMuch {
        /// Of what.
        what: &'static str,
    },
    /// It is no JSON.
    #[error("the file is neither JSON nor a JSON object on each line: {what}")]
    NoJson {
        /// What is wrong, with its place.
        what: String,
    },
    /// There is nothing in it.
    #[error("there is no case and no alert in the file")]
    Nothing,
}

/// The documents of a file, each with where it stands: of one JSON text, or of one on each line.
///
/// # Errors
///
/// [`ImportError`] when it is neither, or too large.
pub fn documents(bytes: &[u8]) -> Result<Vec<(String, Value)>, ImportError> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    match bytes {
        [b'P', b'K', 3 | 5, ..] => return Err(ImportError::Archive),
        [0x1f, 0x8b, ..] | [0x28, 0xb5, 0x2f, 0xfd, ..] => return Err(ImportError::Packed),
        _ if bytes.len() > MOST_BYTES => return Err(ImportError::TooLarge),
        _ => measure(bytes)?,
    }
    match serde_json::from_slice(bytes) {
        Ok(whole) => Ok(vec![(String::new(), whole)]),
        Err(error) => lines(bytes).ok_or_else(|| ImportError::NoJson { what: error.to_string() }),
    }
}

/// One object on each line; nothing when they are not that.
fn lines(bytes: &[u8]) -> Option<Vec<(String, Value)>> {
    let lines = bytes.split(|byte| *byte == b'\n').enumerate();
    let lines = lines.filter(|(_, line)| !line.trim_ascii().is_empty());
    let read = |(at, line): (usize, &[u8])| {
        let value: Value = serde_json::from_slice(line).ok()?;
        value.is_object().then(|| (format!("line {}", at + 1), value))
    };
    let read: Option<Vec<_>> = lines.map(read).collect();
    read.filter(|read| read.len() > 1)
}

fn measure(bytes: &[u8]) -> Result<(), ImportError> {
    let (mut depth, mut containers, mut values) = (0_usize, 0_usize, 0_usize);
    let (mut in_text, mut escaped) = (false, false);
    for byte in bytes {
        match (in_text, byte) {
            (true, _) if escaped => escaped = false,
            (true, b'\\') => escaped = true,
            (true, b'"') => in_text = false,
            (false, b'"') => in_text = true,
            (false, b'{' | b'[') => (depth, containers) = (depth + 1, containers + 1),
            (false, b'}' | b']') => depth = depth.saturating_sub(1),
            (false, b',') => values += 1,
            _ => {}
        }
        if depth > DEPTH {
            return Err(ImportError::TooMuch { what: "64 objects or lists within each other" });
        }
    }
    match (containers, values) {
        (CONTAINERS.., _) => Err(ImportError::TooMuch { what: "200,000 objects and lists" }),
        (_, VALUES..) => Err(ImportError::TooMuch { what: "two million values" }),
        _ => Ok(()),
    }
}
