//! What trips over a Thinkst Canary.
//! Source: Thinkst Canary Console API, "Incidents".

use super::{Declared, always, nothing};
use crate::event::{Clock, ClockReading, EventClass, Origin};

pub(super) static PRODUCT: Declared = Declared {
    classes: &[CLASS],
    origin: &ORIGIN,
    marks: &["logtype", "node_id", "src_host", "dst_host", "flock_id"],
    is: always,
    shared: |name| match name {
        "src_host" => &["source.ip"],
        "src_port" => &["source.port"],
        "dst_host" => &["destination.ip"],
        "dst_port" => &["destination.port"],
        "USERNAME" | "user" => &["user.name"],
        "description" => &["message"],
        "APPNAME" => &["process.name"],
        _ => &[],
    },
    more: nothing,
};

const CLASS: EventClass = EventClass { product: "canary", services: &["incident"], categories: &[] };

static ORIGIN: Origin = Origin {
    name: "Thinkst Canary",
    clocks: &[
        Clock { field: "timestamp", reading: ClockReading::EpochSeconds },
        Clock { field: "created", reading: ClockReading::EpochSeconds },
    ],
    telling: &[&["description", "src_host", "dst_host", "dst_port"]],
};
