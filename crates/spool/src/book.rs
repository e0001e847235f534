//! What is known of each source: what it brought, and how far its files were read.

use crate::format::{Group, Part};
use crate::record::Place;
use crate::status::SourceStatus;
use jiff::Timestamp;
use std::collections::HashMap;
use std::sync::Arc;

/// More sources are never there.
const SOURCES: u32 = 1 << 20;

/// All sources, by their numbers.
#[derive(Clone, Debug)]
pub struct Book {
    accounts: Vec<Account>,
    numbers: HashMap<Arc<str>, u32>,
    /// How many places are remembered for each source.
    places: usize,
}

/// One source.
#[derive(Clone, Debug)]
pub struct Account {
    pub status: SourceStatus,
    /// Offset, and when it moved, by the count of moves.
    places: HashMap<[u8; 16], (u64, u64)>,
    moves: u64,
}

impl Book {
    /// A book of no source.
    pub fn new(places: usize) -> Book {
        Book { accounts: Vec::new(), numbers: HashMap::new(), places }
    }

    /// All sources, by their numbers.
    pub fn accounts(&self) -> &[Account] {
        &self.accounts
    }

    /// The number of a source.
    pub fn number(&self, source: &str) -> Option<u32> {
        self.numbers.get(source).copied()
    }

    /// The number that the next new source has.
    pub fn next(&self) -> u32 {
        u32::try_from(self.accounts.len()).unwrap_or(u32::MAX)
    }

    /// What is known of a source.
    pub fn account(&self, source: &str) -> Option<&Account> {
        self.accounts.get(usize::try_from(self.number(source)?).ok()?)
    }

    /// Adds a source that is new, with the next number.
    pub fn push(&mut self, account: Account) {
        self.numbers.insert(account.status.source.clone(), self.next());
        self.accounts.push(account);
    }

    /// Follows what was synced.
    pub fn follow(&mut self, group: &Group) {
        for (number, source) in &group.new_sources {
            // Names are lost with a frame that is damaged; the numbers of those that follow stay.
            while self.next() < (*number).min(SOURCES) {
                self.push(Account::new(Arc::from(format!("unknown-{}", self.next()))));
            }
            if self.next() == *number {
                self.push(Account::new(source.clone()));
            }
        }
        for part in &group.parts {
            let account = usize::try_from(part.source).ok().and_then(|number| self.accounts.get_mut(number));
            if let Some(account) = account {
                account.follow(part, &group.files, self.places);
            }
        }
    }
}

impl Account {
    /// A source that brought nothing.
    pub fn new(source: Arc<str>) -> Account {
        let status = SourceStatus { source, taken: 0, doubled: 0, bytes: 0, last_arrival: None };
        Account { status, places: HashMap::new(), moves: 0 }
    }

    /// How far a file was read.
    pub fn place(&self, file: &[u8; 16]) -> Option<u64> {
        self.places.get(file).map(|(next, _)| *next)
    }

    /// How far each file was read; the one that moved last is last.
    pub fn places(&self) -> Vec<Place> {
        let mut places: Vec<_> = self.places.iter().collect();
        places.sort_by_key(|(_, (_, moved))| *moved);
        places.into_iter().map(|(file, (next, _))| Place { file: *file, next: *next }).collect()
    }

    /// A file was read so far.
    pub fn moved(&mut self, file: [u8; 16], next: u64, limit: usize) {
        self.moves += 1;
        self.places.insert(file, (next, self.moves));
        while self.places.len() > limit {
            let stale = self.places.iter().min_by_key(|(_, (_, moved))| *moved).map(|(file, _)| *file);
            stale.map(|file| self.places.remove(&file));
        }
    }

    fn follow(&mut self, part: &Part, files: &[[u8; 16]], limit: usize) {
        self.status.taken += part.entries.len() as u64;
        self.status.doubled += u64::from(part.doubled);
        self.status.bytes += part.entries.iter().map(|entry| u64::from(entry.length)).sum::<u64>();
        self.status.last_arrival = later(self.status.last_arrival, part.arrival);
        let stored = part.entries.iter().filter_map(|entry| entry.place);
        for (file, next) in stored.chain(part.moved.iter().copied()) {
            if let Some(file) = usize::try_from(file).ok().and_then(|file| files.get(file)) {
                self.moved(*file, next, limit);
            }
        }
    }
}

fn later(one: Option<Timestamp>, other: Timestamp) -> Option<Timestamp> {
    Some(one.map_or(other, |one| one.max(other)))
}
