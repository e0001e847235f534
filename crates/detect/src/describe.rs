//! One line that tells a person what a record says.

use crate::event::Event;
use std::borrow::Cow;

/// Fields that say most, by kind of event: the first group of which a field is there is used.
const TELLING: [&[&str]; 16] = [
    &["CommandLine"],
    &["ScriptBlockText"],
    &["SourceImage", "TargetImage", "GrantedAccess"],
    &["Image", "ImageLoaded"],
    &["Image", "TargetFilename"],
    &["Image", "TargetObject", "Details"],
    &["Image", "DestinationIp", "DestinationPort"],
    &["QueryName", "Image"],
    &["ServiceName", "ImagePath"],
    &["ServiceName", "ServiceFileName"],
    &["ObjectName", "ProcessName", "AccessMask"],
    &["TaskName", "TaskContent"],
    &["cs-method", "cs-uri", "sc-status", "cs-user-agent"],
    &["TargetUserName", "IpAddress", "LogonType", "TicketEncryptionType"],
    &["PipeName", "Image"],
    &["HostApplication"],
];

/// A line for a timeline, at most 300 characters, without line breaks or control characters.
pub fn describe(event: &Event<'_>) -> String {
    if event.class.product != "windows"
        && let Some(message) = event.text_of("message")
    {
        let program = event.text_of("process.name");
        return one_line(&match program {
            Some(program) => format!("{program}: {message}"),
            None => message.into_owned(),
        });
    }
    let telling = event.origin.telling.iter().chain(&TELLING);
    let told = { telling }.find_map(|names| {
        event.text_of(names[0])?;
        let parts = names.iter().filter_map(|name| event.text_of(name)).filter(|text| !text.is_empty());
        let parts: Vec<Cow<'_, str>> = parts.collect();
        (parts.len() == names.len() || names.len() == 1 || parts.len() > 1).then(|| parts.join(" → "))
    });
    let told = told.or_else(|| audit_line(event)).unwrap_or_else(|| all_fields(event));
    let kind = match (event.text_of("Channel"), event.text_of("EventID")) {
        (Some(channel), Some(id)) => format!("{} {id}: ", short_channel(&channel)),
        _ => String::new(),
    };
    one_line(&format!("{kind}{told}"))
}

fn audit_line(event: &Event<'_>) -> Option<String> {
    let kind = event.text_of("type")?;
    let parts = ["exe", "key", "name", "acct", "addr", "res", "op"];
    let parts = parts.iter().filter_map(|name| Some(format!("{name}={}", event.text_of(name)?)));
    Some(format!("{kind} {}", parts.collect::<Vec<_>>().join(" ")))
}

fn short_channel(channel: &str) -> &str {
    let name = channel.strip_prefix("Microsoft-Windows-").unwrap_or(channel);
    name.split('/').next().unwrap_or(name)
}

fn all_fields(event: &Event<'_>) -> String {
    const DULL: [&str; 34] = [
        "Channel",
        "EventID",
        "Computer",
        "Hostname",
        "@timestamp",
        "@version",
        "host",
        "port",
        "tags",
        "SourceName",
        "Provider_Name",
        "Provider_Guid",
        "ProviderGuid",
        "SourceModuleName",
        "SourceModuleType",
        "Level",
        "Keywords",
        "Version",
        "Task",
        "Category",
        "Opcode",
        "OpcodeValue",
        "Severity",
        "SeverityValue",
        "EventType",
        "EventTypeOrignal",
        "EventTime",
        "EventReceivedTime",
        "TimeCreated",
        "SystemTime",
        "EventRecordID",
        "RecordNumber",
        "ThreadID",
        "Message",
    ];
    let parts = event.fields.iter().filter(|field| !DULL.contains(&&*field.name));
    let parts = parts.filter_map(|field| Some(format!("{}={}", field.name, field.value.as_text()?))).take(12);
    parts.collect::<Vec<_>>().join(" ")
}

/// The text without line breaks and control characters, cut to a line's length.
pub(crate) fn one_line(text: &str) -> String {
    let mut out = String::new();
    let mut blank = false;
    for ch in text.trim().chars() {
        if ch.is_whitespace() || ch.is_control() {
            blank = true;
            continue;
        }
        if blank {
            out.push(' ');
            blank = false;
        }
        out.push(ch);
        if out.len() > 300 {
            out.push('…');
            break;
        }
    }
    out
}
