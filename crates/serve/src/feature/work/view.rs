//! What waits for somebody, as they read it.

use crate::http::PhaseName;
use crate::ledger::plain_text;
use cofferdam_journal::incident::{DecisionNumber, Part, Proposal, TaskNumber, TaskSpec};
use cofferdam_journal::view::{AlertRow, IncidentRow};
use cofferdam_vocabulary::{AlertId, CallId, IncidentId, Level};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use super::TOLD;

/// What waits for somebody; of each kind the first 200.
#[derive(Default, Serialize, ToSchema)]
pub struct WorkView {
    /// Incidents that they lead or in which they have a part, the last first.
    pub incidents: Vec<WorkIncident>,
    /// Decisions that wait for them.
    pub decisions: Vec<WorkDecision>,
    /// How many.
    pub decision_count: u64,
    /// Their open tasks: those that should have been done first, then by when they are due.
    pub tasks: Vec<WorkTask>,
    /// How many.
    pub task_count: u64,
    /// Alerts that are theirs and of which nobody said what they are, the worst first.
    pub alerts: Vec<WorkAlert>,
    /// How many.
    pub alert_count: u64,
    /// Calls that tell them and that nobody has acknowledged.
    #[schema(value_type = Vec<String>, example = json!(["CAL-000001"]))]
    pub calls: Vec<CallId>,
}

/// An incident in which somebody has a part.
#[derive(Serialize, ToSchema)]
pub struct WorkIncident {
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
    /// The parts that they have: `commander`, `deputy` …
    #[schema(example = json!(["commander"]))]
    parts: Vec<&'static str>,
}

/// A decision that waits.
#[derive(Serialize, ToSchema)]
pub struct WorkDecision {
    /// Its incident.
    #[schema(value_type = String, example = "INC-0003")]
    incident: IncidentId,
    /// Its number there.
    decision: u64,
    /// What shall be done; `null` when it was erased.
    what: Option<String>,
}

/// A task that is open.
#[derive(Serialize, ToSchema)]
pub struct WorkTask {
    /// Its incident.
    #[schema(value_type = String, example = "INC-0003")]
    incident: IncidentId,
    /// Its number there.
    task: u64,
    /// What is to be done; `null` when it was erased.
    title: Option<String>,
    /// The phase that is not left before it is done, where it is mandatory.
    phase: PhaseName,
    /// The phase is not left without it.
    mandatory: bool,
    /// Until when.
    due: Option<Timestamp>,
    /// It should have been done by now.
    overdue: bool,
    /// It waits for another that is open.
    blocked: bool,
}

/// An alert that is somebody's.
#[derive(Serialize, ToSchema)]
pub struct WorkAlert {
    /// Its id.
    #[schema(value_type = String, example = "ALR-000017")]
    id: AlertId,
    /// How bad.
    #[schema(value_type = String, example = "high")]
    level: Level,
    /// What it is called; `null` when it was erased.
    title: Option<String>,
    /// When it was seen last.
    last_seen: Option<Timestamp>,
    /// The incident to which it belongs.
    #[schema(value_type = Option<String>, example = "INC-0003")]
    incident: Option<IncidentId>,
}

impl WorkIncident {
    /// With the parts that somebody has.
    pub fn of(row: &IncidentRow, leads: bool, parts: &[Part]) -> WorkIncident {
        let commander = leads.then_some("commander");
        WorkIncident {
            id: row.id,
            title: plain_text(&row.title),
            severity: row.severity,
            phase: row.phase.into(),
            parts: commander.into_iter().chain(parts.iter().map(|part| part.as_str())).collect(),
        }
    }
}

impl WorkDecision {
    /// As it was proposed.
    pub fn of(incident: IncidentId, number: DecisionNumber, proposal: &Proposal) -> WorkDecision {
        WorkDecision { incident, decision: number.0, what: plain_text(&proposal.what) }
    }
}

impl WorkTask {
    /// As it is now.
    pub fn of(
        incident: IncidentId,
        number: TaskNumber,
        task: &TaskSpec,
        blocked: bool,
        now: Timestamp,
    ) -> WorkTask {
        WorkTask {
            incident,
            task: number.0,
            title: plain_text(&task.title),
            phase: task.phase.into(),
            mandatory: task.mandatory,
            due: task.due,
            overdue: task.due.is_some_and(|due| due < now),
            blocked,
        }
    }
}

impl WorkAlert {
    /// As it is now.
    pub fn of(row: &AlertRow) -> WorkAlert {
        WorkAlert {
            id: row.id,
            level: row.level,
            title: plain_text(&row.title),
            last_seen: row.count.last_seen,
            incident: row.incident,
        }
    }
}

impl WorkView {
    /// What should be looked at first comes first.
    pub fn sort(&mut self, now: Timestamp) {
        self.tasks.sort_by_key(|task| {
            let due = task.due.unwrap_or(Timestamp::MAX);
            (due >= now, task.blocked, due, !task.mandatory, task.incident, task.task)
        });
        self.alerts.sort_by_key(|alert| (std::cmp::Reverse(alert.level), alert.id));
        self.tasks.truncate(TOLD);
        self.decisions.truncate(TOLD);
    }
}
