//! In which phase the response to an incident is, and how it ends.

use super::belonging::is_given;
use super::gate::{Criterion, Met};
use super::{Incident, IncidentRefusal, Phase};
use crate::fact::Fact;
use crate::personal::Personal;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Where the response stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Course {
    /// The phase; while it is closed, the one from which it was.
    pub phase: Phase,
    /// How it ended, once it did.
    pub closed: Option<Resolution>,
    /// How often it was opened again.
    pub cycle: u64,
}

closed_words! {
    /// How an incident ended.
    Resolution, "resolution" {
        /// It was real, and the response came to its end.
        Resolved = "resolved",
        /// It was none: the rules or their data are wrong.
        FalsePositive = "false-positive",
        /// What happened was allowed or expected.
        BenignPositive = "benign-positive",
        /// Another incident tells of the same.
        Duplicate = "duplicate",
        /// Somebody tried whether it would be noticed.
        Test = "test",
    }
}

/// How a gate was passed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Passage {
    /// What was met.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub met: BTreeSet<Criterion>,
    /// What was not, and was passed over.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub unmet: BTreeSet<Criterion>,
    /// What the version that recorded it could not check.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub unchecked: BTreeSet<Criterion>,
    /// Why it was passed, or why the response went back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Personal>,
}

/// Asked by whoever leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Move {
    /// The response is in this phase from now on.
    Enter {
        /// Which.
        phase: Phase,
        /// Why, when it goes back or when not all that the gate asks is known to be met.
        reason: Option<Personal>,
        /// What is not met is passed over, by that reason.
        over: bool,
    },
    /// It ends.
    Close {
        /// How.
        resolution: Resolution,
        /// Why.
        reason: Personal,
        /// What is not met is passed over, by that reason.
        over: bool,
    },
    /// It goes on.
    Reopen {
        /// Why.
        reason: Personal,
    },
}

impl Incident {
    pub(super) fn go(&self, course: Move) -> Result<Vec<Fact>, IncidentRefusal> {
        if self.known.is_none() {
            return Err(IncidentRefusal::NotOpened);
        }
        let Course { phase: now, closed, .. } = self.course;
        match course {
            Move::Reopen { .. } if closed.is_none() => Ok(vec![]),
            Move::Reopen { reason } if !is_given(&reason) => Err(IncidentRefusal::NoReason),
            Move::Reopen { reason } => Ok(vec![Fact::IncidentReopened { reason }]),
            Move::Close { resolution, .. } if closed == Some(resolution) => Ok(vec![]),
            _ if closed.is_some() => Err(IncidentRefusal::Closed),
            Move::Close { reason, .. } if !is_given(&reason) => Err(IncidentRefusal::NoReason),
            Move::Close { resolution, reason, over } => self.close(resolution, reason, over),
            Move::Enter { phase, .. } if phase == now => Ok(vec![]),
            Move::Enter { phase, reason, .. } if phase < now => {
                let reason = reason.filter(is_given).ok_or(IncidentRefusal::NoReason)?;
                let passage = Passage { reason: Some(reason), ..Passage::default() };
                Ok(vec![Fact::PhaseEntered { phase, passage: Box::new(passage) }])
            }
            Move::Enter { phase, reason, over } => {
                if now.next() != Some(phase) {
                    return Err(IncidentRefusal::NotNext { phase: now });
                }
                let passage = Box::new(self.pass(now, reason, over)?);
                Ok(vec![Fact::PhaseEntered { phase, passage }])
            }
        }
    }

    /// What is no incident can be closed from anywhere; what is one comes to its end through all phases.
    fn close(
        &self,
        resolution: Resolution,
        reason: Personal,
        over: bool,
    ) -> Result<Vec<Fact>, IncidentRefusal> {
        let passage = match (resolution, self.course.phase) {
            (Resolution::Resolved, Phase::Review) => self.pass(Phase::Review, Some(reason), over)?,
            (Resolution::Resolved, phase) => return Err(IncidentRefusal::NotReviewed { phase }),
            _ => Passage { reason: Some(reason), ..Passage::default() },
        };
        Ok(vec![Fact::IncidentClosed { resolution, passage: Box::new(passage) }])
    }

    /// Leaves a phase, if its gate lets it.
    fn pass(&self, leaving: Phase, reason: Option<Personal>, over: bool) -> Result<Passage, IncidentRefusal> {
        let reason = reason.filter(is_given);
        let (mut passage, mut missing) = (Passage { reason, ..Passage::default() }, Vec::new());
        for (criterion, met) in self.gate(leaving) {
            match met {
                Met::Yes => drop(passage.met.insert(criterion)),
                Met::NotChecked => drop(passage.unchecked.insert(criterion)),
                Met::No(why) => {
                    passage.unmet.insert(criterion);
                    missing.push(why);
                }
            }
        }
        if !passage.unmet.is_empty() && !over {
            return Err(IncidentRefusal::Gate { leaving, missing: missing.join("; ") });
        }
        if passage.reason.is_none() && !(passage.unmet.is_empty() && passage.unchecked.is_empty()) {
            let unchecked: Vec<&str> = passage.unchecked.iter().map(|one| one.as_str()).collect();
            return Err(IncidentRefusal::Unchecked { leaving, unchecked: unchecked.join(", ") });
        }
        Ok(passage)
    }

    pub(super) fn went(&mut self, fact: &Fact) {
        match fact {
            Fact::PhaseEntered { phase, .. } => self.course.phase = *phase,
            Fact::IncidentClosed { resolution, .. } => {
                (self.course.closed, self.led) = (Some(*resolution), true);
            }
            Fact::IncidentReopened { .. } => {
                self.course.closed = None;
                self.course.cycle += 1;
            }
            _ => {}
        }
    }
}
