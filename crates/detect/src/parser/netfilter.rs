//! Reads what the kernel's firewall writes: `[UFW BLOCK] IN=eth0 OUT= MAC=… SRC=192.0.2.1 DST=198.51.100.2 … PROTO=TCP
//! SPT=40000 DPT=22 …`.
//! Source: Linux, net/netfilter/nf_log_syslog.c.

use super::cut::Cut;
use super::linux::{act, push_given, push_number};
use crate::event::{Event, EventClass};

/// Packets that a rule told of.
pub(super) const CLASS: EventClass =
    EventClass { product: "linux", services: &["netfilter", "syslog"], categories: &["firewall"] };

/// Reads a kernel message, if it tells of a packet.
pub(super) fn read<'a>(event: &mut Event<'a>, message: &'a str) {
    let Some((before, pairs)) = message.cut_at("IN=") else { return };
    if pairs.cut_at(" OUT=").is_none() || pairs.cut_at(" SRC=").is_none() {
        return;
    }
    event.class = CLASS;
    // The kernel's clock comes before the prefix that the rule gives.
    let prefix = match before.trim_start().strip_prefix('[').and_then(|rest| rest.cut(b']')) {
        Some((clock, rest)) if clock.trim().bytes().all(|b| b.is_ascii_digit() || b == b'.') => rest,
        _ => before,
    };
    push_given(event, "rule.name", prefix.trim().trim_matches(['[', ']', ':']));
    for pair in pairs.words().take(64) {
        let Some((name, value)) = pair.cut(b'=') else { continue };
        match name {
            "SRC" => ["source.ip", "src_ip"].into_iter().for_each(|name| push_given(event, name, value)),
            "DST" => ["destination.ip", "dst_ip"].into_iter().for_each(|name| push_given(event, name, value)),
            "SPT" => ["source.port", "src_port"].into_iter().for_each(|name| push_number(event, name, value)),
            "DPT" => {
                ["destination.port", "dst_port"].into_iter().for_each(|name| push_number(event, name, value));
            }
            "PROTO" => push_given(event, "network.transport", value),
            "OUT" => push_given(event, "observer.egress.interface.name", value),
            _ => {}
        }
    }
    let word = |text: &str| prefix.to_ascii_uppercase().cut_at(text).is_some();
    if ["BLOCK", "DROP", "DENY", "REJECT"].iter().any(|text| word(text)) {
        act(event, "deny");
        event.push("action", "deny");
    } else if ["ALLOW", "ACCEPT"].iter().any(|text| word(text)) {
        act(event, "allow");
        event.push("action", "allow");
    }
}
