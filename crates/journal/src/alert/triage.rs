//! What people make of an alert: who works on it, what it was found to be, and whether it is done with.

use super::{Alert, AlertRefusal};
use crate::fact::Fact;
use crate::personal::Personal;
use cofferdam_vocabulary::UserId;
use serde::{Deserialize, Serialize};
use std::fmt;

/// What an alert was found to be.
///
/// Source: Microsoft Sentinel and Defender have the first three as classifications of an alert; the others are how
/// teams close what says nothing of detection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// What the rule looks for happened, and it was harmful or meant to be.
    TruePositive,
    /// What the rule looks for happened, and it was allowed or expected.
    BenignPositive,
    /// What the rule looks for did not happen: the rule or its data are wrong.
    FalsePositive,
    /// Another alert tells of the same.
    Duplicate,
    /// Somebody tried whether it would be noticed.
    Test,
}

/// What people found, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Judgement {
    /// What it is.
    pub verdict: Verdict,
    /// Why they think so.
    pub reason: Personal,
    /// Nothing more is done about it.
    pub dismissed: bool,
}

/// What people made of an alert so far.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Triage {
    /// Who works on it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assignee: Option<UserId>,
    /// What it was found to be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub judgement: Option<Judgement>,
}

/// Where an alert stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AlertState {
    /// Nobody looked at it.
    New,
    /// Somebody works on it, or said what it is.
    InTriage,
    /// It belongs to an incident.
    Attached,
    /// Nothing more is done about it, and it counts nowhere.
    Dismissed,
    /// An exception hides it, and it counts nowhere.
    Hidden,
}

impl Verdict {
    /// All there are.
    pub const ALL: [Verdict; 5] = [
        Verdict::TruePositive,
        Verdict::BenignPositive,
        Verdict::FalsePositive,
        Verdict::Duplicate,
        Verdict::Test,
    ];

    /// As it is written.
    pub fn as_str(self) -> &'static str {
        match self {
            Verdict::TruePositive => "true-positive",
            Verdict::BenignPositive => "benign-positive",
            Verdict::FalsePositive => "false-positive",
            Verdict::Duplicate => "duplicate",
            Verdict::Test => "test",
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl AlertState {
    /// All there are.
    pub const ALL: [AlertState; 5] = [
        AlertState::New,
        AlertState::InTriage,
        AlertState::Attached,
        AlertState::Dismissed,
        AlertState::Hidden,
    ];

    /// As it is written.
    pub fn as_str(self) -> &'static str {
        match self {
            AlertState::New => "new",
            AlertState::InTriage => "in-triage",
            AlertState::Attached => "attached",
            AlertState::Dismissed => "dismissed",
            AlertState::Hidden => "hidden",
        }
    }
}

impl Triage {
    /// Whether nothing more is done about the alert.
    pub fn is_dismissed(&self) -> bool {
        self.judgement.as_ref().is_some_and(|judgement| judgement.dismissed)
    }

    /// What a fact of triage makes of it; nothing when it is another kind of fact.
    pub fn after(&self, fact: &Fact) -> Option<Triage> {
        let Triage { assignee, judgement } = self.clone();
        Some(match fact {
            Fact::AlertAssigned { to } => Triage { assignee: Some(*to), judgement },
            Fact::AlertReleased => Triage { assignee: None, judgement },
            Fact::AlertJudged(new) => Triage { assignee, judgement: Some(new.clone()) },
            Fact::AlertReopened { .. } => Triage { assignee, judgement: None },
            Fact::TriageRestored(to) => to.clone(),
            _ => return None,
        })
    }
}

/// Whether there is anything in a reason. One that was erased was given.
fn is_given(reason: &Personal) -> bool {
    reason.known().is_none_or(|reason| !reason.trim().is_empty())
}

impl Alert {
    pub(super) fn assign(&self, to: UserId) -> Result<Vec<Fact>, AlertRefusal> {
        if self.triage.is_dismissed() {
            return Err(AlertRefusal::Dismissed);
        }
        let is_new = self.triage.assignee != Some(to);
        Ok(is_new.then_some(Fact::AlertAssigned { to }).into_iter().collect())
    }

    pub(super) fn release(&self) -> Vec<Fact> {
        self.triage.assignee.iter().map(|_| Fact::AlertReleased).collect()
    }

    /// Whatever is no true positive is done with; a true positive is when whoever judges says so.
    pub(super) fn judge(&self, judgement: Judgement) -> Result<Vec<Fact>, AlertRefusal> {
        if !is_given(&judgement.reason) {
            return Err(AlertRefusal::NoReason);
        }
        let dismissed = judgement.dismissed || judgement.verdict != Verdict::TruePositive;
        let judgement = Judgement { dismissed, ..judgement };
        let is_new = self.triage.judgement.as_ref() != Some(&judgement);
        // What people found to be true is hidden no more, whatever an exception says.
        let is_shown = self.hidden.is_some() && !judgement.dismissed;
        let judged = is_new.then_some(Fact::AlertJudged(judgement));
        Ok(judged.into_iter().chain(is_shown.then_some(Fact::AlertShown)).collect())
    }

    /// What was judged is open again.
    pub(super) fn reopen(&self, reason: Personal) -> Result<Vec<Fact>, AlertRefusal> {
        match self.triage.judgement {
            None => Ok(vec![]),
            Some(_) if !is_given(&reason) => Err(AlertRefusal::NoReason),
            Some(_) => Ok(vec![Fact::AlertReopened { reason }]),
        }
    }

    /// Takes back what people made of it, unless they made something else of it since.
    pub(super) fn restore(&self, from: &Triage, to: Triage) -> Result<Vec<Fact>, AlertRefusal> {
        match &self.triage {
            now if *now == to => Ok(vec![]),
            now if now != from => Err(AlertRefusal::ChangedSince),
            _ => Ok(vec![Fact::TriageRestored(to)]),
        }
    }
}
