//! Matches in the order of time become alerts: those of the rules themselves, and those of correlations
//! over them. Whoever takes the same matches in the same order gets the same alerts.

use super::alert::Found;
use super::book::{AlertBook, Filed};
use super::sigma::{Correlator, Firing, FiringId, Limits, Outcome, Seen};
use crate::intake::{Cause, Match};
use crate::rule::{Meta, RuleSet};
use hashbrown::{HashMap, HashSet};
use jiff::{SignedDuration, Timestamp};
use std::sync::Arc;

/// Where matches are looked up again that were taken before.
pub trait Matches {
    /// The match that was taken under this handle, if it is still known.
    fn found(&self, handle: u64) -> Option<Found<'_>>;
}

/// What becomes of matches.
#[derive(Clone, Copy, Debug)]
pub enum Noted<'n> {
    /// A match, or a firing that the match completed, is counted in an alert.
    Counted {
        /// The rule or correlation.
        meta: &'n Arc<Meta>,
        /// Of the match.
        handle: u64,
        /// Of the alert.
        place: u64,
    },
    /// Something was added to the alert at this place.
    Touched(u64),
}

/// A match in its order.
#[derive(Clone, Copy, Debug)]
pub struct Order<'m> {
    /// Under which it can be looked up.
    pub handle: u64,
    /// When it happened, or when it is taken to have happened; none where nobody knows.
    pub at: Option<Timestamp>,
    /// The match.
    pub found: &'m Match,
}

/// Alerts in the making. A copy shares what neither side has changed since.
#[derive(Clone, Debug)]
pub struct Casework {
    book: AlertBook,
    correlator: Correlator,
    /// By firing: its alert, and whether the alert is about all that was counted.
    firings: HashMap<FiringId, (u64, bool)>,
}

impl Casework {
    /// Nothing has happened yet.
    pub fn new(rules: &RuleSet) -> Casework {
        Casework {
            book: AlertBook::default(),
            correlator: Correlator::in_order(rules, Limits::default()),
            firings: HashMap::new(),
        }
    }

    /// Takes in an alert of earlier, to which matches may be added.
    pub fn resume(&mut self, filed: Filed) {
        self.book.resume(filed);
    }

    /// Takes a match. Matches come in the order of time. `rules` are those it was made for.
    pub fn take(
        &mut self,
        rules: &RuleSet,
        order: Order<'_>,
        all: &impl Matches,
        note: &mut impl FnMut(Noted<'_>),
    ) {
        self.take_alone(rules, order, all, note);
        let Order { handle, found, .. } = order;
        let rule = found.rule().filter(|rule| self.correlator.takes(*rule));
        if let (Some(rule), Some(time)) = (rule, found.event.time) {
            let values: Vec<Option<&str>> = found.values.iter().map(Option::as_deref).collect();
            let count = found.event.repeated;
            let mut outcomes = Vec::new();
            let seen = Seen { rule, at: time.at, count, handle, values: &values };
            self.correlator.push(&seen, &mut outcomes);
            self.follow(rules, outcomes, all, note);
        }
    }

    /// Takes a match as far as its own rule goes; correlations never learn of it.
    pub fn take_alone(
        &mut self,
        rules: &RuleSet,
        Order { handle, at, found }: Order<'_>,
        all: &impl Matches,
        note: &mut impl FnMut(Noted<'_>),
    ) {
        let meta = match &found.cause {
            Cause::Rule(rule) => {
                rules.rules.get(*rule as usize).filter(|rule| rule.reported).map(|rule| &rule.meta)
            }
            Cause::Indicator(meta) => Some(meta),
        };
        if let (Some(meta), Some(own)) = (meta, all.found(handle)) {
            let place = self.book.add(meta, &own, at);
            note(Noted::Counted { meta, handle, place });
            note(Noted::Touched(place));
        }
    }

    /// No match of a time before `now` comes any more: windows end, what was held back comes out.
    pub fn advance(
        &mut self,
        rules: &RuleSet,
        now: Timestamp,
        all: &impl Matches,
        note: &mut impl FnMut(Noted<'_>),
    ) {
        let mut outcomes = Vec::new();
        self.correlator.advance(now, &mut outcomes);
        self.follow(rules, outcomes, all, note);
    }

    /// Nothing else comes: every window ends.
    pub fn finish(&mut self, rules: &RuleSet, all: &impl Matches, note: &mut impl FnMut(Noted<'_>)) {
        let mut outcomes = Vec::new();
        self.correlator.finish(&mut outcomes);
        self.follow(rules, outcomes, all, note);
    }

    fn follow(
        &mut self,
        rules: &RuleSet,
        outcomes: Vec<Outcome>,
        all: &impl Matches,
        note: &mut impl FnMut(Noted<'_>),
    ) {
        for outcome in outcomes {
            match outcome {
                Outcome::Fired(firing) => self.fired(rules, &firing, all, note),
                Outcome::Extended { firing, count, handle, .. } => {
                    if let Some(&(place, counts)) = self.firings.get(&firing) {
                        self.book.extend(place, u64::from(count));
                        if let Some(member) = all.found(handle) {
                            self.book.support(place, &member, counts);
                        }
                        note(Noted::Touched(place));
                    }
                }
            }
        }
    }

    fn fired(
        &mut self,
        rules: &RuleSet,
        firing: &Firing,
        all: &impl Matches,
        note: &mut impl FnMut(Noted<'_>),
    ) {
        let correlation = rules.correlations.get(firing.correlation as usize);
        let Some(correlation) = correlation.filter(|correlation| correlation.reported) else { return };
        let meta = &correlation.meta;
        let completing = all.found(firing.completed_by);
        let failed = completing.as_ref().is_some_and(|found| found.event.failed);
        let place = self.book.add_firing(meta, &firing.group, firing.at, firing.events, failed);
        note(Noted::Counted { meta, handle: firing.completed_by, place });
        note(Noted::Touched(place));
        // The record that completed it comes first: it says most.
        if let Some(completing) = &completing {
            self.book.support(place, completing, true);
        }
        // A correlation that counts is about all of it; one that awaits, about what came of it.
        let counts = !correlation.kind.awaits();
        for member in firing.members.iter().filter(|member| **member != firing.completed_by) {
            if let Some(member) = all.found(*member) {
                self.book.support(place, &member, counts);
            }
        }
        self.firings.insert(firing.id, (place, counts));
    }

    /// The alerts.
    pub fn book(&self) -> &AlertBook {
        &self.book
    }

    /// The alerts, when everything was taken.
    pub fn into_book(self) -> AlertBook {
        self.book
    }

    /// Groups that correlations had to forget because there were too many.
    pub fn dropped_groups(&self) -> u64 {
        self.correlator.dropped()
    }

    /// How large a copy is, in things that are counted to be shared.
    pub fn size(&self) -> usize {
        self.book.len() + self.correlator.groups()
    }

    /// Up to when windows have ended: a match must be of a later time to be in order.
    pub fn settled(&self) -> Option<Timestamp> {
        self.correlator.settled()
    }

    /// Whether [`Casework::advance`] may change something.
    pub fn is_due(&self, now: Timestamp) -> bool {
        self.correlator.is_due(now)
    }

    /// Takes out the alerts that no match from `now` on can reach, and the oldest of the others beyond so many.
    pub fn close(&mut self, now: Timestamp, most: usize) -> Vec<(u64, Filed)> {
        let followed: HashSet<FiringId> = self.correlator.firings().collect();
        self.firings.retain(|firing, _| followed.contains(firing));
        let reached: HashSet<u64> = self.firings.values().map(|(place, _)| *place).collect();
        let silence = super::WINDOW.saturating_add(self.correlator.holds()).saturating_add(INSTANT);
        let before = now.checked_sub(silence).unwrap_or(Timestamp::MIN);
        let mut closed = self.book.close(before, |place| reached.contains(&place));
        closed.extend(self.book.close_beyond(most));
        closed
    }
}

const INSTANT: SignedDuration = SignedDuration::from_nanos(1);
