//! Earlier states to which to go back, the sparser the older.

use super::entry::Place;
use crate::correlation::Casework;
use hashbrown::HashSet;
use jiff::{SignedDuration, Timestamp};

/// Time between the newest of them.
const APART: SignedDuration = SignedDuration::from_millis(200);
/// Matches between them, however short the time.
const MATCHES_APART: usize = 1_000;
/// A state is copied once for so many matches as a fourth of what it holds: what changes after a copy is made
/// anew, which costs more than the copy.
const SIZE_TO_MATCH: usize = 4;
/// Things held by all of them together, beyond which every second one goes.
const SIZE: usize = 2_000_000;

/// A state that takes matches.
#[derive(Clone, Debug)]
pub(super) struct Run {
    pub work: Casework,
    /// The last match that it has taken.
    pub upto: Option<Place>,
    /// Matches since the last mark.
    since: usize,
}

/// A state as it was.
#[derive(Clone, Debug)]
pub(super) struct Mark {
    pub work: Casework,
    pub upto: Option<Place>,
    /// Alerts that were added to between it and the next, or now.
    touched: HashSet<u64>,
}

impl Mark {
    pub(super) fn new(work: Casework, upto: Option<Place>) -> Mark {
        Mark { work, upto, touched: HashSet::new() }
    }

    /// A state that goes on from here.
    pub(super) fn run(&self) -> Run {
        Run { work: self.work.clone(), upto: self.upto.clone(), since: 0 }
    }

    fn at(&self) -> Option<Timestamp> {
        self.upto.as_ref().map(|place| place.at)
    }
}

/// Earlier states in the order of time. The first is that before all matches that are kept, or that from
/// which a replay starts.
#[derive(Debug)]
pub(super) struct Marks {
    first: Mark,
    later: Vec<Mark>,
}

impl Marks {
    pub(super) fn new(first: Mark) -> Marks {
        Marks { first, later: Vec::new() }
    }

    pub(super) fn first(&self) -> &Mark {
        &self.first
    }

    /// The first, to be moved on; then [`Marks::catch_up`].
    pub(super) fn base(&mut self) -> &mut Mark {
        &mut self.first
    }

    /// Forgets those that the first has overtaken.
    pub(super) fn catch_up(&mut self) {
        let overtaken = self.later.partition_point(|mark| mark.upto <= self.first.upto);
        for gone in self.later.drain(..overtaken) {
            self.first.touched.extend(gone.touched);
        }
    }

    /// How many there are up to the newest that has taken nothing from `place` on.
    pub(super) fn before(&self, place: &Place) -> usize {
        self.later.partition_point(|mark| mark.upto.as_ref().is_none_or(|upto| upto < place))
    }

    /// The last of so many after the first.
    pub(super) fn get(&self, number: usize) -> &Mark {
        number.checked_sub(1).and_then(|at| self.later.get(at)).unwrap_or(&self.first)
    }

    fn newest(&mut self) -> &mut Mark {
        self.later.last_mut().unwrap_or(&mut self.first)
    }

    /// An alert was added to since the newest.
    pub(super) fn touch(&mut self, place: u64) {
        self.newest().touched.insert(place);
    }

    /// Notes a state that has taken one more match, if it is time for it.
    pub(super) fn note(&mut self, run: &mut Run) {
        run.since += 1;
        let now = run.upto.as_ref().map(|place| place.at);
        let passed = self.newest().at().zip(now).is_none_or(|(last, now)| now.duration_since(last) >= APART);
        if (passed || run.since >= MATCHES_APART) && run.since * SIZE_TO_MATCH >= run.work.size() {
            run.since = 0;
            self.later.push(Mark::new(run.work.clone(), run.upto.clone()));
            self.thin();
        }
    }

    /// Replaces those after the start of a replay by those of the replay. Returns the alerts that were added
    /// to, before or now. The start itself may have been forgotten meanwhile.
    pub(super) fn replay(&mut self, replayed: Marks) -> HashSet<u64> {
        let Marks { first, later } = replayed;
        let number = self.later.partition_point(|mark| mark.upto <= first.upto);
        let mut touched = HashSet::new();
        for mark in self.later.drain(number..) {
            touched.extend(mark.touched);
        }
        touched.extend(std::iter::once(&first).chain(&later).flat_map(|mark| &mark.touched));
        let newest = self.newest();
        touched.extend(&newest.touched);
        newest.touched.extend(first.touched);
        self.later.extend(later);
        self.thin();
        touched
    }

    /// Leaves twice the distance between those of twice the age.
    fn thin(&mut self) {
        let Some(now) = self.newest().at() else { return };
        let mut number = 0;
        while number + 1 < self.later.len() {
            let before = number.checked_sub(1).map_or(&self.first, |at| &self.later[at]).at();
            let after = self.later[number + 1].at();
            let needless = before.zip(after).is_some_and(|(before, after)| {
                let span = after.duration_since(before);
                span * 2 <= now.duration_since(after)
            });
            if needless { self.forget(number) } else { number += 1 }
        }
        while self.later.len() > 1 && self.later.iter().map(|mark| mark.work.size()).sum::<usize>() > SIZE {
            for number in (0..self.later.len() - 1).rev().step_by(2) {
                self.forget(number);
            }
        }
    }

    fn forget(&mut self, number: usize) {
        let gone = self.later.remove(number);
        let before = number.checked_sub(1).and_then(|at| self.later.get_mut(at)).unwrap_or(&mut self.first);
        before.touched.extend(gone.touched);
    }
}
