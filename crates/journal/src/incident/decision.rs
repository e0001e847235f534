//! Decisions: what was proposed, by whom, what else there was, and what whoever leads said to it.

use super::belonging::is_given;
use super::{Incident, IncidentRefusal};
use crate::fact::Fact;
use crate::personal::Personal;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// Decisions of one incident.
pub const DECISIONS: usize = 1000;
/// Alternatives of one decision.
pub const ALTERNATIVES: usize = 10;

/// Which decision of its incident, from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DecisionNumber(pub u64);

/// What is proposed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proposal {
    /// What shall be done, in a sentence.
    pub what: Personal,
    /// Why.
    pub reason: Personal,
    /// What else could be done, and why not.
    pub alternatives: Vec<Personal>,
}

closed_words! {
    /// What became of a decision.
    Ruling, "ruling" {
        /// It shall be done.
        Approved = "approved",
        /// It shall not.
        Rejected = "rejected",
    }
}

/// A decision as it is now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// What was proposed.
    pub proposal: Proposal,
    /// What was said to it, and why; none as long as it waits.
    pub ruling: Option<(Ruling, Personal)>,
}

impl FromStr for DecisionNumber {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<DecisionNumber, Self::Err> {
        text.parse().map(DecisionNumber)
    }
}

impl fmt::Display for DecisionNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl Incident {
    pub(super) fn propose(&self, proposal: Proposal) -> Result<Vec<Fact>, IncidentRefusal> {
        if !is_given(&proposal.what) || !is_given(&proposal.reason) {
            return Err(IncidentRefusal::NoReason);
        }
        if self.decisions.len() >= DECISIONS {
            return Err(IncidentRefusal::TooManyDecisions);
        }
        if proposal.alternatives.len() > ALTERNATIVES {
            return Err(IncidentRefusal::TooManyAlternatives);
        }
        let last = self.decisions.keys().next_back();
        let decision = DecisionNumber(last.map_or(1, |last| last.0.saturating_add(1)));
        Ok(vec![Fact::DecisionProposed { decision, proposal: Box::new(proposal) }])
    }

    /// What was decided stays so: who thinks otherwise later proposes something else.
    pub(super) fn rule(
        &self,
        decision: DecisionNumber,
        ruling: Ruling,
        reason: Personal,
    ) -> Result<Vec<Fact>, IncidentRefusal> {
        let known = self.decisions.get(&decision).ok_or(IncidentRefusal::NoSuchDecision { decision })?;
        match &known.ruling {
            Some((before, _)) if *before == ruling => Ok(vec![]),
            Some((before, _)) => Err(IncidentRefusal::DecidedBefore { decision, ruling: *before }),
            None if !is_given(&reason) => Err(IncidentRefusal::NoReason),
            None => Ok(vec![Fact::DecisionMade { decision, ruling, reason }]),
        }
    }

    pub(super) fn decision_is(&mut self, fact: &Fact) {
        match fact {
            Fact::DecisionProposed { decision, proposal } => {
                let new = Decision { proposal: (**proposal).clone(), ruling: None };
                self.decisions.insert(*decision, new);
            }
            Fact::DecisionMade { decision, ruling, reason } => {
                if let Some(known) = self.decisions.get_mut(decision) {
                    known.ruling = Some((*ruling, reason.clone()));
                }
            }
            _ => {}
        }
    }
}
