//! Indicators of a case.

use super::{INNER, custom, tlp};
use crate::case::Case;
use crate::entity::observable;
use crate::fields::{Fields, Form, Told};
use crate::left::Why;
use crate::text::Lines;
use cofferdam_vocabulary::{Entity, Role};

const TOLD: &Told = &[
    ("ioc_tags", "tags", Form::List),
    ("ioc_misp", "MISP", Form::Text),
    ("ioc_description", "description", Form::Text),
];

/// Reads the indicators of a case.
pub fn iocs(fields: &mut Fields<'_>, case: &mut Case) {
    let mut lines = Lines::default();
    for one in fields.objects("iocs", usize::MAX) {
        case.scope.extend(read(one, &mut lines));
    }
    case.notes.extend(lines.notes("Indicators in DFIR-IRIS"));
}

/// The entities that an indicator is: they were the attacker's.
pub fn read(mut fields: Fields<'_>, lines: &mut Lines) -> Vec<Entity> {
    let kind = fields.named("ioc_type", &["type_name"]).or_else(|| fields.first(&["type_name", "type"]));
    let kind = kind.unwrap_or_else(|| "indicator".to_owned());
    let value = fields.text("ioc_value");
    lines.heading(&format!("{kind} {}", value.as_deref().unwrap_or("without a value")));
    lines.field("TLP", tlp(&mut fields).map(|tlp| tlp.to_string()));
    fields.tell(TOLD, lines);
    custom(&mut fields, lines);
    for mut link in fields.objects("link", usize::MAX) {
        lines.field("also in case", link.first(&["case_name", "case_id"]));
        link.leave_all(Why::Inner);
    }
    fields.leave(&["ioc_id", "ioc_uuid", "ioc_type_id", "ioc_tlp_id", "user_id", "case_id"], Why::Inner);
    fields.leave(&INNER, Why::Inner);
    value.map(|value| observable(&kind, &value, Role::Actor)).unwrap_or_default()
}
