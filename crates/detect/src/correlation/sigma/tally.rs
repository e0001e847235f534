//! The running count of one window.

use super::figure::to_parts;
use crate::rule::Way;
use hashbrown::HashMap;
use jiff::SignedDuration;
use std::sync::Arc;

/// An event in a window.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry {
    pub at: SignedDuration,
    /// The caller's number.
    pub handle: u64,
    /// What is told apart: a hash of values, the place in the list of rules, or where a number lies
    /// between the bounds. For sums, the number itself times the occurrences, as bits.
    pub value: u64,
    /// Occurrences.
    pub count: u32,
}

/// A count that entries enter and, where the window slides, leave again.
#[derive(Clone, Debug)]
pub(super) struct Tally {
    /// Occurrences, whatever else is counted.
    pub sum: u64,
    pub what: What,
}

#[derive(Clone, Debug)]
pub(super) enum What {
    Occurrences,
    /// How many entries hold each value.
    Distinct(HashMap<u64, u32>),
    /// The sum of numbers, in parts; wraps, so that what entered can leave whatever it was.
    Total(i128),
    /// Occurrences between and on the bounds.
    Ranks(Box<[u64]>),
    /// How many entries fill each place of the list.
    Places(Places),
}

/// Rules of a list that came, and how far each way to be complete has got.
#[derive(Clone, Debug)]
pub(super) struct Places {
    counts: Box<[u32]>,
    ways: Arc<[Way]>,
    /// Where order matters: for each way, and each place that it needs, the latest start of a chain
    /// that has come so far.
    chains: Option<Box<[Chain]>>,
    /// How long a chain may be.
    span: Option<SignedDuration>,
}

type Chain = Box<[Option<SignedDuration>]>;

impl Places {
    pub(super) fn new(places: usize, ways: &Arc<[Way]>) -> Places {
        Places { counts: vec![0; places].into(), ways: Arc::clone(ways), chains: None, span: None }
    }

    /// As [`Places::new`], but what a way needs must come in order, within `span` where there is one.
    pub(super) fn in_order(places: usize, ways: &Arc<[Way]>, span: Option<SignedDuration>) -> Places {
        let chains = ways.iter().map(|way| vec![None; way.needs.len()].into()).collect();
        Places { chains: Some(chains), span, ..Places::new(places, ways) }
    }

    /// How many different places are filled.
    pub(super) fn filled(&self) -> u64 {
        self.counts.iter().filter(|count| **count > 0).count() as u64
    }

    /// Whether one of the ways is complete.
    pub(super) fn is_complete(&self) -> bool {
        (0..self.ways.len()).any(|index| self.holds(index))
    }

    fn holds(&self, index: usize) -> bool {
        let way = &self.ways[index];
        let came = |place: &u64| self.counts.get(*place as usize).is_some_and(|count| *count > 0);
        let needed = match &self.chains {
            Some(chains) => chains[index].last().is_none_or(Option::is_some),
            None => way.needs.iter().all(came),
        };
        needed && !way.without.iter().any(came)
    }

    /// Where the chain starts that is complete.
    fn chain_start(&self) -> Option<SignedDuration> {
        let chains = self.chains.as_ref()?;
        let complete = (0..self.ways.len()).filter(|&index| self.holds(index));
        complete.filter_map(|index| chains[index].last().copied().flatten()).max()
    }

    fn add(&mut self, entry: &Entry) {
        if let Some(count) = self.counts.get_mut(entry.value as usize) {
            *count += 1;
        }
        let Some(chains) = &mut self.chains else { return };
        for (way, chain) in self.ways.iter().zip(chains) {
            let Some(link) = way.needs.iter().position(|place| *place == entry.value) else { continue };
            let start = if link == 0 { Some(entry.at) } else { chain[link - 1] };
            let young =
                |start: &SignedDuration| self.span.is_none_or(|span| entry.at.saturating_sub(*start) < span);
            if let Some(start) = start.filter(young) {
                chain[link] = Some(start);
            }
        }
    }

    fn remove(&mut self, entry: &Entry) {
        if let Some(count) = self.counts.get_mut(entry.value as usize) {
            *count = count.saturating_sub(1);
        }
    }

    fn clear(&mut self) {
        self.counts.fill(0);
        self.chains.iter_mut().flatten().for_each(|chain| chain.fill(None));
    }
}

impl Tally {
    pub(super) fn of(what: What) -> Tally {
        Tally { sum: 0, what }
    }

    /// Where the complete chain starts.
    pub(super) fn chain_start(&self) -> Option<SignedDuration> {
        match &self.what {
            What::Places(places) => places.chain_start(),
            _ => None,
        }
    }

    /// Entries come in order of time, those of one time in order of place.
    pub(super) fn add(&mut self, entry: &Entry) {
        self.sum += u64::from(entry.count);
        match &mut self.what {
            What::Occurrences => {}
            What::Distinct(values) => *values.entry(entry.value).or_insert(0) += 1,
            What::Total(total) => *total = total.wrapping_add(to_parts(f64::from_bits(entry.value))),
            What::Ranks(ranks) => {
                if let Some(rank) = ranks.get_mut(entry.value as usize) {
                    *rank += u64::from(entry.count);
                }
            }
            What::Places(places) => places.add(entry),
        }
    }

    /// The oldest entry leaves.
    pub(super) fn remove(&mut self, entry: &Entry) {
        self.sum -= u64::from(entry.count);
        match &mut self.what {
            What::Occurrences => {}
            What::Distinct(values) => {
                if let hashbrown::hash_map::Entry::Occupied(mut held) = values.entry(entry.value) {
                    *held.get_mut() -= 1;
                    if *held.get() == 0 {
                        held.remove();
                    }
                }
            }
            What::Total(total) => *total = total.wrapping_sub(to_parts(f64::from_bits(entry.value))),
            What::Ranks(ranks) => {
                if let Some(rank) = ranks.get_mut(entry.value as usize) {
                    *rank = rank.saturating_sub(u64::from(entry.count));
                }
            }
            What::Places(places) => places.remove(entry),
        }
    }

    /// Back to nothing.
    pub(super) fn clear(&mut self) {
        self.sum = 0;
        match &mut self.what {
            What::Occurrences => {}
            What::Distinct(values) => values.clear(),
            What::Total(total) => *total = 0,
            What::Ranks(ranks) => ranks.fill(0),
            What::Places(places) => places.clear(),
        }
    }
}
