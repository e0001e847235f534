//! Reads Squid's native access log.
//! Source: Squid 6, `logformat squid`; wiki "Features/LogFormat".

use super::address::is_ip;
use super::linux::{push_given, push_number};
use super::{Room, TextFormat, web};
use crate::event::{Clock, ClockReading, Event, EventClass, Origin};
use crate::parser::cut::Cut;
use crate::parser::seek;
use std::borrow::Cow;

pub(super) const FORMAT: TextFormat =
    TextFormat { classes: || vec![SQUID], read: |line, _, _, room| read(line, room) };

const SQUID: EventClass = EventClass { product: "", services: &["squid"], categories: &["proxy"] };

static ORIGIN: Origin = Origin {
    name: "Squid",
    clocks: &[Clock { field: "ts", reading: ClockReading::EpochSeconds }],
    telling: &[&["cs-method", "c-uri", "squid.result", "cs-user-agent"]],
};

/// `TIME ELAPSED CLIENT RESULT/STATUS BYTES METHOD URL USER HIERARCHY/PEER TYPE`, and perhaps the page that
/// led there and the agent, in quotes.
fn read<'a>(line: &'a str, room: &Room) -> Option<Event<'a>> {
    let line = line.trim_end();
    // Most lines of other formats do not begin with a number.
    let (stamp, _) = line.cut(b' ').filter(|_| line.starts_with(|ch: char| ch.is_ascii_digit()))?;
    let (seconds, fraction) = stamp.cut(b'.')?;
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    if seconds.len() != 10 || fraction.len() != 3 || !is_number(seconds) || !is_number(fraction) {
        return None;
    }
    let (plain, quoted) = line.cut_at(" \"").unwrap_or((line, ""));
    let mut words = plain.words().skip(1);
    let (elapsed, client, result) = (words.next()?, words.next()?, words.next()?);
    let (bytes, method, url) = (words.next()?, words.next()?, words.next()?);
    let (user, peer, kind) = (words.next()?, words.next()?, words.next().unwrap_or("-"));
    let (result, status) = result.cut(b'/')?;
    let (how, peer) = peer.cut(b'/')?;
    if !is_number(elapsed.trim_start_matches('-')) || !is_number(bytes) || !is_number(status) {
        return None;
    }
    let given = |text: &'static str, value| (text, if value == "-" { "" } else { value });
    let mut event = Event::new(SQUID, line);
    event.origin = &ORIGIN;
    event.fields = room.fields(24);
    push_number(&mut event, "ts", stamp);
    push_given(&mut event, "c-ip", client);
    push_given(&mut event, if is_ip(client) { "source.ip" } else { "source.address" }, client);
    push_number(&mut event, "sc-status", status);
    push_number(&mut event, "http.response.status_code", status);
    push_number(&mut event, "destination.bytes", bytes);
    for (name, value) in [
        given("squid.result", result),
        given("squid.hierarchy", how),
        given("cs-method", method),
        given("http.request.method", method),
        given("cs-username", user),
        given("user.name", user),
        given("http.response.mime_type", kind),
    ] {
        push_given(&mut event, name, value);
    }
    push_place(&mut event, method, url, peer);
    let (referrer, agent) = first_part(quoted);
    let (agent, _) = first_part(agent);
    push_given(&mut event, "cs-referer", referrer);
    for name in ["cs-user-agent", "c-useragent", "user_agent.original"] {
        push_given(&mut event, name, agent);
    }
    Some(event)
}

/// The first of several texts in quotes, of which the opening one is gone, and the others.
fn first_part(quoted: &str) -> (&str, &str) {
    let (part, others) = quoted.cut_at("\" \"").unwrap_or((quoted, ""));
    let part = part.trim_end_matches('"');
    (if part == "-" { "" } else { part }, others)
}

/// Where the client wanted to go: `CONNECT` names host and port, everything else a whole URL.
fn push_place<'a>(event: &mut Event<'a>, method: &str, url: &'a str, peer: &'a str) {
    let host = match url.cut_at("://") {
        Some((_, rest)) => {
            let end = seek::first_of_two(rest.as_bytes(), b'/', b'?');
            end.and_then(|end| rest.get(..end)).unwrap_or(rest)
        }
        None => url,
    };
    let (host, port) = match host.cut_last(b':') {
        Some((host, port)) if !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit()) => (host, port),
        _ => (host, ""),
    };
    let host = host.trim_matches(['[', ']']);
    push_given(event, "cs-host", host);
    if is_ip(host) {
        event.push("destination.ip", host);
    } else {
        push_given(event, "destination.domain", host);
        if is_ip(peer) {
            event.push("destination.ip", peer);
        }
    }
    if !port.is_empty() {
        push_number(event, "destination.port", port);
    }
    if method == "CONNECT" {
        event.push("c-uri", url);
    } else {
        web::push_target(event, Cow::Borrowed(url));
    }
}
