//! The matches that are kept, in the order of time.

use super::entry::{Entry, Place};
use crate::correlation::{Found, Matches};
use hashbrown::{HashMap, HashSet};
use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::Arc;

/// Matches in the order of time, found by number as well.
#[derive(Debug, Default)]
pub(super) struct Kept {
    order: BTreeMap<Place, u64>,
    entries: HashMap<u64, Arc<Entry>>,
    /// By record and what tells its matches apart.
    known: HashSet<(u64, u64)>,
    next: u64,
    bytes: usize,
}

impl Kept {
    /// Takes a match in; none when it is there already.
    pub(super) fn insert(&mut self, entry: Entry) -> Option<(Place, u64)> {
        if !self.known.insert((entry.given.seq, entry.print())) {
            return None;
        }
        let (place, handle) = (entry.place(), self.next);
        self.next += 1;
        self.bytes += entry.weight();
        self.order.insert(place.clone(), handle);
        self.entries.insert(handle, Arc::new(entry));
        Some((place, handle))
    }

    /// The first match.
    pub(super) fn first(&self) -> Option<(Place, u64)> {
        self.order.first_key_value().map(|(place, handle)| (place.clone(), *handle))
    }

    /// The last place.
    pub(super) fn last(&self) -> Option<&Place> {
        self.order.last_key_value().map(|(place, _)| place)
    }

    /// Forgets the first match.
    pub(super) fn drop_first(&mut self) {
        let Some((_, handle)) = self.order.pop_first() else { return };
        if let Some(entry) = self.entries.remove(&handle) {
            self.bytes -= entry.weight();
            self.known.remove(&(entry.given.seq, entry.print()));
        }
    }

    /// The matches after a place, or all.
    pub(super) fn after(&self, place: Option<&Place>) -> impl Iterator<Item = (&Place, u64)> {
        let from = place.map_or(Bound::Unbounded, Bound::Excluded);
        self.order.range::<Place, _>((from, Bound::Unbounded)).map(|(place, handle)| (place, *handle))
    }

    pub(super) fn entry(&self, handle: u64) -> Option<&Arc<Entry>> {
        self.entries.get(&handle)
    }

    pub(super) fn len(&self) -> usize {
        self.order.len()
    }

    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }
}

impl Matches for Kept {
    fn found(&self, handle: u64) -> Option<Found<'_>> {
        self.entries.get(&handle).map(|entry| entry.found())
    }
}
