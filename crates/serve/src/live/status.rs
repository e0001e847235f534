//! How the live pipeline is doing, for whoever asks.

use super::uses::Uses;
use cofferdam_detect::live::Counts;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

/// Figures of the pipeline.
#[derive(Debug, Default)]
pub struct Status {
    /// The record of the spool that is read next.
    pub next: AtomicU64,
    /// Records that were read, since the start.
    pub read: AtomicU64,
    /// Rules that matched, since the start.
    pub matches: AtomicU64,
    /// Rules in use.
    pub rules: AtomicU64,
    /// Rules that cannot be used.
    pub rule_problems: AtomicU64,
    /// Records that went before they were read: the spool was not allowed to keep them.
    pub missing: AtomicU64,
    /// Who uses what.
    pub uses: Uses,
    letters: Mutex<BTreeMap<String, u64>>,
    counts: Mutex<Counts>,
}

impl Status {
    /// Dead letters of each source, since the start.
    pub fn letters(&self) -> BTreeMap<String, u64> {
        self.letters.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Counts a dead letter.
    pub fn letter(&self, source: &str) {
        let mut letters = self.letters.lock().unwrap_or_else(PoisonError::into_inner);
        *letters.entry(source.to_owned()).or_default() += 1;
    }

    /// What the engine counted, a moment ago.
    pub fn counts(&self) -> Counts {
        *self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Says what the engine counted.
    pub fn counted(&self, counts: Counts) {
        *self.counts.lock().unwrap_or_else(PoisonError::into_inner) = counts;
    }

    /// Counts so many more.
    pub fn add(count: &AtomicU64, more: u64) {
        count.fetch_add(more, Ordering::Relaxed);
    }

    /// Says what a figure is now.
    pub fn set(count: &AtomicU64, now: u64) {
        count.store(now, Ordering::Relaxed);
    }
}
