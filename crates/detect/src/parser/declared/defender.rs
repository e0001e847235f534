//! Rows of Microsoft Defender XDR's tables, as they are streamed to storage and event hubs.
//! Source: Microsoft Defender XDR, "Streaming API" and "Advanced hunting schema".

use super::{Declared, push_first};
use crate::event::{Clock, ClockReading, Event, EventClass, Origin};

pub(super) static PRODUCT: Declared = Declared {
    classes: &CLASSES,
    origin: &ORIGIN,
    marks: &["time", "category", "operationName", "tenantId"],
    is: |event| event.text_of("category").is_some_and(|table| table.starts_with("AdvancedHunting-")),
    shared,
    more,
};

static ORIGIN: Origin = Origin {
    name: "Microsoft Defender XDR",
    clocks: &[
        Clock { field: "properties.Timestamp", reading: ClockReading::Utc },
        Clock { field: "time", reading: ClockReading::Utc },
    ],
    telling: &[
        &["process.command_line", "host.name"],
        &["properties.Title", "category"],
        &["event.action", "host.name", "user.name", "source.ip", "destination.ip"],
        &["category", "host.name"],
    ],
};

const CLASSES: [EventClass; 4] =
    [class(&[]), class(&["process_creation"]), class(&["network_connection"]), class(&["file_event"])];

const fn class(categories: &'static [&'static str]) -> EventClass {
    EventClass { product: "m365", services: &["defender"], categories }
}

fn shared(name: &str) -> &'static [&'static str] {
    match name {
        "properties.DeviceName" => &["host.name"],
        "properties.SHA256" => &["file.hash.sha256"],
        "properties.SHA1" => &["file.hash.sha1"],
        "properties.MD5" => &["file.hash.md5"],
        "properties.ActionType" => &["event.action"],
        "properties.RemoteUrl" | "properties.Url" => &["url.full"],
        "properties.UserAgent" => &["user_agent.original"],
        "properties.Protocol" => &["network.transport"],
        _ => &[],
    }
}

/// The process, the ends and the account stand under names that depend on the table.
fn more(event: &mut Event<'_>) {
    let table = event.text_of("category").unwrap_or_default();
    let table = table.trim_start_matches("AdvancedHunting-").to_owned();
    let is_process = matches!(table.as_str(), "DeviceProcessEvents" | "AlertEvidence");
    event.class = CLASSES[match table.as_str() {
        "DeviceProcessEvents" => 1,
        "DeviceNetworkEvents" => 2,
        "DeviceFileEvents" => 3,
        _ => 0,
    }];
    if is_process {
        push_first(event, "process.name", &["properties.FileName"]);
        push_first(event, "process.pid", &["properties.ProcessId"]);
        push_first(event, "process.executable", &["properties.FolderPath"]);
        push_first(event, "process.command_line", &["properties.ProcessCommandLine"]);
        push_first(event, "process.parent.command_line", &["properties.InitiatingProcessCommandLine"]);
    } else {
        push_first(event, "process.name", &["properties.InitiatingProcessFileName"]);
        push_first(event, "process.pid", &["properties.InitiatingProcessId"]);
        push_first(event, "process.executable", &["properties.InitiatingProcessFolderPath"]);
        let lines = ["properties.InitiatingProcessCommandLine", "properties.ProcessCommandLine"];
        push_first(event, "process.command_line", &lines);
        push_first(event, "file.path", &["properties.FolderPath"]);
    }
    let users =
        ["properties.AccountName", "properties.InitiatingProcessAccountName", "properties.AccountUpn"];
    push_first(event, "user.name", &users);
    push_ends(event, &table);
    let action = event.text_of("properties.ActionType").map(std::borrow::Cow::into_owned);
    match action.as_deref() {
        Some("LogonSuccess") => event.push("event.outcome", "success"),
        Some("LogonFailed") => event.push("event.outcome", "failure"),
        _ => {}
    }
    if table == "AlertEvidence"
        && let Some(id) = evidence_process(event)
    {
        event.push("process.pid", id);
    }
}

/// The process that a row of evidence tells of, whose number stands in JSON within the text of a field.
fn evidence_process(event: &Event<'_>) -> Option<String> {
    let text = event.text_of("properties.AdditionalFields").filter(|text| text.len() < 1 << 16)?;
    let more: serde_json::Value = serde_json::from_str(&text).ok()?;
    let id = more.get("ProcessId")?;
    id.as_str().map(str::to_owned).or_else(|| id.as_u64().map(|id| id.to_string()))
}

/// Local is the source, but of what came in.
fn push_ends(event: &mut Event<'_>, table: &str) {
    let action = event.text_of("properties.ActionType").unwrap_or_default();
    let inbound = action.starts_with("Inbound") || table == "DeviceLogonEvents";
    let local = (["properties.LocalIP", "properties.IPAddress"], "properties.LocalPort");
    let remote = (["properties.RemoteIP", "properties.DestinationIPAddress"], "properties.RemotePort");
    let (source, destination) = if inbound { (remote, local) } else { (local, remote) };
    push_first(event, "source.ip", &source.0);
    push_first(event, "source.port", &[source.1]);
    push_first(event, "destination.ip", &destination.0);
    push_first(event, "destination.port", &[destination.1]);
    if event.get("source.ip").is_none() {
        let others = [
            "properties.SenderIPv4",
            "properties.SenderIPv6",
            "properties.PublicIP",
            "properties.RawEventData.ClientIP",
            "properties.InitiatingProcessRemoteSessionIP",
        ];
        push_first(event, "source.ip", &others);
    }
}
