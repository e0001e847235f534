//! An incident that was a case of another product before.

use super::belonging::is_given;
use super::report::in_parts;
use super::{Incident, IncidentRefusal, REASONS, Severity, Span};
use crate::alert::{EntityRecord, ProductName};
use crate::fact::Fact;
use crate::personal::Personal;
use cofferdam_vocabulary::DedupKey;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// The case that an incident was elsewhere.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ForeignCase {
    /// The product that kept it.
    pub product: ProductName,
    /// What people call it there, such as `#42`.
    pub id: Personal,
    /// What tells it from all other cases of that product, by which it is known again when it is imported twice.
    pub key: DedupKey,
}

/// What is known of a case when it becomes an incident.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Import {
    /// Which case.
    pub case: ForeignCase,
    /// What people called it.
    pub title: Personal,
    /// How bad they said that it is.
    pub severity: Severity,
    /// From when to when it was seen.
    pub span: Span,
    /// What it touches.
    pub scope: BTreeSet<EntityRecord>,
}

impl Incident {
    pub(super) fn import(&self, import: Import) -> Result<Vec<Fact>, IncidentRefusal> {
        let Import { case, title, mut severity, span, scope } = import;
        severity.reasons.truncate(REASONS);
        match &self.imported {
            Some(known) if known.product == case.product && known.key == case.key => return Ok(vec![]),
            _ if self.known.is_some() => return Err(IncidentRefusal::Opened),
            _ if !is_given(&title) => return Err(IncidentRefusal::NoTitle),
            _ => {}
        }
        let mut facts = vec![
            Fact::IncidentOpened { title, severity, span },
            Fact::IncidentImported(case),
            // What belongs to it was for people to say there, and is from the beginning here.
            Fact::AlertsAttached { alerts: Vec::new(), reason: None },
        ];
        facts.extend(in_parts(scope.into_iter(), |entities| Fact::ScopeWidened { entities }));
        Ok(facts)
    }
}
