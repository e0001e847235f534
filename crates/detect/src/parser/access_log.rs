//! Reads access logs of nginx and Apache: common, combined and `vhost_combined`.
//! Source: Apache HTTP Server 2.4, mod_log_config; nginx, ngx_http_log_module (`escape=default`).

use crate::event::{Event, EventClass};
use crate::parser::address::is_ip;
use crate::parser::cut::Cut;
use crate::parser::linux::{push_given, push_number};
use crate::parser::seek;
use crate::parser::syslog::{clock, month, number};
use crate::parser::{Room, TextFormat};
use crate::time::{EventTime, TimeRules};
use jiff::civil::DateTime;
use jiff::tz::Offset;
use std::borrow::Cow;

pub(super) const FORMAT: TextFormat =
    TextFormat { classes: || vec![ACCESS], read: |line, _, _, room| parse_in(line, room) };

const ACCESS: EventClass =
    EventClass { product: "", services: &["nginx", "apache"], categories: &["webserver"] };

/// Reads `[VHOST ]CLIENT IDENT USER [TIME] "REQUEST" STATUS BYTES[ "REFERER" "AGENT"…]`; `None` when
/// the line is something else. The line names its zone, so `rules` has nothing to complete.
pub fn parse<'a>(line: &'a str, _rules: &TimeRules) -> Option<Event<'a>> {
    parse_in(line, &Room::default())
}

/// As [`parse`], with the room's memory.
fn parse_in<'a>(line: &'a str, room: &Room) -> Option<Event<'a>> {
    let text = line.trim_end_matches(['\r', '\n']);
    // Servers escape quotes everywhere, so the first one starts the request, whatever the user name holds.
    let (head, rest) = split_at_quote(text)?;
    let (who, time) = head.strip_suffix(']')?.cut_last(b'[')?;
    let who = who.strip_suffix(' ')?;
    let time = clf_time(time)?;
    let who = Who::read(who)?;
    let (request, rest) = quoted(rest);
    let (status, bytes, rest) = numbers(rest)?;

    let mut event = Event::new(ACCESS, text);
    event.time = Some(time);
    event.fields = room.fields(16);
    event.push("message", text);
    event.push("c-ip", who.client);
    push_given(&mut event, "cs-username", given(who.user));
    push_given(&mut event, "cs-host", who.host);
    if !who.port.is_empty() {
        push_number(&mut event, "s-port", who.port);
    }
    push_request(&mut event, given(request));
    push_number(&mut event, "sc-status", status);
    if !given(bytes).is_empty() {
        push_number(&mut event, "sc-bytes", bytes);
    }
    if let Some(rest) = rest.strip_prefix(" \"") {
        let (referer, rest) = quoted(rest);
        push_escaped(&mut event, "cs-referer", given(referer));
        if let Some(rest) = rest.strip_prefix(" \"") {
            push_escaped(&mut event, "cs-user-agent", given(quoted(rest).0));
        }
    }
    Some(event)
}

/// Splits at the first quote that follows a blank; both are gone then.
fn split_at_quote(text: &str) -> Option<(&str, &str)> {
    let quotes = memchr::memchr_iter(b'"', text.as_bytes());
    let at = { quotes }.find(|at| at.checked_sub(1).is_some_and(|before| text.as_bytes()[before] == b' '))?;
    Some((&text[..at - 1], &text[at + 1..]))
}

/// Logs write `-` where there is nothing.
fn given(text: &str) -> &str {
    if text == "-" { "" } else { text }
}

/// What stands before the time.
struct Who<'a> {
    host: &'a str,
    port: &'a str,
    client: &'a str,
    user: &'a str,
}

impl<'a> Who<'a> {
    /// `CLIENT IDENT USER`, where the user may hold blanks, or the same after `VHOST[:PORT]`.
    fn read(text: &'a str) -> Option<Who<'a>> {
        let (first, rest) = text.cut(b' ')?;
        let (second, after) = rest.cut(b' ')?;
        let host_port = first.cut_last(b':').filter(|(_, port)| {
            (1..=5).contains(&port.len()) && port.bytes().all(|b| b.is_ascii_digit()) && !is_ip(first)
        });
        let has_host = after.has(b' ') && (is_ip(second) || host_port.is_some());
        if !has_host {
            return is_client(first).then_some(Who { host: "", port: "", client: first, user: after });
        }
        let (host, port) = host_port.unwrap_or((first, ""));
        let (_ident, user) = after.cut(b' ')?;
        is_client(second).then_some(Who { host, port, client: second, user })
    }
}

/// An address, or a name where the server looks names up; `-` behind some proxies. A name has no colon:
/// lines of other formats begin with a time.
fn is_client(text: &str) -> bool {
    let is_name_or_address = !text.has(b':') || is_ip(text.trim_matches(['[', ']']));
    !text.is_empty()
        && is_name_or_address
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b':' | b'-' | b'_' | b'%' | b'[' | b']'))
}

/// Splits at the next quote that no backslash escapes: the inside, and what follows the quote.
fn quoted(text: &str) -> (&str, &str) {
    let bytes = text.as_bytes();
    let mut at = 0;
    while let Some(found) = seek::first_of_two(&bytes[at..], b'"', b'\\') {
        at += found;
        if bytes[at] == b'"' {
            return (&text[..at], &text[at + 1..]);
        }
        // A backslash takes the next byte with it, be it the first of a longer character.
        at = (at + 2).min(bytes.len());
    }
    (text, "")
}

/// ` STATUS BYTES`, and what follows.
fn numbers(text: &str) -> Option<(&str, &str, &str)> {
    let (status, rest) = text.strip_prefix(' ')?.cut(b' ')?;
    let end = seek::first(rest.as_bytes(), b' ').unwrap_or(rest.len());
    let (bytes, rest) = rest.split_at(end);
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    (status.len() == 3 && is_number(status) && (bytes == "-" || is_number(bytes)))
        .then_some((status, bytes, rest))
}

/// The request line in its parts; one that is not HTTP is given as `cs-uri`, as it was written.
fn push_request<'a>(event: &mut Event<'a>, request: &'a str) {
    let Some((method, target, version)) = request_line(request) else {
        push_given(event, "cs-uri", request);
        return;
    };
    event.push("cs-method", method);
    match unescape(target) {
        Cow::Borrowed(target) => {
            push_target(event, target);
            let decoded = Cow::Borrowed(target);
            event.push("url.decoded", percent_decode(decoded));
        }
        Cow::Owned(target) => {
            let (stem, query) = split_query(&target);
            event.push("cs-uri-stem", stem.to_owned());
            if let Some(query) = query {
                event.push("cs-uri-query", query.to_owned());
            }
            event.push("cs-uri", target.clone());
            event.push("url.decoded", percent_decode(Cow::Owned(target)));
        }
    }
    push_given(event, "cs-version", version);
}

fn push_target<'a>(event: &mut Event<'a>, target: &'a str) {
    let (stem, query) = split_query(target);
    event.push("cs-uri-stem", stem);
    if let Some(query) = query {
        event.push("cs-uri-query", query);
    }
    event.push("cs-uri", target);
}

fn split_query(target: &str) -> (&str, Option<&str>) {
    target.cut(b'?').map_or((target, None), |(stem, query)| (stem, Some(query)))
}

/// `GET /path HTTP/1.1`; the version is missing in HTTP/0.9. Blanks in between belong to the target.
fn request_line(request: &str) -> Option<(&str, &str, &str)> {
    let (method, rest) = request.cut(b' ')?;
    let is_token =
        !method.is_empty() && method.bytes().all(|b| b.is_ascii_alphabetic() || b == b'-' || b == b'_');
    let (target, version) = match rest.cut_last(b' ') {
        Some((target, version)) if version.starts_with("HTTP/") => (target, version),
        _ => (rest, ""),
    };
    (is_token && !target.is_empty()).then_some((method, target, version))
}

fn push_escaped<'a>(event: &mut Event<'a>, name: &'static str, value: &'a str) {
    if !value.is_empty() {
        event.push(name, unescape(value));
    }
}

/// Resolves the log's own escapes: `\"`, `\\`, `\n`, `\r`, `\t`, `\b`, `\v` and `\x22`.
fn unescape(text: &str) -> Cow<'_, str> {
    if !text.has(b'\\') {
        return Cow::Borrowed(text);
    }
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let (byte, used) = match (bytes[at], bytes.get(at + 1)) {
            (b'\\', Some(b'n')) => (b'\n', 2),
            (b'\\', Some(b'r')) => (b'\r', 2),
            (b'\\', Some(b't')) => (b'\t', 2),
            (b'\\', Some(b'b')) => (8, 2),
            (b'\\', Some(b'v')) => (11, 2),
            (b'\\', Some(&escaped @ (b'"' | b'\\'))) => (escaped, 2),
            (b'\\', Some(b'x')) => hex(bytes, at + 2).map_or((b'\\', 1), |byte| (byte, 4)),
            (byte, _) => (byte, 1),
        };
        out.push(byte);
        at += used;
    }
    Cow::Owned(into_text(out))
}

/// Resolves `%2e` twice: attackers encode the encoding (`%252e`).
pub(super) fn percent_decode(text: Cow<'_, str>) -> Cow<'_, str> {
    match percent_decode_once(text) {
        Cow::Owned(once) => percent_decode_once(Cow::Owned(once)),
        plain => plain,
    }
}

fn percent_decode_once(text: Cow<'_, str>) -> Cow<'_, str> {
    if !text.has(b'%') {
        return text;
    }
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        match hex(bytes, at + 1).filter(|_| bytes[at] == b'%') {
            Some(byte) => {
                out.push(byte);
                at += 3;
            }
            None => {
                out.push(bytes[at]);
                at += 1;
            }
        }
    }
    Cow::Owned(into_text(out))
}

/// The byte that two hex digits at `at` write.
fn hex(bytes: &[u8], at: usize) -> Option<u8> {
    let digit = |at: usize| (*bytes.get(at)? as char).to_digit(16);
    Some((digit(at)? * 16 + digit(at + 1)?) as u8)
}

/// Decoded bytes as text; what is not UTF-8 becomes U+FFFD.
fn into_text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}

/// Reads `10/Oct/2000:13:55:36 -0700`.
pub(crate) fn clf_time(text: &str) -> Option<EventTime> {
    let bytes = text.as_bytes();
    if bytes.len() < 26 || [bytes[2], bytes[6], bytes[11], bytes[20]] != *b"//: " {
        return None;
    }
    let (hour, minute, second) = clock(&bytes[12..20])?;
    let civil = DateTime::new(
        number(&bytes[7..11])? as i16,
        month(&bytes[3..6])? as i8,
        number(&bytes[..2])? as i8,
        hour,
        minute,
        second,
        0,
    )
    .ok()?;
    let minutes = i32::from(number(&bytes[22..24])?) * 60 + i32::from(number(&bytes[24..26])?);
    let sign = if bytes[21] == b'-' { -1 } else { 1 };
    let at = Offset::from_seconds(sign * minutes * 60).ok()?.to_timestamp(civil).ok()?;
    Some(EventTime { at, year_inferred: false, zone_inferred: false })
}
