//! What else a fact speaks of than its own stream.

use crate::fact::Fact;
use crate::incident::Joined;
use crate::stream::StreamId;

/// The streams that a fact names besides its own: alerts of an incident, evidence behind an alert, the
/// alert or incident that another was merged into. What was only suggested is none of it, nor is what hides an alert. A bundle is complete when it has those, and those that they name.
pub fn named(fact: &Fact) -> Vec<StreamId> {
    let joined = |joined: &Joined| {
        let with = joined.join.as_ref().map(|join| join.with);
        [Some(joined.alert), with].into_iter().flatten()
    };
    match fact {
        Fact::AlertsJoined { alerts } | Fact::AlertsAttached { alerts, .. } => {
            alerts.iter().flat_map(joined).map(StreamId::Alert).collect()
        }
        Fact::AlertsLeft { alerts } => alerts.iter().copied().map(StreamId::Alert).collect(),
        Fact::AlertsDetached { alerts, to, .. } => {
            let to = to.map(StreamId::Incident);
            alerts.iter().copied().map(StreamId::Alert).chain(to).collect()
        }
        Fact::AlertRaised(report) => {
            report.records.iter().filter_map(|record| record.evidence).map(StreamId::Evidence).collect()
        }
        Fact::AlertMerged { into } => vec![StreamId::Alert(*into)],
        Fact::IncidentMerged { into } => vec![StreamId::Incident(*into)],
        _ => Vec::new(),
    }
}
