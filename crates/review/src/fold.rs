//! Alerts of one rule that follow each other closely are one line of the story.

use cofferdam_detect::correlation::{Alert, Evidence};
use cofferdam_vocabulary::Level;
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;

/// Silence after which the same rule begins a new line.
const QUIET: SignedDuration = SignedDuration::from_mins(5);

/// What one rule saw in one stretch of time.
pub(crate) struct Burst<'r> {
    pub(crate) title: &'r str,
    pub(crate) level: Level,
    pub(crate) first: Option<Timestamp>,
    pub(crate) last: Option<Timestamp>,
    /// Matches of all its alerts.
    pub(crate) matches: u64,
    pub(crate) alerts: Vec<&'r Alert>,
}

impl<'r> Burst<'r> {
    /// The record to look at first.
    pub(crate) fn evidence(&self) -> Option<&'r Evidence> {
        self.alerts.iter().find_map(|alert| alert.evidence.first())
    }
}

/// Folds alerts, which are in the order of time, into bursts in the order of their beginning.
pub(crate) fn bursts<'r>(alerts: &[&'r Alert]) -> Vec<Burst<'r>> {
    let mut bursts: Vec<Burst<'r>> = Vec::new();
    let mut open: BTreeMap<&str, usize> = BTreeMap::new();
    for &alert in alerts {
        let near = open.get(&*alert.rule.id).copied().filter(|&at| is_near(&bursts[at], alert));
        let at = near.unwrap_or_else(|| {
            bursts.push(Burst {
                title: &alert.rule.title,
                level: alert.level,
                first: alert.first_seen,
                last: alert.last_seen,
                matches: 0,
                alerts: Vec::new(),
            });
            open.insert(&alert.rule.id, bursts.len() - 1);
            bursts.len() - 1
        });
        let burst = &mut bursts[at];
        burst.matches = burst.matches.saturating_add(alert.count);
        burst.first = [burst.first, alert.first_seen].into_iter().flatten().min();
        burst.last = burst.last.max(alert.last_seen);
        burst.alerts.push(alert);
    }
    bursts.sort_by_key(|burst| burst.first);
    bursts
}

fn is_near(burst: &Burst<'_>, alert: &Alert) -> bool {
    match (burst.last, alert.first_seen) {
        (Some(last), Some(first)) => first.duration_since(last) <= QUIET,
        (None, None) => true,
        _ => false,
    }
}
