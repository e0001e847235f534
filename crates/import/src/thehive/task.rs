//! Tasks of a case of TheHive, and what people logged of them.

use super::{INNER, attachment, id, made};
use crate::case::{Case, Moment, Task};
use crate::fields::{Fields, Form, Told};
use crate::left::Why;
use crate::text::{Lines, one_line};
use cofferdam_journal::incident::{Phase, TASKS, TaskState};

const TOLD: &Told = &[
    ("owner", "owner", Form::Text),
    ("assignee", "assignee", Form::Text),
    ("flag", "flagged", Form::Flag),
    ("mandatory", "mandatory", Form::Flag),
    ("startDate", "began at", Form::Time),
];

/// Reads the tasks of a case.
pub fn tasks(fields: &mut Fields<'_>, case: &mut Case) {
    let mut lines = Lines::default();
    for task in fields.objects("tasks", TASKS) {
        read(task, case, &mut lines);
    }
    case.notes.extend(lines.notes("Tasks in TheHive"));
}

fn read(mut fields: Fields<'_>, case: &mut Case, lines: &mut Lines) {
    let title =
        fields.text("title").map_or_else(|| "Task without a title".to_owned(), |title| one_line(&title));
    lines.heading(&title);
    id(&mut fields).into_iter().for_each(|id| lines.field("id in TheHive", Some(id)));
    made(&mut fields, lines);
    let group = fields.read("group", |value| Some(value.as_str()?.to_owned()));
    lines.field("group", group.clone());
    let status = fields.text("status");
    lines.field("status", status.clone());
    fields.tell(TOLD, lines);
    let (due, end) = (fields.time("dueDate"), fields.time("endDate"));
    lines.field("ended at", end.map(|at| at.to_string()));
    let ended = end.map(|at| format!(" at {at}")).unwrap_or_default();
    let (state, outcome) = match status.as_deref() {
        Some("Completed") => (TaskState::Done, Some(format!("completed in TheHive{ended}"))),
        Some("Cancel" | "Cancelled") => (TaskState::Dropped, Some(format!("cancelled in TheHive{ended}"))),
        _ => (TaskState::Open, None),
    };
    fields.text("description").iter().for_each(|text| lines.paragraph(text));
    for log in fields.objects("logs", usize::MAX) {
        self::log(log, &title, case, lines);
    }
    fields.leave(&["order", "case", "caseId"], Why::Inner);
    fields.leave(&INNER, Why::Inner);
    let phase = phase(group.as_deref().unwrap_or_default());
    case.tasks.push(Task { title, phase, due, state, outcome });
}

/// What somebody logged.
fn log(mut fields: Fields<'_>, task: &str, case: &mut Case, lines: &mut Lines) {
    lines.paragraph("**Log**");
    made(&mut fields, lines);
    fields.tell(&[("owner", "owner", Form::Text), ("status", "status", Form::Text)], lines);
    let at = fields.time("startDate").or_else(|| fields.time("date"));
    lines.field("at", at.map(|at| at.to_string()));
    let message = fields.text("message");
    message.iter().for_each(|message| lines.paragraph(message));
    if let Some(at) = fields.time("includeInTimeline") {
        let what = format!("{task}: {}", one_line(message.as_deref().unwrap_or("logged")));
        case.moments.push(Moment { at, what, technique: None, pinned: false });
    }
    for mut file in fields.object("attachment").into_iter().chain(fields.objects("attachments", usize::MAX)) {
        attachment(&mut file, lines);
    }
    fields.leave(&["_id", "id", "case_task"], Why::Inner);
    fields.leave(&INNER, Why::Inner);
}

/// The phase to which tasks of a group belong, by words that teams call their groups by.
pub fn phase(group: &str) -> Phase {
    let group = group.to_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| group.contains(word));
    match () {
        () if has(&["contain", "isolat", "block"]) => Phase::Containment,
        () if has(&["eradicat", "remov", "clean"]) => Phase::Eradication,
        () if has(&["recover", "restor"]) => Phase::Recovery,
        () if has(&["lesson", "post-incident", "post incident", "postmortem", "review", "clos"]) => {
            Phase::Review
        }
        () => Phase::Analysis,
    }
}
