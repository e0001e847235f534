//! How much work may be done beside taking matches as they come.

use jiff::{SignedDuration, Timestamp};

/// Steps allowed for each second that passes. A step takes about twenty microseconds, most of them to copy an
/// alert that an earlier state shares, so that this is a quarter of a core.
const STEPS_A_SECOND: i64 = 12_000;
/// Steps that may be saved up while there is nothing to do.
const SAVED: i64 = 12_000;

/// Steps that may be spent; work that turns out larger than that is paid off before more is begun.
#[derive(Clone, Debug)]
pub(super) struct Credit {
    steps: i64,
    since: Option<Timestamp>,
}

impl Default for Credit {
    fn default() -> Credit {
        Credit { steps: SAVED, since: None }
    }
}

impl Credit {
    /// For what must be done whatever it costs.
    pub(super) fn endless() -> Credit {
        Credit { steps: i64::MAX, since: None }
    }

    /// Time passes.
    pub(super) fn earn(&mut self, now: Timestamp) {
        let passed = self.since.map_or(SignedDuration::ZERO, |since| now.duration_since(since));
        if self.since.is_none_or(|since| since < now) {
            self.since = Some(now);
        }
        let millis = i64::try_from(passed.as_millis()).unwrap_or(i64::MAX).max(0);
        let earned = millis.saturating_mul(STEPS_A_SECOND / 1_000);
        self.steps = self.steps.saturating_add(earned).min(SAVED);
    }

    /// Work was done.
    pub(super) fn spend(&mut self, steps: usize) {
        self.steps = self.steps.saturating_sub(i64::try_from(steps).unwrap_or(i64::MAX));
    }

    /// Whether more work may be begun.
    pub(super) fn is_left(&self) -> bool {
        self.steps > 0
    }

    /// When more work may be begun, if not now.
    pub(super) fn back_at(&self, now: Timestamp) -> Option<Timestamp> {
        let millis = 1 - self.steps.min(0) / (STEPS_A_SECOND / 1_000);
        (!self.is_left()).then(|| now.saturating_add(SignedDuration::from_millis(millis)).unwrap_or(now))
    }
}
