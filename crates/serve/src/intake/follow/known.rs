//! What makes a file the same one: its inode and its first bytes.
//!
//! A name says nothing, since rotation changes it, and an inode alone is used again for another file. A file that is
//! still short is known by its first line; once it has [`HEAD`] bytes, by all of those, since many files begin with
//! the same line.

use super::door::Door;
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io;
use std::os::unix::fs::{FileExt, MetadataExt};

/// How many of a file's first bytes tell it from others.
pub const HEAD: usize = 1024;
/// The place of a short file that has become a long one, and is known by more.
pub const GROWN: u64 = u64::MAX;

/// Which file, as the spool remembers it.
pub type Key = [u8; 16];

/// Which file, as long as it is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Id {
    device: u64,
    inode: u64,
}

/// A file's first bytes, at most [`HEAD`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Head(Vec<u8>);

/// How far a file was read, as far as is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Known {
    /// So far, and under this key.
    To(Key, u64),
    /// It was longer before: what it holds is new, or a copy that is not complete.
    Grown,
    /// It was never read.
    Never,
}

impl Id {
    /// Of what the system says of a file.
    pub fn of(metadata: &std::fs::Metadata) -> Id {
        Id { device: metadata.dev(), inode: metadata.ino() }
    }
}

impl Head {
    /// Reads it.
    ///
    /// # Errors
    ///
    /// As reading has them.
    pub fn of(file: &File) -> io::Result<Head> {
        let mut bytes = vec![0; HEAD];
        let mut length = 0;
        while let Some(rest) = bytes.get_mut(length..).filter(|rest| !rest.is_empty()) {
            match file.read_at(rest, length as u64) {
                Ok(0) => break,
                Ok(count) => length += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        bytes.truncate(length);
        Ok(Head(bytes))
    }

    /// Whether this is what a file had, of which that is what it has now.
    pub fn became(&self, now: &Head) -> bool {
        now.0.starts_with(&self.0)
    }

    /// Whether a file has nothing.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The key by which a file is known now; none as long as its first line is not whole. When nothing will be added to
    /// it, all of it counts.
    pub fn key(&self, id: Id, is_last: bool) -> Option<Key> {
        if self.0.len() == HEAD {
            return Some(key(b"long", id, &self.0));
        }
        self.short_key(id).or_else(|| (is_last && !self.0.is_empty()).then(|| key(b"last", id, &self.0)))
    }

    /// The key by which a file is known by its first line.
    pub fn short_key(&self, id: Id) -> Option<Key> {
        let end = memchr::memchr(b'\n', &self.0)?;
        Some(key(b"line", id, self.0.get(..=end)?))
    }

    /// How far a file was read that has this head.
    pub fn known(&self, id: Id, door: &impl Door) -> Known {
        let place = |key: Key| door.place(&key).map(|next| Known::To(key, next));
        let is_long = self.0.len() == HEAD;
        if let Some(known) = self.key(id, true).filter(|_| is_long).and_then(place) {
            return known;
        }
        match self.short_key(id).and_then(place) {
            Some(Known::To(_, GROWN)) if is_long => Known::Never,
            Some(Known::To(_, GROWN)) => Known::Grown,
            Some(known) => known,
            None => self.key(id, true).and_then(place).unwrap_or(Known::Never),
        }
    }
}

fn key(kind: &[u8], id: Id, bytes: &[u8]) -> Key {
    named(&[kind, &id.inode.to_be_bytes(), bytes])
}

/// A key of anything else that the spool is to remember.
pub fn named(parts: &[&[u8]]) -> Key {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    let mut key = Key::default();
    key.iter_mut().zip(hash.finalize()).for_each(|(to, from)| *to = from);
    key
}
