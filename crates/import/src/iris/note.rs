//! Notes of a case, each with its comments: one by one, or in directories and groups.

use super::{INNER, comments, custom};
use crate::case::Case;
use crate::fields::{Fields, Form, Told};
use crate::left::Why;
use crate::text::{Lines, one_line};

/// Notes of one case: others of its notes need room, too.
const MOST: usize = 500;
const TOLD: &Told =
    &[("note_creationdate", "written at", Form::Time), ("note_lastupdate", "changed at", Form::Time)];

/// Reads the notes of a case.
pub fn notes(fields: &mut Fields<'_>, case: &mut Case) {
    for one in fields.objects("notes", MOST) {
        if one.has("group_title") || one.has("notes") {
            group(one, case);
        } else {
            read(one, None, case);
        }
    }
    for name in ["note_directories", "notes_directories"] {
        fields.objects(name, MOST).into_iter().for_each(|one| group(one, case));
    }
}

/// Notes that stand together, and directories within.
fn group(mut fields: Fields<'_>, case: &mut Case) {
    let called = fields.first(&["group_title", "name"]).map(|name| one_line(&name));
    for one in fields.objects("notes", MOST) {
        read(one, called.as_deref(), case);
    }
    for name in ["subdirectories", "children"] {
        fields.objects(name, MOST).into_iter().for_each(|one| group(one, case));
    }
    fields.leave(
        &[
            "group_creationdate",
            "group_lastupdate",
            "group_id",
            "group_uuid",
            "group_user",
            "group_case_id",
            "id",
            "parent_id",
            "case_id",
            "note_count",
        ],
        Why::Inner,
    );
}

fn read(mut fields: Fields<'_>, within: Option<&str>, case: &mut Case) {
    let title =
        fields.first(&["note_title", "title"]).map_or_else(|| "Note".to_owned(), |title| one_line(&title));
    let mut lines = Lines::default();
    lines.field("directory", within.map(str::to_owned).or_else(|| fields.named("directory", &["name"])));
    fields.tell(TOLD, &mut lines);
    custom(&mut fields, &mut lines);
    fields.first(&["note_content", "content"]).iter().for_each(|text| lines.paragraph(text));
    comments(&mut fields, &mut lines);
    fields.leave(
        &["note_id", "id", "note_uuid", "note_user", "note_case_id", "directory_id", "note_user_id"],
        Why::Inner,
    );
    fields.leave(&INNER, Why::Inner);
    case.notes.extend(lines.notes(&title));
}
