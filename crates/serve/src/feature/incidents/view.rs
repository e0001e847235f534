//! Incidents as clients read them. A text that may tell of a person is `null` when it was erased.

use crate::http::{
    CategoryName, FunctionalName, InformationName, PapName, PhaseName, RecoverabilityName, ReputationName,
    ResolutionName, TlpName,
};
use crate::ledger::plain_text;
use cofferdam_journal::alert::EntityRecord;
use cofferdam_journal::incident::{Impact, Incident, Join, Suggestion, TaskState, Verdict};
use cofferdam_journal::view::IncidentRow;
use cofferdam_vocabulary::{AlertId, EntityKind, IncidentId, Level, Role, UserId};
use jiff::Timestamp;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
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
    /// The phase of the response; while it is closed, the one from which it was.
    phase: PhaseName,
    /// How it ended; none while the response goes on.
    closed: Option<ResolutionName>,
    /// With whom it may be shared.
    tlp: TlpName,
    /// What may be done with what is known of it.
    pap: PapName,
    /// What kind of incident; none as long as nobody said.
    category: Option<CategoryName>,
    /// The case that it was in another product.
    imported: Option<ImportedFrom>,
}

/// A case of another product.
#[derive(Serialize, ToSchema)]
pub struct ImportedFrom {
    /// The product.
    #[schema(example = "thehive")]
    product: String,
    /// What people call the case there; `null` when it was erased.
    #[schema(example = "#42")]
    case: Option<String>,
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
    /// What belongs to it is for people to say, and is suggested to them.
    led: bool,
    /// Somebody said that it is real.
    declared: bool,
    /// What people found it to harm; none as long as the machine says how bad it is.
    impact: Option<ImpactView>,
    /// Who has which part in the response, besides the commander.
    #[schema(value_type = BTreeMap<String, Vec<String>>, example = json!({"scribe": ["USR-0003"]}))]
    parts: BTreeMap<&'static str, BTreeSet<UserId>>,
    /// How often it was opened again.
    reopened: u64,
    /// Entities of each state that it touches.
    #[schema(value_type = BTreeMap<String, u64>, example = json!({"suspected": 3}))]
    standing: BTreeMap<&'static str, u64>,
    /// Decisions that wait.
    open_decisions: u64,
    /// Tasks that are open.
    open_tasks: u64,
    /// What would have joined by itself, at most 1,000.
    suggestions: Vec<IncidentSuggestion>,
}

/// What an incident harms, as people say.
#[derive(Serialize, ToSchema)]
pub struct ImpactView {
    /// What does not work any more.
    functional: FunctionalName,
    /// What became of information.
    information: InformationName,
    /// What it takes to recover.
    recoverability: RecoverabilityName,
    /// What others think of it.
    reputation: ReputationName,
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
            phase: row.phase.into(),
            closed: row.closed.map(Into::into),
            tlp: row.marking.tlp.into(),
            pap: row.marking.pap.into(),
            category: row.category.map(Into::into),
            imported: row
                .imported
                .as_ref()
                .map(|case| ImportedFrom { product: case.product.to_string(), case: plain_text(&case.id) }),
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
            declared: incident.steered.declared,
            impact: incident.steered.assessed.as_ref().map(|assessed| impact(assessed.impact)),
            parts: { incident.steered.parts.iter() }
                .map(|(part, users)| (part.as_str(), users.clone()))
                .collect(),
            reopened: incident.course.cycle,
            standing: standing(incident),
            open_decisions: incident.decisions.values().filter(|one| one.ruling.is_none()).count() as u64,
            open_tasks: incident.tasks.values().filter(|task| task.state == TaskState::Open).count() as u64,
            suggestions: incident.suggestions.values().map(suggestion).collect(),
        })
    }
}

fn impact(impact: Impact) -> ImpactView {
    ImpactView {
        functional: impact.functional.into(),
        information: impact.information.into(),
        recoverability: impact.recoverability.into(),
        reputation: impact.reputation.into(),
    }
}

fn standing(incident: &Incident) -> BTreeMap<&'static str, u64> {
    let mut counts = BTreeMap::new();
    for status in incident.standing().into_values() {
        *counts.entry(status.as_str()).or_default() += 1;
    }
    counts
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
