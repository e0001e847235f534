//! What changed, as whoever comes next reads it.

use crate::http::{PhaseName, ResolutionName};
use crate::ledger::{EntryView, plain_text};
use cofferdam_journal::view::IncidentRow;
use cofferdam_journal::{Entry, Fact};
use cofferdam_vocabulary::{IncidentId, Level, UserId};
use jiff::Timestamp;
use serde::Serialize;
use std::collections::{BTreeMap, VecDeque};
use utoipa::ToSchema;

/// Entries of one incident that are told; all are counted.
const TOLD: usize = 50;

/// What changed since a time.
#[derive(Serialize, ToSchema)]
pub struct HandoverView {
    /// Since when.
    pub since: Timestamp,
    /// Until when.
    pub until: Timestamp,
    /// Whether all of it was looked at: of more than 200,000 entries the last are.
    pub complete: bool,
    /// Incidents of which something was recorded, those that were opened last first, at most 200.
    pub incidents: Vec<HandoverIncident>,
    /// What became of alerts.
    pub alerts: Alerts,
}

/// An incident of which something was recorded.
#[derive(Serialize, ToSchema)]
pub struct HandoverIncident {
    /// Its id.
    #[schema(value_type = String, example = "INC-0003")]
    id: IncidentId,
    /// What people call it; `null` when it was erased.
    title: Option<String>,
    /// How bad.
    #[schema(value_type = String, example = "high")]
    severity: Level,
    /// The phase of the response.
    phase: PhaseName,
    /// How it ended; none while the response goes on.
    closed: Option<ResolutionName>,
    /// The incident of which it turned out to be a part.
    #[schema(value_type = Option<String>)]
    merged_into: Option<IncidentId>,
    /// Who leads the response to it.
    #[schema(value_type = Option<String>, example = "USR-0001")]
    commander: Option<UserId>,
    /// It was opened since then.
    new: bool,
    /// How often what was recorded of it.
    counts: BTreeMap<&'static str, u64>,
    /// What people did, and what was found: the last 50.
    entries: Vec<EntryView>,
    /// How many there are in all.
    entry_count: u64,
}

/// What became of alerts.
#[derive(Default, Serialize, ToSchema)]
pub struct Alerts {
    /// Raised since then.
    pub raised: u64,
    /// Of which somebody said what they are.
    pub judged: u64,
    /// Given to somebody.
    pub assigned: u64,
    /// That nobody has looked at, now.
    pub new_now: u64,
}

impl Alerts {
    /// As it is after one more fact of an alert.
    pub fn follow(&mut self, fact: &Fact) {
        match fact {
            Fact::AlertRaised(_) => self.raised += 1,
            Fact::AlertJudged(_) => self.judged += 1,
            Fact::AlertAssigned { .. } => self.assigned += 1,
            _ => {}
        }
    }
}

/// What was recorded of an incident.
#[derive(Default)]
pub struct Changed {
    counts: BTreeMap<&'static str, u64>,
    told: VecDeque<EntryView>,
    count: u64,
    is_new: bool,
}

impl Changed {
    /// As it is after one more entry, which is told or only counted.
    pub fn follow(&mut self, entry: &Entry, is_told: bool) {
        *self.counts.entry(entry.fact.kind()).or_default() += 1;
        self.is_new |= matches!(entry.fact, Fact::IncidentOpened { .. });
        if is_told {
            self.count += 1;
            self.told.push_back(EntryView::of(entry));
            if self.told.len() > TOLD {
                self.told.pop_front();
            }
        }
    }

    /// With what is known of the incident now.
    pub fn told(self, row: &IncidentRow) -> HandoverIncident {
        HandoverIncident {
            id: row.id,
            title: plain_text(&row.title),
            severity: row.severity,
            phase: row.phase.into(),
            closed: row.closed.map(Into::into),
            merged_into: row.merged_into,
            commander: row.commander,
            new: self.is_new,
            counts: self.counts,
            entries: self.told.into(),
            entry_count: self.count,
        }
    }
}
