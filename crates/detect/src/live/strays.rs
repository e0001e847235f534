//! Matches that no timeline takes: of a time that was let go twice, or far ahead among too many. Their own
//! rules still judge them, each by its own time, as they come.

use super::entry::Entry;
use crate::correlation::{AlertBook, Filed};
use crate::intake::Cause;
use crate::rule::RuleSet;
use hashbrown::HashSet;
use jiff::Timestamp;

/// Alerts held.
const ALERTS: usize = 10_000;

/// Alerts of matches that no timeline takes.
#[derive(Debug, Default)]
pub(super) struct Strays {
    book: AlertBook,
    changed: HashSet<u64>,
}

impl Strays {
    pub(super) fn take(&mut self, rules: &RuleSet, entry: &Entry) {
        let meta = match &entry.given.found.cause {
            Cause::Rule(rule) => {
                rules.rules.get(*rule as usize).filter(|rule| rule.reported).map(|rule| &rule.meta)
            }
            Cause::Indicator(meta) => Some(meta),
        };
        if let Some(meta) = meta {
            self.changed.insert(self.book.add(meta, &entry.found(), Some(entry.given.arrival)));
        }
    }

    /// Alerts that changed since this was last asked.
    pub(super) fn changes(&mut self) -> HashSet<u64> {
        std::mem::take(&mut self.changed)
    }

    pub(super) fn alert(&self, place: u64) -> Option<&Filed> {
        self.book.get(place)
    }

    pub(super) fn places(&self) -> HashSet<u64> {
        self.book.places().collect()
    }

    pub(super) fn filed(&self) -> Vec<Filed> {
        self.book.filed().cloned().collect()
    }

    /// Lets go of what nothing came for since then, and of the oldest where they are too many.
    pub(super) fn close(&mut self, before: Timestamp) {
        let changed = &self.changed;
        self.book.close(before, |place| changed.contains(&place));
        self.book.close_beyond(ALERTS);
    }
}
