//! Detections of CrowdStrike Falcon: events of its stream, and alerts as its interface gives them.
//! Source: CrowdStrike Falcon, "Event Streams" reference (detection summary events) and "Alerts API v2".

use super::alert::ProductAlert;
use super::error::{Place, ProductError};
use super::look::Look;
use super::part::{Confidence, Status};
use cofferdam_vocabulary::Level;
use serde_json::Value;

pub(super) fn claims(value: &Value) -> bool {
    let look = Look::new(value, Place::default());
    look.at("metadata.eventType").is_some() && look.at("event").is_some()
        || look.at("composite_id").is_some() && (look.at("cid").is_some() || look.at("severity").is_some())
}

/// Kinds of events that tell of something found.
const FOUND: [&str; 9] = [
    "DetectionSummaryEvent",
    "EppDetectionSummaryEvent",
    "IdpDetectionSummaryEvent",
    "MobileDetectionSummaryEvent",
    "XdrDetectionSummaryEvent",
    "CSPMIOAStreamingEvent",
    "IdentityProtectionEvent",
    "AutomatedLeadSummaryEvent",
    "IncidentSummaryEvent",
];

pub(super) fn read(look: Look<'_>) -> Result<ProductAlert, ProductError> {
    let kind = look.text("metadata.eventType");
    if kind.as_deref().is_some_and(|kind| !FOUND.contains(&kind)) {
        return Err(look.not_an_alert("an event of CrowdStrike's that is no detection"));
    }
    let whole = look;
    let look = if kind.is_some() { look.inside("event") } else { look };
    // The stream writes `CommandLine`, the interface `cmdline` or `command_line`.
    let look = look.loosely();
    let mut alert = ProductAlert::new("crowdstrike");
    let ids = ["CompositeId", "DetectId", "IdentityProtectionIncidentId", "IncidentID", "LeadId", "id"];
    alert.source_id = look.first(&ids);
    alert.in_place = alert.source_id.is_some();
    let names = ["DetectName", "Name", "DisplayName", "IncidentType", "PatternName"];
    alert.title = look.first(&names).unwrap_or_default();
    alert.rule.id = look.first(&["PatternId", "RuleId"]);
    alert.level = level(look)?;
    alert.confidence = look.figure("Confidence").map(Confidence::of_percent);
    let began = ["ContextTimeStamp", "StartTime", "ProcessStartTime", "SignalStartTimestamp", "timestamp"];
    alert.time_event = began.iter().find_map(|name| look.time(name).ok().flatten());
    alert.time_alert = match whole.time("metadata.eventCreationTime")? {
        Some(time) => Some(time),
        None => look.first_time(&["created_timestamp", "timestamp"])?,
    };
    alert.time_updated = look.time("updated_timestamp")?.or(alert.time_alert);
    alert.message = look.first(&["DetectDescription", "Description", "IncidentDescription"]);
    alert.status = match look.word("status").or_else(|| look.word("State")).as_deref() {
        Some("closed" | "resolved" | "auto_dismissed" | "dismiss" | "ignored" | "false_positive") => {
            Status::Closed
        }
        _ => Status::Open,
    };
    machine(look, &mut alert);
    process(look, &mut alert);
    for at in ["MitreAttack", "mitre_attack"] {
        for row in look.each(at) {
            row.texts("TechniqueID").iter().for_each(|id| alert.techniques_in(id));
            row.text("TacticID").iter().for_each(|id| alert.tactic(id));
        }
    }
    look.texts("TechniqueId").iter().for_each(|id| alert.techniques_in(id));
    look.texts("Tactic").iter().for_each(|tactic| alert.tactic(tactic));
    for name in
        ["Technique", "Objective", "FalconHostLink", "IOCType", "IOCValue", "PatternDispositionDescription"]
    {
        alert.also(name, look.text(name));
    }
    Ok(alert)
}

/// 1 to 100; older events have 1 to 5.
fn level(look: Look<'_>) -> Result<Level, ProductError> {
    let number = look.number("Severity").or_else(|error| match look.text("Severity") {
        Some(word) if Level::parse(&word).is_ok() => Ok(None),
        _ => Err(error),
    })?;
    Ok(match number {
        Some(number) if number > 5.0 => match number {
            number if number >= 80.0 => Level::Critical,
            number if number >= 60.0 => Level::High,
            number if number >= 40.0 => Level::Medium,
            number if number >= 20.0 => Level::Low,
            _ => Level::Informational,
        },
        Some(number) if number >= 5.0 => Level::Critical,
        Some(number) if number >= 4.0 => Level::High,
        Some(number) if number >= 3.0 => Level::Medium,
        Some(number) if number >= 2.0 => Level::Low,
        Some(_) => Level::Informational,
        None => {
            let word = look.first(&["SeverityName", "Severity"]);
            word.and_then(|word| Level::parse(&word).ok()).unwrap_or(Level::Medium)
        }
    })
}

fn machine(look: Look<'_>, alert: &mut ProductAlert) {
    alert.host.name = look.first(&[
        "ComputerName",
        "Hostname",
        "device.hostname",
        "EndpointName",
        "ThreatgraphIndicators.Hostname",
    ]);
    alert.host.ip = ["LocalIP", "device.local_ip", "EndpointIp"].iter().find_map(|name| look.ip(name));
    alert.host.id = look.first(&["AgentId", "device.device_id", "agent_id", "SensorId"]);
    alert.user.name = look.first(&["UserName", "SourceAccountName", "user_name"]);
    alert.user.domain = look.first(&["LogonDomain", "SourceAccountDomain", "MachineDomain"]);
    alert.user.id = look.first(&["SourceAccountObjectSid", "user_id"]);
    alert.cloud.account = look.first(&["AccountId", "device.service_provider_account_id"]);
    alert.cloud.region = look.first(&["CloudRegion", "device.zone_group"]);
    for connection in ["NetworkAccesses", "MobileNetworkConnections", "network_accesses"] {
        if let Some(first) = look.each(connection).next() {
            let near = (first.ip("LocalAddress"), first.port("LocalPort"));
            let far = (first.ip("RemoteAddress"), first.port("RemotePort"));
            // 1 is a connection from outside.
            let inbound = first.text("ConnectionDirection").as_deref() == Some("1");
            let (src, dst) = if inbound { (far, near) } else { (near, far) };
            (alert.src.ip, alert.src.port) = src;
            (alert.dst.ip, alert.dst.port) = dst;
            alert.url = first.text("Url");
            break;
        }
    }
    for request in look.each("DnsRequests") {
        use cofferdam_vocabulary::{EntityKind, Role};
        request
            .text("DomainName")
            .iter()
            .for_each(|name| alert.about(EntityKind::Domain, Role::Target, name));
    }
}

fn process(look: Look<'_>, alert: &mut ProductAlert) {
    let name = look.first(&["FileName", "filename"]);
    let path = super::graph::joined(look.first(&["FilePath", "filepath"]), name.clone());
    alert.process.name = name;
    alert.process.path = path.clone();
    alert.process.cmdline = look.first(&["CommandLine", "cmdline"]);
    alert.process.pid = look.pid("local_process_id");
    alert.process.parent = look.first(&["ParentImageFileName", "parent_details.filename"]);
    alert.file.path = path;
    alert.file.sha256 = look.hash("SHA256String").or_else(|| look.hash("sha256"));
    alert.file.sha1 = look.hash("SHA1String").or_else(|| look.hash("sha1"));
    alert.file.md5 = look.hash("MD5String").or_else(|| look.hash("md5"));
    alert.action = disposition(look);
}

/// What the sensor did, of the dozens of flags that say it.
fn disposition(look: Look<'_>) -> Option<String> {
    let flag =
        |names: [&str; 2], flag: &str| names.iter().any(|name| look.is_true(&format!("{name}.{flag}")));
    let at = ["PatternDispositionFlags", "pattern_disposition_details"];
    for (own, word) in [
        ("ProcessBlocked", "blocked"),
        ("OperationBlocked", "blocked"),
        ("QuarantineFile", "quarantined"),
        ("QuarantineMachine", "isolated"),
        ("KillProcess", "killed"),
    ] {
        if flag(at, own) {
            return Some(word.to_owned());
        }
    }
    look.word("NetworkDetectionType")
        .or_else(|| look.at(at[0]).or(look.at(at[1])).map(|_| "detected".to_owned()))
}
