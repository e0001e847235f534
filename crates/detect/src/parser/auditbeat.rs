//! Reads Auditbeat's records: Linux audit events and the system module's, in the Elastic Common Schema.
//! Source: Auditbeat 8, exported fields.
//!
//! The record's own names stay; beside them stand those by which Sigma's rules for Linux ask.

use super::json::JsonFormat;
use crate::event::{Clock, ClockReading, Event, EventClass, Field, Origin, Value};

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

/// The names by which Sigma's rules ask for what the record calls otherwise.
fn shared(name: &str) -> &'static [&'static str] {
    match name {
        "process.executable" => &["Image", "exe"],
        "process.name" => &["comm"],
        "process.working_directory" => &["CurrentDirectory"],
        "process.pid" => &["ProcessId"],
        "process.ppid" | "process.parent.pid" => &["ParentProcessId"],
        "process.parent.executable" => &["ParentImage"],
        "process.command_line" => &["CommandLine"],
        "user.name" => &["User"],
        "file.path" => &["TargetFilename"],
        "destination.ip" => &["DestinationIp"],
        "destination.port" => &["DestinationPort"],
        _ => &[],
    }
}

/// Recognises a record by the program that sent it.
fn claim(event: &mut Event<'_>) -> bool {
    let is_sender = |field: &Field<'_>| {
        matches!(&*field.name, "agent.type" | "@metadata.beat" | "beat.name")
            && matches!(field.value, Value::Escaped("auditbeat"))
    };
    if !event.fields.iter().any(is_sender) {
        return false;
    }
    let (mut category, mut arguments, mut title) = (0, None, None);
    let own = event.fields.len();
    event.fields.reserve(12);
    for at in 0..own {
        let Field { name, value } = &event.fields[at];
        match &**name {
            "event.action" => category = self::category(&value.as_text().unwrap_or_default()),
            "process.args" => arguments = Some(at),
            "process.title" => title = Some(at),
            _ => {
                for shared in shared(name) {
                    event.push_again(at, shared);
                }
            }
        }
    }
    event.class = CLASSES[category];
    event.origin = &ORIGIN;
    let given = event.fields[own..].iter().any(|field| field.name == "CommandLine");
    if let Some(at) = arguments.or(title).filter(|_| !given) {
        let line = match &event.fields[at].value {
            Value::List(parts) => parts.iter().filter_map(Value::as_text).collect::<Vec<_>>().join(" "),
            single => single.as_text().unwrap_or_default().into_owned(),
        };
        event.push("CommandLine", line);
    }
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
