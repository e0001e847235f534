//! An alert of TheHive.

use super::{INNER, custom, id, made, observable, pap, severity, tlp};
use crate::case::{ForeignAlert, Product};
use crate::fields::{Fields, Form, Told};
use crate::left::{Left, Why, values_within};
use crate::text::{Lines, one_line};
use cofferdam_vocabulary::Level;
use serde_json::{Map, Value};

const TOLD: &Told = &[
    ("externalLink", "link", Form::Text),
    ("tags", "tags", Form::List),
    ("assignee", "assignee", Form::Text),
    ("flag", "flagged", Form::Flag),
    ("follow", "followed", Form::Flag),
    ("read", "read", Form::Flag),
    ("caseTemplate", "template", Form::Text),
    ("lastSyncDate", "last told at", Form::Time),
];
const COMPUTED: [&str; 13] = [
    "observableCount",
    "newDate",
    "inProgressDate",
    "closedDate",
    "importedDate",
    "importDate",
    "timeToDetect",
    "timeToTriage",
    "timeToQualify",
    "timeToAcknowledge",
    "stats",
    "similarCases",
    "similarArtifacts",
];

/// Reads an alert that stands by itself.
pub fn alert(members: Map<String, Value>) -> ForeignAlert {
    let (left, values) = (Left::default(), values_within(&members));
    let mut alert = read(Fields::new(String::new(), members, &left));
    (alert.left, alert.values) = (left.done(), values);
    alert
}

/// Reads an alert. What of it is not imported is noted where its fields are from.
pub fn read(mut fields: Fields<'_>) -> ForeignAlert {
    let mut lines = Lines::default();
    let id = id(&mut fields);
    let made = made(&mut fields, &mut lines);
    let told = ["type", "source", "sourceRef"].map(|name| fields.text(name));
    for (label, text) in ["type", "source", "reference"].iter().zip(&told) {
        lines.field(label, text.clone());
    }
    let [kind, source, reference] = told.map(Option::unwrap_or_default);
    // The three together are one alert, however often it is told.
    let key = Product::TheHive.key("alert", &[&kind, &source, &reference]);
    lines.field("id in TheHive", id.clone());
    let title = fields.text("title").map(|title| one_line(&title));
    let level = severity(&mut fields).unwrap_or(Level::Medium);
    lines.field("TLP", tlp(&mut fields).map(|tlp| tlp.to_string()));
    lines.field("PAP", pap(&mut fields).map(|pap| pap.to_string()));
    let date = fields.time("date");
    lines.field("at", date.map(|at| at.to_string()));
    let (status, stage) = (fields.text("status"), fields.text("stage"));
    lines.field("status", status.clone());
    lines.field("stage", stage.clone());
    let closed = |text: &String| ["closed", "ignored"].iter().any(|word| text.eq_ignore_ascii_case(word));
    let of: Vec<String> = ["case", "caseId"].iter().filter_map(|name| fields.text(name)).collect();
    lines.field("case", Some(of.join(", ")).filter(|of| !of.is_empty()));
    fields.tell(TOLD, &mut lines);
    custom(&mut fields, &mut lines);
    for name in ["summary", "description"] {
        fields.text(name).iter().for_each(|text| lines.paragraph(text));
    }
    let mut entities = Vec::new();
    for name in ["artifacts", "observables"] {
        for one in fields.objects(name, usize::MAX) {
            entities.extend(observable::read(one, &mut lines));
        }
    }
    fields.leave(&COMPUTED, Why::Computed);
    fields.leave(&INNER, Why::Inner);
    ForeignAlert {
        product: Product::TheHive,
        title: title.unwrap_or_else(|| "Alert of TheHive".to_owned()),
        id: id.unwrap_or(reference),
        key,
        of,
        level,
        at: date.or(made.at),
        entities,
        details: lines.done(),
        closed: status.iter().chain(&stage).any(closed),
        left: Vec::new(),
        values: 0,
    }
}
