//! Reads HAProxy's messages: HTTP and TCP log lines, and connections that came to nothing.
//! Source: HAProxy 2.8 Configuration Manual, section 8.2, "Log formats".

use super::address::is_ip;
use super::linux::{self, act, push_given, push_number};
use super::web;
use crate::event::Event;
use crate::parser::cut::Cut;
use std::borrow::Cow;

/// Reads a message, and gives the event its class: requests are a web server's.
pub(super) fn read<'a>(event: &mut Event<'a>, message: &'a str) {
    if let Some(rest) = message.strip_prefix("Connect from ") {
        let ends = rest.cut_at(" to ");
        if let Some((source, rest)) = ends {
            act(event, "connect");
            push_end(event, source, ["source.ip", "source.port"]);
            let target = rest.split(' ').next().unwrap_or_default();
            push_end(event, target, ["destination.ip", "destination.port"]);
        }
        return;
    }
    let Some((client, rest)) = message.cut_at(" [") else { return };
    let Some((accepted, rest)) = rest.cut_at("] ") else { return };
    if !client.has(b':') || client.has(b' ') {
        return;
    }
    let mut words = rest.split(' ');
    let (Some(frontend), Some(backend), Some(timers), Some(first), Some(second)) =
        (words.next(), words.next(), words.next(), words.next(), words.next())
    else {
        return;
    };
    push_end(event, client, ["source.ip", "source.port"]);
    event.push("haproxy.accept_date", accepted);
    event.push("haproxy.frontend", frontend.trim_end_matches('~'));
    let (backend, server) = backend.cut(b'/').unwrap_or((backend, ""));
    push_given(event, "haproxy.backend", backend);
    push_given(event, "haproxy.server", server);
    push_given(event, "haproxy.timers", timers);
    if let Some((_, request)) = rest.cut_at(" \"") {
        event.class = linux::HAPROXY_HTTP;
        read_request(event, request, first, second);
    } else {
        act(event, "connection");
        push_number(event, "destination.bytes", first.trim_start_matches('+'));
        push_given(event, "haproxy.termination", second);
    }
}

/// The request as the client sent it, which HAProxy puts in quotes and escapes.
fn read_request<'a>(event: &mut Event<'a>, request: &'a str, status: &'a str, bytes: &'a str) {
    if let Some(crate::event::Value::Text(address)) = event.get("source.ip").cloned() {
        event.push("c-ip", address);
    }
    push_number(event, "sc-status", status);
    push_number(event, "http.response.status_code", status);
    push_number(event, "sc-bytes", bytes.trim_start_matches('+'));
    // What follows the last quote is not the client's; a quote within the request is written `#22`.
    let request = request.cut_last(b'"').map_or(request, |(request, _)| request);
    let request = request.split('"').next().unwrap_or_default();
    let Some((method, rest)) = request.cut(b' ') else {
        push_given(event, "cs-uri", request);
        return;
    };
    event.push("cs-method", method);
    event.push("http.request.method", method);
    let target = match rest.cut_last(b' ') {
        Some((target, version)) if version.starts_with("HTTP/") => {
            event.push("cs-version", version);
            target
        }
        _ => rest,
    };
    web::push_target(event, Cow::Borrowed(target));
}

/// `192.0.2.41:65276`, or an IPv6 address with its port behind the last colon.
fn push_end<'a>(event: &mut Event<'a>, end: &'a str, [address_name, port_name]: [&'static str; 2]) {
    let Some((address, port)) = end.cut_last(b':') else { return };
    if is_ip(address) {
        event.push(address_name, address);
        push_number(event, port_name, port);
    }
}
