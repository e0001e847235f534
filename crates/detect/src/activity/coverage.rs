//! What has been seen at all: an answer is worth what was looked at.

use super::HOURS;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Sources told apart; further ones are told as one.
const SOURCES: usize = 1_000;

/// Hours in which each source said something.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Coverage {
    sources: BTreeMap<Arc<str>, BTreeMap<i64, u64>>,
    /// Records before this one are in it.
    pub upto: u64,
}

/// What a source covered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Covered {
    /// The source's name; empty for those beyond the thousandth.
    pub source: Arc<str>,
    /// The first hour with an event of it, within the last seven days.
    pub since: Timestamp,
    /// The end of the last hour with an event of it.
    pub until: Timestamp,
    /// Its events in the asked time.
    pub events: u64,
    /// Whole hours of the asked time, after its first, in which it said nothing.
    pub gaps: Vec<Gap>,
}

/// A time in which nothing was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gap {
    /// From then.
    pub from: Timestamp,
    /// Until then.
    pub to: Timestamp,
}

impl Coverage {
    pub(super) fn note(&mut self, source: &Arc<str>, hour: i64, record: u64) {
        if record < self.upto {
            return;
        }
        if let Some(count) = self.sources.get_mut(source).and_then(|hours| hours.get_mut(&hour)) {
            *count += 1;
            return;
        }
        let is_new = !self.sources.contains_key(source);
        let source = if is_new && self.sources.len() >= SOURCES { Arc::from("") } else { Arc::clone(source) };
        let hours = self.sources.entry(source).or_default();
        *hours.entry(hour).or_default() += 1;
        while let Some((first, _)) = hours.first_key_value()
            && hours.last_key_value().is_some_and(|(last, _)| *first <= last - HOURS)
        {
            hours.pop_first();
        }
    }

    /// What each source covered of the hours from one to another, the latter included.
    pub(super) fn of(&self, from: i64, to: i64) -> Vec<Covered> {
        let mut out = Vec::new();
        for (source, hours) in &self.sources {
            let (Some((&first, _)), Some((&last, _))) = (hours.first_key_value(), hours.last_key_value())
            else {
                continue;
            };
            let mut gaps: Vec<Gap> = Vec::new();
            let mut expected = from.max(first);
            if from <= to {
                for &hour in hours.range(from..=to).map(|(hour, _)| hour) {
                    if hour > expected {
                        gaps.push(Gap { from: start_of(expected), to: start_of(hour) });
                    }
                    expected = hour + 1;
                }
                if expected <= to {
                    gaps.push(Gap { from: start_of(expected), to: start_of(to + 1) });
                }
            }
            let events = if from <= to { hours.range(from..=to).map(|(_, count)| count).sum() } else { 0 };
            let (since, until) = (start_of(first), start_of(last + 1));
            out.push(Covered { source: Arc::clone(source), since, until, events, gaps });
        }
        out
    }

    /// The first hour of which anything is known.
    pub(super) fn since(&self) -> Option<i64> {
        self.sources.values().filter_map(|hours| hours.first_key_value()).map(|(hour, _)| *hour).min()
    }
}

/// The hour of a moment, since 1970.
pub(super) fn hour_of(at: Timestamp) -> i64 {
    at.as_second().div_euclid(3_600)
}

/// When an hour starts.
pub(super) fn start_of(hour: i64) -> Timestamp {
    Timestamp::from_second(hour.saturating_mul(3_600)).unwrap_or(if hour < 0 {
        Timestamp::MIN
    } else {
        Timestamp::MAX
    })
}
