//! Cases and alerts of TheHive 4 and 5, as its interface gives them, with what belongs to them within.
//!
//! Sources: TheHive 4, the types of its interface (`dto/v0`: `OutputCase`, `OutputTask`, `OutputLog`, `OutputObservable`,
//! `OutputAlert`); TheHive 5, the interface reference of StrangeBee and the types of `thehive4py` 2 (`OutputCase`,
//! `OutputTask`, `OutputTaskLog`, `OutputObservable`, `OutputComment`, `OutputProcedure`, `OutputAlert`).

mod alert;
mod case;
mod observable;
mod procedure;
mod task;

pub use alert::alert;
pub use case::case;
pub use task::phase;

use crate::fields::Fields;
use crate::left::Why;
use crate::text::{Lines, one_line};
use cofferdam_journal::incident::{Pap, Tlp};
use cofferdam_vocabulary::Level;
use jiff::Timestamp;
use serde_json::{Map, Value};

/// Fields of every object that are about the product.
const INNER: [&str; 9] = [
    "_type",
    "_routing",
    "_parent",
    "_version",
    "extraData",
    "userPermissions",
    "permissions",
    "shares",
    "reports",
];

/// Whether an object is a case of TheHive.
pub fn is_case(object: &Map<String, Value>) -> bool {
    let named =
        object.get("_type").and_then(Value::as_str).is_some_and(|kind| kind.eq_ignore_ascii_case("case"));
    let numbered = object.contains_key("caseId") || object.contains_key("number");
    named
        || (numbered && object.contains_key("title") && object.contains_key("severity") && !is_alert(object))
}

/// Whether an object is an alert of TheHive.
pub fn is_alert(object: &Map<String, Value>) -> bool {
    ["title", "type", "source", "sourceRef"].iter().all(|name| object.contains_key(*name))
}

/// Who made an object and when, which each version calls otherwise.
struct Made {
    at: Option<Timestamp>,
}

fn made(fields: &mut Fields<'_>, lines: &mut Lines) -> Made {
    lines.field("made by", fields.first(&["createdBy", "_createdBy"]));
    let at = fields.time("createdAt").or_else(|| fields.time("_createdAt"));
    lines.field("made at", at.map(|at| at.to_string()));
    changed(fields, lines);
    Made { at }
}

fn changed(fields: &mut Fields<'_>, lines: &mut Lines) {
    lines.field("changed by", fields.first(&["updatedBy", "_updatedBy"]));
    let at = fields.time("updatedAt").or_else(|| fields.time("_updatedAt"));
    lines.field("changed at", at.map(|at| at.to_string()));
}

/// What TheHive calls an object, which it says twice in version 4.
fn id(fields: &mut Fields<'_>) -> Option<String> {
    let id = fields.first(&["_id", "id"]);
    fields.leave(&["id"], Why::Repeated);
    id
}

/// How bad: 1 to 4.
fn severity(fields: &mut Fields<'_>) -> Option<Level> {
    let level = fields.read("severity", |value| match value.as_u64()? {
        1 => Some(Level::Low),
        2 => Some(Level::Medium),
        3 => Some(Level::High),
        4 => Some(Level::Critical),
        _ => None,
    });
    let label =
        |fields: &mut Fields<'_>| fields.read("severityLabel", |value| Level::parse(value.as_str()?).ok());
    let level = level.or_else(|| label(fields));
    fields.leave(&["severityLabel"], Why::Repeated);
    level
}

/// With whom it may be shared. A 3 is RED in version 4 and may be AMBER+STRICT in version 5, which writes the label
/// beside it: without one it is the stricter of both.
fn tlp(fields: &mut Fields<'_>) -> Option<Tlp> {
    let label = fields.read("tlpLabel", |value| match value.as_str()?.to_ascii_uppercase().as_str() {
        "CLEAR" | "WHITE" => Some(Tlp::Clear),
        "GREEN" => Some(Tlp::Green),
        "AMBER" => Some(Tlp::Amber),
        "AMBER+STRICT" => Some(Tlp::AmberStrict),
        "RED" => Some(Tlp::Red),
        _ => None,
    });
    if label.is_some() {
        fields.leave(&["tlp"], Why::Repeated);
        return label;
    }
    fields.read("tlp", |value| match value.as_u64()? {
        0 => Some(Tlp::Clear),
        1 => Some(Tlp::Green),
        2 => Some(Tlp::Amber),
        3 | 4 => Some(Tlp::Red),
        _ => None,
    })
}

/// What may be done with it.
fn pap(fields: &mut Fields<'_>) -> Option<Pap> {
    let pap = fields.read("pap", |value| match value.as_u64()? {
        0 => Some(Pap::Clear),
        1 => Some(Pap::Green),
        2 => Some(Pap::Amber),
        3 => Some(Pap::Red),
        _ => None,
    });
    fields.leave(&["papLabel"], Why::Repeated);
    pap
}

/// Fields that an organisation added, each with its value: a list of them, or an object.
fn custom(fields: &mut Fields<'_>, lines: &mut Lines) {
    for mut field in fields.objects("customFields", usize::MAX) {
        let name = field.first(&["displayName", "name"]).unwrap_or_else(|| "field without a name".to_owned());
        field.leave(&["name"], Why::Repeated);
        let value = field.text("value");
        let value = value.or_else(|| field.time("value").map(|at| at.to_string()));
        lines.field(&one_line(&name), value);
        field.leave(&["_id", "id", "type", "order", "description"], Why::Inner);
    }
    fields.flat("customFields", lines);
}

/// A file that TheHive keeps: what is said of it, and its hashes.
fn attachment(fields: &mut Fields<'_>, lines: &mut Lines) -> Vec<String> {
    use crate::fields::Form::{List, Text};
    let hashes = fields.list("hashes");
    lines.field("hashes", Some(hashes.join(", ")).filter(|hashes| !hashes.is_empty()));
    fields.tell(
        &[
            ("name", "file", Text),
            ("size", "bytes", Text),
            ("contentType", "type", Text),
            ("path", "path", List),
        ],
        lines,
    );
    fields.leave(&["id", "_id", "attachmentId"], Why::NoBytes);
    made(fields, lines);
    fields.leave(&INNER, Why::Inner);
    hashes
}
