//! Reads the messages of small resolvers and of DHCP servers: dnsmasq, Unbound, ISC dhcpd.
//! Source: dnsmasq 2.90, `src/cache.c` (`log_query`) and `src/rfc2131.c` (`log_packet`); Unbound 1.19,
//! `util/log.c`; ISC DHCP 4.4, `server/dhcp.c`.

use super::address::is_ip;
use super::dns;
use super::linux::{act, push_given, push_number};
use crate::event::{AddressOf, Event, Value};
use crate::parser::cut::Cut;
use std::borrow::Cow;

/// Reads dnsmasq's `query[A] www.example.org from 192.0.2.41`, `reply www.example.org is 203.0.113.7`
/// and the like, with or without the serial and the client that `log-queries=extra` adds.
pub(super) fn read_dnsmasq<'a>(event: &mut Event<'a>, message: &'a str) {
    let message = message.strip_prefix("DHCP, ").unwrap_or(message);
    if message.starts_with("DHCP") {
        return read_dhcp(event, message);
    }
    let mut words = message.words().peekable();
    if words.peek().is_some_and(|word| word.bytes().all(|b| b.is_ascii_digit())) {
        words.next();
        if let Some((client, port)) = words.next().and_then(|word| word.cut(b'/')) {
            push_source(event, client);
            push_number(event, "source.port", port);
        }
    }
    let (Some(verb), Some(name), Some(word), Some(value)) =
        (words.next(), words.next(), words.next(), words.next())
    else {
        return;
    };
    let kind = verb.strip_prefix("query[").and_then(|kind| kind.strip_suffix(']'));
    match (kind, verb, word) {
        (Some(kind), _, "from") => {
            act(event, "dns_query");
            dns::push_question(event, &Value::Text(Cow::Borrowed(name)));
            event.push("record_type", kind);
            event.push("dns.question.type", kind);
            if event.get("source.ip").is_none() {
                push_source(event, value);
            }
        }
        (None, "reply" | "cached" | "config" | "cached-stale", "is") => {
            act(event, "dns_answer");
            dns::push_question(event, &Value::Text(Cow::Borrowed(name)));
            let code = if value == "NXDOMAIN" { "dns.response_code" } else { "dns.answers.data" };
            event.push(code, value);
            event.push("answer", value);
        }
        (None, "forwarded", "to") => {
            act(event, "dns_forward");
            dns::push_question(event, &Value::Text(Cow::Borrowed(name)));
            push_given(event, "destination.ip", value);
        }
        _ => {}
    }
}

/// Reads Unbound's `[17265:13] info: 192.0.2.41 www.example.org. A IN`, with or without `query: ` or a
/// zone's action before, and the client's port behind an `@`.
pub(super) fn read_unbound<'a>(event: &mut Event<'a>, message: &'a str) {
    let message = message.cut_at("] ").filter(|_| message.starts_with('[')).map_or(message, |(_, rest)| rest);
    let Some((label, rest)) = message.cut_at(": ") else { return };
    if !matches!(label, "info" | "query" | "reply") {
        return;
    }
    let words: Vec<&str> = rest.split(' ').take(5).collect();
    let (client, name, kind) = match *words.as_slice() {
        [client, name, kind, "IN", ..] | [_, client, name, kind, "IN"] => (client, name, kind),
        _ => return,
    };
    let (client, port) = client.cut(b'@').unwrap_or((client, ""));
    if !is_ip(client) {
        return;
    }
    act(event, "dns_query");
    push_source(event, client);
    if !port.is_empty() {
        push_number(event, "source.port", port);
    }
    dns::push_question(event, &Value::Text(Cow::Borrowed(name.trim_end_matches('.'))));
    event.push("record_type", kind);
    event.push("dns.question.type", kind);
}

/// Reads dhcpd's `DHCPACK on 192.0.2.41 to 00:00:5e:00:53:01 (ws-01) via eth0`, and dnsmasq's
/// `DHCPACK(eth0) 192.0.2.41 00:00:5e:00:53:01 ws-01`.
pub(super) fn read_dhcp<'a>(event: &mut Event<'a>, message: &'a str) {
    let mut words = message.words();
    let verb = words.next().unwrap_or_default();
    let verb = verb.split('(').next().unwrap_or_default();
    if !verb.starts_with("DHCP") || verb.len() > 16 {
        return;
    }
    event.push("event.action", verb.to_ascii_lowercase());
    match verb {
        "DHCPACK" => event.push("event.outcome", "success"),
        "DHCPNAK" => event.push("event.outcome", "failure"),
        _ => {}
    }
    let (mut address, mut mac, mut host) = ("", "", "");
    let is_dnsmasq = !message.contains(" via ");
    while let Some(word) = words.next() {
        if let Some(name) = word.strip_prefix('(').and_then(|word| word.strip_suffix(')')) {
            // In parentheses stands the server's address in requests, else the client's name.
            host = if is_ip(name) || !host.is_empty() { host } else { name };
        } else if word == "via" {
            // An interface, or the relay that passed it on.
            let relay = words.next().unwrap_or_default().trim_end_matches(':');
            push_given(event, "destination.ip", if is_ip(relay) { relay } else { "" });
        } else if address.is_empty() && is_ip(word) {
            address = word;
        } else if mac.is_empty() && is_mac(word) {
            mac = word;
        } else if is_dnsmasq && !address.is_empty() && !mac.is_empty() && host.is_empty() {
            host = word;
        }
    }
    push_given(event, "source.ip", address);
    push_given(event, "source.mac", mac);
    push_given(event, "source.domain", host);
    if matches!(verb, "DHCPACK" | "DHCPREQUEST") && !host.is_empty() && !address.is_empty() {
        let known = AddressOf { host: Cow::Borrowed(host), address: Cow::Borrowed(address) };
        event.address_of = Some(Box::new(known));
    }
}

fn is_mac(word: &str) -> bool {
    word.len() == 17
        && word.bytes().enumerate().all(|(at, b)| if at % 3 == 2 { b == b':' } else { b.is_ascii_hexdigit() })
}

fn push_source<'a>(event: &mut Event<'a>, client: &'a str) {
    if is_ip(client) {
        event.push("source.ip", client);
    }
}
