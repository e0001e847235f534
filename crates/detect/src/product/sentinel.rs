//! Incidents of Microsoft Sentinel, as its interface and automation give them, in the spelling of either.
//! Source: Azure REST API, Microsoft.SecurityInsights, "Incidents - Get".

use super::alert::ProductAlert;
use super::error::{Place, ProductError};
use super::graph::level;
use super::look::Look;
use super::part::Status;
use serde_json::Value;

pub(super) fn claims(value: &Value) -> bool {
    let look = Look::new(value, Place::default()).loosely();
    let is_incident = look.word("type").is_some_and(|kind| kind.ends_with("securityinsights/incidents"));
    is_incident || look.at("properties.incidentNumber").is_some()
}

pub(super) fn read(look: Look<'_>) -> Result<ProductAlert, ProductError> {
    let whole = look.loosely();
    let look = if whole.at("properties").is_some() { whole.inside("properties") } else { whole };
    let mut alert = ProductAlert::new("sentinel");
    alert.source_id = whole.first(&["name", "id"]).or_else(|| look.text("incidentNumber"));
    if alert.source_id.is_none() {
        return Err(whole.missing("name"));
    }
    alert.in_place = true;
    alert.title = look.said("title")?.unwrap_or_default();
    alert.level = level(look.said("severity")?.as_deref());
    alert.time_event = look.first_time(&["firstActivityTimeUtc", "createdTimeUtc"])?;
    alert.time_alert = look.time("createdTimeUtc")?;
    alert.time_updated = look.time("lastModifiedTimeUtc")?;
    alert.status = match look.word("status").as_deref() {
        Some("closed") => Status::Closed,
        _ => Status::Open,
    };
    alert.rule.id = look.text("relatedAnalyticRuleIds");
    alert.message = look.text("description");
    look.texts("additionalData.tactics").iter().for_each(|tactic| alert.tactic(tactic));
    look.texts("additionalData.techniques").iter().for_each(|id| alert.techniques_in(id));
    for name in look.texts("additionalData.alertProductNames") {
        alert.also("alertProductNames", Some(name));
    }
    alert.also("alertsCount", look.text("additionalData.alertsCount"));
    for name in ["incidentNumber", "classification", "incidentUrl"] {
        alert.also(name, look.text(name));
    }
    for entity in look.each("relatedEntities") {
        related(entity, &mut alert);
    }
    Ok(alert)
}

/// An entity, as automation adds them: a kind, and properties that depend on it.
fn related(look: Look<'_>, alert: &mut ProductAlert) {
    use cofferdam_vocabulary::{EntityKind, Role};
    let kind = look.word("kind").unwrap_or_default();
    let own = |names: &[&str]| {
        names.iter().find_map(|name| look.text(&format!("properties.{name}"))).unwrap_or_default()
    };
    match kind.as_str() {
        "host" => alert.about(EntityKind::Host, Role::Observer, &own(&["hostName", "netBiosName"])),
        "account" => alert.about(EntityKind::Account, Role::Actor, &own(&["accountName", "friendlyName"])),
        "ip" => alert.about(EntityKind::Address, Role::Actor, &own(&["address"])),
        "url" => alert.about(EntityKind::Url, Role::Target, &own(&["url"])),
        "dnsresolution" => alert.about(EntityKind::Domain, Role::Target, &own(&["domainName"])),
        "file" => alert.about(EntityKind::File, Role::Target, &own(&["fileName"])),
        _ => {}
    }
}
