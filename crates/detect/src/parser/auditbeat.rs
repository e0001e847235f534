//! Reads Auditbeat's records: Linux audit events and the system module's, in the Elastic Common Schema.
//! Source: Auditbeat 8, exported fields.
//!
//! The record's own names stay; beside them stand those by which Sigma's rules for Linux ask.

use super::json::JsonFormat;
use crate::event::{Clock, ClockReading, Event, EventClass, Field, Origin, Value};
use std::borrow::Cow;

pub(super) const FORMAT: JsonFormat = JsonFormat { classes: || CLASSES.into(), claim };

static ORIGIN: Origin = Origin {
    name: "Auditbeat",
    clocks: &[Clock { field: "@timestamp", reading: ClockReading::Utc }],
    telling: &[&["message"], &["process.executable", "event.action"]],
};

const CLASSES: [EventClass; 4] =
    [class(&[]), class(&["process_creation"]), class(&["file_event"]), class(&["network_connection"])];

const fn class(categories: &'static [&'static str]) -> EventClass {
    EventClass { product: "linux", services: &["auditd"], categories }
}

/// The record's names and those of Sigma's rules; the last stand for a command line given in parts.
const SHARED: [(&str, &str); 13] = [
    ("process.executable", "Image"),
    ("process.executable", "exe"),
    ("process.name", "comm"),
    ("process.working_directory", "CurrentDirectory"),
    ("process.pid", "ProcessId"),
    ("process.ppid", "ParentProcessId"),
    ("process.parent.pid", "ParentProcessId"),
    ("process.parent.executable", "ParentImage"),
    ("user.name", "User"),
    ("file.path", "TargetFilename"),
    ("destination.ip", "DestinationIp"),
    ("destination.port", "DestinationPort"),
    ("auditd.summary.how", "exe"),
];

/// Recognises a record by the program that sent it.
fn claim(event: &mut Event<'_>) -> bool {
    let is_auditbeat = |value: &Value<'_>| value.as_text().is_some_and(|text| text == "auditbeat");
    let sent = |field: &Field<'_>| {
        matches!(&*field.name, "agent.type" | "@metadata.beat" | "beat.name") && is_auditbeat(&field.value)
    };
    if !event.fields.iter().any(sent) {
        return false;
    }
    let category = category(&event.text_of("event.action").unwrap_or_default());
    event.class = CLASSES[category];
    event.origin = &ORIGIN;
    share(event);
    true
}

/// The place in [`CLASSES`] of what an action is about.
fn category(action: &str) -> usize {
    match action {
        "executed" | "process_started" | "ran-command" | "existing_process" => 1,
        "created"
        | "deleted"
        | "moved"
        | "updated"
        | "attributes_modified"
        | "opened-file"
        | "changed-file-permissions-of"
        | "changed-file-ownership-of"
        | "renamed"
        | "wrote-to-file" => 2,
        "network_flow" | "connected-to" => 3,
        _ => 0,
    }
}

fn share(event: &mut Event<'_>) {
    if event.get("CommandLine").is_none() {
        let parts = match event.get("process.args") {
            Some(Value::List(parts)) => parts.iter().filter_map(Value::as_text).collect::<Vec<_>>().join(" "),
            Some(single) => single.as_text().unwrap_or_default().into_owned(),
            None => event.text_of("process.title").unwrap_or_default().into_owned(),
        };
        if !parts.is_empty() {
            event.push("CommandLine", parts);
        }
    }
    for (name, shared) in SHARED {
        if event.get(shared).is_none()
            && let Some(value) = event.get(name).cloned()
        {
            event.fields.push(Field { name: Cow::Borrowed(shared), value });
        }
    }
}
