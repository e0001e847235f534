//! Rows of Microsoft Defender XDR's tables `AlertInfo` and `AlertEvidence`, as they are streamed: one alert
//! is told in many rows, which have its id.
//! Source: Microsoft Defender XDR, "AlertInfo" and "AlertEvidence" in the advanced hunting schema; "Streaming
//! API".

use super::alert::ProductAlert;
use super::error::{Place, ProductError};
use super::graph::{joined, level};
use super::look::Look;
use cofferdam_vocabulary::{EntityKind, Role};
use serde_json::Value;

pub(super) fn claims(value: &Value) -> bool {
    let look = Look::new(value, Place::default());
    let category = look.text("category");
    let is_streamed = category.is_some_and(|name| name.starts_with("AdvancedHunting-"));
    is_streamed && look.at("properties").is_some_and(Value::is_object)
        || look.at("AlertId").is_some() && look.at("ServiceSource").is_some()
}

pub(super) fn read(look: Look<'_>) -> Result<ProductAlert, ProductError> {
    let table = look.text("category").unwrap_or_default();
    let is_other = table.starts_with("AdvancedHunting-") && !table.starts_with("AdvancedHunting-Alert");
    if is_other || table == "AdvancedHunting-AlertBehaviors" {
        return Err(look.not_an_alert("a row of a table that holds no alerts"));
    }
    let received = look.time("time").ok().flatten();
    let look = if look.at("properties").is_some() { look.inside("properties") } else { look };
    let mut alert = ProductAlert::new("defender");
    alert.source_id = Some(look.must("AlertId")?);
    alert.in_place = true;
    alert.is_evidence_only = look.at("EntityType").is_some() || table.ends_with("AlertEvidence");
    alert.title = look.said("Title")?.unwrap_or_else(|| "Alert of Microsoft Defender".to_owned());
    alert.level = level(look.said("Severity")?.as_deref());
    alert.time_alert = look.time("Timestamp")?;
    alert.time_updated = received;
    // Lists stand in text here.
    for name in ["Category", "Categories"] {
        let text = look.text(name).unwrap_or_default();
        text.split(['[', ']', '"', ',']).for_each(|tactic| alert.tactic(tactic));
    }
    look.text("AttackTechniques").iter().for_each(|text| alert.techniques_in(text));
    for name in ["ServiceSource", "DetectionSource", "ThreatFamily", "EmailSubject", "NetworkMessageId"] {
        alert.also(name, look.text(name));
    }
    if alert.is_evidence_only {
        evidence(look, &mut alert);
    }
    Ok(alert)
}

/// What a row of evidence is about. What is not in the columns stands as JSON in `AdditionalFields`.
fn evidence(look: Look<'_>, alert: &mut ProductAlert) {
    let kind = look.text("EntityType").unwrap_or_default();
    let more = match look.at("AdditionalFields") {
        Some(Value::String(text)) => serde_json::from_str(text).unwrap_or(Value::Null),
        Some(object) => object.clone(),
        None => Value::Null,
    };
    let more = look.on(&more);
    alert.host.name = look.text("DeviceName").or_else(|| {
        let inner = ["NetBiosName", "HostName", "ImageFile.Host.NetBiosName", "Host.NetBiosName"];
        more.first(&inner)
    });
    alert.host.id = look.text("DeviceId");
    alert.user.name = look.first(&["AccountName", "AccountUpn"]);
    alert.user.domain = look.text("AccountDomain");
    alert.user.id = look.first(&["AccountSid", "AccountObjectId"]);
    let path = joined(look.text("FolderPath"), look.text("FileName"));
    match kind.as_str() {
        "Process" => {
            alert.process.cmdline = look.text("ProcessCommandLine").or_else(|| more.text("CommandLine"));
            alert.process.pid = more.pid("ProcessId");
            alert.process.name = look.text("FileName").or_else(|| more.text("ImageFile.Name"));
            alert.process.path =
                path.or_else(|| joined(more.text("ImageFile.Directory"), more.text("ImageFile.Name")));
        }
        _ => alert.file.path = path,
    }
    alert.file.sha256 = look.hash("SHA256");
    alert.file.sha1 = look.hash("SHA1");
    alert.src.ip = look.ip("LocalIP");
    alert.dst.ip = look.ip("RemoteIP");
    if kind == "Ip" && alert.dst.ip.is_none() {
        alert.dst.ip = more.ip("Address");
    }
    alert.url = look.text("RemoteUrl").or_else(|| more.text("Url"));
    if let Some(key) = look.text("RegistryKey") {
        alert.about(EntityKind::Registry, Role::Target, &key);
    }
}
