//! What CrowdStrike Falcon's sensors see, as Falcon Data Replicator delivers it.
//! Source: CrowdStrike, "Events Data Dictionary".

use super::{Declared, always, nothing};
use crate::event::{Clock, ClockReading, EventClass, Origin};

pub(super) static PRODUCT: Declared = Declared {
    classes: &[CLASS],
    origin: &ORIGIN,
    marks: &["aid", "cid"],
    is: always,
    shared,
    more: nothing,
};

const CLASS: EventClass = EventClass { product: "crowdstrike", services: &["fdr"], categories: &[] };

static ORIGIN: Origin = Origin {
    name: "CrowdStrike Falcon Data Replicator",
    clocks: &[
        Clock { field: "timestamp", reading: ClockReading::EpochMillis },
        Clock { field: "ContextTimeStamp", reading: ClockReading::EpochSeconds },
    ],
    telling: &[
        &["process.command_line"],
        &["event.action", "source.ip", "destination.ip"],
        &["event.action", "host.name", "user.name"],
    ],
};

fn shared(name: &str) -> &'static [&'static str] {
    match name {
        "event_simpleName" => &["event.action"],
        "LocalAddressIP4" | "LocalAddressIP6" => &["source.ip"],
        "LocalPort" => &["source.port"],
        "RemoteAddressIP4" | "RemoteAddressIP6" => &["destination.ip"],
        "RemotePort" => &["destination.port"],
        "UserName" => &["user.name"],
        "ComputerName" => &["host.name"],
        "ImageFileName" => &["process.executable"],
        "RawProcessId" => &["process.pid"],
        "CommandLine" => &["process.command_line"],
        "SHA256HashData" => &["file.hash.sha256"],
        "SHA1HashData" => &["file.hash.sha1"],
        "MD5HashData" => &["file.hash.md5"],
        "TargetFileName" => &["file.path"],
        "DomainName" => &["dns.question.name", "QueryName"],
        _ => &[],
    }
}
