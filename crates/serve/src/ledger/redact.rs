//! Entries without what they say of things that are not there for the reader.
//!
//! The fact of one object may name another: an incident its alerts, an alert its evidence, evidence the incident with
//! which it went out. Where that other one is not for the reader, nothing of it stands in what they read.

use super::need::export_of;
use cofferdam_journal::incident::{Join, Joined, LinkTarget, Suggested};
use cofferdam_journal::{Entry, Fact, StreamId};
use cofferdam_vocabulary::AlertId;

/// The entry as somebody reads it who sees only what `may` says; nothing when all that it says is of something else.
/// Whether its own stream may be seen is asked before.
pub fn redacted(mut entry: Entry, may: &dyn Fn(StreamId) -> bool) -> Option<Entry> {
    let sees = |alert: AlertId| may(StreamId::Alert(alert));
    match &mut entry.fact {
        // An incident that people opened has none at first.
        Fact::AlertsAttached { alerts, .. } if alerts.is_empty() => Some(entry),
        Fact::AlertsJoined { alerts } | Fact::AlertsAttached { alerts, .. } => {
            alerts.retain(|joined| sees(joined.alert));
            for joined in alerts.iter_mut() {
                forget_hidden(joined, &sees);
            }
            (!alerts.is_empty()).then_some(entry)
        }
        Fact::AlertsLeft { alerts } => {
            alerts.retain(|alert| sees(*alert));
            (!alerts.is_empty()).then_some(entry)
        }
        Fact::AlertsDetached { alerts, to, .. } => {
            alerts.retain(|alert| sees(*alert));
            *to = to.filter(|to| may(StreamId::Incident(*to)));
            (!alerts.is_empty()).then_some(entry)
        }
        Fact::LinkAdded { link, .. } => {
            let LinkTarget::Incident(to) = link.to else { return Some(entry) };
            may(StreamId::Incident(to)).then_some(entry)
        }
        Fact::AlertRaised(report) => {
            for record in &mut report.records {
                record.evidence = record.evidence.filter(|hash| may(StreamId::Evidence(*hash)));
            }
            Some(entry)
        }
        Fact::AlertMerged { into } => sees(*into).then_some(entry),
        Fact::ReportTold { alert } => sees(*alert).then_some(entry),
        Fact::JoinSuggested(suggestion) => {
            suggestion.with = suggestion.with.filter(|alert| sees(*alert));
            may(stream_of(suggestion.what)).then_some(entry)
        }
        Fact::SuggestionAccepted { what } | Fact::SuggestionDismissed { what } => {
            may(stream_of(*what)).then_some(entry)
        }
        Fact::IncidentMerged { into } => may(StreamId::Incident(*into)).then_some(entry),
        fact => {
            let is_hidden = export_of(fact).is_some_and(|incident| !may(StreamId::Incident(incident)));
            (!is_hidden).then_some(entry)
        }
    }
}

fn stream_of(what: Suggested) -> StreamId {
    match what {
        Suggested::Alert(alert) => StreamId::Alert(alert),
        Suggested::Incident(incident) => StreamId::Incident(incident),
    }
}

/// Why an alert joined may be another alert.
fn forget_hidden(joined: &mut Joined, sees: &dyn Fn(AlertId) -> bool) {
    if let Some(Join { with, .. }) = &joined.join
        && !sees(*with)
    {
        joined.join = None;
    }
}
