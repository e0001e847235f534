//! What a case kept as evidence: the export has what is said of it, and not its bytes.

use super::{INNER, comments, custom};
use crate::case::Case;
use crate::fields::{Fields, Form, Told};
use crate::left::Why;
use crate::text::Lines;

const TOLD: &Told = &[
    ("file_hash", "hash", Form::Text),
    ("file_size", "bytes", Form::Text),
    ("added_by", "added by", Form::Text),
    ("date_added", "added at", Form::Time),
    ("acquisition_date", "acquired at", Form::Time),
    ("start_date", "from", Form::Time),
    ("end_date", "until", Form::Time),
    ("file_description", "description", Form::Text),
    ("chain_of_custody", "custody", Form::Text),
];

/// Reads what is said of evidence.
pub fn evidence(fields: &mut Fields<'_>, case: &mut Case) {
    let mut lines = Lines::default();
    for name in ["evidences", "evidence"] {
        for one in fields.objects(name, usize::MAX) {
            read(one, &mut lines);
        }
    }
    case.notes.extend(lines.notes("Evidence in DFIR-IRIS, of which only what follows is here"));
}

fn read(mut fields: Fields<'_>, lines: &mut Lines) {
    lines.heading(&fields.text("filename").unwrap_or_else(|| "File without a name".to_owned()));
    fields.tell(TOLD, lines);
    lines.field("type", fields.named("type", &["name"]));
    custom(&mut fields, lines);
    comments(&mut fields, lines);
    fields.leave(&["id", "file_uuid"], Why::NoBytes);
    fields.leave(&["case_id", "user_id", "type_id"], Why::Inner);
    fields.leave(&INNER, Why::Inner);
}
