//! Procedures of TheHive 5: what the attacker did, as techniques of ATT&CK.

use super::{INNER, made};
use crate::case::{Case, Moment};
use crate::fields::Fields;
use crate::left::Why;
use crate::text::{Lines, one_line};
use cofferdam_journal::incident::MOMENTS;
use cofferdam_vocabulary::TechniqueId;

/// Reads the procedures of a case.
pub fn procedures(fields: &mut Fields<'_>, case: &mut Case) {
    let mut lines = Lines::default();
    for one in fields.objects("procedures", MOMENTS) {
        read(one, case, &mut lines);
    }
    case.notes.extend(lines.notes("Procedures in TheHive"));
}

fn read(mut fields: Fields<'_>, case: &mut Case, lines: &mut Lines) {
    let (id, name) = (fields.text("patternId"), fields.text("patternName"));
    let called = [id.clone(), name].into_iter().flatten().collect::<Vec<_>>().join(" ");
    let called = if called.is_empty() { "Procedure".to_owned() } else { called };
    lines.heading(&called);
    lines.field("tactic", fields.first(&["tacticLabel", "tactic"]));
    fields.leave(&["tactic"], Why::Repeated);
    let at = fields.time("occurDate");
    lines.field("at", at.map(|at| at.to_string()));
    made(&mut fields, lines);
    let description = fields.text("description");
    description.iter().for_each(|text| lines.paragraph(text));
    if let Some(at) = at {
        let what =
            description.map_or_else(|| called.clone(), |text| format!("{called}: {}", one_line(&text)));
        let technique = id.and_then(|id| TechniqueId::parse(&id).ok());
        case.moments.push(Moment { at, what, technique, pinned: false });
    }
    fields.leave(&["_id", "id"], Why::Inner);
    fields.leave(&INNER, Why::Inner);
}
