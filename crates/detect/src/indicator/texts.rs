//! Names, URLs, e-mail addresses and paths: many texts in one piece of memory, found by hash.

use hashbrown::{DefaultHashBuilder, HashTable};
use std::hash::BuildHasher;

/// Distinct texts, each with the id of its indicator.
#[derive(Clone, Debug, Default)]
pub(super) struct Texts {
    all: Vec<u8>,
    /// By text: where it ends in `all`, and its id.
    ends: Vec<(u32, u32)>,
    table: HashTable<u32>,
    hasher: DefaultHashBuilder,
}

impl Texts {
    /// Adds a text; `false` if it is there already or there is no more room.
    pub(super) fn add(&mut self, text: &str, id: u32) -> bool {
        let hash = self.hash(text.as_bytes());
        let Ok(end) = u32::try_from(self.all.len() + text.len()) else { return false };
        if self.place(text.as_bytes(), hash).is_some() {
            return false;
        }
        let number = u32::try_from(self.ends.len()).unwrap_or(u32::MAX);
        self.all.extend_from_slice(text.as_bytes());
        self.ends.push((end, id));
        let (all, ends, hasher) = (&self.all, &self.ends, &self.hasher);
        self.table.insert_unique(hash, number, |&number| hasher.hash_one(text_at(all, ends, number)));
        true
    }

    /// The id of a text.
    pub(super) fn find(&self, text: &[u8]) -> Option<u32> {
        let number = self.place(text, self.hash(text))?;
        self.ends.get(number as usize).map(|(_, id)| *id)
    }

    fn place(&self, text: &[u8], hash: u64) -> Option<u32> {
        self.table.find(hash, |&number| text_at(&self.all, &self.ends, number) == text).copied()
    }

    /// The hash by which texts are found; it differs from process to process.
    pub(super) fn hash(&self, text: &[u8]) -> u64 {
        self.hasher.hash_one(text)
    }

    /// All texts with their ids.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&[u8], u32)> {
        let numbers = 0..u32::try_from(self.ends.len()).unwrap_or(u32::MAX);
        numbers.zip(&self.ends).map(|(number, (_, id))| (text_at(&self.all, &self.ends, number), *id))
    }

    /// Gives back what growing took too much.
    pub(super) fn shrink(&mut self) {
        self.all.shrink_to_fit();
        self.ends.shrink_to_fit();
    }
}

fn text_at<'t>(all: &'t [u8], ends: &[(u32, u32)], number: u32) -> &'t [u8] {
    let at = number as usize;
    let end = |at: usize| ends.get(at).map_or(0, |(end, _)| *end as usize);
    let start = at.checked_sub(1).map_or(0, end);
    all.get(start..end(at)).unwrap_or_default()
}
