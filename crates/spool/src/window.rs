//! Identities of the last records, so that what is delivered again counts once.

use hashbrown::{DefaultHashBuilder, HashTable};
use jiff::Timestamp;
use sha2::{Digest, Sha256};
use std::collections::VecDeque;
use std::hash::BuildHasher;

/// The identity of a record that was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Known {
    pub identity: [u8; 16],
    /// The [`tag`] of its source: what one source says is not known of another.
    pub source: u32,
    /// When it arrived, in seconds since 1970.
    pub arrival: u32,
}

/// Tells sources apart in few bytes. Nobody from outside knows the spool's id, and so which names have the same tag.
pub fn tag(id: &[u8; 16], source: &str) -> u32 {
    let hash = Sha256::new_with_prefix(id).chain_update(source).finalize();
    hash.first_chunk().map_or(0, |bytes| u32::from_le_bytes(*bytes))
}

/// Seconds since 1970; what is not between then and 2106 is put at its nearer end.
pub fn second(time: Timestamp) -> u32 {
    u32::try_from(time.as_second().max(0)).unwrap_or(u32::MAX)
}

/// Identities of the last records, oldest first.
pub struct Window {
    ring: VecDeque<Known>,
    /// Their numbers, cut to 32 bits, by hash.
    table: HashTable<u32>,
    hashing: DefaultHashBuilder,
    /// How many there have been.
    total: u64,
    limit: usize,
    age_s: u32,
    newest: u32,
}

impl Window {
    /// A window of at most so many identities, and none that is older than the newest by more.
    pub fn new(limit: usize, age_s: u64) -> Window {
        Window {
            ring: VecDeque::new(),
            table: HashTable::new(),
            hashing: DefaultHashBuilder::default(),
            total: 0,
            // Their numbers are told apart by 31 bits.
            limit: limit.min(1 << 31),
            age_s: u32::try_from(age_s).unwrap_or(u32::MAX),
            newest: 0,
        }
    }

    /// How many are remembered.
    pub fn len(&self) -> usize {
        self.ring.len()
    }

    /// How many there have been: what is added from now on is [`Window::since`] this.
    pub fn total(&self) -> u64 {
        self.total
    }

    /// Those that are remembered of what was added since there had been so many.
    pub fn since(&self, total: u64) -> impl Iterator<Item = &Known> {
        let added = usize::try_from(self.total - total).unwrap_or(usize::MAX);
        self.ring.iter().skip(self.ring.len().saturating_sub(added))
    }

    /// Whether the source had a record with this identity.
    pub fn contains(&self, source: u32, identity: &[u8; 16]) -> bool {
        let hash = self.hashing.hash_one((source, identity));
        self.table.find(hash, |number| self.is(*number, source, identity)).is_some()
    }

    fn is(&self, number: u32, source: u32, identity: &[u8; 16]) -> bool {
        self.ring.get(self.place(number)).is_some_and(|it| it.source == source && it.identity == *identity)
    }

    /// Where in the ring a number lies.
    fn place(&self, number: u32) -> usize {
        let front = self.total - self.ring.len() as u64;
        number.wrapping_sub(low(front)) as usize
    }

    /// Adds one that is not there.
    pub fn add(&mut self, known: Known) {
        if self.limit == 0 {
            return;
        }
        self.newest = self.newest.max(known.arrival);
        let hash = self.hashing.hash_one((known.source, &known.identity));
        self.ring.push_back(known);
        self.total += 1;
        let front = self.total - self.ring.len() as u64;
        let (ring, hashing, number) = (&self.ring, &self.hashing, low(self.total - 1));
        self.table.insert_unique(hash, number, |number| {
            let there = ring.get(number.wrapping_sub(low(front)) as usize);
            there.map_or(0, |it| hashing.hash_one((it.source, &it.identity)))
        });
        self.forget();
    }

    fn forget(&mut self) {
        while let Some(first) = self.ring.front() {
            if self.ring.len() <= self.limit && self.newest.saturating_sub(first.arrival) <= self.age_s {
                return;
            }
            let number = low(self.total - self.ring.len() as u64);
            let hash = self.hashing.hash_one((first.source, &first.identity));
            if let Ok(entry) = self.table.find_entry(hash, |there| *there == number) {
                entry.remove();
            }
            self.ring.pop_front();
        }
    }
}

#[expect(clippy::cast_possible_truncation, reason = "the lower half is what is asked for")]
fn low(number: u64) -> u32 {
    number as u32
}
