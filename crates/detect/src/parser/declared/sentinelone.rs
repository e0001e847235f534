//! Threats and activities of SentinelOne's management.
//! Source: SentinelOne Management API 2.1, "Threats" and "Activities".

use super::{Declared, always, nothing, push_first};
use crate::event::{Clock, ClockReading, Event, EventClass, Origin};

pub(super) static ACTIVITY: Declared = Declared {
    classes: &[CLASS],
    origin: &ORIGIN,
    marks: &["activityType", "primaryDescription"],
    is: always,
    shared: |name| match name {
        "primaryDescription" => &["message"],
        "data.ipAddress" => &["source.ip"],
        "data.fileContentHash" => &["file.hash.sha1"],
        "data.reportedRemoteHost" => &["destination.ip"],
        "data.sourceprocessname" => &["process.name"],
        "data.sourceprocesspid" => &["process.pid"],
        "data.sourceprocessfilepath" => &["process.executable"],
        "data.sourceprocesscommandline" => &["process.command_line"],
        "data.filePath" => &["file.path"],
        _ => &[],
    },
    more,
};

pub(super) static THREAT: Declared = Declared {
    classes: &[CLASS],
    origin: &ORIGIN,
    marks: &["threatInfo.threatId"],
    is: always,
    shared: |name| match name {
        "threatInfo.threatName" => &["message"],
        "threatInfo.processUser" => &["user.name"],
        "agentRealtimeInfo.agentComputerName" => &["host.name"],
        "threatInfo.sha256" => &["file.hash.sha256"],
        "threatInfo.sha1" => &["file.hash.sha1"],
        "threatInfo.md5" => &["file.hash.md5"],
        "threatInfo.filePath" => &["file.path"],
        "threatInfo.originatorProcess" => &["process.name"],
        _ => &[],
    },
    more: nothing,
};

const CLASS: EventClass = EventClass { product: "sentinelone", services: &["management"], categories: &[] };

static ORIGIN: Origin = Origin {
    name: "SentinelOne",
    clocks: &[
        Clock { field: "threatInfo.identifiedAt", reading: ClockReading::Utc },
        Clock { field: "createdAt", reading: ClockReading::Utc },
    ],
    telling: &[&["message"]],
};

fn more(event: &mut Event<'_>) {
    let users = ["data.username", "data.sourceprocessusername", "data.lastLoggedInUserName"];
    push_first(event, "user.name", &users);
    push_first(event, "host.name", &["data.computerName", "data.origagentname"]);
}
