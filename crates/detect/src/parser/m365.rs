//! Reads Microsoft 365's unified audit log: records of the Management Activity API, and those that the
//! search exports with the record as a string in `AuditData`.
//! Source: Office 365 Management Activity API schema, "Common schema" and those of its workloads.

use super::cloud::{also, given, members, push_client, push_given, push_outcome, push_pairs, text};
use super::json::{self, JsonFormat};
use super::walk::Walk;
use crate::event::{Clock, ClockReading, Event, EventClass, Field, Origin, Value};
use std::borrow::Cow;

pub(super) const FORMAT: JsonFormat =
    JsonFormat { classes: || ["", EXCHANGE, SECURITY].map(class).to_vec(), claim };

const EXCHANGE: &str = "Exchange";
const SECURITY: &str = "SecurityComplianceCenter";

/// What writes alerts is nobody's account.
const WRITER_OF_ALERTS: &str = "SecurityComplianceAlerts";

/// Lists of names and values, and what one of them is called.
const LISTS: [(&str, &str); 4] = [
    ("Parameters", "Parameter"),
    ("OperationProperties", "OperationProperty"),
    ("ExtendedProperties", "ExtendedProperty"),
    ("DeviceProperties", "DeviceProperty"),
];

static ORIGIN: Origin = Origin {
    name: "Microsoft 365 audit log",
    clocks: &[
        Clock { field: "CreationTime", reading: ClockReading::Utc },
        Clock { field: "CreationDate", reading: ClockReading::Utc },
    ],
    telling: &[&["UserId", "Operation", "ObjectId", "ClientIP", "ResultStatus"], &["Operation", "Workload"]],
};

/// The class of what a workload wrote. The service `exchange` and those of threats are the names under
/// which Defender for Cloud Apps gives the same.
fn class(workload: &str) -> EventClass {
    let services: &'static [&'static str] = match workload {
        EXCHANGE => &["audit", "exchange"],
        SECURITY => &["audit", "threat_management", "threat_detection"],
        _ => &["audit"],
    };
    EventClass { product: "m365", services, categories: &[] }
}

fn claim(event: &mut Event<'_>) -> bool {
    let seen = Seen::of(event);
    if let Some(record) = seen.exported.as_ref().and_then(text) {
        let Some(inner) = exported(&record).map(Event::into_owned) else { return false };
        (event.class, event.origin, event.fields) = (inner.class, inner.origin, inner.fields);
        return true;
    }
    let is_record = seen.operation.is_some() && seen.is_timed && seen.is_kept;
    if is_record {
        read(event, &seen);
    }
    is_record
}

/// A record that an export holds as text.
pub(super) fn exported(record: &str) -> Option<Event<'_>> {
    let mut inner = json::flat(record).ok()?;
    let seen = Seen::of(&inner);
    (seen.operation.is_some() && seen.is_timed).then_some(())?;
    read(&mut inner, &seen);
    Some(inner)
}

/// What decides how a record is read, gathered in one pass over its fields.
#[derive(Default)]
struct Seen<'a> {
    operation: Option<Value<'a>>,
    workload: Option<Value<'a>>,
    /// The record, as the search gives it: a string within another.
    exported: Option<Value<'a>>,
    user: Option<Value<'a>>,
    status: Option<Value<'a>>,
    name: Option<Value<'a>>,
    /// Under the names that products have for it, the most trusted first.
    clients: [Option<Value<'a>>; 3],
    is_timed: bool,
    /// A workload or a type of record is there, which only what the log keeps has.
    is_kept: bool,
    /// Some list of names and values is not empty.
    has_pairs: bool,
}

impl<'a> Seen<'a> {
    fn of(event: &Event<'a>) -> Seen<'a> {
        let mut seen = Seen::default();
        for field in &event.fields {
            let place = match &*field.name {
                "Operation" => &mut seen.operation,
                "Workload" => &mut seen.workload,
                "AuditData" => {
                    seen.exported = Some(field.value.clone());
                    continue;
                }
                "UserId" => &mut seen.user,
                "ResultStatus" => &mut seen.status,
                "Name" => &mut seen.name,
                "ClientIP" => &mut seen.clients[0],
                "ClientIPAddress" => &mut seen.clients[1],
                "ActorIpAddress" => &mut seen.clients[2],
                "RecordType" => {
                    seen.is_kept = true;
                    continue;
                }
                "CreationTime" => {
                    seen.is_timed = true;
                    continue;
                }
                name => {
                    seen.has_pairs |= name.ends_with(".Name") || name.ends_with(".Value");
                    continue;
                }
            };
            place.get_or_insert_with(|| field.value.clone());
        }
        seen.is_kept |= seen.workload.is_some();
        seen
    }
}

fn read<'a>(event: &mut Event<'a>, seen: &Seen<'a>) {
    let workload = seen.workload.as_ref().and_then(text).unwrap_or_default();
    event.class = class(&workload);
    event.origin = &ORIGIN;
    if seen.has_pairs {
        push_lists(event);
    }
    also(event, shared);
    let user = subject(event, &workload).or_else(|| given(seen.user.as_ref()));
    if let Some(user) = user.filter(|user| user != WRITER_OF_ALERTS) {
        event.push("user.name", user);
    }
    push_result(event, seen);
    if let Some(client) = seen.clients.iter().find_map(|client| given(client.as_ref())) {
        push_client(event, client);
    }
    // An alert is told under the alert's name, anything else under that of the operation.
    let name = seen.name.as_ref().filter(|_| workload == SECURITY).or(seen.operation.as_ref());
    push_given(event, "eventName", name);
    if workload == SECURITY {
        for name in ["Parameters", "Data"] {
            let payload = event.get(name).cloned();
            push_given(event, "Payload", payload.as_ref());
        }
    }
}

/// Adds what the record's lists hold, by their names, and in one.
fn push_lists(event: &mut Event<'_>) {
    let arrays = members(event, LISTS.map(|(list, _)| list));
    for ((list, one), array) in LISTS.into_iter().zip(arrays) {
        if let Some(array) = array {
            // The grammar was checked when the fields were read.
            let _ = push_pairs(event, &mut Walk::new(array), one, ("Name", &["Value"]));
            push_words(event, list);
        }
    }
}

/// Whom an alert is about. Its data is JSON in a string.
fn subject<'a>(event: &Event<'a>, workload: &str) -> Option<Cow<'a, str>> {
    let data = event.get("Data").filter(|_| workload == SECURITY).and_then(text)?;
    let user = given(json::flat(&data).ok()?.get("f3u"))?.into_owned();
    Some(Cow::Owned(user))
}

/// Success unless it says otherwise; a login that failed says so in its operation only.
fn push_result<'a>(event: &mut Event<'a>, seen: &Seen<'a>) {
    let said = |value: &Option<Value<'a>>| value.as_ref().and_then(text);
    let failed = said(&seen.operation).is_some_and(|operation| operation == "UserLoginFailed")
        || said(&seen.status).is_some_and(|status| {
            ["Failed", "Failure", "False", "Error"].iter().any(|word| status.eq_ignore_ascii_case(word))
        });
    push_outcome(event, !failed);
    event.push("status", if failed { "failure" } else { "success" });
}

/// Names and values of a list in one, for rules that look for words anywhere in it.
fn push_words(event: &mut Event<'_>, list: &'static str) {
    let mut words = Vec::new();
    for part in [".Name", ".Value"] {
        let is_part = |name: &str| name.strip_prefix(list).is_some_and(|rest| rest == part);
        match event.fields.iter().find(|field| is_part(&field.name)).map(|field| &field.value) {
            Some(Value::List(members)) => words.extend(members.iter().cloned()),
            Some(value) => words.push(value.clone()),
            None => {}
        }
    }
    if !words.is_empty() {
        event.fields.push(Field { name: Cow::Borrowed(list), value: Value::List(words) });
    }
}

fn shared(name: &str) -> &'static [&'static str] {
    match name {
        "Operation" => &["event.action"],
        "Workload" => &["eventSource"],
        "UserAgent" => &["user_agent.original"],
        "ExtendedProperty.UserAgent" => &["UserAgent", "user_agent.original"],
        "ExtendedProperty.RequestType" => &["RequestType"],
        "MailboxOwnerUPN" | "TargetUserOrGroupName" => &["user.target.name"],
        "ClientProcessName" => &["process.name"],
        "SourceFileName" | "FileData.FileName" => &["file.name"],
        "SHA256Hash" | "FileData.SHA256" => &["file.hash.sha256"],
        "MD5Hash" => &["file.hash.md5"],
        "DeviceProperty.DisplayName" => &["host.name"],
        "AppAccessContext.AADSessionId" | "SessionId" | "DeviceProperty.SessionId" => &["session.id"],
        "OrganizationId" => &["cloud.account.id"],
        _ => &[],
    }
}
