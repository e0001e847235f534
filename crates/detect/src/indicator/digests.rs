//! Hashes of one length, one behind the other, found by hash.

use super::filter::Filter;
use hashbrown::{DefaultHashBuilder, HashTable};
use std::hash::BuildHasher;

/// Distinct hashes, each with the id of its indicator.
#[derive(Clone, Debug)]
pub(super) struct Digests {
    len: usize,
    all: Vec<u8>,
    ids: Vec<u32>,
    table: HashTable<u32>,
    /// A list may be made so that first bytes are all alike; this differs from process to process.
    hasher: DefaultHashBuilder,
    filter: Filter,
}

impl Digests {
    /// For hashes of so many bytes, 8 at least.
    pub(super) fn new(len: usize) -> Digests {
        Digests {
            len,
            all: Vec::new(),
            ids: Vec::new(),
            table: HashTable::new(),
            hasher: DefaultHashBuilder::default(),
            filter: Filter::default(),
        }
    }

    /// Adds a hash of the right length; `false` if it is there already.
    pub(super) fn add(&mut self, bytes: &[u8], id: u32) -> bool {
        if bytes.len() != self.len || self.find(bytes).is_some() {
            return false;
        }
        let number = u32::try_from(self.ids.len()).unwrap_or(u32::MAX);
        self.all.extend_from_slice(bytes);
        self.ids.push(id);
        let (all, len, hasher) = (&self.all, self.len, &self.hasher);
        let hash = hasher.hash_one(bytes);
        self.table.insert_unique(hash, number, |&number| hasher.hash_one(bytes_at(all, len, number)));
        true
    }

    /// The length of its hashes in bytes.
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// The id of a hash, if it has the right length.
    pub(super) fn find(&self, bytes: &[u8]) -> Option<u32> {
        let found = self
            .table
            .find(self.hasher.hash_one(bytes), |&number| bytes_at(&self.all, self.len, number) == bytes)?;
        self.ids.get(*found as usize).copied()
    }

    /// Whether a hash that begins with these 8 bytes may be among them, once [`Digests::seal`]ed.
    pub(super) fn may_hold(&self, first: u64) -> bool {
        self.filter.may_hold(first)
    }

    /// Makes the filter; nothing is added afterwards.
    pub(super) fn seal(&mut self) {
        self.filter = Filter::of(self.all.chunks_exact(self.len).map(key));
        self.all.shrink_to_fit();
        self.ids.shrink_to_fit();
    }

    pub(super) fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }
}

/// For the filter a hash is spread well enough by itself: its first 8 bytes.
fn key(bytes: &[u8]) -> u64 {
    bytes.first_chunk().map_or(0, |first| u64::from_be_bytes(*first))
}

fn bytes_at(all: &[u8], len: usize, number: u32) -> &[u8] {
    let start = number as usize * len;
    all.get(start..start + len).unwrap_or_default()
}
