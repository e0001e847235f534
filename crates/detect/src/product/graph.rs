//! Alerts, incidents and risk detections of Microsoft Graph's security interface.
//! Source: Microsoft Graph REST API v1.0, resource types `microsoft.graph.security.alert`, `alertEvidence`,
//! `microsoft.graph.security.incident` and `riskDetection`.

use super::alert::ProductAlert;
use super::error::{Place, ProductError};
use super::look::Look;
use super::part::Status;
use cofferdam_vocabulary::{EntityKind, Level, Role};
use serde_json::Value;

const OTHER: &str = "a resource of Microsoft Graph that is no alert";

pub(super) fn claims(value: &Value) -> bool {
    let look = Look::new(value, Place::default());
    let kind = look.text("@odata.type");
    let is_alert = look.at("serviceSource").is_some() && look.at("createdDateTime").is_some();
    is_alert
        || look.at("riskEventType").is_some() && look.at("riskState").is_some()
        || kind.is_some_and(|kind| kind.starts_with("#microsoft.graph."))
}

pub(super) fn read(look: Look<'_>) -> Result<ProductAlert, ProductError> {
    let kind = look.text("@odata.type").unwrap_or_default();
    let kind = kind.trim_start_matches("#microsoft.graph.");
    match kind {
        "riskDetection" => return risk(look),
        "security.incident" => return incident(look),
        "security.alert" | "" if look.at("riskEventType").is_none() => {}
        "" => return risk(look),
        _ => return Err(look.not_an_alert(OTHER)),
    }
    if !["title", "serviceSource", "evidence"].iter().any(|name| look.at(name).is_some()) {
        return Err(look.not_an_alert(OTHER));
    }
    let mut alert = ProductAlert::new("graph");
    alert.source_id = Some(look.must("id")?);
    alert.in_place = true;
    alert.title = look.said("title")?.unwrap_or_default();
    alert.rule.id = look.said("detectorId")?;
    alert.level = level(look.said("severity")?.as_deref());
    alert.time_alert = look.time("createdDateTime")?;
    alert.time_event = look.first_time(&["firstActivityDateTime", "createdDateTime"])?;
    alert.time_updated = look.time("lastUpdateDateTime")?;
    alert.status = status(look);
    alert.group = look.text("incidentId").map(|id| format!("graph-incident:{id}"));
    alert.message = look.text("description");
    look.texts("mitreTechniques").iter().for_each(|id| alert.techniques_in(id));
    look.text("category").iter().for_each(|tactic| alert.tactic(tactic));
    for evidence in look.each("evidence") {
        evidence_of(evidence, &mut alert);
    }
    for name in [
        "serviceSource",
        "detectionSource",
        "category",
        "classification",
        "determination",
        "threatFamilyName",
        "actorDisplayName",
        "alertWebUrl",
        "providerAlertId",
    ] {
        alert.also(name, look.text(name));
    }
    Ok(alert)
}

/// Microsoft's words; what it does not know is to be looked at.
pub(super) fn level(word: Option<&str>) -> Level {
    match word.map(str::to_ascii_lowercase).as_deref() {
        Some("informational") => Level::Informational,
        Some("low") => Level::Low,
        Some("high") => Level::High,
        Some("critical") => Level::Critical,
        _ => Level::Medium,
    }
}

fn status(look: Look<'_>) -> Status {
    match (look.word("status").as_deref(), look.word("determination").as_deref()) {
        (_, Some("securitytesting")) => Status::Test,
        (Some("resolved" | "redirected"), _) => Status::Closed,
        _ => Status::Open,
    }
}

/// The part that a piece of evidence plays, by the roles that Microsoft gives it.
fn role(evidence: Look<'_>, usual: Role) -> Role {
    let roles = evidence.texts("roles");
    let has = |wanted: &[&str]| roles.iter().any(|role| wanted.contains(&role.to_ascii_lowercase().as_str()));
    if has(&["attacker", "source", "commandandcontrol"]) {
        Role::Actor
    } else if has(&["destination", "attacked", "loaded", "created"]) {
        Role::Target
    } else {
        usual
    }
}

fn fill(part: &mut Option<String>, value: Option<String>) {
    if part.is_none() {
        *part = value;
    }
}

/// Takes in one piece of evidence: as the alert's part if it is the first of its kind, and as an entity.
fn evidence_of(look: Look<'_>, alert: &mut ProductAlert) {
    let Some(kind) = look.text("@odata.type") else { return };
    let about = |alert: &mut ProductAlert, kind, role, text: &Option<String>| {
        text.iter().for_each(|text| alert.about(kind, role, text));
    };
    match kind.rsplit('.').next().unwrap_or_default() {
        "deviceEvidence" => {
            let name = look.first(&["deviceDnsName", "hostName", "ntDomain"]);
            about(alert, EntityKind::Host, role(look, Role::Observer), &name);
            if alert.host.name.is_none() {
                alert.host.ip = look.ip("lastIpAddress").or_else(|| look.ip("ipInterfaces"));
                alert.host.id = look.first(&["mdeDeviceId", "azureAdDeviceId"]);
            }
            fill(&mut alert.host.name, name);
        }
        "userEvidence" | "mailboxEvidence" => {
            account(look.inside("userAccount"), role(look, Role::Actor), alert);
        }
        "processEvidence" => process(look, alert),
        "fileEvidence" => file(look.inside("fileDetails"), alert),
        "ipEvidence" => {
            let role = role(look, Role::Actor);
            let end = if role == Role::Target { &mut alert.dst } else { &mut alert.src };
            end.ip = end.ip.or(look.ip("ipAddress"));
            about(alert, EntityKind::Address, role, &look.text("ipAddress"));
        }
        "urlEvidence" => {
            about(alert, EntityKind::Url, Role::Target, &look.text("url"));
            fill(&mut alert.url, look.text("url"));
        }
        "analyzedMessageEvidence" => {
            about(alert, EntityKind::Account, Role::Target, &look.text("recipientEmailAddress"));
            alert.also("sender", look.first(&["p2Sender.emailAddress", "p1Sender.emailAddress"]));
            alert.also("subject", look.text("subject"));
            alert.src.ip = alert.src.ip.or(look.ip("senderIp"));
        }
        "registryKeyEvidence" | "registryValueEvidence" => {
            about(alert, EntityKind::Registry, Role::Target, &look.text("registryKey"));
        }
        "cloudApplicationEvidence" | "oauthApplicationEvidence" => {
            alert.also("application", look.text("displayName"));
        }
        "azureResourceEvidence" | "amazonResourceEvidence" | "googleCloudResourceEvidence" => {
            let resource =
                look.first(&["resourceId", "amazonResourceId", "fullResourceName", "resourceName"]);
            fill(&mut alert.cloud.resource, resource);
            fill(&mut alert.cloud.account, look.first(&["amazonAccountId", "projectId"]));
        }
        _ => {}
    }
}

fn account(look: Look<'_>, role: Role, alert: &mut ProductAlert) {
    let name = look.first(&["accountName", "userPrincipalName", "displayName"]);
    let domain = look.text("domainName");
    if let Some(name) = &name {
        let whole = domain.as_ref().map_or_else(|| name.clone(), |domain| format!("{domain}\\{name}"));
        alert.about(EntityKind::Account, role, &whole);
    }
    if alert.user.name.is_none() {
        alert.user.id = look.first(&["userSid", "azureAdUserId"]);
        (alert.user.name, alert.user.domain) = (name, domain);
    }
}

fn process(look: Look<'_>, alert: &mut ProductAlert) {
    let image = look.inside("imageFile");
    let (folder, name) = (image.text("filePath"), image.text("fileName"));
    let path = joined(folder, name.clone());
    path.iter().for_each(|path| alert.about(EntityKind::Process, Role::Actor, path));
    if alert.process.cmdline.is_none() && alert.process.name.is_none() {
        alert.process.cmdline = look.text("processCommandLine");
        alert.process.pid = look.pid("processId");
        (alert.process.name, alert.process.path) = (name, path);
        alert.process.parent = look.first(&["parentProcessImageFile.fileName", "parentProcessId"]);
    }
    hashes(image, alert);
    if look.at("userAccount").is_some() {
        account(look.inside("userAccount"), Role::Actor, alert);
    }
}

fn file(look: Look<'_>, alert: &mut ProductAlert) {
    let path = joined(look.text("filePath"), look.text("fileName"));
    path.iter().for_each(|path| alert.about(EntityKind::File, Role::Target, path));
    fill(&mut alert.file.path, path);
    hashes(look, alert);
}

fn hashes(look: Look<'_>, alert: &mut ProductAlert) {
    let [sha256, sha1, md5] = ["sha256", "sha1", "md5"].map(|name| look.hash(name));
    for (name, digits) in [("sha256", &sha256), ("sha1", &sha1), ("md5", &md5)] {
        if let Some(digits) = digits {
            alert.about(EntityKind::Hash, Role::Target, &format!("{name}:{digits}"));
        }
    }
    if alert.file.sha256.is_none() && alert.file.sha1.is_none() && alert.file.md5.is_none() {
        (alert.file.sha256, alert.file.sha1, alert.file.md5) = (sha256, sha1, md5);
    }
}

/// A folder and a name as a path; some evidence has the whole path as its folder.
pub(super) fn joined(folder: Option<String>, name: Option<String>) -> Option<String> {
    let (folder, name) = match (folder, name) {
        (Some(folder), Some(name)) => (folder, name),
        (one, other) => return one.or(other),
    };
    if folder.ends_with(&name) {
        return Some(folder);
    }
    let between = if folder.contains('\\') { '\\' } else { '/' };
    Some(format!("{}{between}{name}", folder.trim_end_matches(['\\', '/'])))
}

fn incident(look: Look<'_>) -> Result<ProductAlert, ProductError> {
    let mut alert = ProductAlert::new("graph");
    let id = look.must("id")?;
    alert.group = Some(format!("graph-incident:{id}"));
    alert.source_id = Some(format!("incident:{id}"));
    alert.in_place = true;
    alert.title = look.said("displayName")?.unwrap_or_default();
    alert.level = level(look.said("severity")?.as_deref());
    alert.time_alert = look.time("createdDateTime")?;
    alert.time_updated = look.time("lastUpdateDateTime")?;
    alert.status = status(look);
    alert.message = look.first(&["summary", "description"]);
    for name in ["classification", "determination", "redirectIncidentId", "incidentWebUrl"] {
        alert.also(name, look.text(name));
    }
    Ok(alert)
}

fn risk(look: Look<'_>) -> Result<ProductAlert, ProductError> {
    let mut alert = ProductAlert::new("graph");
    alert.source_id = Some(look.must("id")?);
    alert.in_place = true;
    let kind = look.said("riskEventType")?.unwrap_or_else(|| "unknown".to_owned());
    alert.title = format!("Risky sign-in or user: {kind}");
    alert.rule.id = Some(kind);
    alert.level = level(look.said("riskLevel")?.as_deref());
    alert.time_event = look.first_time(&["activityDateTime", "detectedDateTime"])?;
    alert.time_alert = look.time("detectedDateTime")?;
    alert.time_updated = look.time("lastUpdatedDateTime")?;
    alert.user.name = look.first(&["userPrincipalName", "userDisplayName"]);
    alert.user.id = look.text("userId");
    alert.src.ip = look.ip("ipAddress");
    alert.status = match look.word("riskState").as_deref() {
        Some("remediated" | "dismissed" | "confirmedsafe") => Status::Closed,
        _ => Status::Open,
    };
    for name in ["riskState", "riskDetail", "source", "detectionTimingType"] {
        alert.also(name, look.text(name));
    }
    Ok(alert)
}
