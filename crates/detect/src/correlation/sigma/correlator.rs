//! The door to the correlations: matches are pushed, firings come out.

use super::clock::Clock;
use super::engine::{Came, Engine, moment};
use super::plan::Plan;
use super::spec::Spec;
use crate::rule::{RuleProblem, RuleSet};
use jiff::{SignedDuration, Timestamp};
use std::sync::Arc;

/// A match as correlations see it.
#[derive(Clone, Copy, Debug)]
pub struct Seen<'s> {
    /// Index in [`RuleSet::rules`].
    pub rule: u32,
    /// When it happened.
    pub at: Timestamp,
    /// Occurrences it stands for (`message repeated 3 times`); 0 counts as 1.
    pub count: u32,
    /// The caller's number of this match.
    pub handle: u64,
    /// Values of the fields that [`Correlator::wanted`] names, in its order.
    pub values: &'s [Option<&'s str>],
}

/// What a push, or time that passed, brought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// A correlation fired for a group.
    Fired(Firing),
    /// One more event in the window of an earlier firing.
    Extended {
        /// Which firing.
        firing: FiringId,
        /// When the event happened.
        at: Timestamp,
        /// Occurrences it stands for.
        count: u32,
        /// The caller's number of the match.
        handle: u64,
    },
}

/// A firing's number, counted from 0 within one [`Correlator`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FiringId(pub u64);

/// A correlation fired for a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Firing {
    /// Its number.
    pub id: FiringId,
    /// Index in [`RuleSet::correlations`].
    pub correlation: u32,
    /// When the first event of the window happened.
    pub first: Timestamp,
    /// When the event happened that completed it.
    pub at: Timestamp,
    /// Occurrences in the window so far.
    pub events: u64,
    /// Fields as `group-by` names them, and their values.
    pub group: Vec<(String, String)>,
    /// Handles, oldest first, at most [`MEMBERS`]; the first and the completing one are among them.
    pub members: Vec<u64>,
    /// Handle of the match that completed it.
    pub completed_by: u64,
}

/// Handles kept with a firing.
pub const MEMBERS: usize = 50;

/// Bounds on memory and on patience.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Groups of all correlations together; beyond, the longest untouched that has not fired is dropped.
    pub groups: usize,
    /// Events remembered for one group; beyond, neighbours in time are joined and leave together.
    pub events_per_group: usize,
    /// How late an event may come and still count in its place.
    pub lateness: SignedDuration,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits { groups: 200_000, events_per_group: 10_000, lateness: SignedDuration::from_mins(5) }
    }
}

/// Counts the matches of all correlation rules. A copy shares what neither side has changed since.
#[derive(Clone, Debug)]
pub struct Correlator {
    plan: Arc<Plan>,
    engine: Engine,
    /// None where matches come in the order of time: then each is the clock itself.
    clock: Option<Clock>,
}

impl Correlator {
    /// Ready to count for the correlations of a set, matches coming as they arrive.
    pub fn new(rules: &RuleSet, limits: Limits) -> Correlator {
        Correlator {
            plan: Arc::new(Plan::new(rules, &limits)),
            engine: Engine::new(limits.groups),
            clock: Some(Clock::default()),
        }
    }

    /// As [`Correlator::new`], but matches come in the order of time. What comes out is then the same
    /// whenever [`Correlator::advance`] is called in between, as long as no match comes of a time up to
    /// [`Correlator::settled`].
    pub fn in_order(rules: &RuleSet, limits: Limits) -> Correlator {
        Correlator { clock: None, ..Correlator::new(rules, limits) }
    }

    /// Correlations that cannot work and are left out, and why.
    pub fn problems(&self) -> &[RuleProblem] {
        &self.plan.problems
    }

    /// Fields to extract from events that match the rule; empty where none is needed or none takes it.
    pub fn wanted(&self, rule: u32) -> &[Arc<str>] {
        self.plan.wanted.get(rule as usize).map_or(&[], Vec::as_slice)
    }

    /// Whether some correlation counts matches of the rule.
    pub fn takes(&self, rule: u32) -> bool {
        self.plan.of_rules.get(rule as usize).is_some_and(|takes| !takes.is_empty())
    }

    /// Counts one match. Matches come in order of arrival.
    pub fn push(&mut self, seen: &Seen<'_>, out: &mut Vec<Outcome>) {
        let Some(takes) = self.plan.of_rules.get(seen.rule as usize).filter(|takes| !takes.is_empty()) else {
            return;
        };
        let at = seen.at.as_duration();
        let now = self.clock.as_mut().map_or(at, |clock| clock.hear(at));
        self.engine.settle(&self.plan, Some(now), self.clock.is_none(), out);
        let came = Came { at, count: seen.count.max(1), handle: seen.handle, now };
        for take in takes {
            self.engine.take(&self.plan, take, came, seen.values, out);
        }
        self.engine.pass_on(&self.plan, now, out);
    }

    /// Time has passed without matches: windows end, what was held back comes out.
    pub fn advance(&mut self, now: Timestamp, out: &mut Vec<Outcome>) {
        let now = now.as_duration();
        let now = self.clock.as_mut().map_or(now, |clock| clock.tell(now));
        self.settle(Some(now), out);
    }

    /// Nothing else comes: every window ends.
    pub fn finish(&mut self, out: &mut Vec<Outcome>) {
        self.settle(None, out);
        self.clock = self.clock.as_ref().map(|_| Clock::default());
    }

    fn settle(&mut self, now: Option<SignedDuration>, out: &mut Vec<Outcome>) {
        self.engine.settle(&self.plan, now, self.clock.is_none(), out);
    }

    /// When the last window ended that has been ended.
    pub fn settled(&self) -> Option<Timestamp> {
        (self.engine.settled > SignedDuration::MIN).then(|| moment(self.engine.settled))
    }

    /// Whether some window ends before `now`.
    pub fn is_due(&self, now: Timestamp) -> bool {
        self.engine.groups.is_due(now.as_duration())
    }

    /// Firings that may still be extended.
    pub fn firings(&self) -> impl Iterator<Item = FiringId> {
        self.engine.groups.firings()
    }

    /// How long after its last event a firing may come out, at most; none where nothing correlates.
    pub fn holds(&self) -> SignedDuration {
        self.plan.specs.iter().map(Spec::delay).max().unwrap_or(SignedDuration::ZERO)
    }

    /// Groups held at present.
    pub fn groups(&self) -> usize {
        self.engine.groups()
    }

    /// Events held at present.
    #[cfg(test)]
    pub(super) fn entries(&self) -> usize {
        self.engine.groups.entries()
    }

    /// Groups dropped because there were too many.
    pub fn dropped(&self) -> u64 {
        self.engine.dropped()
    }
}
