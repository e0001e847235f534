//! One more event: the window it belongs to, and what that makes of it.

use super::correlator::Outcome;
use super::engine::{Engine, moment};
use super::plan::Plan;
use super::span::Span;
use super::spec::Spec;
use super::stretch::{Complete, Counting, State, Stretch};
use super::tally::Entry;
use jiff::SignedDuration;
use std::collections::VecDeque;

impl Engine {
    /// Counts an entry in the window it belongs to.
    pub(super) fn enter(
        &mut self,
        plan: &Plan,
        slot: u32,
        entry: Entry,
        now: SignedDuration,
        out: &mut Vec<Outcome>,
    ) {
        let group = self.groups.change(slot);
        let spec = &plan.specs[group.correlation as usize];
        let stretches = &mut group.stretches;
        let mine = |one: &Stretch| one.covers(spec, entry.at);
        let firing = |one: &Stretch| !matches!(one.state, State::Counting(_));
        let chosen = stretches
            .iter()
            .position(|one| firing(one) && mine(one))
            .or_else(|| stretches.iter().rposition(mine));
        let mut stretch = match chosen {
            Some(index) => stretches.swap_remove(index),
            None => Stretch::new(spec, entry.at),
        };
        let joined = join(spec, stretches, &mut stretch, entry.at);
        stretch.touch(entry.at, now);
        if let State::Counting(counting) = &mut stretch.state {
            if let Some(complete) = counting.count(spec, entry, joined) {
                self.completed(plan, slot, &mut stretch, complete, now, out);
            }
        } else {
            extend(&mut stretch, &entry, out);
            if !self.groups.get(slot).stretches.is_empty() {
                self.catch_up(spec, slot, &mut stretch, now, out);
            }
        }
        self.groups.change(slot).stretches.push(stretch);
        self.tidy(spec, slot);
    }

    /// The condition holds; entries after the completing one are in the window already.
    fn completed(
        &mut self,
        plan: &Plan,
        slot: u32,
        stretch: &mut Stretch,
        complete: Complete,
        now: SignedDuration,
        out: &mut Vec<Outcome>,
    ) {
        let spec = &plan.specs[self.groups.get(slot).correlation as usize];
        let (first, at) = (complete.first, complete.at);
        let later = stretch.take_entries(Some(&complete));
        (stretch.first, stretch.last) = match spec.span {
            Span::Sliding { .. } => (first, at),
            Span::Tumbling { .. } | Span::Session { .. } => (stretch.first, at),
        };
        stretch.state = self.complete(plan, slot, stretch, complete, out);
        self.follow(spec, slot, stretch, later, now, out);
    }

    /// Entries that were counted in another window turn out to continue this one.
    fn catch_up(
        &mut self,
        spec: &Spec,
        slot: u32,
        stretch: &mut Stretch,
        now: SignedDuration,
        out: &mut Vec<Outcome>,
    ) {
        let stretches = &mut self.groups.change(slot).stretches;
        let next = stretches
            .iter()
            .position(|one| one.touches(|at| spec.span.holds(stretch.first, stretch.last, at)));
        if let Some(next) = next {
            let later = stretches.swap_remove(next).take_entries(None);
            self.follow(spec, slot, stretch, later, now, out);
        }
    }

    /// Extends a firing by what belongs to it; the rest counts on.
    fn follow(
        &mut self,
        spec: &Spec,
        slot: u32,
        stretch: &mut Stretch,
        later: VecDeque<Entry>,
        now: SignedDuration,
        out: &mut Vec<Outcome>,
    ) {
        let mut rest = VecDeque::new();
        for entry in later {
            if spec.span.holds(stretch.first, stretch.last, entry.at) {
                stretch.touch(entry.at, now);
                extend(stretch, &entry, out);
            } else {
                rest.push_back(entry);
            }
        }
        if let (Some(first), Some(last)) = (rest.front(), rest.back()) {
            let mut other = Stretch::new(spec, first.at);
            other.touch(last.at, now);
            other.state = State::Counting(Counting::again(spec, rest));
            self.groups.change(slot).stretches.push(other);
        }
    }
}

/// Takes in the other counts that the event bridges; tells whether there were any.
fn join(spec: &Spec, stretches: &mut Vec<Stretch>, stretch: &mut Stretch, at: SignedDuration) -> bool {
    let mut joined = false;
    let mut index = 0;
    while index < stretches.len() {
        let other = &stretches[index];
        let (first, last) = (stretch.first.min(other.first), stretch.last.max(other.last));
        let both = matches!((&stretch.state, &other.state), (State::Counting(_), State::Counting(_)));
        if both && other.covers(spec, at) && spec.span.fits(first.min(at), last.max(at)) {
            let other = stretches.swap_remove(index);
            stretch.absorb(spec, other);
            joined = true;
        } else {
            index += 1;
        }
    }
    joined
}

fn extend(stretch: &mut Stretch, entry: &Entry, out: &mut Vec<Outcome>) {
    match &mut stretch.state {
        State::Fired(firing) => out.push(Outcome::Extended {
            firing: *firing,
            at: moment(entry.at),
            count: entry.count,
            handle: entry.handle,
        }),
        State::Held { complete, .. } => complete.extend(entry),
        State::Counting(_) => {}
    }
}
