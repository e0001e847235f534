//! Decisions as clients read them.

use crate::http::RulingName;
use crate::ledger::{ActorView, plain_text};
use cofferdam_journal::incident::{Decision, DecisionNumber, Incident};
use cofferdam_journal::{Aggregate, Entry, Fact};
use jiff::Timestamp;
use serde::Serialize;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// All decisions of an incident.
#[derive(Serialize, ToSchema)]
pub struct DecisionList {
    /// The decisions.
    items: Vec<DecisionView>,
}

/// A decision.
#[derive(Serialize, ToSchema)]
pub struct DecisionView {
    /// Its number in the incident.
    decision: u64,
    /// What shall be done; `null` when it was erased.
    what: Option<String>,
    /// Why; `null` when it was erased.
    reason: Option<String>,
    /// What else could be done; `null` for those that were erased.
    alternatives: Vec<Option<String>>,
    /// Who proposed it.
    proposed_by: ActorView,
    /// When.
    proposed: Timestamp,
    /// What was said to it; `null` as long as it waits.
    ruling: Option<RulingName>,
    /// Why; `null` as long as it waits, or when it was erased.
    ruling_reason: Option<String>,
    /// Who decided.
    ruled_by: Option<ActorView>,
    /// When.
    ruled: Option<Timestamp>,
}

impl DecisionList {
    /// Out of the entries of an incident.
    pub fn of(entries: &[Entry]) -> DecisionList {
        let incident = Incident::replay(entries.iter().map(|entry| &entry.fact));
        let mut places: BTreeMap<DecisionNumber, (Option<&Entry>, Option<&Entry>)> = BTreeMap::new();
        for entry in entries {
            if let Fact::DecisionProposed { decision, .. } = &entry.fact {
                places.entry(*decision).or_default().0 = Some(entry);
            }
            if let Fact::DecisionMade { decision, .. } = &entry.fact {
                places.entry(*decision).or_default().1 = Some(entry);
            }
        }
        let items = incident.decisions.iter().filter_map(|(number, decision)| {
            let (proposed, ruled) = places.get(number)?;
            Some(view(*number, decision, (*proposed)?, *ruled))
        });
        DecisionList { items: items.collect() }
    }

    /// One of them.
    pub fn one(self, decision: DecisionNumber) -> Option<DecisionView> {
        self.items.into_iter().find(|view| view.decision == decision.0)
    }
}

fn view(number: DecisionNumber, known: &Decision, proposed: &Entry, ruled: Option<&Entry>) -> DecisionView {
    let Decision { proposal, ruling } = known;
    DecisionView {
        decision: number.0,
        what: plain_text(&proposal.what),
        reason: plain_text(&proposal.reason),
        alternatives: proposal.alternatives.iter().map(plain_text).collect(),
        proposed_by: ActorView::of(&proposed.actor),
        proposed: proposed.head.time,
        ruling: ruling.as_ref().map(|(ruling, _)| (*ruling).into()),
        ruling_reason: ruling.as_ref().and_then(|(_, reason)| plain_text(reason)),
        ruled_by: ruled.map(|entry| ActorView::of(&entry.actor)),
        ruled: ruled.map(|entry| entry.head.time),
    }
}
