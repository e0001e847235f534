//! Dead letters: what no parser understood, with its place and why, in a file that people can read.

use jiff::Timestamp;
use serde::Serialize;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// When the file has so many bytes, it becomes the older one, and what was the older one goes.
const FILE_BYTES: u64 = 64 << 20;
/// Bytes kept of one letter; the spool has the whole of it.
const LETTER_BYTES: usize = 8 << 10;

/// One letter.
#[derive(Serialize)]
pub struct Letter<'l> {
    /// Where it stands in the spool.
    pub seq: u64,
    /// When it arrived.
    pub arrival: Timestamp,
    /// Whom it is from.
    pub source: &'l str,
    /// Why it is here.
    pub reason: &'l str,
    /// What it says; what is no text became U+FFFD.
    pub text: String,
}

/// The file.
pub struct Letters {
    path: PathBuf,
    file: File,
    bytes: u64,
    /// Letters up to here were written by a run before this one.
    from: u64,
}

impl Letters {
    /// Opens the file in this folder. What stands before `from` was written already.
    ///
    /// # Errors
    ///
    /// What the system says.
    pub fn open(folder: &Path, from: u64) -> io::Result<Letters> {
        let path = folder.join("dead-letters.ndjson");
        let file = OpenOptions::new().create(true).append(true).mode(0o600).open(&path)?;
        let bytes = file.metadata()?.len();
        Ok(Letters { path, file, bytes, from })
    }

    /// Adds a letter, if no run before this one did.
    ///
    /// # Errors
    ///
    /// What the system says.
    pub fn add(&mut self, letter: &Letter<'_>) -> io::Result<()> {
        if letter.seq < self.from {
            return Ok(());
        }
        let mut line = serde_json::to_vec(letter)?;
        line.push(b'\n');
        if self.bytes > 0 && self.bytes + line.len() as u64 > FILE_BYTES {
            fs::rename(&self.path, self.path.with_extension("older.ndjson"))?;
            *self = Letters {
                from: self.from,
                ..Letters::open(self.path.parent().unwrap_or(Path::new(".")), 0)?
            };
        }
        self.file.write_all(&line)?;
        self.bytes += line.len() as u64;
        Ok(())
    }
}

/// As much of a record as a letter holds.
pub fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(&bytes[..bytes.len().min(LETTER_BYTES)]).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_are_written_once_and_the_file_stays_bounded() {
        let folder = tempfile::tempdir().unwrap();
        let letter = |seq: u64| Letter {
            seq,
            arrival: Timestamp::UNIX_EPOCH,
            source: "web",
            reason: "broken",
            text: "x".repeat(LETTER_BYTES),
        };
        let mut letters = Letters::open(folder.path(), 3).unwrap();
        (0..5).for_each(|seq| letters.add(&letter(seq)).unwrap());
        let written = fs::read_to_string(folder.path().join("dead-letters.ndjson")).unwrap();
        assert_eq!(written.lines().count(), 2);
        (5..20_000).for_each(|seq| letters.add(&letter(seq)).unwrap());
        let sizes = ["dead-letters.ndjson", "dead-letters.older.ndjson"]
            .map(|name| fs::metadata(folder.path().join(name)).unwrap().len());
        assert!(sizes.iter().all(|size| *size <= FILE_BYTES), "{sizes:?}");
        let last = fs::read_to_string(folder.path().join("dead-letters.ndjson")).unwrap();
        assert!(last.lines().last().unwrap().starts_with("{\"seq\":19999,"));
    }
}
