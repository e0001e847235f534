//! One window's worth of events of one group: counted until the condition holds, then only followed.

use super::correlator::{FiringId, MEMBERS};
use super::span::Span;
use super::spec::Spec;
use super::tally::{Entry, Tally};
use jiff::SignedDuration;
use std::collections::VecDeque;

/// A window and what became of it.
#[derive(Clone, Debug)]
pub(super) struct Stretch {
    pub first: SignedDuration,
    pub last: SignedDuration,
    /// How far behind the clock its events came.
    lag: SignedDuration,
    pub state: State,
}

#[derive(Clone, Debug)]
pub(super) enum State {
    Counting(Counting),
    /// Complete, but perhaps silenced by another correlation.
    Held {
        complete: Box<Complete>,
        until: SignedDuration,
    },
    Fired(FiringId),
}

/// Events in order of time, and the count of those in the window of the latest.
#[derive(Clone, Debug)]
pub(super) struct Counting {
    entries: VecDeque<Entry>,
    /// The first entry within the window; those before it wait for late events.
    start: usize,
    tally: Tally,
}

/// What completed a condition.
#[derive(Clone, Debug)]
pub(super) struct Complete {
    pub first: SignedDuration,
    pub at: SignedDuration,
    pub events: u64,
    pub members: Vec<u64>,
    pub completed_by: u64,
}

impl Complete {
    /// One more event in the window.
    pub(super) fn extend(&mut self, entry: &Entry) {
        self.events += u64::from(entry.count);
        if self.members.len() < MEMBERS && self.members.last() != Some(&entry.handle) {
            self.members.push(entry.handle);
        }
    }
}

impl Stretch {
    pub(super) fn new(spec: &Spec, at: SignedDuration) -> Stretch {
        let counting = Counting { entries: VecDeque::with_capacity(1), start: 0, tally: spec.tally() };
        Stretch { first: at, last: at, lag: SignedDuration::ZERO, state: State::Counting(counting) }
    }

    /// Whether an event of that time is its own. A sliding count also takes late ones from before.
    pub(super) fn covers(&self, spec: &Spec, at: SignedDuration) -> bool {
        match (spec.span, &self.state) {
            (Span::Sliding { span }, State::Counting(_)) => {
                at > reach(span, spec.slack, self.last) && at < self.last.saturating_add(span)
            }
            (span, _) => span.holds(self.first, self.last, at),
        }
    }

    /// An event of that time came.
    pub(super) fn touch(&mut self, at: SignedDuration, now: SignedDuration) {
        self.first = self.first.min(at);
        self.last = self.last.max(at);
        self.lag =
            self.lag.max(now.saturating_sub(at)).min(now.saturating_sub(self.last)).max(SignedDuration::ZERO);
    }

    /// Events kept.
    #[cfg(test)]
    pub(super) fn entries(&self) -> usize {
        if let State::Counting(counting) = &self.state { counting.entries.len() } else { 0 }
    }

    /// When something is to be done about it if nothing else comes.
    pub(super) fn deadline(&self, spec: &Spec) -> SignedDuration {
        let over = || spec.span.end(self.first, self.last).saturating_add(self.lag);
        match &self.state {
            State::Counting(_) => over().saturating_add(spec.slack),
            State::Held { until, .. } => *until,
            State::Fired(_) => over().saturating_add(spec.slack.max(spec.remembered)),
        }
    }

    /// Whether one of its ends, while it only counts, is such a time.
    pub(super) fn touches(&self, holds: impl Fn(SignedDuration) -> bool) -> bool {
        let State::Counting(counting) = &self.state else { return false };
        [counting.entries.front(), counting.entries.back()].into_iter().flatten().any(|entry| holds(entry.at))
    }

    /// Takes out the entries after the one that completed the condition, or all.
    pub(super) fn take_entries(&mut self, after: Option<&Complete>) -> VecDeque<Entry> {
        let State::Counting(counting) = &mut self.state else { return VecDeque::new() };
        let mut entries = std::mem::take(&mut counting.entries);
        if let Some(complete) = after {
            let is_it = |entry: &Entry| entry.at == complete.at && entry.handle == complete.completed_by;
            let done = entries.iter().rposition(is_it).map_or(entries.len(), |index| index + 1);
            entries.drain(..done);
        }
        entries
    }

    /// Takes another count in; the next event must be counted afresh.
    pub(super) fn absorb(&mut self, spec: &Spec, other: Stretch) {
        self.first = self.first.min(other.first);
        self.last = self.last.max(other.last);
        if let (State::Counting(ours), State::Counting(theirs)) = (&mut self.state, other.state) {
            ours.entries.extend(theirs.entries);
            ours.entries.make_contiguous().sort_by_key(|entry| place(spec, entry));
        }
    }

    /// When it is known whether a completed condition is silenced.
    pub(super) fn held_until(&self, spec: &Spec, at: SignedDuration) -> SignedDuration {
        at.saturating_add(self.lag).saturating_add(spec.timespan).saturating_add(spec.slack)
    }
}

impl Counting {
    /// Counts an event; tells what it completes. In time order that costs the entries that leave.
    pub(super) fn count(&mut self, spec: &Spec, entry: Entry, afresh: bool) -> Option<Complete> {
        let key = place(spec, &entry);
        if !afresh && self.entries.back().is_none_or(|last| place(spec, last) <= key) {
            self.entries.push_back(entry);
            self.admit(spec, self.entries.len() - 1);
            if !spec.judged_at_end && spec.holds(&self.tally) {
                return Some(self.complete(self.entries.len() - 1));
            }
            self.forget(spec, entry.at);
        } else {
            let index = self.entries.partition_point(|other| place(spec, other) <= key);
            self.entries.insert(index, entry);
            if let Some(complete) = self.recount(spec) {
                return Some(complete);
            }
        }
        if self.entries.len() > spec.room {
            self.thin(spec);
            return self.recount(spec);
        }
        None
    }

    /// What holds now that the window has ended.
    pub(super) fn judge(&self, spec: &Spec) -> Option<Complete> {
        (!self.entries.is_empty() && spec.holds(&self.tally)).then(|| self.complete(self.entries.len() - 1))
    }

    /// Starts over with these entries, which hold nothing yet.
    pub(super) fn again(spec: &Spec, entries: VecDeque<Entry>) -> Counting {
        let mut counting = Counting { entries, start: 0, tally: spec.tally() };
        counting.recount(spec);
        counting
    }

    /// Counts all entries again; tells what first completes the condition.
    fn recount(&mut self, spec: &Spec) -> Option<Complete> {
        self.tally.clear();
        self.start = 0;
        let mut complete = None;
        for index in 0..self.entries.len() {
            self.admit(spec, index);
            if complete.is_none() && !spec.judged_at_end && spec.holds(&self.tally) {
                complete = Some(self.complete(index));
            }
        }
        complete
    }

    fn admit(&mut self, spec: &Spec, index: usize) {
        let entry = self.entries[index];
        if let Span::Sliding { span } = spec.span {
            let edge = entry.at.saturating_sub(span);
            while self.entries[self.start].at <= edge {
                self.tally.remove(&self.entries[self.start]);
                self.start += 1;
            }
        }
        self.tally.add(&entry);
    }

    /// Drops entries that no event in time can need.
    fn forget(&mut self, spec: &Spec, last: SignedDuration) {
        if let Span::Sliding { span } = spec.span {
            let edge = reach(span, spec.slack, last);
            while self.start > 0 && self.entries[0].at <= edge {
                self.entries.pop_front();
                self.start -= 1;
            }
        }
    }

    fn complete(&self, index: usize) -> Complete {
        let chain = self.tally.chain_start();
        let since = chain.map_or(self.start, |since| self.entries.partition_point(|entry| entry.at < since));
        let window = self.entries.range(since.max(self.start).min(index)..=index);
        let (first, completing) = (&self.entries[since.max(self.start).min(index)], &self.entries[index]);
        let last = window.len().saturating_sub(MEMBERS - 1).max(1);
        let mut members: Vec<u64> =
            std::iter::once(first).chain(window.clone().skip(last)).map(|entry| entry.handle).collect();
        members.dedup();
        Complete {
            first: first.at,
            at: completing.at,
            events: window.map(|entry| u64::from(entry.count)).sum(),
            members,
            completed_by: completing.handle,
        }
    }

    /// Joins neighbours that cannot be told apart and are close in time, so that half of the room is
    /// free again. They then leave the window together with the later: never too early.
    fn thin(&mut self, spec: &Spec) {
        let (Some(first), Some(last)) = (self.entries.front(), self.entries.back()) else { return };
        let half = spec.room / 2;
        let slots = (half / spec.sorts()).max(1);
        let width = (last.at.saturating_sub(first.at)).as_nanos() / (slots as i128) + 1;
        let start = first.at;
        let bucket = |at: SignedDuration| at.saturating_sub(start).as_nanos() / width;
        let mut kept: VecDeque<Entry> = VecDeque::with_capacity(half);
        let mut seen = hashbrown::HashMap::new();
        let mut joined = 0;
        // Newest first, so that the later of two is the one that stays.
        for entry in self.entries.drain(..).rev() {
            let key = (bucket(entry.at), spec.sort(&entry));
            if let Some(&at) = seen.get(&key) {
                spec.join(&mut kept[at], &entry);
                joined += 1;
            } else {
                seen.insert(key, kept.len());
                kept.push_back(entry);
            }
        }
        // More distinct values than the condition asks for: the oldest are not needed for it.
        if joined * 4 < spec.room {
            kept.truncate(spec.room * 3 / 4);
        }
        kept.make_contiguous().reverse();
        self.entries = kept;
    }
}

fn reach(span: SignedDuration, slack: SignedDuration, last: SignedDuration) -> SignedDuration {
    last.saturating_sub(span).saturating_sub(slack)
}

/// The order of entries: by time, and those of one moment by their place in the list.
fn place(spec: &Spec, entry: &Entry) -> (SignedDuration, u64) {
    (entry.at, if spec.by_place() { entry.value } else { 0 })
}
