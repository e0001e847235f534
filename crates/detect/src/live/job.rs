//! The joining of alerts as a piece of work of its own, which another thread may do.

use super::decided::{Fixed, Parts, parts};
use crate::correlation::Alert;
use hashbrown::HashSet;
use std::sync::Arc;

/// Pairs of alerts that are looked at in the time of a step.
const LOOKED: usize = 2_000;

/// Alerts to be joined. Whoever takes it gives back what [`Job::run`] makes of it.
#[derive(Debug)]
pub struct Job {
    /// In the order of time.
    pub(super) alerts: Vec<Arc<Alert>>,
    pub(super) order: Vec<Known>,
    pub(super) fixed: Vec<Option<Fixed>>,
    pub(super) held: HashSet<Arc<str>>,
    /// Which decisions of people it knows.
    pub(super) decisions: u64,
}

/// An alert, and which state of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Known {
    pub number: u64,
    pub version: u64,
}

/// What a job came to.
#[derive(Debug)]
pub struct JobDone {
    pub(super) alerts: Vec<Arc<Alert>>,
    pub(super) order: Vec<Known>,
    pub(super) parts: Parts,
    pub(super) decisions: u64,
    pub(super) steps: usize,
}

impl Job {
    /// Does the work.
    pub fn run(self) -> JobDone {
        let Job { alerts, order, fixed, held, decisions } = self;
        let (parts, looked) = parts(&alerts, &fixed, &held);
        let steps = alerts.len() / 4 + looked / LOOKED;
        JobDone { alerts, order, parts, decisions, steps }
    }
}
