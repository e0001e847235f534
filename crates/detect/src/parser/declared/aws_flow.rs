//! Flows in VPCs of AWS, where they are delivered as JSON.
//! Source: Amazon VPC User Guide, "Flow log records".

use super::{Declared, always, nothing};
use crate::event::{Clock, ClockReading, Origin};

pub(super) static PRODUCT: Declared = Declared {
    classes: &[crate::parser::vpc_flow::CLASS],
    origin: &ORIGIN,
    marks: &["srcaddr", "dstaddr", "log_status"],
    is: always,
    shared: |name| match name {
        "srcaddr" => &["source.ip", "src_ip"],
        "srcport" => &["source.port", "src_port"],
        "dstaddr" => &["destination.ip", "dst_ip"],
        "dstport" => &["destination.port", "dst_port"],
        "account_id" => &["cloud.account.id"],
        "region" => &["cloud.region"],
        "action" => &["event.action"],
        _ => &[],
    },
    more: nothing,
};

static ORIGIN: Origin = Origin {
    name: "AWS VPC flow log",
    clocks: &[Clock { field: "start", reading: ClockReading::EpochSeconds }],
    telling: &[&["source.ip", "destination.ip", "destination.port", "event.action"]],
};
