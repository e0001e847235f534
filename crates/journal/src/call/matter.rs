//! What waits for somebody, and what ends its waiting.

use crate::fact::Fact;
use crate::incident::{DecisionNumber, Part, TaskNumber, TaskState};
use crate::stream::StreamId;
use cofferdam_vocabulary::{AlertId, IncidentId, UserId};
use serde::{Deserialize, Serialize};

/// What waits for somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "kebab-case")]
pub enum Matter {
    /// An incident that nobody leads.
    Incident {
        /// Which.
        incident: IncidentId,
    },
    /// A decision that is proposed.
    Decision {
        /// Of which incident.
        incident: IncidentId,
        /// Which.
        decision: DecisionNumber,
    },
    /// A task that somebody is to do.
    Task {
        /// Of which incident.
        incident: IncidentId,
        /// Which.
        task: TaskNumber,
        /// Who.
        owner: UserId,
    },
    /// An incident that somebody is to lead.
    Lead {
        /// Which.
        incident: IncidentId,
        /// Who.
        commander: UserId,
    },
    /// A part that somebody has in the response.
    Part {
        /// To which incident.
        incident: IncidentId,
        /// Which.
        part: Part,
        /// Who.
        user: UserId,
    },
    /// An alert that somebody is to work on.
    Alert {
        /// Which.
        alert: AlertId,
        /// Who.
        assignee: UserId,
    },
}

impl Matter {
    /// The object that it is about.
    pub fn stream(self) -> StreamId {
        match self {
            Matter::Incident { incident }
            | Matter::Decision { incident, .. }
            | Matter::Task { incident, .. }
            | Matter::Lead { incident, .. }
            | Matter::Part { incident, .. } => StreamId::Incident(incident),
            Matter::Alert { alert, .. } => StreamId::Alert(alert),
        }
    }

    /// As it is written.
    pub fn as_str(self) -> &'static str {
        match self {
            Matter::Incident { .. } => "incident",
            Matter::Decision { .. } => "decision",
            Matter::Task { .. } => "task",
            Matter::Lead { .. } => "lead",
            Matter::Part { .. } => "part",
            Matter::Alert { .. } => "alert",
        }
    }

    /// What waits since a fact of this object; what a fact names several of is told once.
    pub fn begun_by(stream: StreamId, fact: &Fact) -> Option<Matter> {
        match (stream, fact) {
            (
                StreamId::Incident(incident),
                Fact::IncidentOpened { .. }
                | Fact::SeverityAssessed(_)
                | Fact::SeverityDecided(_)
                | Fact::IncidentDeclared { .. }
                | Fact::CommanderRelieved
                | Fact::IncidentReopened { .. },
            ) => Some(Matter::Incident { incident }),
            (StreamId::Incident(incident), Fact::DecisionProposed { decision, .. }) => {
                Some(Matter::Decision { incident, decision: *decision })
            }
            (
                StreamId::Incident(incident),
                Fact::TaskAdded { task, spec } | Fact::TaskChanged { task, spec },
            ) => Some(Matter::Task { incident, task: *task, owner: spec.owner? }),
            (StreamId::Incident(incident), Fact::CommanderNamed { user }) => {
                Some(Matter::Lead { incident, commander: *user })
            }
            (StreamId::Incident(incident), Fact::PartGiven { part, user }) => {
                Some(Matter::Part { incident, part: *part, user: *user })
            }
            (StreamId::Alert(alert), Fact::AlertAssigned { to }) => {
                Some(Matter::Alert { alert, assignee: *to })
            }
            _ => None,
        }
    }

    /// Whether it waits no more after a fact of its object. That an incident was merged settles nothing: as long as it is,
    /// nobody is told, and when it is none any more it waits as before.
    pub fn is_settled_by(self, fact: &Fact) -> bool {
        if matches!(fact, Fact::IncidentClosed { .. }) {
            return true;
        }
        match self {
            Matter::Incident { .. } => matches!(fact, Fact::CommanderNamed { .. }),
            Matter::Decision { decision, .. } => {
                matches!(fact, Fact::DecisionMade { decision: made, .. } if *made == decision)
            }
            Matter::Task { task, owner, .. } => match fact {
                Fact::TaskChanged { task: changed, spec } => *changed == task && spec.owner != Some(owner),
                Fact::TaskMoved { task: moved, state, .. } => *moved == task && *state != TaskState::Open,
                _ => false,
            },
            Matter::Lead { commander, .. } => match fact {
                Fact::CommanderNamed { user } => *user != commander,
                other => matches!(other, Fact::CommanderRelieved),
            },
            Matter::Part { part, user, .. } => {
                matches!(fact, Fact::PartTaken { part: of, user: from } if (*of, *from) == (part, user))
            }
            Matter::Alert { assignee, .. } => match fact {
                Fact::AlertAssigned { to } => *to != assignee,
                Fact::TriageRestored(triage) => triage.assignee != Some(assignee),
                other => matches!(
                    other,
                    Fact::AlertReleased
                        | Fact::AlertJudged(_)
                        | Fact::AlertMerged { .. }
                        | Fact::AlertHidden { .. }
                ),
            },
        }
    }
}
