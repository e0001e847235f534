//! Cases and alerts of DFIR-IRIS: the export of a case, and alerts as its interface gives them.
//!
//! Sources: DFIR-IRIS, `source/app/datamgmt/reporter/report_db.py` (`export_case_json`, in 1.x and 2.x) and
//! `source/app/schema/marshables.py` (`CaseDetailsSchema`, `IocSchema`, `CaseNoteSchema`, `CommentSchema`, `AlertSchema`).

mod alert;
mod asset;
mod case;
mod event;
mod evidence;
mod ioc;
mod note;
mod task;

pub use alert::alert;
pub use case::case;

use crate::fields::Fields;
use crate::left::Why;
use crate::text::Lines;
use cofferdam_journal::incident::Tlp;
use cofferdam_vocabulary::Level;
use serde_json::{Map, Value};

/// Fields of every object that are about the product.
const INNER: [&str; 6] = [
    "modification_history",
    "csrf_token",
    "ioc_enrichment",
    "asset_enrichment",
    "related_alerts",
    "event_comments_map",
];

/// Whether an object is the export of a case.
pub fn is_case(object: &Map<String, Value>) -> bool {
    let parts = ["iocs", "assets", "timeline", "evidences", "tasks", "notes"];
    object.get("case").is_some_and(Value::is_object) && parts.iter().any(|part| object.contains_key(*part))
}

/// Whether an object is an alert.
pub fn is_alert(object: &Map<String, Value>) -> bool {
    object.contains_key("alert_title")
        && (object.contains_key("alert_id") || object.contains_key("alert_source"))
}

/// How bad, by its name: its number is another in each installation.
fn severity(fields: &mut Fields<'_>, name: &str, id: &str) -> Option<Level> {
    let level = fields.object(name).and_then(|mut within| {
        let level = within.read("severity_name", |value| Level::parse(value.as_str()?).ok());
        within.leave_all(Why::Inner);
        level
    });
    let level = level.or_else(|| fields.read(name, |value| Level::parse(value.as_str()?).ok()));
    fields.leave(&[id], if level.is_some() { Why::Repeated } else { Why::Unreadable });
    level
}

/// With whom something may be shared, by the name of the mark: `red`, `amber` …
fn tlp(fields: &mut Fields<'_>) -> Option<Tlp> {
    let name = fields.named("tlp", &["tlp_name"]).or_else(|| fields.text("tlp_name"))?;
    match name.to_ascii_lowercase().as_str() {
        "clear" | "white" => Some(Tlp::Clear),
        "green" => Some(Tlp::Green),
        "amber" => Some(Tlp::Amber),
        "amber+strict" => Some(Tlp::AmberStrict),
        "red" => Some(Tlp::Red),
        _ => None,
    }
}

/// Attributes that an organisation added.
fn custom(fields: &mut Fields<'_>, lines: &mut Lines) {
    fields.flat("custom_attributes", lines);
}

/// What people said to an object.
fn comments(fields: &mut Fields<'_>, lines: &mut Lines) {
    use crate::fields::Form::{Text, Time};
    for mut comment in fields.objects("comments", usize::MAX) {
        lines.paragraph("**Comment**");
        lines.field(
            "by",
            comment.text("comment_by").or_else(|| comment.named("user", &["user_name", "user_login"])),
        );
        comment.tell(
            &[
                ("comment_date", "at", Time),
                ("comment_update_date", "changed at", Time),
                ("user_id", "user", Text),
            ],
            lines,
        );
        comment.text("comment_text").iter().for_each(|text| lines.paragraph(text));
        comment.leave(
            &["comment_id", "comment_uuid", "comment_case_id", "comment_user_id", "comment_alert_id"],
            Why::Inner,
        );
        comment.leave(&INNER, Why::Inner);
    }
}
