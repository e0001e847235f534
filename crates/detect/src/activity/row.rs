//! What was seen with one entity, by the hour.

use super::HOURS;
use super::distinct::Distinct;
use cofferdam_vocabulary::EntityKind;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;
use std::sync::Arc;

/// Examples of one hour.
const EXAMPLES: usize = 3;

/// A record in which an entity was seen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Example {
    /// When it happened.
    pub at: Timestamp,
    /// The source's name.
    pub source: Arc<str>,
    /// Number of the record in the spool.
    pub record: u64,
}

/// One hour.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Hour {
    /// Since 1970.
    pub hour: i64,
    pub events: u64,
    pub hosts: Distinct,
    pub accounts: Distinct,
    pub sessions: Distinct,
    pub examples: Vec<Example>,
}

/// What was seen with an entity.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Row {
    pub(super) kind: EntityKind,
    pub(super) value: Arc<str>,
    /// In the order of time.
    pub(super) hours: VecDeque<Hour>,
    /// Records before this one are in it.
    pub(super) upto: u64,
    /// Its hash, by which it is found.
    #[serde(skip)]
    pub(super) hash: u64,
    /// When it was last touched, by the count of events.
    #[serde(skip)]
    pub(super) touched: u64,
}

impl Hour {
    fn new(hour: i64) -> Hour {
        Hour {
            hour,
            events: 0,
            hosts: Distinct::default(),
            accounts: Distinct::default(),
            sessions: Distinct::default(),
            examples: Vec::new(),
        }
    }

    pub(super) fn note(&mut self, at: Timestamp, source: &Arc<str>, record: u64) {
        self.events += 1;
        if self.examples.len() < EXAMPLES {
            self.examples.push(Example { at, source: Arc::clone(source), record });
        }
    }
}

impl Row {
    /// The hour, made if need be. The second value tells how many more hours there are than before.
    pub(super) fn hour(&mut self, hour: i64) -> (&mut Hour, i64) {
        let before = self.hours.len() as i64;
        // Mostly it is the last.
        let at = match self.hours.back() {
            Some(last) if last.hour == hour => self.hours.len() - 1,
            Some(last) if last.hour < hour => self.insert(self.hours.len(), hour),
            None => self.insert(0, hour),
            Some(_) => match self.hours.binary_search_by_key(&hour, |known| known.hour) {
                Ok(at) => at,
                Err(at) => self.insert(at, hour),
            },
        };
        let more = self.hours.len() as i64 - before;
        (&mut self.hours[at], more)
    }

    fn insert(&mut self, mut at: usize, hour: i64) -> usize {
        self.hours.insert(at, Hour::new(hour));
        let newest = self.hours.back().map_or(hour, |last| last.hour);
        // The hour itself is never so old: what is, is not noted.
        while at > 0 && self.hours.front().is_some_and(|first| first.hour <= newest - HOURS) {
            self.hours.pop_front();
            at -= 1;
        }
        at
    }
}
