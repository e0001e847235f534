//! Incidents as clients of TheHive read them: as cases.

use super::document::Document;
use super::fields;
use super::form::{Form, millis};
use super::marks::{PapMark, TlpMark, severity};
use super::shown::Stamp;
use cofferdam_journal::incident::{Incident, Phase, Resolution};
use cofferdam_journal::view::IncidentRow;
use cofferdam_journal::{Aggregate, Entry, Fact};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// What there is to show of an incident.
pub struct Case {
    row: IncidentRow,
    incident: Incident,
    created: Stamp,
    updated: Option<Stamp>,
    /// When it was closed, in milliseconds.
    closed: Option<i64>,
    /// The account of whoever leads it.
    assignee: Option<String>,
    /// What feeders said of its alerts.
    documents: Vec<Document>,
}

impl Case {
    /// An incident of its entries, and of what was said of its alerts; nothing when it was never opened.
    pub fn of(
        row: IncidentRow,
        entries: &[Entry],
        assignee: Option<String>,
        documents: Vec<Document>,
    ) -> Option<Case> {
        let incident = Incident::replay(entries.iter().map(|entry| &entry.fact));
        incident.known.as_ref()?;
        let (created, updated) = Stamp::both(entries)?;
        let is_end = |entry: &&Entry| matches!(entry.fact, Fact::IncidentClosed { .. });
        let closed = entries.iter().rev().find(is_end).map(|entry| millis(entry.head.time));
        let closed = closed.filter(|_| row.closed.is_some());
        Some(Case { row, incident, created, updated, closed, assignee, documents })
    }

    /// The case in a form.
    pub fn json(&self, form: Form) -> Value {
        let row = &self.row;
        let mut shown = Map::new();
        self.created.put("created", form, &mut shown);
        if let Some(updated) = &self.updated {
            updated.put("updated", form, &mut shown);
        }
        let (id, (severity, label)) = (format!("~{}", row.id.0), severity(row.severity));
        let (tlp, pap) = (TlpMark::of(row.marking.tlp), PapMark::of(row.marking.pap));
        let title = row.title.known().unwrap_or_default();
        let both = json!({
            "_id": id,
            "title": title,
            "description": self.description().unwrap_or(title),
            "severity": severity,
            "startDate": millis(row.first_seen.unwrap_or(row.opened)),
            "endDate": self.closed,
            "tags": self.tags(),
            "flag": false,
            "tlp": tlp.number(form),
            "pap": pap.0,
            "customFields": fields::shown(None, form),
        });
        let (status, stage) = self.status();
        let own = match form {
            Form::V1 => json!({
                "_type": "case",
                "number": row.id.0,
                "severityLabel": label,
                "tlpLabel": tlp.label(),
                "papLabel": pap.label(),
                "status": status,
                "stage": stage,
                "assignee": self.assignee,
                "access": { "_kind": "OrganisationAccessKind" },
                "userPermissions": [],
                "extraData": {},
                "newDate": millis(row.opened),
                "closedDate": self.closed,
                "timeToDetect": (millis(row.opened) - millis(row.first_seen.unwrap_or(row.opened))).max(0),
            }),
            Form::V0 => json!({
                "id": id,
                "_type": "case",
                "caseId": row.id.0,
                "status": self.status_of_v0(),
                "resolutionStatus": row.closed.map(|_| status),
                "owner": self.assignee,
                "stats": {},
                "permissions": [],
            }),
        };
        for part in [both, own] {
            let said = part.as_object().cloned().unwrap_or_default().into_iter();
            shown.extend(said.filter(|(_, value)| !value.is_null()));
        }
        Value::Object(shown)
    }

    /// What the first feeder said who did; incidents themselves have none.
    fn description(&self) -> Option<&str> {
        self.documents.iter().find_map(|document| document.text("description"))
    }

    fn tags(&self) -> BTreeSet<String> {
        self.documents.iter().flat_map(Document::tags).collect()
    }

    /// The status and the stage of TheHive 5.
    fn status(&self) -> (&'static str, &'static str) {
        if self.row.merged_into.is_some() {
            return ("Duplicated", "Closed");
        }
        match self.row.closed {
            Some(Resolution::Resolved) => ("TruePositive", "Closed"),
            Some(Resolution::FalsePositive) => ("FalsePositive", "Closed"),
            Some(Resolution::Duplicate) => ("Duplicated", "Closed"),
            Some(Resolution::BenignPositive | Resolution::Test) => ("Other", "Closed"),
            None if self.is_begun() => ("InProgress", "InProgress"),
            None => ("New", "New"),
        }
    }

    fn status_of_v0(&self) -> &'static str {
        match (self.row.merged_into, self.row.closed) {
            (Some(_), _) => "Duplicated",
            (None, Some(_)) => "Resolved",
            (None, None) => "Open",
        }
    }

    fn is_begun(&self) -> bool {
        self.incident.steered.declared || self.row.commander.is_some() || self.row.phase != Phase::default()
    }
}
