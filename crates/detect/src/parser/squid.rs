//! Reads Squid's native access log.
//! Source: Squid 6, `logformat squid`; wiki "Features/LogFormat".

use super::linux::{is_ip, push_given, push_number};
use super::{TextFormat, web};
use crate::event::{Clock, ClockReading, Event, EventClass, Origin};
use crate::parser::cut::Cut;
use std::borrow::Cow;

pub(super) const FORMAT: TextFormat = TextFormat { classes: || vec![SQUID], read: |line, _, _| read(line) };

const SQUID: EventClass = EventClass { product: "", services: &["squid"], categories: &["proxy"] };

static ORIGIN: Origin = Origin {
    name: "Squid",
    clocks: &[Clock { field: "ts", reading: ClockReading::EpochSeconds }],
    telling: &[&["cs-method", "c-uri", "squid.result", "cs-user-agent"]],
};

/// `TIME ELAPSED CLIENT RESULT/STATUS BYTES METHOD URL USER HIERARCHY/PEER TYPE`, and perhaps the page that
/// led there and the agent, in quotes.
fn read(line: &str) -> Option<Event<'_>> {
    let line = line.trim_end();
    let stamp = line.split(' ').next()?;
    let (seconds, fraction) = stamp.split_once('.')?;
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    if seconds.len() != 10 || fraction.len() != 3 || !is_number(seconds) || !is_number(fraction) {
        return None;
    }
    let (plain, quoted) = line.cut_at(" \"").unwrap_or((line, ""));
    let mut words = plain.split_ascii_whitespace().skip(1);
    let (elapsed, client, result) = (words.next()?, words.next()?, words.next()?);
    let (bytes, method, url) = (words.next()?, words.next()?, words.next()?);
    let (user, peer, kind) = (words.next()?, words.next()?, words.next().unwrap_or("-"));
    let (result, status) = result.split_once('/')?;
    let (how, peer) = peer.split_once('/')?;
    if !is_number(elapsed.trim_start_matches('-')) || !is_number(bytes) || !is_number(status) {
        return None;
    }
    let given = |text: &'static str, value| (text, if value == "-" { "" } else { value });
    let mut event = Event::new(SQUID, line);
    event.origin = &ORIGIN;
    event.fields.reserve(24);
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
    let parts = quoted.split("\" \"").map(|part| part.trim_end_matches('"'));
    let mut parts = parts.map(|part| if part == "-" { "" } else { part });
    push_given(&mut event, "cs-referer", parts.next().unwrap_or_default());
    if let Some(agent) = parts.next() {
        for name in ["cs-user-agent", "c-useragent", "user_agent.original"] {
            push_given(&mut event, name, agent);
        }
    }
    Some(event)
}

/// Where the client wanted to go: `CONNECT` names host and port, everything else a whole URL.
fn push_place<'a>(event: &mut Event<'a>, method: &str, url: &'a str, peer: &'a str) {
    let host = match url.cut_at("://") {
        Some((_, rest)) => rest.split(['/', '?']).next().unwrap_or_default(),
        None => url,
    };
    let (host, port) = match host.rsplit_once(':') {
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
