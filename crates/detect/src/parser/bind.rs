//! Reads what BIND's `named` writes, to syslog or to files of its own: questions, answers, rewrites by
//! policy, transfers of zones.
//! Source: BIND 9.18, Administrator Reference Manual, "logging Block"; `lib/ns/query.c`, `lib/ns/client.c`.

use super::address::is_ip;
use super::dns;
use super::linux::{push_given, push_number};
use super::syslog::{clock, month, number};
use super::{Room, TextFormat, linux};
use crate::event::{Event, Value};
use crate::parser::cut::Cut;
use crate::time::{EventTime, TimeRules};
use jiff::civil::DateTime;
use std::borrow::Cow;

pub(super) const FORMAT: TextFormat =
    TextFormat { classes: || vec![linux::NAMED], read: |line, rules, _, room| read_file(line, rules, room) };

/// Reads a line of a file that `named` writes: a time, then perhaps category and severity, then a
/// message; without them, a message that begins
/// like one of its own.
fn read_file<'a>(line: &'a str, rules: &TimeRules, room: &Room) -> Option<Event<'a>> {
    let line = line.trim_end();
    let (time, rest) = own_time(line, rules)?;
    let message = rest.trim_start();
    const OWN: [&str; 5] = ["client ", "transfer of '", "zone ", "validating ", "lame server resolving '"];
    let bare = without_labels(message);
    let labelled = bare.len() < message.len();
    if !labelled && !OWN.iter().any(|own| bare.starts_with(own)) {
        return None;
    }
    let mut event = Event::new(linux::NAMED, line);
    event.fields = room.fields(12);
    event.time = Some(time);
    event.push("message", message);
    read(&mut event, message);
    Some(event)
}

/// Reads `02-Mar-2026 09:14:10.506`, which is local time.
fn own_time<'a>(line: &'a str, rules: &TimeRules) -> Option<(EventTime, &'a str)> {
    let (text, rest) = (line.get(..24)?.as_bytes(), line.get(24..)?);
    if [text[2], text[6], text[11], text[20]] != *b"-- ." {
        return None;
    }
    let (hour, minute, second) = clock(&text[12..20])?;
    let (day, year) = (number(&text[..2])? as i8, number(&text[7..11])? as i16);
    let nanos = i32::from(number(&text[21..])?) * 1_000_000;
    let civil = DateTime::new(year, month(&text[3..6])? as i8, day, hour, minute, second, nanos).ok()?;
    Some((rules.in_zone(civil)?, rest))
}

/// The message without `queries: info: `, as `print-category` and `print-severity` put it before.
fn without_labels(message: &str) -> &str {
    let mut rest = message;
    for _ in 0..2 {
        match rest.cut_at(": ") {
            Some((label, after)) if label.bytes().all(|b| b.is_ascii_lowercase() || b == b'-') => {
                rest = after;
            }
            _ => break,
        }
    }
    rest
}

/// Reads a message.
pub(super) fn read<'a>(event: &mut Event<'a>, message: &'a str) {
    let message = without_labels(message);
    if let Some(rest) = message.strip_prefix("client ") {
        return read_client(event, rest);
    }
    if let Some(rest) = message.strip_prefix("transfer of '") {
        let (zone, rest) = rest.cut(b'\'').unwrap_or((rest, ""));
        linux::act(event, "dns_transfer");
        push_given(event, "dns.zone", zone);
        let peer = rest.strip_prefix(" from ").and_then(|rest| rest.cut_at(": "));
        if let Some((peer, _)) = peer {
            push_end(event, peer);
        }
    } else if let Some((_, at)) = message.cut_at(" resolving '").filter(|_| message.has(b'#')) {
        let (name, rest) = at.cut(b'\'').unwrap_or((at, ""));
        push_given(event, "dns.question.name", name.split('/').next().unwrap_or_default());
        if let Some((_, peer)) = rest.cut_at_last(": ") {
            push_end(event, peer);
        }
    }
}

/// What follows `client `: `@0x7f62b80115d0 192.0.2.41#55575 (www.example.org): query: …`.
fn read_client<'a>(event: &mut Event<'a>, rest: &'a str) {
    let rest = match rest.strip_prefix("@0x").and_then(|rest| rest.cut(b' ')) {
        Some((_, rest)) => rest,
        None => rest,
    };
    let end = rest.find([' ', ':']).filter(|end| rest[..*end].has(b'#'));
    // An IPv6 address holds colons itself.
    let end = end.or_else(|| rest.find(' '));
    let Some(end) = end else { return };
    push_end(event, rest[..end].trim_end_matches(':'));
    let told = match rest[end..].cut_at("): ") {
        Some((_, told)) => told,
        None => rest[end..].trim_start_matches([':', ' ']),
    };
    let told = match told.strip_prefix("view ").and_then(|told| told.cut_at(": ")) {
        Some((_, told)) => told,
        None => told,
    };
    if let Some(question) = told.strip_prefix("query: ") {
        linux::act(event, "dns_query");
        read_question(event, question);
    } else if let Some(question) = told.strip_prefix("answer: ").or_else(|| told.strip_prefix("response: ")) {
        linux::act(event, "dns_answer");
        read_question(event, question);
        let answer = question.cut_at(" -> ").map(|(_, answer)| answer.split(' ').next().unwrap_or_default());
        push_given(event, "dns.response_code", answer.unwrap_or_default());
    } else if let Some((_, name)) = told.cut_at(" rewrite ").filter(|_| told.starts_with("rpz ")) {
        linux::act(event, "dns_rewritten");
        read_triple(event, name.split(' ').next().unwrap_or_default());
    } else if let Some((_, name)) = told.cut_at(" for ").filter(|_| told.starts_with("query failed")) {
        linux::end(event, "dns_query", false);
        read_triple(event, name.split(' ').next().unwrap_or_default());
    } else if told.starts_with("query (cache) '") || told.starts_with("query '") {
        linux::end(event, "dns_query", !told.ends_with("denied"));
        read_triple(event, told.split('\'').nth(1).unwrap_or_default());
    } else if told.starts_with("zone transfer '") || told.starts_with("transfer of '") {
        linux::end(event, "dns_transfer", !told.ends_with("denied"));
        push_given(event, "dns.zone", told.split('\'').nth(1).unwrap_or_default());
        let kind = if told.contains("AXFR") { "AXFR" } else { "IXFR" };
        event.push("record_type", kind);
        event.push("dns.question.type", kind);
    }
}

/// `www.example.org IN AAAA +E(0)K (192.0.2.53)`.
fn read_question<'a>(event: &mut Event<'a>, question: &'a str) {
    let mut words = question.split(' ');
    let name = words.next().unwrap_or_default();
    dns::push_question(event, &Value::Text(Cow::Borrowed(name)));
    let (_class, kind) = (words.next(), words.next().unwrap_or_default());
    push_given(event, "record_type", kind);
    push_given(event, "dns.question.type", kind);
    let server = question.cut_at_last(" (").and_then(|(_, rest)| rest.split(')').next()).unwrap_or_default();
    if is_ip(server) {
        event.push("destination.ip", server);
    }
}

/// `www.example.org/A/IN` or `www.example.org/IN/A`.
fn read_triple<'a>(event: &mut Event<'a>, triple: &'a str) {
    let mut parts = triple.split('/');
    dns::push_question(event, &Value::Text(Cow::Borrowed(parts.next().unwrap_or_default())));
    if let Some(kind) = parts.find(|part| !matches!(*part, "IN" | "CH" | "HS")) {
        event.push("record_type", kind);
        event.push("dns.question.type", kind);
    }
}

/// `192.0.2.41#55575`.
fn push_end<'a>(event: &mut Event<'a>, end: &'a str) {
    let (address, port) = end.cut(b'#').unwrap_or((end, ""));
    if is_ip(address) {
        event.push("source.ip", address);
        let digits = port.split(|ch: char| !ch.is_ascii_digit()).next().unwrap_or_default();
        if !digits.is_empty() {
            push_number(event, "source.port", digits);
        }
    }
}
