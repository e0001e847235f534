//! Bounds of the engine, and what it counts and tells.

use super::grouping::{IncidentChange, Knowledge};
use super::roll::{LiveAlert, What};
use super::suggestion::Suggestion;
use crate::correlation::{Alert, Context};
use cofferdam_vocabulary::EntityKind;
use jiff::SignedDuration;
use std::fmt;
use std::sync::Arc;

/// Takes ties away that tie nothing.
pub type Untie = Arc<dyn Fn(&mut [Alert]) + Send + Sync>;
/// Tells what is known of an entity.
pub type ContextOf = Arc<dyn Fn(EntityKind, &str) -> Context + Send + Sync>;

/// Bounds, and what is known beside what the logs say.
#[derive(Clone)]
pub struct Settings {
    /// How far back matches are kept, to be taken again with what comes late and after a restart; and alerts,
    /// to be joined with.
    pub horizon: SignedDuration,
    /// Matches kept.
    pub matches: usize,
    /// Bytes of matches kept, about.
    pub bytes: usize,
    /// Alerts kept.
    pub alerts: usize,
    /// Takes away ties that tie nothing, as [`crate::indicator::IndicatorSet::untie`] does.
    pub untie: Option<Untie>,
    /// What is known of an entity.
    pub context: Option<ContextOf>,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            horizon: SignedDuration::from_hours(26),
            matches: 200_000,
            bytes: 256 << 20,
            alerts: 200_000,
            untie: None,
            context: None,
        }
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("horizon", &self.horizon)
            .field("matches", &self.matches)
            .field("bytes", &self.bytes)
            .field("alerts", &self.alerts)
            .finish_non_exhaustive()
    }
}

impl Knowledge for Settings {
    fn untie(&self, alert: &mut Alert) {
        if let Some(untie) = &self.untie {
            untie(std::slice::from_mut(alert));
        }
    }

    fn context(&self, kind: EntityKind, value: &str) -> Context {
        self.context.as_ref().map_or_else(Context::default, |context| context(kind, value))
    }
}

/// What changed.
#[derive(Clone, Debug, Default)]
pub struct Changes {
    /// Alerts, by number.
    pub alerts: Vec<AlertChange>,
    /// Incidents, by number.
    pub incidents: Vec<(u64, IncidentChange)>,
    /// What seems to belong to incidents that nothing joins by itself.
    pub suggestions: Vec<Suggestion>,
}

/// An alert changed.
#[derive(Clone, Debug)]
pub struct AlertChange {
    /// What became of it.
    pub what: What,
    /// The alert as it stands, or as it last stood.
    pub alert: LiveAlert,
}

/// What was counted since the start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Matches taken in.
    pub taken: u64,
    /// Matches that came before, and were left out.
    pub doubled: u64,
    /// Matches of a time that was let go: judged among themselves.
    pub too_late: u64,
    /// Matches so far from our time that only their own rules judge them.
    pub stray: u64,
    /// Matches let go because there were too many, before they were as old as the horizon.
    pub crowded_out: u64,
    /// Matches taken again because something came late.
    pub replayed: u64,
    /// Alerts no longer joined with, because there were too many.
    pub alerts_forgotten: u64,
    /// Groups that correlations had to forget because there were too many.
    pub dropped_groups: u64,
    /// Matches kept.
    pub kept: u64,
    /// Bytes of matches kept, about.
    pub kept_bytes: u64,
    /// Not all that was taken in is judged to its end: alerts and incidents may still change.
    pub is_behind: bool,
}
