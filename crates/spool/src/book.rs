//! What is known of each source: what it brought, and how far its files were read.

use crate::format::{Group, Part};
use crate::record::Place;
use crate::status::SourceStatus;
use jiff::Timestamp;
use std::collections::HashMap;
use std::sync::Arc;

/// So many sources are known; those that brought nothing for longest are forgotten first, and those of which places are
/// known last. Names of sources may come from whoever sends.
const SOURCES: usize = 4096;
/// So many are forgotten at once.
const AT_ONCE: usize = 512;

/// All sources that are known.
#[derive(Clone, Debug)]
pub struct Book {
    accounts: HashMap<Arc<str>, Account>,
    /// How often anything was brought.
    touches: u64,
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
    /// When it brought something, by the count of touches.
    touched: u64,
}

impl Book {
    /// A book of no source.
    pub fn new(places: usize) -> Book {
        Book { accounts: HashMap::new(), touches: 0, places }
    }

    /// All sources; the one that brought something last is last.
    pub fn accounts(&self) -> Vec<&Account> {
        let mut accounts: Vec<&Account> = self.accounts.values().collect();
        accounts.sort_by_key(|account| account.touched);
        accounts
    }

    /// What is known of a source.
    pub fn account(&self, source: &str) -> Option<&Account> {
        self.accounts.get(source)
    }

    /// Adds a source that is new, as the one that brought something last.
    pub fn push(&mut self, mut account: Account) {
        self.touches += 1;
        account.touched = self.touches;
        self.accounts.insert(account.status.source.clone(), account);
    }

    /// Follows what was synced.
    pub fn follow(&mut self, group: &Group) {
        for part in &group.parts {
            let source = usize::try_from(part.source).ok().and_then(|number| group.sources.get(number));
            let Some(source) = source else { continue };
            self.touches += 1;
            let account = self.accounts.entry(source.clone()).or_insert_with(|| Account::new(source.clone()));
            account.touched = self.touches;
            account.follow(part, &group.files, self.places);
        }
        if self.accounts.len() >= SOURCES + AT_ONCE {
            self.forget();
        }
    }

    fn forget(&mut self) {
        let rank = |account: &Account| (!account.places.is_empty(), account.touched);
        let mut ranks: Vec<_> = self.accounts.values().map(rank).collect();
        ranks.sort_unstable();
        if let Some(&first) = ranks.get(ranks.len().saturating_sub(SOURCES)) {
            self.accounts.retain(|_, account| rank(account) >= first);
        }
    }
}

impl Account {
    /// A source that brought nothing.
    pub fn new(source: Arc<str>) -> Account {
        let status = SourceStatus { source, taken: 0, doubled: 0, bytes: 0, last_arrival: None };
        Account { status, places: HashMap::new(), moves: 0, touched: 0 }
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
        self.status.bytes += part.bytes();
        let last = self.status.last_arrival;
        self.status.last_arrival = Some(last.map_or(part.arrival, |last: Timestamp| last.max(part.arrival)));
        let stored = part.entries.iter().filter_map(|entry| entry.place);
        for (file, next) in stored.chain(part.moved.iter().copied()) {
            if let Some(file) = usize::try_from(file).ok().and_then(|file| files.get(file)) {
                self.moved(*file, next, limit);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::Entry;

    fn group(source: &str, place: Option<(u32, u64)>) -> Group {
        let entry = Entry { length: 1, sum: 0, place, identity: None };
        let arrival = Timestamp::UNIX_EPOCH;
        let part = Part { source: 0, arrival, doubled: 0, entries: vec![entry], moved: vec![] };
        Group { sources: vec![source.into()], files: vec![[1; 16]], parts: vec![part] }
    }

    #[test]
    fn names_without_end_make_nobody_forget_a_place() {
        let mut book = Book::new(10);
        book.follow(&group("followed", Some((0, 7))));
        for number in 0..20_000 {
            book.follow(&group(&format!("name-{number}"), None));
        }
        assert!(book.accounts().len() < SOURCES + AT_ONCE);
        assert_eq!(book.account("followed").unwrap().place(&[1; 16]), Some(7));
        assert!(book.account("name-19999").is_some() && book.account("name-0").is_none());
    }

    #[test]
    fn the_place_that_has_not_moved_for_longest_is_forgotten() {
        let mut account = Account::new("auth".into());
        for file in [1, 2, 3, 1, 4] {
            account.moved([file; 16], 5, 3);
        }
        let files: Vec<u8> = account.places().iter().map(|place| place.file[0]).collect();
        assert_eq!(files, [3, 1, 4]);
    }
}
