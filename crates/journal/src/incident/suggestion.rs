//! What would have joined by itself, had nobody been named to lead: people decide on it.

use super::report::Joined;
use super::{Incident, IncidentRefusal};
use crate::alert::EntityRecord;
use crate::fact::Fact;
use crate::incident::report::{Span, in_parts};
use crate::personal::Personal;
use cofferdam_vocabulary::{AlertId, IncidentId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

/// Suggestions that one incident takes, whatever became of them.
pub const SUGGESTIONS: usize = 1000;

/// What is thought to belong to an incident.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Suggested {
    /// An alert.
    Alert(AlertId),
    /// Another incident, which would be merged into this one.
    Incident(IncidentId),
}

/// The text names neither an alert nor an incident.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` names neither an alert nor an incident")]
pub struct SuggestedError {
    /// What was given, cut.
    pub text: String,
}

impl fmt::Display for Suggested {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Suggested::Alert(alert) => alert.fmt(f),
            Suggested::Incident(incident) => incident.fmt(f),
        }
    }
}

impl FromStr for Suggested {
    type Err = SuggestedError;

    fn from_str(text: &str) -> Result<Suggested, SuggestedError> {
        let incident = || IncidentId::parse(text).map(Suggested::Incident);
        AlertId::parse(text)
            .map(Suggested::Alert)
            .or_else(|_| incident())
            .map_err(|_| SuggestedError { text: text.chars().take(40).collect() })
    }
}

/// That something belongs to an incident, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Suggestion {
    /// What belongs to it.
    #[serde(flatten)]
    pub what: Suggested,
    /// The alert with which it shares something.
    pub with: Option<AlertId>,
    /// What they share.
    pub because: Personal,
}

/// What people made of a suggestion.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// Nobody decided yet.
    Open,
    /// It belongs to the incident.
    Accepted,
    /// It does not.
    Dismissed,
}

/// Something that was suggested, as people accept it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Acceptance {
    /// What.
    pub what: Suggested,
    /// The alert, or the alerts of the incident.
    pub alerts: Vec<Joined>,
    /// What they are about.
    pub scope: BTreeSet<EntityRecord>,
    /// From when to when they were seen.
    pub span: Span,
}

impl Incident {
    pub(super) fn suggest(&self, suggestion: Suggestion) -> Result<Vec<Fact>, IncidentRefusal> {
        let known = self.known.as_ref().ok_or(IncidentRefusal::NotOpened)?;
        let belongs = matches!(suggestion.what, Suggested::Alert(alert) if known.alerts.contains_key(&alert));
        if !self.led {
            Err(IncidentRefusal::NotLed)
        } else if belongs || self.suggestions.contains_key(&suggestion.what) {
            Ok(vec![])
        } else if self.suggestions.len() >= SUGGESTIONS {
            Err(IncidentRefusal::TooManySuggestions)
        } else {
            Ok(vec![Fact::JoinSuggested(suggestion)])
        }
    }

    pub(super) fn dismiss(&self, what: Suggested) -> Result<Vec<Fact>, IncidentRefusal> {
        match self.verdict(what)? {
            Verdict::Open => Ok(vec![Fact::SuggestionDismissed { what }]),
            Verdict::Dismissed => Ok(vec![]),
            Verdict::Accepted => Err(IncidentRefusal::AcceptedBefore),
        }
    }

    /// What was dismissed can still be accepted: people learn more.
    pub(super) fn accept(&self, acceptance: Acceptance) -> Result<Vec<Fact>, IncidentRefusal> {
        let known = self.known.as_ref().ok_or(IncidentRefusal::NotOpened)?;
        let Acceptance { what, alerts, scope, span } = acceptance;
        if self.verdict(what)? == Verdict::Accepted {
            return Ok(vec![]);
        }
        let mut facts = vec![Fact::SuggestionAccepted { what }];
        let fresh = alerts.into_iter().filter(|joined| !known.alerts.contains_key(&joined.alert));
        facts.extend(Incident::accepted(fresh.collect()));
        facts.extend(known.wider(&scope));
        let span = known.span.with(span);
        if span != known.span {
            facts.push(Fact::IncidentSpans(span));
        }
        Ok(facts)
    }

    fn verdict(&self, what: Suggested) -> Result<Verdict, IncidentRefusal> {
        let known = self.suggestions.get(&what).map(|(_, verdict)| *verdict);
        known.ok_or(IncidentRefusal::NotSuggested)
    }
}

impl super::IncidentReport {
    /// What of these entities is new. What was erased cannot be told from it: then nothing is.
    pub(super) fn wider(&self, scope: &BTreeSet<EntityRecord>) -> Vec<Fact> {
        if self.scope.iter().any(|entity| entity.value.known().is_none()) {
            return Vec::new();
        }
        in_parts(scope.difference(&self.scope).cloned(), |entities| Fact::ScopeWidened { entities })
    }
}
