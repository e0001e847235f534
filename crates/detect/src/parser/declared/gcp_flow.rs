//! Flows in VPCs of Google Cloud.
//! Source: Google Cloud, "VPC Flow Logs records".

use super::{Declared, always, nothing};
use crate::event::{Clock, ClockReading, EventClass, Origin};

pub(super) static PRODUCT: Declared = Declared {
    classes: &[CLASS],
    origin: &ORIGIN,
    marks: &["insertId", "jsonPayload.connection.src_ip", "jsonPayload.connection.dest_ip"],
    is: always,
    shared: |name| match name {
        "jsonPayload.connection.src_ip" => &["source.ip", "src_ip"],
        "jsonPayload.connection.src_port" => &["source.port", "src_port"],
        "jsonPayload.connection.dest_ip" => &["destination.ip", "dst_ip"],
        "jsonPayload.connection.dest_port" => &["destination.port", "dst_port"],
        // A flow has no host of its own; the machine that saw it come in is the nearest.
        "jsonPayload.dest_instance.vm_name" => &["host.name"],
        "resource.labels.project_id" => &["cloud.account.id"],
        _ => &[],
    },
    more: nothing,
};

const CLASS: EventClass =
    EventClass { product: "gcp", services: &["vpcflow"], categories: &["network_flow"] };

static ORIGIN: Origin = Origin {
    name: "Google Cloud VPC flow log",
    clocks: &[
        Clock { field: "timestamp", reading: ClockReading::Utc },
        Clock { field: "receiveTimestamp", reading: ClockReading::Utc },
    ],
    telling: &[&["source.ip", "destination.ip", "destination.port"]],
};
