//! Reads flow log records of VPCs of AWS as text, in the default order of fields and in that of version 5:
//! `2 123456789012 eni-… 192.0.2.1 198.51.100.2 443 49152 6 10 840 1772442538 1772442598 ACCEPT OK`.
//! Source: Amazon VPC User Guide, "Flow log records".

use super::cut::Cut;
use super::{Room, TextFormat};
use crate::event::{Clock, ClockReading, Event, EventClass, Origin};

pub(super) const FORMAT: TextFormat =
    TextFormat { classes: || vec![CLASS], read: |line, _, _, room| read(line, room) };

pub(super) const CLASS: EventClass =
    EventClass { product: "aws", services: &["vpcflow"], categories: &["network_flow"] };

static ORIGIN: Origin = Origin {
    name: "AWS VPC flow log",
    clocks: &[Clock { field: "start", reading: ClockReading::EpochSeconds }],
    telling: &[&["source.ip", "destination.ip", "destination.port", "event.action"]],
};

/// The default fields, and under which name others know each.
const NAMES: [(&str, &[&str]); 14] = [
    ("version", &[]),
    ("account_id", &["cloud.account.id"]),
    ("interface_id", &[]),
    ("srcaddr", &["source.ip", "src_ip"]),
    ("dstaddr", &["destination.ip", "dst_ip"]),
    ("srcport", &["source.port", "src_port"]),
    ("dstport", &["destination.port", "dst_port"]),
    ("protocol", &["network.iana_number"]),
    ("packets", &[]),
    ("bytes", &[]),
    ("start", &[]),
    ("end", &[]),
    ("action", &["event.action"]),
    ("log_status", &[]),
];

/// Reads one record; `None` when the line is none.
fn read<'a>(line: &'a str, room: &Room) -> Option<Event<'a>> {
    let [b'2'..=b'9', b' ', digit, ..] = line.as_bytes() else { return None };
    let (_, after) = line.get(2..)?.cut(b' ')?;
    if !digit.is_ascii_digit() || !after.starts_with("eni-") {
        return None;
    }
    let mut event = Event::new(CLASS, line);
    event.origin = &ORIGIN;
    event.fields = room.fields(24);
    let mut rest = line.trim_end();
    let mut status = "";
    for (name, shared) in NAMES {
        let word;
        (word, rest) = rest.cut(b' ').unwrap_or((rest, ""));
        if word.is_empty() {
            return None;
        }
        status = word;
        if word != "-" {
            event.push(name, word);
            shared.iter().for_each(|name| event.push(name, word));
        }
    }
    matches!(status, "OK" | "NODATA" | "SKIPDATA").then_some(event)
}
