//! An incident as the journal has it: which alerts, how bad, whom it touches.

use crate::aggregate::Aggregate;
use crate::alert::EntityRecord;
use crate::fact::Fact;
use crate::personal::Personal;
use crate::restriction::{self, RestrictionRefusal};
use cofferdam_vocabulary::{AlertId, IncidentId, Level, UserId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Alerts, or entities, in one fact; more take several.
const AT_ONCE: usize = 100;
/// Reasons for a severity.
const REASONS: usize = 20;

/// One incident, as its facts tell.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Incident {
    /// What is known of it now; none before it was opened.
    pub known: Option<IncidentReport>,
    /// It turned out to be part of another one.
    pub merged_into: Option<IncidentId>,
    /// Only these see it; none when everybody with the permission does.
    pub restricted: Option<BTreeSet<UserId>>,
}

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

/// Asked of an incident.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IncidentIntent {
    /// This is what is known of it now.
    Report(Box<IncidentReport>),
    /// What was recorded of it goes out.
    HandOut {
        /// To whom.
        to: Personal,
        /// With personal values.
        with_values: bool,
    },
    /// It is part of another incident.
    Merge {
        /// The other one.
        into: IncidentId,
    },
    /// Only these people shall see it.
    Restrict {
        /// Who; at least one.
        to: BTreeSet<UserId>,
    },
    /// Everybody with the permission shall see it.
    OpenUp,
}

/// Why an intent was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IncidentRefusal {
    /// There is nothing to merge.
    #[error("no such incident was opened")]
    NotOpened,
    /// Whatever is found now belongs to the other one.
    #[error("the incident is part of {into} since it was merged")]
    Merged {
        /// The other one.
        into: IncidentId,
    },
    /// Nobody could see it, or too many are named.
    #[error(transparent)]
    Restriction(#[from] RestrictionRefusal),
}

impl Aggregate for Incident {
    type Intent = IncidentIntent;
    type Refusal = IncidentRefusal;

    fn decide(&self, intent: IncidentIntent) -> Result<Vec<Fact>, IncidentRefusal> {
        match (intent, self.merged_into) {
            (IncidentIntent::HandOut { .. }, _) if self.known.is_none() => Err(IncidentRefusal::NotOpened),
            (IncidentIntent::HandOut { to, with_values }, _) => {
                Ok(vec![Fact::IncidentHandedOut { to, with_values }])
            }
            // One that was merged can be read as before, and so it can be restricted.
            (IncidentIntent::Restrict { .. } | IncidentIntent::OpenUp, _) if self.known.is_none() => {
                Err(IncidentRefusal::NotOpened)
            }
            (IncidentIntent::Restrict { to }, _) => {
                let to = restriction::changed(self.restricted.as_ref(), to)?;
                Ok(to.map(|to| Fact::IncidentRestricted { to }).into_iter().collect())
            }
            (IncidentIntent::OpenUp, _) => {
                Ok(self.restricted.iter().map(|_| Fact::IncidentOpenedUp).collect())
            }
            (IncidentIntent::Merge { into }, Some(known)) if into == known => Ok(vec![]),
            (_, Some(into)) => Err(IncidentRefusal::Merged { into }),
            (IncidentIntent::Merge { .. }, _) if self.known.is_none() => Err(IncidentRefusal::NotOpened),
            (IncidentIntent::Merge { into }, _) => Ok(vec![Fact::IncidentMerged { into }]),
            (IncidentIntent::Report(mut new), _) => {
                new.severity.reasons.truncate(REASONS);
                Ok(self.known.as_ref().map_or_else(|| opened(&new), |old| changed(old, &new)))
            }
        }
    }

    fn evolve(mut self, fact: &Fact) -> Incident {
        if let Fact::IncidentOpened { title, severity, span } = fact {
            let (title, severity, span) = (title.clone(), severity.clone(), *span);
            let (alerts, scope) = (BTreeMap::new(), BTreeSet::new());
            self.known = Some(IncidentReport { title, severity, span, alerts, scope });
        }
        if let Fact::IncidentMerged { into } = fact {
            self.merged_into = Some(*into);
        }
        match fact {
            Fact::IncidentRestricted { to } => self.restricted = Some(to.clone()),
            Fact::IncidentOpenedUp => self.restricted = None,
            _ => {}
        }
        let Some(known) = &mut self.known else { return self };
        match fact {
            Fact::IncidentRenamed { title } => known.title = title.clone(),
            Fact::SeverityAssessed(severity) => known.severity = severity.clone(),
            Fact::IncidentSpans(span) => known.span = *span,
            Fact::AlertsJoined { alerts } => {
                known.alerts.extend(alerts.iter().map(|joined| (joined.alert, joined.join.clone())));
            }
            Fact::AlertsLeft { alerts } => known.alerts.retain(|alert, _| !alerts.contains(alert)),
            Fact::ScopeWidened { entities } => known.scope.extend(entities.iter().cloned()),
            Fact::ScopeNarrowed { entities } => known.scope.retain(|entity| !entities.contains(entity)),
            _ => {}
        }
        self
    }
}

fn opened(new: &IncidentReport) -> Vec<Fact> {
    let (title, severity, span) = (new.title.clone(), new.severity.clone(), new.span);
    let mut facts = vec![Fact::IncidentOpened { title, severity, span }];
    facts.extend(joined(new.alerts.iter().map(|(alert, join)| (*alert, join.clone()))));
    facts.extend(in_parts(new.scope.iter().cloned(), |entities| Fact::ScopeWidened { entities }));
    facts
}

fn changed(old: &IncidentReport, new: &IncidentReport) -> Vec<Fact> {
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

fn joined(alerts: impl Iterator<Item = (AlertId, Option<Join>)>) -> Vec<Fact> {
    in_parts(alerts.map(|(alert, join)| Joined { alert, join }), |alerts| Fact::AlertsJoined { alerts })
}

/// As many facts as the items need, so that none is too large.
fn in_parts<T, C: FromIterator<T>>(items: impl Iterator<Item = T>, fact: impl Fn(C) -> Fact) -> Vec<Fact> {
    let mut items = items.peekable();
    let mut facts = Vec::new();
    while items.peek().is_some() {
        facts.push(fact(items.by_ref().take(AT_ONCE).collect()));
    }
    facts
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use cofferdam_vocabulary::{EntityKind, Role};

    /// An incident of these alerts, about one host.
    pub fn report(title: &str, level: Level, alerts: std::ops::Range<u64>, host: &str) -> IncidentReport {
        let value = Personal::of(host);
        let join = |alert| {
            let join = Join { with: AlertId(alert), because: Personal::of("the same host") };
            (alert > 1).then_some(join)
        };
        IncidentReport {
            title: Personal::of(title),
            severity: Severity { level, reasons: vec![Personal::of("an attempt succeeded")] },
            span: Span { first_seen: None, last_seen: None },
            alerts: alerts.map(|alert| (AlertId(alert), join(alert))).collect(),
            scope: [EntityRecord { kind: EntityKind::Host, value, role: Role::Target }].into(),
        }
    }

    fn state(intents: &[IncidentIntent]) -> Incident {
        intents.iter().fold(Incident::default(), |state, intent| {
            let facts = state.decide(intent.clone()).unwrap();
            facts.iter().fold(state, Incident::evolve)
        })
    }

    fn known(report: IncidentReport) -> IncidentIntent {
        IncidentIntent::Report(Box::new(report))
    }

    #[track_caller]
    fn check(before: &[IncidentIntent], intent: IncidentIntent, want: &str) {
        let got = match state(before).decide(intent) {
            Ok(facts) => facts.iter().map(Fact::kind).collect::<Vec<_>>().join(", "),
            Err(refusal) => format!("refused: {refusal}"),
        };
        assert_eq!(got, want);
    }

    #[test]
    fn only_what_changed_is_recorded() {
        let first = || known(report("Break-in", Level::High, 1..3, "web-01"));
        let opened = "incident-opened/1, alerts-joined/1, scope-widened/1";
        check(&[], first(), opened);
        check(&[first()], first(), "");
        let worse = known(report("Break-in at web-01", Level::Critical, 1..4, "web-01"));
        check(&[first()], worse, "incident-renamed/1, severity-assessed/1, alerts-joined/1");
        let fewer = known(report("Break-in", Level::High, 1..2, "web-02"));
        check(&[first()], fewer, "alerts-left/1, scope-widened/1, scope-narrowed/1");
    }

    #[test]
    fn state_is_what_was_reported_however_many_facts_it_took() {
        let large = report("Break-in", Level::High, 1..1001, "web-01");
        assert_eq!(state(&[known(large.clone())]).known, Some(large.clone()));
        let small = report("Scan", Level::Low, 900..950, "web-02");
        assert_eq!(state(&[known(large), known(small.clone())]).known.unwrap().alerts, small.alerts);
    }

    #[test]
    fn a_merged_incident_takes_nothing_more() {
        let into = IncidentId(1);
        let merge = || IncidentIntent::Merge { into };
        let first = || known(report("Break-in", Level::High, 1..3, "web-01"));
        check(&[], merge(), "refused: no such incident was opened");
        check(&[first()], merge(), "incident-merged/1");
        check(&[first(), merge()], merge(), "");
        check(&[first(), merge()], first(), "refused: the incident is part of INC-0001 since it was merged");
    }

    #[test]
    fn who_may_see_it_is_said_once() {
        let to = |users: &[u64]| users.iter().map(|user| UserId(*user)).collect();
        let restrict = |users: &[u64]| IncidentIntent::Restrict { to: to(users) };
        let first = || known(report("Break-in", Level::High, 1..3, "web-01"));
        check(&[], restrict(&[1]), "refused: no such incident was opened");
        check(&[], IncidentIntent::OpenUp, "refused: no such incident was opened");
        check(&[first()], IncidentIntent::OpenUp, "");
        check(&[first()], restrict(&[]), "refused: nobody could see it; name at least one user");
        check(&[first()], restrict(&[1, 2]), "incident-restricted/1");
        let restricted = [first(), restrict(&[1, 2])];
        check(&restricted, restrict(&[2, 1]), "");
        check(&restricted, restrict(&[2]), "incident-restricted/1");
        check(&restricted, IncidentIntent::OpenUp, "incident-opened-up/1");
        check(&restricted, first(), "");
        let merged = [first(), IncidentIntent::Merge { into: IncidentId(1) }];
        check(&merged, restrict(&[1]), "incident-restricted/1");
    }
}
