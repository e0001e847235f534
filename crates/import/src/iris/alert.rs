//! An alert of DFIR-IRIS.

use super::{INNER, asset, comments, custom, ioc, severity};
use crate::case::{ForeignAlert, Product};
use crate::fields::{Fields, Form, Told};
use crate::left::{Left, Why, values_within};
use crate::text::{Lines, one_line};
use cofferdam_vocabulary::Level;
use serde_json::{Map, Value};

const TOLD: &Told = &[
    ("alert_source", "source", Form::Text),
    ("alert_source_ref", "reference", Form::Text),
    ("alert_source_link", "link", Form::Text),
    ("alert_creation_time", "made at", Form::Time),
    ("alert_tags", "tags", Form::List),
    ("alert_note", "note", Form::Text),
    ("alert_description", "description", Form::Text),
];
const NAMED: [(&str, &str, &[&str]); 4] = [
    ("owner", "owner", &["user_name", "user_login", "user_email"]),
    ("customer", "customer", &["customer_name", "name"]),
    ("classification", "classification", &["name_expanded", "name"]),
    ("resolution_status", "resolution", &["resolution_status_name", "name"]),
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
    let (id, uuid) = (fields.text("alert_id"), fields.text("alert_uuid"));
    lines.field("id in DFIR-IRIS", uuid.clone());
    let title = fields.text("alert_title").map(|title| one_line(&title));
    let at = fields.time("alert_source_event_time");
    lines.field("at", at.map(|at| at.to_string()));
    let key = match &uuid {
        Some(uuid) => Product::DfirIris.key("alert", &[uuid]),
        None => {
            let parts =
                [id.clone(), title.clone(), at.map(|at| at.to_string())].map(Option::unwrap_or_default);
            Product::DfirIris.key("alert", &parts.each_ref().map(String::as_str))
        }
    };
    let level = severity(&mut fields, "severity", "alert_severity_id").unwrap_or(Level::Medium);
    let status = fields.named("status", &["status_name"]);
    lines.field("status", status.clone());
    let closed = status
        .is_some_and(|status| ["closed", "merged", "escalated"].contains(&status.to_lowercase().as_str()));
    for (field, label, of) in NAMED {
        lines.field(label, fields.named(field, of));
    }
    fields.tell(TOLD, &mut lines);
    custom(&mut fields, &mut lines);
    for whole in ["alert_context", "alert_source_content"] {
        fields.flat(whole, &mut lines);
    }
    let of = fields.list("cases");
    lines.field("case", Some(of.join(", ")).filter(|of| !of.is_empty()));
    let mut entities = Vec::new();
    for name in ["iocs", "alert_iocs"] {
        fields
            .objects(name, usize::MAX)
            .into_iter()
            .for_each(|one| entities.extend(ioc::read(one, &mut lines)));
    }
    for name in ["assets", "alert_assets"] {
        fields
            .objects(name, usize::MAX)
            .into_iter()
            .for_each(|one| entities.extend(asset::read(one, &mut lines).0));
    }
    comments(&mut fields, &mut lines);
    fields.leave(
        &[
            "alert_status_id",
            "alert_owner_id",
            "alert_customer_id",
            "alert_classification_id",
            "alert_resolution_status_id",
        ],
        Why::Repeated,
    );
    fields.leave(&INNER, Why::Inner);
    ForeignAlert {
        product: Product::DfirIris,
        id: id.map_or_else(|| "without a number".to_owned(), |id| format!("#{id}")),
        key,
        of,
        title: title.unwrap_or_else(|| "Alert of DFIR-IRIS".to_owned()),
        level,
        at,
        entities,
        details: lines.done(),
        closed,
        left: Vec::new(),
        values: 0,
    }
}
