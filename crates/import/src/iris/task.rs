//! Tasks of a case.

use super::{INNER, comments, custom};
use crate::case::{Case, Task};
use crate::fields::{Fields, Form, Told};
use crate::left::Why;
use crate::text::{Lines, one_line};
use crate::thehive::phase;
use cofferdam_journal::incident::{TASKS, TaskState};

const TOLD: &Told = &[
    ("assigned_to", "assigned to", Form::Text),
    ("task_open_date", "opened at", Form::Time),
    ("task_last_update", "changed at", Form::Time),
];

/// Reads the tasks of a case.
pub fn tasks(fields: &mut Fields<'_>, case: &mut Case) {
    let mut lines = Lines::default();
    for one in fields.objects("tasks", TASKS) {
        read(one, case, &mut lines);
    }
    case.notes.extend(lines.notes("Tasks in DFIR-IRIS"));
}

fn read(mut fields: Fields<'_>, case: &mut Case, lines: &mut Lines) {
    let title =
        fields.text("task_title").map_or_else(|| "Task without a title".to_owned(), |text| one_line(&text));
    lines.heading(&title);
    let status = fields.text("task_status").or_else(|| fields.named("status", &["status_name"]));
    lines.field("status", status.clone());
    let ended = fields.time("task_close_date");
    lines.field("closed at", ended.map(|at| at.to_string()));
    // The tags of a task often name its phase: tasks have no groups there.
    let tags = fields.read("task_tags", |value| Some(value.as_str()?.to_owned()));
    lines.field("tags", tags.clone());
    fields.tell(TOLD, lines);
    for mut who in fields.objects("task_assignees", usize::MAX) {
        lines.field("assigned to", who.first(&["name", "user"]));
        who.leave(&["user"], Why::Repeated);
        who.leave(&["id"], Why::Inner);
    }
    custom(&mut fields, lines);
    comments(&mut fields, lines);
    fields.text("task_description").iter().for_each(|text| lines.paragraph(text));
    let at = ended.map(|at| format!(" at {at}")).unwrap_or_default();
    let (state, outcome) = match status.as_deref().map(str::to_lowercase).as_deref() {
        Some("done") => (TaskState::Done, Some(format!("done in DFIR-IRIS{at}"))),
        Some("canceled" | "cancelled") => (TaskState::Dropped, Some(format!("cancelled in DFIR-IRIS{at}"))),
        _ => (TaskState::Open, None),
    };
    fields.leave(
        &[
            "id",
            "task_id",
            "task_uuid",
            "task_status_id",
            "task_case_id",
            "task_userid_open",
            "task_userid_update",
            "task_userid_close",
        ],
        Why::Inner,
    );
    fields.leave(&INNER, Why::Inner);
    let phase = phase(tags.as_deref().unwrap_or(&title));
    case.tasks.push(Task { title, phase, due: None, state, outcome });
}
