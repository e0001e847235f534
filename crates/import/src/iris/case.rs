//! The export of a case.

use super::{INNER, asset, comments, custom, event, evidence, ioc, note, severity, task};
use crate::case::{Case, Closing, Moment, Product};
use crate::fields::{Fields, Form, Told};
use crate::left::{Left, Why, values_within};
use crate::text::{Lines, one_line};
use cofferdam_journal::incident::Resolution;
use cofferdam_vocabulary::Level;
use jiff::Timestamp;
use serde_json::{Map, Value};

/// What a case says of itself that has no place of its own.
const TOLD: &Told = &[
    ("opened_by", "opened by", Form::Text),
    ("soc_id", "ticket", Form::Text),
    ("case_soc_id", "ticket", Form::Text),
    ("tags", "tags", Form::List),
    ("case_tags", "tags", Form::List),
    ("initial_date", "first opened at", Form::Time),
    ("closing_note", "closing note", Form::Text),
];
/// People and words that are objects in version 2, each with what it is called.
const NAMED: [(&str, &str, &[&str]); 7] = [
    ("owner", "owner", &["user_name", "user_login", "user_email"]),
    ("user", "opened by", &["user_name", "user_login", "user_email"]),
    ("reviewer", "reviewer", &["user_name", "user_login", "user_email"]),
    ("client", "customer", &["customer_name", "name"]),
    ("classification", "classification", &["name_expanded", "name"]),
    ("review_status", "review", &["status_name", "name"]),
    ("state", "state", &["state_name", "name"]),
];
const REPEATED: [&str; 12] = [
    "state_id",
    "status_id",
    "owner_id",
    "user_id",
    "client_id",
    "classification_id",
    "reviewer_id",
    "review_status_id",
    "case_customer",
    "customer_name",
    "case_id",
    "state_name",
];

/// Reads the export of a case.
pub fn case(members: Map<String, Value>) -> Case {
    let (left, values) = (Left::default(), values_within(&members));
    let mut case = read(Fields::new(String::new(), members, &left));
    (case.left, case.values) = (left.done(), values);
    case
}

fn read(mut fields: Fields<'_>) -> Case {
    let mut lines = Lines::default();
    lines.field("exported at", fields.time("export_date").map(|at| at.to_string()));
    let mut case = match fields.object("case") {
        Some(about) => head(about, lines),
        None => return head(Fields::new(String::new(), Map::new(), &Left::default()), lines),
    };
    // What belongs to the case.
    asset::assets(&mut fields, &mut case);
    ioc::iocs(&mut fields, &mut case);
    event::timeline(&mut fields, &mut case);
    task::tasks(&mut fields, &mut case);
    note::notes(&mut fields, &mut case);
    evidence::evidence(&mut fields, &mut case);
    let mut said = Lines::default();
    comments(&mut fields, &mut said);
    case.notes.extend(said.notes("Comments in DFIR-IRIS"));
    for alert in fields.objects("alerts", 1000) {
        case.alerts.push(super::alert::read(alert));
    }
    fields.leave(&INNER, Why::Inner);
    case
}

/// What the export says of the case itself.
fn head(mut about: Fields<'_>, mut lines: Lines) -> Case {
    let id = about.text("case_id");
    let uuid = about.text("case_uuid");
    let name = about.first(&["name", "case_name"]).map(|name| one_line(&name));
    about.leave(&["case_name"], Why::Repeated);
    let opened = about.time("open_date").or_else(|| about.time("case_open_date"));
    let customer = about.read("for_customer", |value| Some(value.as_str()?.to_owned()));
    lines.field("customer", customer.clone());
    let key = match &uuid {
        Some(uuid) => Product::DfirIris.key("case", &[uuid]),
        // Version 1 tells cases apart by nothing else.
        None => {
            let opened = opened.map(|at| at.to_string());
            let parts = [id.clone(), name.clone(), opened, customer].map(Option::unwrap_or_default);
            Product::DfirIris.key("case", &parts.each_ref().map(String::as_str))
        }
    };
    lines.field("id in DFIR-IRIS", uuid.clone());
    lines.field("opened at", opened.map(|at| at.to_string()));
    let level = severity(&mut about, "severity", "severity_id").unwrap_or(Level::Medium);
    for (field, label, of) in NAMED {
        lines.field(label, about.named(field, of));
    }
    let (closed, closing) = closing(&mut about, &mut lines);
    about.tell(TOLD, &mut lines);
    custom(&mut about, &mut lines);
    for mut one in about.objects("protagonists", usize::MAX) {
        let told = [
            ("role", "protagonist", Form::Text),
            ("name", "name", Form::Text),
            ("contact", "contact", Form::Text),
        ];
        one.tell(&told, &mut lines);
        one.leave(&["id", "case_id", "user_id", "user"], Why::Inner);
    }
    if let Some(text) = about.first(&["description", "case_description"]) {
        lines.heading("Description");
        lines.paragraph(&text);
    }
    about.leave(&REPEATED, Why::Repeated);
    about.leave(&["alerts", "case_template_id", "closing_date"], Why::Inner);
    about.leave(&INNER, Why::Inner);
    let called = id.iter().chain(&uuid).cloned().collect();
    let id = id
        .map_or_else(|| name.clone().unwrap_or_else(|| "without a number".to_owned()), |id| format!("#{id}"));
    let moment = |at, what: &str| Moment { at, what: what.to_owned(), technique: None, pinned: true };
    let began = opened.map(|at| moment(at, "opened in DFIR-IRIS"));
    let ended = closing.as_ref().and_then(|closing| Some(moment(closing.at?, &closing.said)));
    Case {
        product: Product::DfirIris,
        title: name.unwrap_or_else(|| format!("Case {id} of DFIR-IRIS")),
        notes: lines.notes(&format!("Case {} of DFIR-IRIS", one_line(&id))),
        id,
        called,
        key,
        severity: level,
        tlp: None,
        pap: None,
        first_seen: opened,
        last_seen: closed,
        scope: Vec::new(),
        stands: Vec::new(),
        tasks: Vec::new(),
        moments: began.into_iter().chain(ended).collect(),
        alerts: Vec::new(),
        closing,
        left: Vec::new(),
        values: 0,
    }
}

fn closing(about: &mut Fields<'_>, lines: &mut Lines) -> (Option<Timestamp>, Option<Closing>) {
    let closed = about.time("close_date").or_else(|| about.time("case_close_date"));
    lines.field("closed at", closed.map(|at| at.to_string()));
    let status = about.first(&["status_name", "case_status"]);
    lines.field("outcome", status.clone());
    let word = status.unwrap_or_default().replace('_', " ").to_lowercase();
    let resolution = match word.as_str() {
        word if word.starts_with("true positive") => Some(Resolution::Resolved),
        "false positive" => Some(Resolution::FalsePositive),
        "legitimate" => Some(Resolution::BenignPositive),
        _ => None,
    };
    let as_what = if word.is_empty() { String::new() } else { format!(" as {}", one_line(&word)) };
    let said = format!("closed in DFIR-IRIS{as_what}");
    (closed, closed.map(|at| Closing { at: Some(at), resolution, said }))
}
