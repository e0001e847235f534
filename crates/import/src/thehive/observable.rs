//! Observables of TheHive: entities of the scope, and a line for what else is said of each.

use super::{INNER, attachment, made, pap, tlp};
use crate::case::Case;
use crate::entity::observable;
use crate::fields::{Fields, Form, Told};
use crate::left::Why;
use crate::text::Lines;
use cofferdam_vocabulary::{Entity, Role};

const TOLD: &Told = &[
    ("message", "message", Form::Text),
    ("tags", "tags", Form::List),
    ("sighted", "sighted", Form::Flag),
    ("sightedAt", "sighted at", Form::Time),
    ("startDate", "since", Form::Time),
];

/// Reads the observables of a case.
pub fn observables(fields: &mut Fields<'_>, case: &mut Case) {
    let mut lines = Lines::default();
    for name in ["artifacts", "observables"] {
        for one in fields.objects(name, usize::MAX) {
            case.scope.extend(read(one, &mut lines));
        }
    }
    case.notes.extend(lines.notes("Observables in TheHive"));
}

/// The entities that an observable is. What is an indicator was the attacker's.
pub fn read(mut fields: Fields<'_>, lines: &mut Lines) -> Vec<Entity> {
    let kind = fields.text("dataType").unwrap_or_else(|| "observable".to_owned());
    let value = fields.text("data");
    lines.heading(&format!("{kind} {}", value.as_deref().unwrap_or("without a value")));
    let is_indicator = fields.flag("ioc");
    lines.field("indicator", is_indicator.map(|flag| if flag { "yes" } else { "no" }.to_owned()));
    let role = if is_indicator == Some(true) { Role::Actor } else { Role::Target };
    let mut entities = value.map(|value| observable(&kind, &value, role)).unwrap_or_default();
    lines.field("TLP", tlp(&mut fields).map(|tlp| tlp.to_string()));
    lines.field("PAP", pap(&mut fields).map(|pap| pap.to_string()));
    fields.tell(TOLD, lines);
    made(&mut fields, lines);
    if let Some(mut file) = fields.object("attachment") {
        let hashes = attachment(&mut file, lines);
        entities.extend(hashes.iter().flat_map(|hash| observable("hash", hash, role)));
    }
    fields.leave(&["_id", "id", "ignoreSimilarity", "case", "caseId"], Why::Inner);
    fields.leave(&["stats", "similarCount", "seen"], Why::Computed);
    fields.leave(&INNER, Why::Inner);
    entities
}
