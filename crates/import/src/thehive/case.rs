//! A case of TheHive.

use super::{INNER, alert, attachment, custom, id, made, observable, pap, procedure, severity, task, tlp};
use crate::case::{Case, Closing, Moment, Product};
use crate::fields::{Fields, Form, Told};
use crate::left::{Left, Why, values_within};
use crate::text::{Lines, one_line};
use cofferdam_journal::incident::{Pap, Resolution, Tlp};
use cofferdam_vocabulary::Level;
use jiff::Timestamp;
use serde_json::{Map, Value};

/// What a case says of itself that has no place of its own.
const TOLD: &Told = &[
    ("owner", "owner", Form::Text),
    ("assignee", "assignee", Form::Text),
    ("user", "user", Form::Text),
    ("flag", "flagged", Form::Flag),
    ("tags", "tags", Form::List),
    ("caseTemplate", "template", Form::Text),
    ("template", "template", Form::Text),
    ("impactStatus", "impact", Form::Text),
];
/// What it works out.
const COMPUTED: [&str; 18] = [
    "stats",
    "newDate",
    "inProgressDate",
    "alertDate",
    "alertNewDate",
    "alertInProgressDate",
    "alertImportedDate",
    "timeToDetect",
    "timeToTriage",
    "timeToQualify",
    "timeToAcknowledge",
    "timeToResolve",
    "handlingDuration",
    "computed",
    "observableCount",
    "taskCount",
    "similarCases",
    "isOwner",
];

/// When a case was and how it ended.
struct Course {
    start: Option<Timestamp>,
    end: Option<Timestamp>,
    closing: Option<Closing>,
}

/// Reads a case.
pub fn case(members: Map<String, Value>) -> Case {
    let (left, values) = (Left::default(), values_within(&members));
    let mut case = read(Fields::new(String::new(), members, &left));
    (case.left, case.values) = (left.done(), values);
    case
}

fn read(mut fields: Fields<'_>) -> Case {
    let mut lines = Lines::default();
    let number = fields.read("caseId", Value::as_u64).or_else(|| fields.read("number", Value::as_u64));
    let id = id(&mut fields);
    let made = made(&mut fields, &mut lines);
    lines.field("id in TheHive", id.clone());
    let key = [id.clone().or(number.map(|number| number.to_string())), made.at.map(|at| at.to_string())];
    let key =
        Product::TheHive.key("case", &key.map(Option::unwrap_or_default).each_ref().map(String::as_str));
    let title = fields.text("title").map(|title| one_line(&title));
    let severity = severity(&mut fields).unwrap_or(Level::Medium);
    let (tlp, pap): (Option<Tlp>, Option<Pap>) = (tlp(&mut fields), pap(&mut fields));
    let course = course(&mut fields, &mut lines);
    fields.tell(TOLD, &mut lines);
    custom(&mut fields, &mut lines);
    fields.flat("metrics", &mut lines);
    for told in ["summary", "description"] {
        if let Some(text) = fields.text(told) {
            lines.heading(if told == "summary" { "Summary" } else { "Description" });
            lines.paragraph(&text);
        }
    }
    let called = id.clone().into_iter().chain(number.map(|number| number.to_string())).collect();
    let name =
        number.map(|number| format!("#{number}")).or(id).unwrap_or_else(|| "without a number".to_owned());
    let mut case = Case {
        product: Product::TheHive,
        title: title.unwrap_or_else(|| format!("Case {name} of TheHive")),
        id: name,
        called,
        key,
        severity,
        tlp,
        pap,
        first_seen: course.start,
        last_seen: course.end,
        scope: Vec::new(),
        stands: Vec::new(),
        notes: Vec::new(),
        tasks: Vec::new(),
        moments: course.moments(),
        alerts: Vec::new(),
        closing: course.closing,
        left: Vec::new(),
        values: 0,
    };
    case.notes = lines.notes(&format!("Case {} of TheHive", one_line(&case.id)));
    within(&mut fields, &mut case);
    fields.leave(&COMPUTED, Why::Computed);
    fields.leave(&INNER, Why::Inner);
    case
}

/// What belongs to the case.
fn within(fields: &mut Fields<'_>, case: &mut Case) {
    task::tasks(fields, case);
    observable::observables(fields, case);
    procedure::procedures(fields, case);
    comments(fields, case);
    for mut page in fields.objects("pages", 300) {
        let mut lines = Lines::default();
        let title = page.text("title").unwrap_or_else(|| "Page".to_owned());
        page.tell(&[("category", "category", Form::Text)], &mut lines);
        made(&mut page, &mut lines);
        page.text("content").iter().for_each(|content| lines.paragraph(content));
        page.leave(&["_id", "id", "slug", "order"], Why::Inner);
        page.leave(&INNER, Why::Inner);
        case.notes.extend(lines.notes(&one_line(&title)));
    }
    let mut files = Lines::default();
    for mut file in fields.objects("attachments", usize::MAX) {
        files.heading("File");
        attachment(&mut file, &mut files);
    }
    case.notes.extend(files.notes("Files in TheHive, of which only what follows is here"));
    for alert in fields.objects("alerts", 1000) {
        case.alerts.push(alert::read(alert));
    }
}

/// What people said to a case.
fn comments(fields: &mut Fields<'_>, case: &mut Case) {
    let mut lines = Lines::default();
    for mut comment in fields.objects("comments", usize::MAX) {
        lines.heading("Comment");
        made(&mut comment, &mut lines);
        comment.tell(&[("isEdited", "edited", Form::Flag)], &mut lines);
        comment.first(&["message", "text"]).iter().for_each(|message| lines.paragraph(message));
        comment.leave(&["_id", "id"], Why::Inner);
        comment.leave(&INNER, Why::Inner);
    }
    case.notes.extend(lines.notes("Comments in TheHive"));
}

fn course(fields: &mut Fields<'_>, lines: &mut Lines) -> Course {
    let (status, stage) = (fields.text("status"), fields.text("stage"));
    lines.field("status", status.clone());
    lines.field("stage", stage.clone());
    let (start, end) = (fields.time("startDate"), fields.time("endDate"));
    let closed = fields.time("closedDate");
    lines.field("began at", start.map(|at| at.to_string()));
    lines.field("ended at", end.map(|at| at.to_string()));
    lines.field("closed at", closed.map(|at| at.to_string()));
    let resolution = fields.read("resolutionStatus", |value| Some(value.as_str()?.to_owned()));
    lines.field("resolution", resolution.clone());
    let word = resolution.or_else(|| status.clone()).unwrap_or_default();
    let ended = ["TruePositive", "FalsePositive", "Indeterminate", "Other", "Duplicated", "Resolved"];
    let is_closed = match stage {
        Some(stage) => stage.eq_ignore_ascii_case("closed"),
        None => status.is_some_and(|status| ended.contains(&status.as_str())),
    };
    let closing = is_closed.then(|| Closing {
        at: closed.or(end),
        resolution: match word.as_str() {
            "TruePositive" => Some(Resolution::Resolved),
            "FalsePositive" => Some(Resolution::FalsePositive),
            "Duplicated" => Some(Resolution::Duplicate),
            _ => None,
        },
        said: format!("closed in TheHive as {}", one_line(&word)),
    });
    Course { start, end: end.or(closed), closing }
}

impl Course {
    fn moments(&self) -> Vec<Moment> {
        let moment = |at, what: &str| Moment { at, what: what.to_owned(), technique: None, pinned: true };
        let began = self.start.map(|at| moment(at, "began, as the case in TheHive says"));
        let closing = self.closing.as_ref();
        let closed = closing.and_then(|closing| Some(moment(closing.at?, &closing.said)));
        began.into_iter().chain(closed).collect()
    }
}
