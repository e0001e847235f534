//! Moves groups from event to event and from deadline to deadline.

use super::correlator::{Firing, FiringId, Outcome};
use super::groups::Groups;
use super::plan::{Plan, Take};
use super::spec::Spec;
use super::stretch::{Complete, State, Stretch};
use super::tally::Entry;
use jiff::{SignedDuration, Timestamp};
use std::collections::VecDeque;

/// Windows kept for one group side by side: late events open windows of their own.
const STRETCHES: usize = 64;

/// When a match happened and when it came.
#[derive(Clone, Copy, Debug)]
pub(super) struct Came {
    pub at: SignedDuration,
    pub count: u32,
    pub handle: u64,
    pub now: SignedDuration,
}

/// State of all correlations.
#[derive(Clone, Debug)]
pub(super) struct Engine {
    pub(super) groups: Groups,
    limit: usize,
    dropped: u64,
    fired: u64,
    /// When the last window ended that has been ended.
    pub(super) settled: SignedDuration,
    /// Firings that other correlations have yet to count.
    inner: VecDeque<Firing>,
}

impl Engine {
    pub(super) fn new(limit: usize) -> Engine {
        Engine {
            groups: Groups::default(),
            limit,
            dropped: 0,
            fired: 0,
            settled: SignedDuration::MIN,
            inner: VecDeque::new(),
        }
    }

    pub(super) fn dropped(&self) -> u64 {
        self.dropped
    }

    pub(super) fn groups(&self) -> usize {
        self.groups.len()
    }

    /// Counts a match for one correlation, if it has the values.
    pub(super) fn take(
        &mut self,
        plan: &Plan,
        take: &Take,
        came: Came,
        values: &[Option<&str>],
        out: &mut Vec<Outcome>,
    ) {
        let value = |&index: &usize| values.get(index).copied().flatten();
        let mut few = [""; 4];
        let many: Vec<&str>;
        let key: &[&str] = if take.group.len() <= few.len() {
            for (index, slot) in take.group.iter().zip(&mut few) {
                let Some(value) = value(index) else { return };
                *slot = value;
            }
            &few[..take.group.len()]
        } else {
            let Some(all) = take.group.iter().map(value).collect() else { return };
            many = all;
            &many
        };
        let spec = &plan.specs[take.correlation as usize];
        let entry = Entry { at: came.at, handle: came.handle, value: 0, count: came.count };
        if spec.by_place() {
            let slot = self.slot(take.correlation, key);
            for (index, &place) in take.places.iter().enumerate() {
                // It happened once, however many places it fills.
                let count = if index == 0 { came.count } else { 0 };
                self.enter(plan, slot, Entry { value: place, count, ..entry }, came.now, out);
            }
        } else if spec.by_number() {
            let text = take.fields.first().and_then(value);
            let Some(figure) = text.and_then(|text| spec.figure(text, came.count)) else { return };
            let slot = self.slot(take.correlation, key);
            self.enter(plan, slot, Entry { value: figure, ..entry }, came.now, out);
        } else if spec.by_value() {
            if take.fields.iter().any(|index| value(index).is_none()) {
                return;
            }
            let hash = self.groups.hash_of(0, take.fields.iter().filter_map(value));
            let slot = self.slot(take.correlation, key);
            self.enter(plan, slot, Entry { value: hash, ..entry }, came.now, out);
        } else {
            let slot = self.slot(take.correlation, key);
            self.enter(plan, slot, entry, came.now, out);
        }
    }

    fn slot(&mut self, correlation: u32, key: &[&str]) -> u32 {
        let (slot, evicted) = self.groups.touch(correlation, key, self.limit);
        self.dropped += u64::from(evicted);
        slot
    }

    /// Firings of inner correlations are matches of the outer ones.
    pub(super) fn pass_on(&mut self, plan: &Plan, now: SignedDuration, out: &mut Vec<Outcome>) {
        while let Some(firing) = self.inner.pop_front() {
            let values: Vec<Option<&str>> =
                firing.group.iter().map(|(_, value)| Some(value.as_str())).collect();
            let at = firing.at.as_duration();
            for take in &plan.of_correlations[firing.correlation as usize] {
                // Being held back is no lateness: the outer one has slack for it.
                let now = now.saturating_sub(plan.specs[take.correlation as usize].feed).max(at);
                let came = Came { at, count: 1, handle: firing.completed_by, now };
                self.take(plan, take, came, &values, out);
            }
        }
    }

    /// Ends what is over by `now`; without, everything. What ends `punctually` ends as at that very moment,
    /// however much later it is noticed.
    pub(super) fn settle(
        &mut self,
        plan: &Plan,
        now: Option<SignedDuration>,
        punctually: bool,
        out: &mut Vec<Outcome>,
    ) {
        while let Some((at, slot)) = self.groups.next(now) {
            let group = self.groups.get(slot);
            let spec = &plan.specs[group.correlation as usize];
            let due =
                group.stretches.iter().enumerate().map(|(index, one)| (one.deadline(spec), index)).min();
            match due {
                None => {
                    self.settled = self.settled.max(at);
                    self.groups.remove(slot);
                }
                Some((due, _)) if due > at => self.groups.queue(slot, due),
                Some((_, index)) => {
                    let over = self.groups.change(slot).stretches.swap_remove(index);
                    if let Some(left) = self.end(plan, slot, over, out) {
                        self.groups.change(slot).stretches.push(left);
                    }
                    self.tidy(spec, slot);
                    self.settled = self.settled.max(at);
                    self.pass_on(plan, now.filter(|_| !punctually).unwrap_or(at), out);
                }
            }
        }
    }

    /// A window is over; what is left of it is remembered for a while.
    fn end(&mut self, plan: &Plan, slot: u32, mut over: Stretch, out: &mut Vec<Outcome>) -> Option<Stretch> {
        let spec = &plan.specs[self.groups.get(slot).correlation as usize];
        match &over.state {
            State::Counting(counting) if spec.judged_at_end => {
                let complete = counting.judge(spec)?;
                over.state = self.complete(plan, slot, &over, complete, out);
                Some(over)
            }
            State::Held { complete, .. } if !self.silenced(plan, slot, complete.at) => {
                over.state = State::Fired(self.fire(plan, slot, complete, out));
                Some(over)
            }
            State::Counting(_) | State::Held { .. } | State::Fired(_) => None,
        }
    }

    /// The condition of a group holds: it fires, or is held back.
    pub(super) fn complete(
        &mut self,
        plan: &Plan,
        slot: u32,
        stretch: &Stretch,
        complete: Complete,
        out: &mut Vec<Outcome>,
    ) -> State {
        let spec = &plan.specs[self.groups.get(slot).correlation as usize];
        if spec.unless.is_some() {
            let until = stretch.held_until(spec, complete.at);
            State::Held { complete: Box::new(complete), until }
        } else {
            State::Fired(self.fire(plan, slot, &complete, out))
        }
    }

    /// After a change: bounds, order and queue.
    pub(super) fn tidy(&mut self, spec: &Spec, slot: u32) {
        let stretches = &self.groups.get(slot).stretches;
        if stretches.len() > STRETCHES
            && let Some((_, oldest)) =
                stretches.iter().enumerate().map(|(index, one)| (one.last, index)).min()
        {
            self.groups.change(slot).stretches.swap_remove(oldest);
            self.dropped += 1;
        }
        let stretches = &self.groups.get(slot).stretches;
        match stretches.iter().map(|one| one.deadline(spec)).min() {
            None => self.groups.remove(slot),
            Some(due) => {
                self.groups.sort(slot);
                self.groups.queue(slot, due);
            }
        }
    }

    /// Whether the other correlation was active for the same values around that time.
    fn silenced(&mut self, plan: &Plan, slot: u32, at: SignedDuration) -> bool {
        let group = self.groups.get(slot);
        let spec = &plan.specs[group.correlation as usize];
        let Some((by, fields)) = &spec.unless else { return false };
        let ours: Vec<String> = group.values().map(str::to_owned).collect();
        let theirs: Vec<&str> = fields.iter().map(|&index| ours[index].as_str()).collect();
        let Some(other) = self.groups.find(*by, &theirs) else { return false };
        let (from, to) = (at.saturating_sub(spec.timespan), at.saturating_add(spec.timespan));
        let around = |one: &Stretch| one.last > from && one.first < to;
        self.groups.get(other).stretches.iter().any(|one| matches!(one.state, State::Fired(_)) && around(one))
    }

    fn fire(&mut self, plan: &Plan, slot: u32, complete: &Complete, out: &mut Vec<Outcome>) -> FiringId {
        let id = FiringId(self.fired);
        self.fired += 1;
        let group = self.groups.get(slot);
        let names = &plan.specs[group.correlation as usize].group_by;
        let firing = Firing {
            id,
            correlation: group.correlation,
            first: moment(complete.first),
            at: moment(complete.at),
            events: complete.events,
            group: names.iter().cloned().zip(group.values().map(str::to_owned)).collect(),
            members: complete.members.clone(),
            completed_by: complete.completed_by,
        };
        if !plan.of_correlations[group.correlation as usize].is_empty() {
            self.inner.push_back(firing.clone());
        }
        out.push(Outcome::Fired(firing));
        id
    }
}

pub(super) fn moment(at: SignedDuration) -> Timestamp {
    Timestamp::from_duration(at).unwrap_or(Timestamp::MAX)
}
