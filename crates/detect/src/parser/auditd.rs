//! Reads Linux audit records: several lines that carry one serial become one event.
//! Source: audit-userspace 4.0, `lib/audit_logging.c`, `auparse/`; Linux 6.1, `include/uapi/linux/audit.h`.
//!
//! [`Joiner`] brings the lines of an event together, [`parse`] reads them. Fields keep auditd's own
//! names; processes, files and connections are also given under the names of Sigma's categories.

mod decode;
mod join;
mod record;
mod sigma;
mod syscalls;

pub use join::{Joined, Joiner};

use crate::event::{Event, EventClass, Field, Value};
use crate::parser::cut::Cut;
use crate::parser::{Room, TextFormat};
use crate::time::EventTime;
use jiff::Timestamp;
use record::{Pair, Record};
use std::borrow::Cow;

pub(super) const FORMAT: TextFormat =
    TextFormat { classes: || classes().into(), read: |line, _, _, room| parse_in(line.trim(), room) };

/// Whether the line is a record of the audit daemon, with or without its node.
pub fn is_audit(line: &str) -> bool {
    Record::read(line).is_some()
}

/// Reads one event: a record line, or several of one serial joined by line breaks. `None` when no
/// line is an audit record.
pub fn parse(text: &str) -> Option<Event<'_>> {
    parse_in(text, &Room::default())
}

/// As [`parse`], with the room's memory.
fn parse_in<'a>(text: &'a str, room: &Room) -> Option<Event<'a>> {
    let (mut several, mut one);
    let records: &mut [Record<'_>] = if text.has(b'\n') {
        several = text.lines().filter_map(Record::read).collect::<Vec<_>>();
        &mut several
    } else {
        one = [Record::read(text)?];
        &mut one
    };
    let first = records.first()?;
    let time = Timestamp::from_millisecond(first.stamp.milliseconds).ok();
    let node = first.stamp.node;
    // What happened comes before what it happened to; within one kind the order of the log stays.
    records.sort_by_key(Record::rank);

    let mut event = Event::new(CLASSES[0], text);
    event.time = time.map(|at| EventTime { at, year_inferred: false, zone_inferred: false });
    let mut pairs: Vec<(&str, Pair<'_>)> = Vec::with_capacity(16 * records.len());
    for record in &*records {
        for pair in record.pairs() {
            pairs.push((record.kind, pair));
        }
    }
    event.fields = room.fields(pairs.len() + 12);
    if !node.is_empty() {
        event.push("host.name", node);
    }
    match &*records {
        [single] => event.push("type", single.kind),
        _ => push_list(&mut event, "type", records.iter().map(|record| record.kind.into()).collect()),
    }
    push_pairs(&mut event, &pairs);
    // Most records of a log tell of logins and services.
    if records.iter().any(Record::is_of_call) {
        sigma::add_call(&mut event, &pairs);
    }
    sigma::push_login(&mut event, &pairs);
    Some(event)
}

/// Adds the fields of all records. EXECVE's arguments stand for SYSCALL's registers of the same name.
fn push_pairs<'a>(event: &mut Event<'a>, pairs: &[(&'a str, Pair<'a>)]) {
    let has_arguments = sigma::has(pairs, "EXECVE");
    if sigma::has(pairs, "PATH") {
        push_list(event, "name", sigma::paths(pairs).filter_map(|path| path.name).collect());
        push_list(event, "nametype", sigma::paths(pairs).map(|path| path.nametype.into()).collect());
    }
    if has_arguments {
        for (at, argument) in decode::arguments(pairs).into_iter().enumerate() {
            event.fields.push(Field { name: decode::argument_name(at), value: Value::Text(argument) });
        }
    }
    // An event has one call and one address; what a forged record repeats stays as it is.
    let (mut call, mut address) = (true, true);
    for (kind, pair) in pairs {
        match (*kind, pair.key) {
            ("EXECVE", _) | ("PATH", "name" | "nametype") => {}
            ("SYSCALL", "a0" | "a1" | "a2" | "a3") if has_arguments => {}
            ("SYSCALL" | "SECCOMP", "syscall") if std::mem::take(&mut call) => {
                push_syscall(event, pairs, pair.raw);
            }
            ("SOCKADDR", "saddr") if std::mem::take(&mut address) => {
                sigma::push_address(event, pairs, pair.raw);
            }
            (_, "key") => match decode::value(pair) {
                Cow::Borrowed(key) => event.push("key", key),
                Cow::Owned(keys) => push_list(event, "key", decode::keys(&keys)),
            },
            (_, key) => event.push(key, decode::value(pair)),
        }
    }
}

/// `syscall` as name and number, and `SYSCALL` as auditd's interpreted part would give it.
fn push_syscall<'a>(event: &mut Event<'a>, pairs: &[(&'a str, Pair<'a>)], number: &'a str) {
    let interpreted = first(pairs, "SYSCALL").map(|pair| pair.raw);
    let known = || first(pairs, "arch").and_then(|arch| syscalls::name(arch.raw, number));
    match interpreted.or_else(known) {
        Some(name) => {
            let both = [name, number].map(|text| Value::Text(Cow::Borrowed(text)));
            event.push_value("syscall", Value::List(both.into()));
            if interpreted.is_none() {
                event.push("SYSCALL", name);
            }
        }
        None => event.push("syscall", number),
    }
}

/// The first pair of this name.
fn first<'p, 'a>(pairs: &'p [(&'a str, Pair<'a>)], key: &str) -> Option<&'p Pair<'a>> {
    pairs.iter().find(|(_, pair)| pair.key == key).map(|(_, pair)| pair)
}

/// Adds one value as text, several as a list, none as nothing.
fn push_list<'a>(event: &mut Event<'a>, name: &'static str, mut values: Vec<Cow<'a, str>>) {
    let value = match values.len() {
        0 => return,
        1 => Value::Text(values.remove(0)),
        _ => Value::List(values.into_iter().map(Value::Text).collect()),
    };
    event.fields.push(Field { name: Cow::Borrowed(name), value });
}

/// Classes by category: bit 0 a process was started, bit 1 a file changed, bit 2 a connection was made.
/// Every class of an audit event.
fn classes() -> [EventClass; 8] {
    CLASSES
}

const CLASSES: [EventClass; 8] = [
    class(&[]),
    class(&["process_creation"]),
    class(&["file_event"]),
    class(&["process_creation", "file_event"]),
    class(&["network_connection"]),
    class(&["process_creation", "network_connection"]),
    class(&["file_event", "network_connection"]),
    class(&["process_creation", "file_event", "network_connection"]),
];

const fn class(categories: &'static [&'static str]) -> EventClass {
    EventClass { product: "linux", services: &["auditd"], categories }
}
