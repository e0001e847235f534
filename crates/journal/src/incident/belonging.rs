//! What people say belongs to an incident and what does not. From then on it is for people to say: what would join by
//! itself is suggested.

use super::report::in_parts;
use super::{Incident, IncidentRefusal, IncidentReport, Joined, Severity, Span};
use crate::alert::EntityRecord;
use crate::fact::Fact;
use crate::personal::Personal;
use cofferdam_vocabulary::{AlertId, IncidentId};
use std::collections::{BTreeMap, BTreeSet};

/// What people do about where alerts belong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Correction {
    /// People found an incident.
    Open {
        /// What they call it.
        title: Personal,
        /// How bad it seems, and why.
        severity: Severity,
    },
    /// These alerts belong to it.
    Attach {
        /// Which; alerts that do already are left as they are.
        alerts: Vec<Joined>,
        /// What they are about.
        scope: BTreeSet<EntityRecord>,
        /// From when to when they were seen.
        span: Span,
        /// Why.
        reason: Personal,
    },
    /// These alerts do not.
    Detach {
        /// Which; alerts that do not are left as they are.
        alerts: BTreeSet<AlertId>,
        /// The incident to which they belong instead; without one they stay out of all of them.
        to: Option<IncidentId>,
        /// Why.
        reason: Personal,
    },
    /// It is no part of the incident into which it was merged.
    Unmerge {
        /// Why.
        reason: Personal,
    },
}

/// Whether there is anything in a reason. One that was erased was given.
pub(super) fn is_given(reason: &Personal) -> bool {
    reason.known().is_none_or(|reason| !reason.trim().is_empty())
}

impl Incident {
    pub(super) fn correct(&self, correction: Correction) -> Result<Vec<Fact>, IncidentRefusal> {
        match correction {
            Correction::Open { .. } if self.known.is_some() => Err(IncidentRefusal::Opened),
            Correction::Open { title, .. } if !is_given(&title) => Err(IncidentRefusal::NoReason),
            Correction::Open { title, severity } => {
                let span = Span { first_seen: None, last_seen: None };
                // What belongs to it is for people to say from the beginning.
                let attached = Fact::AlertsAttached { alerts: Vec::new(), reason: None };
                Ok(vec![Fact::IncidentOpened { title, severity, span }, attached])
            }
            Correction::Attach { reason, .. }
            | Correction::Detach { reason, .. }
            | Correction::Unmerge { reason }
                if !is_given(&reason) =>
            {
                Err(IncidentRefusal::NoReason)
            }
            Correction::Attach { alerts, scope, span, reason } => {
                self.is_open_to_change()?;
                self.attach(alerts, &scope, span, &reason)
            }
            Correction::Detach { alerts, to, reason } => {
                self.is_open_to_change()?;
                self.detach(alerts, to, &reason)
            }
            Correction::Unmerge { reason } => match self.merged_into {
                Some(_) => Ok(vec![Fact::IncidentUnmerged { reason }]),
                None => Ok(vec![]),
            },
        }
    }

    fn is_open_to_change(&self) -> Result<(), IncidentRefusal> {
        match (&self.known, self.merged_into, &self.course.closed) {
            (None, ..) => Err(IncidentRefusal::NotOpened),
            (_, Some(into), _) => Err(IncidentRefusal::Merged { into }),
            (_, _, Some(_)) => Err(IncidentRefusal::Closed),
            _ => Ok(()),
        }
    }

    fn attach(
        &self,
        alerts: Vec<Joined>,
        scope: &BTreeSet<EntityRecord>,
        span: Span,
        reason: &Personal,
    ) -> Result<Vec<Fact>, IncidentRefusal> {
        let known = self.known.as_ref().ok_or(IncidentRefusal::NotOpened)?;
        let fresh: BTreeMap<AlertId, Joined> = { alerts.into_iter() }
            .filter(|joined| !known.alerts.contains_key(&joined.alert))
            .map(|joined| (joined.alert, joined))
            .collect();
        if fresh.is_empty() {
            return Ok(vec![]);
        }
        let mut facts = in_parts(fresh.into_values(), |alerts| Fact::AlertsAttached {
            alerts,
            reason: Some(reason.clone()),
        });
        facts.extend(self.touches(known, scope, span));
        Ok(facts)
    }

    /// That it touches more, and lasted longer, than was known.
    fn touches(&self, known: &IncidentReport, scope: &BTreeSet<EntityRecord>, span: Span) -> Vec<Fact> {
        let mut facts = known.wider(scope);
        let span = known.span.with(span);
        if span != known.span {
            facts.push(Fact::IncidentSpans(span));
        }
        facts
    }

    fn detach(
        &self,
        alerts: BTreeSet<AlertId>,
        to: Option<IncidentId>,
        reason: &Personal,
    ) -> Result<Vec<Fact>, IncidentRefusal> {
        let known = self.known.as_ref().ok_or(IncidentRefusal::NotOpened)?;
        let own = alerts.into_iter().filter(|alert| known.alerts.contains_key(alert));
        Ok(in_parts(own, |alerts| Fact::AlertsDetached { alerts, to, reason: reason.clone() }))
    }

    /// The alerts of an incident that people accepted as belonging to this one.
    pub(super) fn accepted(alerts: Vec<Joined>) -> Vec<Fact> {
        in_parts(alerts.into_iter(), |alerts| Fact::AlertsAttached { alerts, reason: None })
    }

    pub(super) fn corrected(&mut self, fact: &Fact) {
        match fact {
            Fact::AlertsAttached { alerts, .. } => {
                self.led = true;
                if let Some(known) = &mut self.known {
                    known.alerts.extend(alerts.iter().map(|joined| (joined.alert, joined.join.clone())));
                }
            }
            Fact::AlertsDetached { alerts, .. } => {
                self.led = true;
                if let Some(known) = &mut self.known {
                    known.alerts.retain(|alert, _| !alerts.contains(alert));
                }
            }
            Fact::IncidentUnmerged { .. } => (self.led, self.merged_into) = (true, None),
            _ => {}
        }
    }
}
