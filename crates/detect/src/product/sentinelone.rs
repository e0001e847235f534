//! Threats, alerts of rules and unified alerts of SentinelOne.
//! Source: SentinelOne Management API 2.1, "Threats", "Alerts" (STAR) and "Activities".

use super::alert::ProductAlert;
use super::error::{Place, ProductError};
use super::look::Look;
use super::part::{Confidence, Status};
use cofferdam_vocabulary::Level;
use serde_json::Value;

pub(super) fn claims(value: &Value) -> bool {
    let look = Look::new(value, Place::default());
    look.at("threatInfo").is_some()
        || look.at("alertInfo").is_some() && look.at("ruleInfo").is_some()
        || look.at("activityType").is_some() && look.at("primaryDescription").is_some()
        || look.at("detectionSource.product").is_some() && look.at("attackSurfaces").is_some()
}

pub(super) fn read(look: Look<'_>) -> Result<ProductAlert, ProductError> {
    if look.at("threatInfo").is_some() {
        threat(look)
    } else if look.at("alertInfo").is_some() {
        of_rule(look)
    } else if look.at("activityType").is_some() {
        activity(look)
    } else {
        unified(look)
    }
}

fn status(alert: &mut ProductAlert, incident: Option<String>, verdict: Option<String>) {
    let words = [incident, verdict].into_iter().flatten();
    let mut words = words.map(|word| word.to_ascii_lowercase());
    if words.any(|word| matches!(word.as_str(), "resolved" | "false_positive")) {
        alert.status = Status::Closed;
    }
}

fn threat(look: Look<'_>) -> Result<ProductAlert, ProductError> {
    let own = |name: &str| look.text(&format!("threatInfo.{name}"));
    let mut alert = ProductAlert::new("sentinelone");
    alert.source_id = own("threatId").or_else(|| look.text("id"));
    alert.in_place = alert.source_id.is_some();
    alert.title = match (own("classification"), look.said("threatInfo.threatName")?) {
        (Some(class), Some(name)) => format!("{class}: {name}"),
        (one, other) => other.or(one).unwrap_or_default(),
    };
    alert.rule.id = own("detectionEngines.key").or_else(|| own("engines"));
    confidence(&mut alert, own("confidenceLevel"));
    alert.time_event = look.first_time(&["threatInfo.identifiedAt", "threatInfo.createdAt"])?;
    alert.time_alert = look.time("threatInfo.createdAt")?;
    alert.time_updated = look.time("threatInfo.updatedAt")?;
    status(&mut alert, own("incidentStatus"), own("analystVerdict"));
    alert.action = own("mitigationStatus").map(|word| word.to_ascii_lowercase());
    alert.host.name =
        look.first(&["agentRealtimeInfo.agentComputerName", "agentDetectionInfo.agentComputerName"]);
    alert.host.id = look.first(&["agentRealtimeInfo.agentUuid", "agentRealtimeInfo.agentId"]);
    let addresses = look.text("agentDetectionInfo.agentIpV4").unwrap_or_default();
    alert.host.ip = addresses.split(',').find_map(super::look::address);
    alert.user.name = own("processUser")
        .or_else(|| look.text("agentDetectionInfo.agentLastLoggedInUserName"))
        .filter(|name| name != "unknown");
    alert.process.name = own("originatorProcess");
    alert.process.cmdline = own("maliciousProcessArguments");
    alert.file.path = own("filePath");
    alert.file.md5 = look.hash("threatInfo.md5");
    alert.file.sha1 = look.hash("threatInfo.sha1");
    alert.file.sha256 = look.hash("threatInfo.sha256");
    for cloud in ["AWS", "Azure", "GCP"] {
        let path = format!("agentDetectionInfo.cloudProviders.{cloud}");
        if look.at(&path).is_some() {
            alert.cloud.account = look.text(&format!("{path}.cloudAccount"));
            alert.cloud.region = look.text(&format!("{path}.cloudLocation"));
            alert.cloud.resource = look.text(&format!("{path}.cloudInstanceId"));
        }
    }
    for indicator in look.each("indicators") {
        alert.also("indicators", indicator.text("description"));
        for tactic in indicator.each("tactics") {
            tactic.text("name").iter().for_each(|name| alert.tactic(name));
            for technique in tactic.each("techniques") {
                technique.text("name").iter().for_each(|id| alert.techniques_in(id));
            }
        }
    }
    for name in ["storyline", "confidenceLevel", "analystVerdict", "incidentStatus", "detectionType"] {
        alert.also(name, own(name));
    }
    Ok(alert)
}

/// Malicious is grave; a suspicion is to be looked at.
fn confidence(alert: &mut ProductAlert, word: Option<String>) {
    (alert.level, alert.confidence) = match word.map(|word| word.to_ascii_lowercase()).as_deref() {
        Some("malicious") => (Level::High, Some(Confidence::High)),
        Some("suspicious") => (Level::Medium, Some(Confidence::Medium)),
        Some("n/a" | "benign") => (Level::Low, Some(Confidence::Low)),
        _ => (Level::Medium, None),
    };
}

/// `High`, `E_MEDIUM`, `Info`, `UNKNOWN`.
fn level(word: Option<String>) -> Level {
    let word = word.unwrap_or_default().to_ascii_lowercase();
    Level::parse(word.trim_start_matches("e_")).unwrap_or(Level::Medium)
}

/// An alert of a rule that users made (STAR).
fn of_rule(look: Look<'_>) -> Result<ProductAlert, ProductError> {
    let mut alert = ProductAlert::new("sentinelone");
    alert.source_id = look.first(&["alertInfo.alertId", "id"]);
    alert.in_place = alert.source_id.is_some();
    alert.title = look.said("ruleInfo.name")?.unwrap_or_default();
    alert.rule.id = look.text("ruleInfo.id");
    alert.level = level(look.text("ruleInfo.severity"));
    alert.message = look.text("ruleInfo.description");
    alert.time_event = look.first_time(&["alertInfo.reportedAt", "alertInfo.createdAt"])?;
    alert.time_alert = look.time("alertInfo.createdAt")?;
    alert.time_updated = look.time("alertInfo.updatedAt")?;
    status(&mut alert, look.text("alertInfo.incidentStatus"), look.text("alertInfo.analystVerdict"));
    alert.host.name = look.first(&["agentDetectionInfo.name", "agentRealtimeInfo.name"]);
    alert.host.id = look.first(&["agentDetectionInfo.uuid", "agentRealtimeInfo.uuid"]);
    alert.src.ip = look.ip("alertInfo.srcIp").or_else(|| look.ip("alertInfo.srcMachineIp"));
    alert.src.port = look.port("alertInfo.srcPort");
    alert.dst.ip = look.ip("alertInfo.dstIp");
    alert.dst.port = look.port("alertInfo.dstPort");
    alert.dst.domain = look.text("alertInfo.dnsRequest");
    let process = look.inside("sourceProcessInfo");
    alert.user.name = look.first(&["sourceProcessInfo.user", "alertInfo.loginsUserName"]);
    alert.process.name = process.text("name");
    alert.process.path = process.text("filePath");
    alert.process.cmdline = process.text("commandline");
    alert.process.pid = process.pid("pid");
    alert.process.parent = look.text("sourceParentProcessInfo.name");
    alert.file.sha256 = process.hash("fileHashSha256");
    alert.file.sha1 = process.hash("fileHashSha1");
    alert.file.md5 = process.hash("fileHashMd5");
    alert.file.path = look.first(&["targetProcessInfo.tgtFilePath", "alertInfo.tgtFilePath"]);
    Ok(alert)
}

/// Activities that tell of a threat or an alert: found, and raised by a rule.
const TELLING: [&str; 8] = ["18", "19", "4001", "4002", "4003", "3608", "3784", "4108"];

fn activity(look: Look<'_>) -> Result<ProductAlert, ProductError> {
    if !TELLING.contains(&look.must("activityType")?.as_str()) {
        return Err(look.not_an_alert("an activity of SentinelOne's that tells of no threat"));
    }
    let own = |names: &[&str]| names.iter().find_map(|name| look.text(&format!("data.{name}")));
    let mut alert = ProductAlert::new("sentinelone");
    let threat = look.text("threatId").or_else(|| own(&["threatId"]));
    alert.source_id = threat.or_else(|| own(&["alertId", "alertid"])).or_else(|| look.text("id"));
    alert.in_place = alert.source_id.is_some();
    alert.title = own(&["rulename", "ruleName", "threatClassification"])
        .or_else(|| look.text("primaryDescription"))
        .unwrap_or_default();
    alert.rule.id = own(&["ruleId", "ruleid"]);
    alert.message = look.text("primaryDescription");
    confidence(&mut alert, own(&["confidenceLevel"]));
    if own(&["severity"]).is_some() {
        alert.level = level(own(&["severity"]));
    }
    alert.time_event = look.time("data.detectedat").ok().flatten();
    alert.time_alert = look.time("createdAt")?;
    alert.time_updated = look.time("updatedAt")?.or(alert.time_alert);
    alert.host.name = own(&["computerName", "origagentname", "agentName"]);
    alert.host.id = look.text("agentId");
    alert.user.name = own(&["username", "sourceprocessusername"]);
    alert.process.name = own(&["sourceprocessname"]);
    alert.process.path = own(&["sourceprocessfilepath"]);
    alert.process.cmdline = own(&["sourceprocesscommandline"]);
    alert.process.pid = look.pid("data.sourceprocesspid");
    alert.process.parent = own(&["sourceparentprocessname"]);
    alert.file.path = own(&["filePath", "fileDisplayName"]);
    alert.file.sha1 = look.hash("data.fileContentHash").or_else(|| look.hash("data.sourceprocesssha1"));
    alert.file.sha256 = look.hash("data.sourceprocesssha256");
    alert.file.md5 = look.hash("data.sourceprocessmd5");
    alert.src.ip = look.ip("data.srcip");
    alert.dst.ip = look.ip("data.dstip");
    Ok(alert)
}

/// An alert of the unified interface, of whatever product of SentinelOne's.
fn unified(look: Look<'_>) -> Result<ProductAlert, ProductError> {
    let mut alert = ProductAlert::new("sentinelone");
    alert.source_id = Some(look.must("id")?);
    alert.in_place = true;
    alert.title = look.said("name")?.unwrap_or_default();
    alert.rule.id = look.first(&["classification", "name"]);
    confidence(&mut alert, look.text("confidenceLevel"));
    if look.at("severity").is_some() {
        alert.level = level(look.text("severity"));
    }
    alert.message = look.text("description");
    alert.time_event = look.first_time(&["firstSeenAt", "detectedAt"])?;
    alert.time_alert = look.time("detectedAt")?;
    alert.time_updated = look.first_time(&["updatedAt", "lastSeenAt"])?;
    status(&mut alert, look.text("status"), look.text("analystVerdict"));
    alert.host.name = look.first(&["asset.name", "assets.name"]);
    alert.user.name = look.first(&["process.username", "asset.lastLoggedInUser", "user.name"]);
    alert.process.path = look.text("process.file.path");
    alert.process.cmdline = look.text("process.cmdLine");
    alert.process.parent = look.text("process.parentName");
    alert.file.path = look.text("process.file.path");
    alert.file.sha256 = look.hash("process.file.sha256");
    alert.file.sha1 = look.hash("process.file.sha1");
    alert.file.md5 = look.hash("process.file.md5");
    for technique in look.each("rawData.finding_info.attacks") {
        technique.text("technique.uid").iter().for_each(|id| alert.techniques_in(id));
    }
    Ok(alert)
}
