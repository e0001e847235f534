//! One correlation, ready to count.

use super::correlator::Limits;
use super::span::Span;
use super::tally::Tally;
use crate::rule::{Correlation, Kind, Threshold};
use jiff::SignedDuration;

/// A correlation, ready to count.
#[derive(Debug)]
pub(super) struct Spec {
    kind: Kind,
    places: usize,
    thresholds: Vec<Threshold>,
    pub group_by: Vec<String>,
    pub span: Span,
    pub timespan: SignedDuration,
    /// The thresholds bound the count from above.
    pub judged_at_end: bool,
    /// How late an event may come: the lateness allowed, and how long inner firings are held back.
    pub slack: SignedDuration,
    /// The part of it for inner firings.
    pub feed: SignedDuration,
    /// How long a firing must be known to those that are silenced by it.
    pub remembered: SignedDuration,
    /// The correlation that silences this one, and where its `group-by` values stand in ours.
    pub unless: Option<(u32, Box<[usize]>)>,
    /// Entries kept for one group.
    pub room: usize,
}

impl Spec {
    pub(super) fn new(correlation: &Correlation, limits: &Limits) -> Spec {
        let counting = matches!(correlation.kind, Kind::EventCount | Kind::ValueCount);
        let judged_at_end = counting && correlation.thresholds.iter().any(|one| one.floor().is_none());
        let floor = correlation.thresholds.iter().filter_map(|one| one.floor()).max().unwrap_or(0);
        // So many distinct values must fit that the threshold can be reached, within reason.
        let needed = if correlation.kind == Kind::ValueCount { floor.min(250_000) as usize * 4 } else { 0 };
        Spec {
            kind: correlation.kind,
            places: correlation.rules.len(),
            thresholds: correlation.thresholds.clone(),
            group_by: correlation.group_by.clone(),
            span: Span::new(correlation.window, correlation.timespan, judged_at_end),
            timespan: correlation.timespan.max(SignedDuration::from_nanos(1)),
            judged_at_end,
            slack: limits.lateness,
            feed: SignedDuration::ZERO,
            remembered: SignedDuration::ZERO,
            unless: None,
            room: limits.events_per_group.max(needed).max(64),
        }
    }

    /// A count that starts.
    pub(super) fn tally(&self) -> Tally {
        match (self.kind, self.span) {
            (Kind::EventCount, _) => Tally::occurrences(),
            (Kind::ValueCount | Kind::Temporal, _) => Tally::distinct(),
            (Kind::TemporalOrdered, Span::Sliding { span }) => Tally::chain(self.places, Some(span)),
            (Kind::TemporalOrdered, _) => Tally::chain(self.places, None),
        }
    }

    /// Whether the condition holds.
    pub(super) fn holds(&self, tally: &Tally) -> bool {
        match self.kind {
            Kind::EventCount | Kind::ValueCount => {
                self.thresholds.iter().all(|one| one.holds(tally.measure()))
            }
            Kind::Temporal => tally.measure() >= self.places as u64,
            Kind::TemporalOrdered => tally.chain_start().is_some(),
        }
    }

    /// Whether entries are told apart by their place in the list.
    pub(super) fn by_place(&self) -> bool {
        matches!(self.kind, Kind::Temporal | Kind::TemporalOrdered)
    }

    /// Whether entries are told apart by values of fields.
    pub(super) fn by_value(&self) -> bool {
        self.kind == Kind::ValueCount
    }

    /// How long after its last event a firing may come out.
    pub(super) fn hold(&self) -> SignedDuration {
        let judged =
            if self.judged_at_end { self.timespan.saturating_add(self.slack) } else { SignedDuration::ZERO };
        let held = if self.unless.is_some() {
            self.timespan.saturating_add(self.slack)
        } else {
            SignedDuration::ZERO
        };
        judged.saturating_add(held)
    }
}
