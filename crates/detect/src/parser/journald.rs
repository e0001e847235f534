//! Reads systemd's journal as JSON, an entry a line (`journalctl -o json`). Messages are read as those of
//! syslog are: the same program, the same class, the same fields.
//! Source: systemd 257, `systemd.journal-fields(7)`, `journal-export-formats`, `journald-audit.c`.

use super::auditd;
use super::json::JsonFormat;
use super::linux::{Program, push_number};
use crate::event::{Clock, ClockReading, Event, Origin, Value, unescape};
use std::borrow::Cow;

pub(super) const FORMAT: JsonFormat = JsonFormat { classes: || Program::classes().into(), claim };

static ORIGIN: Origin = Origin {
    name: "systemd journal",
    clocks: &[
        Clock { field: "_SOURCE_REALTIME_TIMESTAMP", reading: ClockReading::EpochMicros },
        Clock { field: "__REALTIME_TIMESTAMP", reading: ClockReading::EpochMicros },
    ],
    telling: &[&["message"]],
};

/// What an entry says of its writer and itself.
#[derive(Default)]
struct Entry<'a> {
    has_time: bool,
    message: Option<Value<'a>>,
    host: &'a str,
    identifier: &'a str,
    command: &'a str,
    pid: &'a str,
    executable: &'a str,
    facility: Option<u8>,
    transport: &'a str,
}

/// Recognises an entry by its time and its message or host.
fn claim<'a>(event: &mut Event<'a>) -> bool {
    let mut entry = Entry::default();
    for field in &event.fields {
        match &*field.name {
            "__REALTIME_TIMESTAMP" => entry.has_time = true,
            "MESSAGE" => entry.message = Some(field.value.clone()),
            "_HOSTNAME" => entry.host = span(&field.value),
            "SYSLOG_IDENTIFIER" => entry.identifier = span(&field.value),
            "_COMM" => entry.command = span(&field.value),
            "_PID" => entry.pid = span(&field.value),
            "_EXE" => entry.executable = span(&field.value),
            "SYSLOG_FACILITY" => entry.facility = span(&field.value).parse().ok(),
            "_TRANSPORT" => entry.transport = span(&field.value),
            _ => {}
        }
    }
    if !entry.has_time || (entry.message.is_none() && entry.host.is_empty()) {
        return false;
    }
    event.origin = &ORIGIN;
    entry.tell(event);
    true
}

impl<'a> Entry<'a> {
    /// Adds what the entry says under the names that syslog's fields have.
    fn tell(self, event: &mut Event<'a>) {
        let program = if self.identifier.is_empty() { self.command } else { self.identifier };
        let (host, pid) = (self.host, self.pid);
        let known = Program::named(program);
        event.class = known.class(self.facility);
        event.fields.reserve(12);
        for (name, value) in [("host.name", host), ("process.name", program)] {
            if !value.is_empty() {
                event.push(name, decoded(value));
            }
        }
        if !pid.is_empty() {
            push_number(event, "process.pid", pid);
        }
        let Some(message) = self.message else { return };
        if self.transport == "audit" && audited(event, &message) {
            return;
        }
        match message {
            Value::Escaped(raw) if !raw.contains('\\') => known.read(event, "", raw),
            other => {
                let text = text_of(&other);
                let mut read = Event::new(event.class, "");
                known.read(&mut read, "", &text);
                take(event, read);
            }
        }
        // The writer's own command line is no part of what it tells: it stays `_CMDLINE`, or each message
        // of a program would look like a start of it.
        if !self.executable.is_empty() {
            event.push("process.executable", decoded(self.executable));
        }
    }
}

/// Reads an audit record, whose message is `TYPE key=value …`; its stamp stands in fields of the entry.
fn audited(event: &mut Event<'_>, message: &Value<'_>) -> bool {
    let text = text_of(message);
    let Some((kind, body)) = text.split_once(' ') else { return false };
    let micros = event
        .text_of("_SOURCE_REALTIME_TIMESTAMP")
        .or_else(|| event.text_of("__REALTIME_TIMESTAMP"))
        .and_then(|micros| micros.parse::<u64>().ok())
        .unwrap_or(0);
    let serial = event.text_of("_AUDIT_ID").and_then(|id| id.parse::<u64>().ok()).unwrap_or(0);
    let (seconds, milliseconds) = (micros / 1_000_000, micros / 1_000 % 1_000);
    let record = format!("type={kind} msg=audit({seconds}.{milliseconds:03}:{serial}): {body}");
    let Some(read) = auditd::parse(&record) else { return false };
    take(event, read);
    true
}

/// Takes over what was read of the message.
fn take(event: &mut Event<'_>, read: Event<'_>) {
    let read = read.into_owned();
    event.class = read.class;
    event.repeated = read.repeated;
    event.fields.extend(read.fields);
}

/// The inside of a string of the entry, escapes and all, or a number; anything else says nothing.
fn span<'a>(value: &Value<'a>) -> &'a str {
    match value {
        Value::Escaped(raw) => raw,
        Value::Number(Cow::Borrowed(text)) => text,
        // A field that the writer gave twice: the first counts.
        Value::List(members) => members.first().map_or("", span),
        _ => "",
    }
}

fn decoded(raw: &str) -> Cow<'_, str> {
    if raw.contains('\\') { Cow::Owned(unescape(raw)) } else { Cow::Borrowed(raw) }
}

/// The text of a message; one that is not UTF-8 or holds control characters is an array of its bytes.
fn text_of(value: &Value<'_>) -> String {
    let byte = |member: &Value<'_>| match member {
        Value::Number(number) => number.parse::<u8>().ok(),
        _ => None,
    };
    match value {
        Value::List(members) if members.iter().all(|member| byte(member).is_some()) => {
            let bytes: Vec<u8> = members.iter().filter_map(byte).collect();
            String::from_utf8_lossy(&bytes).into_owned()
        }
        other => other.as_text().unwrap_or_default().into_owned(),
    }
}
