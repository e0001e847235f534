//! What is known of an incident, and what of it is new.

use crate::alert::EntityRecord;
use crate::fact::Fact;
use crate::personal::Personal;
use cofferdam_vocabulary::{AlertId, Level};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Alerts, or entities, in one fact; more take several.
const AT_ONCE: usize = 100;

/// What is known of an incident.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IncidentReport {
    /// What people call it.
    pub title: Personal,
    /// How bad, and why.
    pub severity: Severity,
    /// When it began and when it was last seen.
    pub span: Span,
    /// Its alerts, and why each belongs to it.
    pub alerts: BTreeMap<AlertId, Option<Join>>,
    /// Hosts, accounts, addresses … that it touches.
    pub scope: BTreeSet<EntityRecord>,
}

/// How bad, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Severity {
    /// How bad.
    pub level: Level,
    /// Why, one sentence each.
    pub reasons: Vec<Personal>,
}

/// When it began and when it was last seen; none when no record says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Span {
    /// The first record.
    pub first_seen: Option<Timestamp>,
    /// The last record.
    pub last_seen: Option<Timestamp>,
}

impl Span {
    /// From the first of both to the last of both.
    pub fn with(self, other: Span) -> Span {
        let pick =
            |one: Option<Timestamp>, other: Option<Timestamp>, of: fn(Timestamp, Timestamp) -> Timestamp| {
                one.zip(other).map(|(one, other)| of(one, other)).or(one).or(other)
            };
        Span {
            first_seen: pick(self.first_seen, other.first_seen, Timestamp::min),
            last_seen: pick(self.last_seen, other.last_seen, Timestamp::max),
        }
    }
}

/// Why an alert belongs to the incident.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Join {
    /// The alert with which it shares something.
    pub with: AlertId,
    /// What they share.
    pub because: Personal,
}

/// An alert that joined.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Joined {
    /// The alert.
    pub alert: AlertId,
    /// Why; none for the one that opened the incident.
    pub join: Option<Join>,
}

/// The facts of an incident that was not known.
pub(super) fn opened(new: &IncidentReport) -> Vec<Fact> {
    let (title, severity, span) = (new.title.clone(), new.severity.clone(), new.span);
    let mut facts = vec![Fact::IncidentOpened { title, severity, span }];
    facts.extend(joined(new.alerts.iter().map(|(alert, join)| (*alert, join.clone()))));
    facts.extend(in_parts(new.scope.iter().cloned(), |entities| Fact::ScopeWidened { entities }));
    facts
}

/// What is new of an incident whose alerts come and go by themselves.
pub(super) fn changed(old: &IncidentReport, new: &IncidentReport) -> Vec<Fact> {
    let mut facts = Vec::new();
    // What was erased stays so: nothing is compared with it, and it is not said again.
    let says_more = |old: &Personal, new: &Personal| old.known().is_some() && old != new;
    if says_more(&old.title, &new.title) {
        facts.push(Fact::IncidentRenamed { title: new.title.clone() });
    }
    let reasons_erased = old.severity.reasons.iter().any(|reason| reason.known().is_none());
    if old.severity.level != new.severity.level || (!reasons_erased && old.severity != new.severity) {
        facts.push(Fact::SeverityAssessed(new.severity.clone()));
    }
    if old.span != new.span {
        facts.push(Fact::IncidentSpans(new.span));
    }
    let fresh = new.alerts.iter().filter(|(alert, _)| !old.alerts.contains_key(alert));
    facts.extend(joined(fresh.map(|(alert, join)| (*alert, join.clone()))));
    let gone = old.alerts.keys().copied().filter(|alert| !new.alerts.contains_key(alert));
    facts.extend(in_parts(gone, |alerts| Fact::AlertsLeft { alerts }));
    if old.scope.iter().all(|entity| entity.value.known().is_some()) {
        let (wider, narrower) = (new.scope.difference(&old.scope), old.scope.difference(&new.scope));
        facts.extend(in_parts(wider.cloned(), |entities| Fact::ScopeWidened { entities }));
        facts.extend(in_parts(narrower.cloned(), |entities| Fact::ScopeNarrowed { entities }));
    }
    facts
}

/// What is new of an incident that people lead, found of the alerts that it has: it can turn out to be worse, to have
/// lasted longer and to touch more. What it is called, and that it is less than was thought, is for people to say.
pub(super) fn within(old: &IncidentReport, new: &IncidentReport) -> Vec<Fact> {
    let mut facts = Vec::new();
    if new.severity.level > old.severity.level {
        facts.push(Fact::SeverityAssessed(new.severity.clone()));
    }
    let span = old.span.with(new.span);
    if span != old.span {
        facts.push(Fact::IncidentSpans(span));
    }
    facts.extend(old.wider(&new.scope));
    facts
}

/// That these alerts joined.
pub(super) fn joined(alerts: impl Iterator<Item = (AlertId, Option<Join>)>) -> Vec<Fact> {
    in_parts(alerts.map(|(alert, join)| Joined { alert, join }), |alerts| Fact::AlertsJoined { alerts })
}

/// As many facts as the items need, so that none is too large.
pub(super) fn in_parts<T, C: FromIterator<T>>(
    items: impl Iterator<Item = T>,
    fact: impl Fn(C) -> Fact,
) -> Vec<Fact> {
    let mut items = items.peekable();
    let mut facts = Vec::new();
    while items.peek().is_some() {
        facts.push(fact(items.by_ref().take(AT_ONCE).collect()));
    }
    facts
}
