//! Reads Microsoft 365's unified audit log: records of the Management Activity API, and those that the
//! search exports with the record as a string in `AuditData`.
//! Source: Office 365 Management Activity API schema, "Common schema" and those of its workloads.

use super::cloud::{also, given, members, push_client, push_given, push_outcome, push_pairs, text};
use super::json::{self, JsonFormat};
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
    let (mut marks, mut exported) = (0, None);
    for field in &event.fields {
        match &*field.name {
            "Operation" => marks |= 1,
            "Workload" | "RecordType" => marks |= 2,
            "CreationTime" => marks |= 4,
            "AuditData" => exported = text(&field.value),
            _ => {}
        }
    }
    if let Some(record) = exported {
        let Some(inner) = self::exported(&record) else { return false };
        (event.class, event.origin, event.fields) = (inner.class, inner.origin, inner.fields);
        return true;
    }
    if marks == 7 {
        read(event);
    }
    marks == 7
}

/// A record that an export holds as text.
pub(super) fn exported(record: &str) -> Option<Event<'static>> {
    let mut inner = json::flat(record).ok()?;
    inner.get("Operation").and(inner.get("CreationTime"))?;
    read(&mut inner);
    Some(inner.into_owned())
}

fn read(event: &mut Event<'_>) {
    let workload = event.text_of("Workload").map(Cow::into_owned).unwrap_or_default();
    event.class = class(&workload);
    event.origin = &ORIGIN;
    let arrays = members(event, LISTS.map(|(list, _)| list));
    for ((list, one), array) in LISTS.into_iter().zip(arrays) {
        if let Some(array) = array {
            push_pairs(event, array, one, ("Name", &["Value"]));
            push_words(event, list);
        }
    }
    also(event, shared);
    let user = subject(event, &workload).or_else(|| given(event.get("UserId")));
    if let Some(user) = user.filter(|user| user != WRITER_OF_ALERTS) {
        event.push("user.name", user);
    }
    push_result(event);
    let client = ["ClientIP", "ClientIPAddress", "ActorIpAddress"].into_iter();
    if let Some(client) = { client }.find_map(|name| given(event.get(name))) {
        push_client(event, client);
    }
    // An alert is told under the alert's name, anything else under that of the operation.
    let name = event.get("Name").filter(|_| workload == SECURITY).or_else(|| event.get("Operation")).cloned();
    push_given(event, "eventName", name.as_ref());
    if workload == SECURITY {
        for name in ["Parameters", "Data"] {
            let payload = event.get(name).cloned();
            push_given(event, "Payload", payload.as_ref());
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
fn push_result(event: &mut Event<'_>) {
    let failed = event.text_of("Operation").is_some_and(|operation| operation == "UserLoginFailed")
        || event.text_of("ResultStatus").is_some_and(|status| {
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
