//! The running count of one window.

use hashbrown::HashMap;
use jiff::SignedDuration;

/// An event in a window.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry {
    pub at: SignedDuration,
    /// The caller's number.
    pub handle: u64,
    /// What is told apart: a hash of values, or the place in the list of rules.
    pub value: u64,
    /// Occurrences.
    pub count: u32,
}

/// A count that entries enter and, where the window slides, leave again.
#[derive(Clone, Debug)]
pub(super) struct Tally {
    /// Occurrences, whatever else is counted.
    pub sum: u64,
    what: What,
}

#[derive(Clone, Debug)]
enum What {
    Occurrences,
    /// How many entries hold each value.
    Distinct(HashMap<u64, u32>),
    /// For each place, the latest start of a chain that has come so far; `span` limits its length.
    Chain {
        starts: Box<[Option<SignedDuration>]>,
        span: Option<SignedDuration>,
    },
}

impl Tally {
    pub(super) fn occurrences() -> Tally {
        Tally { sum: 0, what: What::Occurrences }
    }

    pub(super) fn distinct() -> Tally {
        Tally { sum: 0, what: What::Distinct(HashMap::new()) }
    }

    pub(super) fn chain(places: usize, span: Option<SignedDuration>) -> Tally {
        Tally { sum: 0, what: What::Chain { starts: vec![None; places].into(), span } }
    }

    /// What the condition is about: occurrences, distinct values, or 1 for a complete chain.
    pub(super) fn measure(&self) -> u64 {
        match &self.what {
            What::Occurrences => self.sum,
            What::Distinct(values) => values.len() as u64,
            What::Chain { .. } => u64::from(self.chain_start().is_some()),
        }
    }

    /// Where the complete chain starts.
    pub(super) fn chain_start(&self) -> Option<SignedDuration> {
        match &self.what {
            What::Chain { starts, .. } => starts.last().copied().flatten(),
            What::Occurrences | What::Distinct(_) => None,
        }
    }

    /// Entries come in order of time, those of one time in order of place.
    pub(super) fn add(&mut self, entry: &Entry) {
        self.sum += u64::from(entry.count);
        match &mut self.what {
            What::Occurrences => {}
            What::Distinct(values) => *values.entry(entry.value).or_insert(0) += 1,
            What::Chain { starts, span } => {
                let place = entry.value as usize;
                let start = if place == 0 { Some(entry.at) } else { starts[place - 1] };
                let young =
                    |start: &SignedDuration| span.is_none_or(|span| entry.at.saturating_sub(*start) < span);
                if let Some(start) = start.filter(young) {
                    starts[place] = Some(start);
                }
            }
        }
    }

    /// The oldest entry leaves.
    pub(super) fn remove(&mut self, entry: &Entry) {
        self.sum -= u64::from(entry.count);
        if let What::Distinct(values) = &mut self.what
            && let hashbrown::hash_map::Entry::Occupied(mut held) = values.entry(entry.value)
        {
            *held.get_mut() -= 1;
            if *held.get() == 0 {
                held.remove();
            }
        }
    }

    /// Back to nothing.
    pub(super) fn clear(&mut self) {
        self.sum = 0;
        match &mut self.what {
            What::Occurrences => {}
            What::Distinct(values) => values.clear(),
            What::Chain { starts, .. } => starts.fill(None),
        }
    }
}
