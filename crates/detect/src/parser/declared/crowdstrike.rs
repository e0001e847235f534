//! Events of CrowdStrike Falcon's stream: detections, what users did in the console, matches of the firewall.
//! Source: CrowdStrike Falcon, "Event Streams" reference.

use super::{Declared, push_first};
use crate::event::{Clock, ClockReading, Event, EventClass, Origin};

pub(super) static PRODUCT: Declared = Declared {
    classes: &[CLASS],
    origin: &ORIGIN,
    marks: &["metadata.eventType"],
    is: |event| event.fields.iter().any(|field| field.name.starts_with("event.")),
    shared,
    more,
};

const CLASS: EventClass = EventClass { product: "crowdstrike", services: &["falcon"], categories: &[] };

static ORIGIN: Origin = Origin {
    name: "CrowdStrike Falcon",
    clocks: &[
        Clock { field: "event.timestamp", reading: ClockReading::Utc },
        Clock { field: "metadata.eventCreationTime", reading: ClockReading::EpochMillis },
    ],
    telling: &[
        &["event.DetectName", "host.name", "process.command_line"],
        &["event.Name", "host.name", "process.command_line"],
        &["metadata.eventType", "user.name", "host.name", "source.ip"],
    ],
};

fn shared(name: &str) -> &'static [&'static str] {
    match name {
        "metadata.eventType" => &["event.action"],
        "event.CommandLine" | "event.properties.CommandLine" => &["process.command_line"],
        "event.FilePath" => &["file.path"],
        "event.properties.ImageFileName" => &["process.executable"],
        "event.SHA256String" | "event.properties.SHA256HashData" => &["file.hash.sha256"],
        "event.SHA1String" | "event.properties.SHA1HashData" => &["file.hash.sha1"],
        "event.MD5String" | "event.properties.MD5HashData" => &["file.hash.md5"],
        "event.RemoteAddress" => &["destination.ip"],
        "event.RemotePort" => &["destination.port"],
        "event.LocalPort" => &["source.port"],
        _ => &[],
    }
}

fn more(event: &mut Event<'_>) {
    let users = [
        "event.UserName",
        "event.SourceAccountName",
        "event.properties.UserName",
        "event.UserID",
        "event.UserId",
    ];
    push_first(event, "user.name", &users);
    let hosts = ["event.ComputerName", "event.Hostname", "event.HostName", "event.properties.ComputerName"];
    push_first(event, "host.name", &hosts);
    push_first(event, "process.name", &["event.FileName", "event.ImageFileName"]);
    let ids =
        ["event.ProcessId", "event.PID", "event.properties.RawProcessId", "event.properties.TargetProcessId"];
    push_first(event, "process.pid", &ids);
    let sources =
        ["event.UserIp", "event.SourceIp", "event.LocalAddress", "event.properties.LocalAddressIP4"];
    push_first(event, "source.ip", &sources);
    match super::super::cloud::given(event.get("event.Success")).as_deref() {
        Some("true") => event.push("event.outcome", "success"),
        Some("false") => event.push("event.outcome", "failure"),
        _ => {}
    }
}
