//! Alerts of Suricata's EVE log. The parser of events has read who talks to whom and how bad it is.
//! Source: Suricata 8.0 User Guide, "Eve JSON Format".

use super::alert::ProductAlert;
use super::error::ProductError;
use super::look::Look;
use super::text::kept;
use crate::parser::json;
use cofferdam_vocabulary::Level;
use serde_json::Value;

pub(super) fn claims(value: &Value) -> bool {
    let is_timed = value.get("timestamp").is_some();
    is_timed && value.get("event_type").is_some_and(Value::is_string) && value.get("agent").is_none()
}

pub(super) fn read(look: Look<'_>) -> Result<ProductAlert, ProductError> {
    if look.must("event_type")? != "alert" {
        return Err(look.not_an_alert("Suricata's record of another kind"));
    }
    let line = look.value.to_string();
    let event = json::parse(&line)
        .map_err(|error| ProductError::NotJson { place: look.place, reason: error.to_string() })?;
    if event.class.product != "suricata" {
        return Err(look.missing("src_ip"));
    }
    let text = |name: &str| event.text_of(name).and_then(|text| kept(&text));
    let ip = |name: &str| text(name).and_then(|text| super::look::address(&text));
    let port = |name: &str| text(name).and_then(|text| text.parse().ok());
    // What is known to be wrong is told; what may be missing is not asked for.
    look.number("alert.severity")?;
    let mut alert = ProductAlert::new("suricata");
    alert.time_alert = look.time("timestamp")?;
    alert.time_event = look.time("flow.start")?.or(alert.time_alert);
    alert.title = text("rule.name").unwrap_or_default();
    alert.rule.id = text("rule.id");
    alert.level = text("event.severity").and_then(|level| Level::parse(&level).ok()).unwrap_or(Level::Medium);
    (alert.src.ip, alert.src.port) = (ip("source.ip"), port("source.port"));
    (alert.dst.ip, alert.dst.port) = (ip("destination.ip"), port("destination.port"));
    alert.dst.domain = text("destination.domain");
    alert.url = look.text("http.url");
    alert.file.path = look.first(&["fileinfo.filename", "files.filename"]);
    alert.file.sha256 = look.hash("fileinfo.sha256").or_else(|| look.hash("files.sha256"));
    alert.file.md5 = look.hash("fileinfo.md5").or_else(|| look.hash("files.md5"));
    alert.action = look.word("alert.action");
    for id in look.texts("alert.metadata.mitre_technique_id") {
        alert.techniques_in(&id);
    }
    for name in ["mitre_tactic_id", "mitre_tactic_name"] {
        let tactics = look.texts(&format!("alert.metadata.{name}"));
        tactics.iter().for_each(|tactic| alert.tactic(tactic));
    }
    alert.message = look.text("alert.category");
    if let Some(question) = text("dns.question.name") {
        use cofferdam_vocabulary::{EntityKind, Role};
        alert.about(EntityKind::Domain, Role::Target, &question);
    }
    for name in ["flow_id", "proto", "app_proto", "in_iface", "community_id", "host", "alert.signature_id"] {
        alert.also(name, look.text(name));
    }
    Ok(alert)
}
