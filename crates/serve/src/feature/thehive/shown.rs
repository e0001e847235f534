//! Alerts as clients of TheHive read them.

use super::document::Document;
use super::fields;
use super::form::{Form, millis};
use super::marks::{pap, severity, tlp};
use super::observable;
use cofferdam_journal::alert::{Alert, AlertState, Verdict};
use cofferdam_journal::view::AlertRow;
use cofferdam_journal::{Actor, Aggregate, Entry};
use cofferdam_vocabulary::IncidentId;
use jiff::Timestamp;
use serde_json::{Map, Value, json};

/// What there is to show of an alert.
pub struct Shown {
    row: AlertRow,
    alert: Alert,
    /// What its feeder said; of an alert that came another way, what stands for it.
    document: Document,
    /// Its first and its last entry.
    created: Stamp,
    updated: Option<Stamp>,
    /// The incident that is its case.
    imported: Option<IncidentId>,
    /// The account of whoever works on it.
    assignee: Option<String>,
}

/// Who did something, and when.
pub struct Stamp {
    by: String,
    at: Timestamp,
}

impl Stamp {
    /// Of an entry.
    pub fn of(entry: &Entry) -> Stamp {
        let by = match &entry.actor {
            Actor::Person(account) => account.known().unwrap_or_default().to_owned(),
            Actor::Program(_) => "cofferdam".to_owned(),
        };
        Stamp { by, at: entry.head.time }
    }

    /// The first of some entries, and the last if it is another.
    pub fn both(entries: &[Entry]) -> Option<(Stamp, Option<Stamp>)> {
        let updated = entries.get(1..).and_then(<[Entry]>::last).map(Stamp::of);
        Some((Stamp::of(entries.first()?), updated))
    }

    /// As members of an object, under the names of a form: `created` or `updated`.
    pub fn put(&self, name: &str, form: Form, into: &mut Map<String, Value>) {
        let mark = if form == Form::V1 { "_" } else { "" };
        into.insert(format!("{mark}{name}By"), json!(self.by));
        into.insert(format!("{mark}{name}At"), json!(millis(self.at)));
    }
}

impl Shown {
    /// An alert of its entries; nothing when it was never raised.
    pub fn of(
        row: AlertRow,
        entries: &[Entry],
        imported: Option<IncidentId>,
        assignee: Option<String>,
    ) -> Option<Shown> {
        let alert = Alert::replay(entries.iter().map(|entry| &entry.fact));
        alert.known.as_ref()?;
        let (created, updated) = Stamp::both(entries)?;
        let document = Document::of_quotes(&alert.quotes);
        Some(Shown { row, alert, document, created, updated, imported, assignee })
    }

    /// The alert in a form.
    pub fn json(&self, form: Form) -> Value {
        let mut shown: Map<String, Value> = self.document.members.clone().into_iter().collect();
        let id = format!("~{}", self.row.id.0);
        self.put_said(form, &id, &mut shown);
        self.created.put("created", form, &mut shown);
        if let Some(updated) = &self.updated {
            updated.put("updated", form, &mut shown);
        }
        shown.insert("_id".to_owned(), json!(id));
        let case = self.imported.map(|incident| format!("~{}", incident.0));
        let rest = match form {
            Form::V1 => self.rest_of_v1(case.as_deref()),
            Form::V0 => json!({
                "id": id, "_type": "alert", "case": case, "status": self.status_of_v0(), "similarCases": [],
            }),
        };
        shown.extend(rest.as_object().cloned().unwrap_or_default());
        if shown.get("caseId").is_some_and(Value::is_null) {
            shown.remove("caseId");
        }
        match &self.assignee {
            Some(account) => shown.insert("assignee".to_owned(), json!(account)),
            None => shown.remove("assignee"),
        };
        Value::Object(shown)
    }

    /// What stands in both forms, of what the feeder said where it did.
    fn put_said(&self, form: Form, id: &str, shown: &mut Map<String, Value>) {
        let (row, document) = (&self.row, &self.document);
        let date = row.count.first_seen.unwrap_or(row.raised);
        // What nobody says of an alert that came another way.
        let usual = [
            ("type", json!(row.source.as_str())),
            ("source", json!("cofferdam")),
            ("sourceRef", json!(row.id)),
            ("description", json!("")),
            ("tags", json!([])),
            ("follow", json!(true)),
            ("date", json!(millis(date))),
        ];
        for (name, value) in usual {
            shown.entry(name).or_insert(value);
        }
        // The journal cuts titles; the document has them whole. Where both were told, they are of one request.
        let title = document.text("title").or(row.title.known()).unwrap_or_default();
        shown.insert("title".to_owned(), json!(title));
        shown.insert("severity".to_owned(), json!(severity(row.level).0));
        shown.insert("tlp".to_owned(), tlp(document.number("tlp")).number(form));
        shown.insert("pap".to_owned(), json!(pap(document.number("pap")).0));
        let fields = fields::shown(document.members.get("customFields"), form);
        shown.insert("customFields".to_owned(), fields);
        let created = (millis(self.created.at), self.created.by.as_str());
        let observables = document.observables.iter().enumerate();
        let observables: Vec<Value> = observables
            .map(|(at, one)| observable::shown(one, &format!("{id}-{at}"), created, form))
            .collect();
        let name = if form == Form::V1 { "observables" } else { "artifacts" };
        shown.insert(name.to_owned(), json!(observables));
    }

    fn rest_of_v1(&self, case: Option<&str>) -> Value {
        let (row, document) = (&self.row, &self.document);
        let (status, stage) = self.status();
        let date = row.count.first_seen.unwrap_or(row.raised);
        json!({
            "_type": "alert",
            "severityLabel": severity(row.level).1,
            "tlpLabel": tlp(document.number("tlp")).label(),
            "papLabel": pap(document.number("pap")).label(),
            "observableCount": document.observables.len(),
            "caseId": case,
            "status": status,
            "stage": stage,
            "extraData": {},
            "newDate": millis(row.raised),
            "timeToDetect": (millis(row.raised) - millis(date)).max(0),
        })
    }

    /// The status and the stage of TheHive 5.
    fn status(&self) -> (&'static str, &'static str) {
        let verdict = match self.alert.triage.judgement.as_ref().map(|judgement| judgement.verdict) {
            Some(Verdict::TruePositive) => Some("TruePositive"),
            Some(Verdict::FalsePositive) => Some("FalsePositive"),
            Some(Verdict::Duplicate) => Some("Duplicate"),
            Some(Verdict::BenignPositive | Verdict::Test) => Some("Ignored"),
            None => None,
        };
        match self.row.state() {
            AlertState::Dismissed => (verdict.unwrap_or("Ignored"), "Closed"),
            AlertState::Hidden => ("Ignored", "Closed"),
            _ if self.imported.is_some() => ("Imported", "Imported"),
            _ if verdict.is_some() || self.row.assignee.is_some() => {
                (verdict.unwrap_or("InProgress"), "InProgress")
            }
            _ => ("New", "New"),
        }
    }

    fn status_of_v0(&self) -> &'static str {
        match self.status().1 {
            "Imported" => "Imported",
            "Closed" => "Ignored",
            _ => "New",
        }
    }
}
