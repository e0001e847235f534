//! The timeline of a case.

use super::{INNER, comments, custom};
use crate::case::{Case, Moment};
use crate::fields::{Fields, Form, Told};
use crate::left::Why;
use crate::text::{Lines, one_line};
use cofferdam_journal::incident::MOMENTS;

const TOLD: &Told = &[
    ("event_tz", "time zone", Form::Text),
    ("category", "category", Form::Text),
    ("event_source", "source", Form::Text),
    ("event_tags", "tags", Form::List),
    ("assets", "assets", Form::List),
    ("last_edited_by", "written by", Form::Text),
    ("event_added", "added at", Form::Time),
    ("event_in_summary", "in the summary", Form::Flag),
    ("event_is_flagged", "flagged", Form::Flag),
    ("event_content", "content", Form::Text),
    ("event_raw", "raw", Form::Text),
];

/// Reads the timeline of a case: each event is a moment, and all that it says stands in a note.
pub fn timeline(fields: &mut Fields<'_>, case: &mut Case) {
    let mut lines = Lines::default();
    // Two moments are of the case itself.
    for one in fields.objects("timeline", MOMENTS - 10) {
        read(one, case, &mut lines);
    }
    case.notes.extend(lines.notes("Timeline in DFIR-IRIS"));
}

fn read(mut fields: Fields<'_>, case: &mut Case, lines: &mut Lines) {
    let title =
        fields.text("event_title").map_or_else(|| "Event without a title".to_owned(), |text| one_line(&text));
    lines.heading(&title);
    let at = fields.time("event_date");
    lines.field("at", at.map(|at| at.to_string()));
    let pinned = ["event_in_summary", "event_is_flagged"].iter().any(|name| fields.is_true(name));
    fields.tell(TOLD, lines);
    for mut ioc in fields.objects("iocs", usize::MAX) {
        let value = ioc.text("ioc_value");
        lines.field("seen with", value);
        ioc.leave(&["type", "type_name", "tlp_name", "ioc_description"], Why::Repeated);
        ioc.leave(&["ioc_id"], Why::Inner);
    }
    custom(&mut fields, lines);
    comments(&mut fields, lines);
    fields.leave(&["event_date_wtz"], Why::Repeated);
    fields.leave(
        &[
            "event_id",
            "event_uuid",
            "event_in_graph",
            "event_color",
            "parent_event_id",
            "case_id",
            "user_id",
            "category_id",
            "modification_history",
        ],
        Why::Inner,
    );
    fields.leave(&INNER, Why::Inner);
    case.moments.extend(at.map(|at| Moment { at, what: title, technique: None, pinned }));
}
