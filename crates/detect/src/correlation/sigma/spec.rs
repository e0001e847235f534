//! One correlation, ready to count.

use super::correlator::Limits;
use super::figure::{Bounds, from_parts, number};
use super::span::Span;
use super::tally::{Entry, Places, Tally, What};
use crate::rule::{Correlation, Kind, Threshold, Way};
use jiff::SignedDuration;
use std::sync::Arc;

/// A correlation, ready to count.
#[derive(Debug)]
pub(super) struct Spec {
    kind: Kind,
    places: usize,
    thresholds: Vec<Threshold>,
    ways: Arc<[Way]>,
    bounds: Bounds,
    pub group_by: Vec<String>,
    pub span: Span,
    pub timespan: SignedDuration,
    /// What holds now may not hold for the whole window.
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
        let judged_at_end = judged_at_end(correlation);
        let floors = correlation.thresholds.iter().filter(|one| one.is_floor());
        let floor = floors.map(|one| one.bound).fold(0.0, f64::max);
        // So many distinct values must fit that the threshold can be reached, within reason.
        let needed =
            if correlation.kind == Kind::ValueCount { floor.min(250_000.0) as usize * 4 + 4 } else { 0 };
        Spec {
            kind: correlation.kind,
            places: correlation.rules.len(),
            thresholds: correlation.thresholds.clone(),
            ways: correlation.ways.clone().into(),
            bounds: Bounds::new(&correlation.thresholds),
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
        Tally::of(match (self.kind, self.span) {
            (Kind::EventCount, _) => What::Occurrences,
            (Kind::ValueCount, _) => What::Distinct(hashbrown::HashMap::new()),
            (Kind::ValueSum | Kind::ValueAvg, _) => What::Total(0),
            (Kind::ValueMin | Kind::ValueMax | Kind::ValuePercentile(_), _) => {
                What::Ranks(vec![0; self.bounds.ranks()].into())
            }
            (Kind::Temporal, _) => What::Places(Places::new(self.places, &self.ways)),
            (Kind::TemporalOrdered, span) => {
                let span = if let Span::Sliding { span } = span { Some(span) } else { None };
                What::Places(Places::in_order(self.places, &self.ways, span))
            }
        })
    }

    /// Whether the condition holds.
    pub(super) fn holds(&self, tally: &Tally) -> bool {
        let figure = match (&tally.what, self.kind) {
            (What::Occurrences, _) => tally.sum as f64,
            (What::Distinct(values), _) => values.len() as f64,
            (What::Total(_), Kind::ValueAvg) if tally.sum == 0 => return false,
            (What::Total(total), Kind::ValueAvg) => from_parts(*total) / tally.sum as f64,
            (What::Total(total), _) => from_parts(*total),
            (What::Ranks(ranks), kind) => {
                let percent = match kind {
                    Kind::ValueMin => 0.0,
                    Kind::ValuePercentile(percent) => percent,
                    _ => 100.0,
                };
                return self.thresholds.iter().all(|one| self.bounds.holds(ranks, percent, *one));
            }
            (What::Places(places), _) if self.thresholds.is_empty() => return places.is_complete(),
            (What::Places(places), _) => places.filled() as f64,
        };
        self.thresholds.iter().all(|one| one.holds(figure))
    }

    /// What a number enters the count as; `None` where the value is no number.
    pub(super) fn figure(&self, text: &str, count: u32) -> Option<u64> {
        let number = number(text)?;
        Some(match self.kind {
            Kind::ValueSum | Kind::ValueAvg => (number * f64::from(count)).to_bits(),
            _ => self.bounds.rank(number),
        })
    }

    /// Whether entries are told apart by their place in the list.
    pub(super) fn by_place(&self) -> bool {
        self.kind.awaits()
    }

    /// Whether entries are told apart by values of fields.
    pub(super) fn by_value(&self) -> bool {
        self.kind == Kind::ValueCount
    }

    /// Whether entries carry a number.
    pub(super) fn by_number(&self) -> bool {
        self.kind.calculates()
    }

    /// What may be joined with a neighbour in time when room is short: entries of the same sort.
    pub(super) fn sort(&self, entry: &Entry) -> u64 {
        match self.kind {
            Kind::ValueSum | Kind::ValueAvg => 0,
            _ => entry.value,
        }
    }

    /// How many sorts there are, as far as that is known beforehand.
    pub(super) fn sorts(&self) -> usize {
        match self.kind {
            Kind::ValueMin | Kind::ValueMax | Kind::ValuePercentile(_) => self.bounds.ranks(),
            Kind::Temporal | Kind::TemporalOrdered => self.places.max(1),
            Kind::EventCount | Kind::ValueCount | Kind::ValueSum | Kind::ValueAvg => 1,
        }
    }

    /// Joins an entry to a later one of its sort.
    pub(super) fn join(&self, later: &mut Entry, entry: &Entry) {
        later.count = later.count.saturating_add(entry.count);
        if matches!(self.kind, Kind::ValueSum | Kind::ValueAvg) {
            let total = f64::from_bits(later.value) + f64::from_bits(entry.value);
            later.value = total.to_bits();
        }
    }

    /// The same, with how long firings that it counts may be held back.
    pub(super) fn delay(&self) -> SignedDuration {
        self.feed.saturating_add(self.hold())
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

/// Whether a condition that holds may cease to do so as more comes in the same window.
fn judged_at_end(correlation: &Correlation) -> bool {
    let thresholds = &correlation.thresholds;
    match correlation.kind {
        Kind::EventCount | Kind::ValueCount | Kind::ValueSum | Kind::ValueMax => {
            !thresholds.iter().all(|one| one.is_floor())
        }
        Kind::ValueMin => !thresholds.iter().all(|one| one.is_ceiling()),
        Kind::ValueAvg | Kind::ValuePercentile(_) => true,
        Kind::Temporal | Kind::TemporalOrdered => {
            !thresholds.iter().all(|one| one.is_floor())
                || correlation.ways.iter().any(|way| !way.without.is_empty())
        }
    }
}
