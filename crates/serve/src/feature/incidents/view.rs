//! Incidents as clients read them. A text that may tell of a person is `null` when it was erased.

use crate::ledger::plain_text;
use cofferdam_journal::alert::EntityRecord;
use cofferdam_journal::incident::{Incident, Join, Suggestion, Verdict};
use cofferdam_journal::view::IncidentRow;
use cofferdam_vocabulary::{AlertId, EntityKind, IncidentId, Level, Role, UserId};
use jiff::Timestamp;
use serde::Serialize;
use std::collections::BTreeSet;
use utoipa::ToSchema;

/// Alerts, and entities of the scope, that are told with an incident.
const TOLD: usize = 1000;

/// An incident in a list.
#[derive(Serialize, ToSchema)]
pub struct IncidentItem {
    /// Its id.
    #[schema(value_type = String, example = "INC-0003")]
    id: IncidentId,
    /// What people call it; `null` when it was erased.
    title: Option<String>,
    /// How bad.
    #[schema(value_type = String, example = "high")]
    severity: Level,
    /// Time of its first record; none when no record says.
    first_seen: Option<Timestamp>,
    /// Time of its last record; none when no record says.
    last_seen: Option<Timestamp>,
    /// Alerts that belong to it.
    alert_count: u64,
    /// The incident of which it turned out to be a part.
    #[schema(value_type = Option<String>)]
    merged_into: Option<IncidentId>,
    /// When it was recorded.
    opened: Timestamp,
    /// Only these see it; none when everybody with the permission does.
    #[schema(value_type = Option<Vec<String>>, example = json!(["USR-0001"]))]
    restricted: Option<BTreeSet<UserId>>,
    /// Who leads the response to it.
    #[schema(value_type = Option<String>, example = "USR-0001")]
    commander: Option<UserId>,
}

/// An incident, whole.
#[derive(Serialize, ToSchema)]
pub struct IncidentView {
    #[serde(flatten)]
    item: IncidentItem,
    /// Why it is as bad as that, one sentence each; `null` for those that were erased.
    reasons: Vec<Option<String>>,
    /// Its alerts by their ids, the first 1,000; `incident = ID` asks the list of alerts for all of them.
    alerts: Vec<IncidentAlert>,
    /// Hosts, accounts, addresses … that it touches, the first 1,000.
    scope: Vec<IncidentEntity>,
    /// How many it touches in all.
    scope_count: u64,
    /// Somebody was named to lead: what belongs to it is for people to say, and is suggested to them.
    led: bool,
    /// What would have joined by itself, at most 1,000.
    suggestions: Vec<IncidentSuggestion>,
}

/// What is thought to belong to an incident that is led.
#[derive(Serialize, ToSchema)]
pub struct IncidentSuggestion {
    /// An alert or an incident, by its id.
    #[schema(value_type = String, example = "ALR-000017")]
    what: String,
    /// The alert with which it shares something.
    #[schema(value_type = Option<String>)]
    with: Option<AlertId>,
    /// What they share; `null` when it was erased.
    because: Option<String>,
    /// `open`, `accepted` or `dismissed`.
    #[schema(value_type = String, example = "open")]
    verdict: Verdict,
}

/// An alert of an incident.
#[derive(Serialize, ToSchema)]
pub struct IncidentAlert {
    /// Its id.
    #[schema(value_type = String, example = "ALR-000017")]
    alert: AlertId,
    /// Why it belongs to it; none for the one that opened the incident.
    join: Option<IncidentJoin>,
}

/// Why an alert belongs to an incident.
#[derive(Serialize, ToSchema)]
pub struct IncidentJoin {
    /// The alert with which it shares something.
    #[schema(value_type = String)]
    with: AlertId,
    /// What they share; `null` when it was erased.
    because: Option<String>,
}

/// Somebody or something that an incident touches.
#[derive(Serialize, ToSchema)]
pub struct IncidentEntity {
    /// What it is.
    #[schema(value_type = String, example = "host")]
    kind: EntityKind,
    /// Which one; `null` when it was erased.
    value: Option<String>,
    /// The part it played.
    #[schema(value_type = String, example = "target")]
    role: Role,
}

impl IncidentItem {
    /// A row of the list.
    pub fn of(row: &IncidentRow) -> IncidentItem {
        IncidentItem {
            id: row.id,
            title: plain_text(&row.title),
            severity: row.severity,
            first_seen: row.first_seen,
            last_seen: row.last_seen,
            alert_count: row.alerts,
            merged_into: row.merged_into,
            opened: row.opened,
            restricted: row.restricted.clone(),
            commander: row.commander,
        }
    }
}

impl IncidentView {
    /// An incident as its facts tell, with its row; nothing when it was never opened.
    pub fn of(row: &IncidentRow, incident: &Incident) -> Option<IncidentView> {
        let known = incident.known.as_ref()?;
        let alerts = known.alerts.iter().take(TOLD);
        Some(IncidentView {
            item: IncidentItem::of(row),
            reasons: known.severity.reasons.iter().map(plain_text).collect(),
            alerts: alerts
                .map(|(alert, why)| IncidentAlert { alert: *alert, join: why.as_ref().map(join) })
                .collect(),
            scope: known.scope.iter().take(TOLD).map(entity).collect(),
            scope_count: known.scope.len() as u64,
            led: incident.led,
            suggestions: incident.suggestions.values().map(suggestion).collect(),
        })
    }
}

fn suggestion((suggestion, verdict): &(Suggestion, Verdict)) -> IncidentSuggestion {
    IncidentSuggestion {
        what: suggestion.what.to_string(),
        with: suggestion.with,
        because: plain_text(&suggestion.because),
        verdict: *verdict,
    }
}

fn join(join: &Join) -> IncidentJoin {
    IncidentJoin { with: join.with, because: plain_text(&join.because) }
}

fn entity(entity: &EntityRecord) -> IncidentEntity {
    IncidentEntity { kind: entity.kind, value: plain_text(&entity.value), role: entity.role }
}
