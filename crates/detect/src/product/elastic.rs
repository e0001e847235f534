//! Alerts of Elastic Security as its index holds them, with names nested or flat, of today and of 7.x.
//! Source: Elastic Security, "Alert schema"; ECS 8, "Alerts".

use super::alert::ProductAlert;
use super::error::{Place, ProductError};
use super::look::Look;
use super::part::Status;
use cofferdam_vocabulary::Level;
use serde_json::Value;

pub(super) fn claims(value: &Value) -> bool {
    let look = Look::new(value, Place::default());
    ["kibana.alert.uuid", "kibana.alert.rule.name", "kibana.alert.rule.uuid", "signal.rule.name"]
        .iter()
        .any(|name| look.at(name).is_some())
}

pub(super) fn read(look: Look<'_>) -> Result<ProductAlert, ProductError> {
    let is_old = look.at("kibana.alert").is_none() && look.at("signal.rule.name").is_some();
    let name = |part: &str| format!("{}.{part}", if is_old { "signal" } else { "kibana.alert" });
    let own = |part: &str| look.text(&name(part));
    if own("building_block_type").is_some() || own("rule.building_block_type").is_some() {
        return Err(look.not_an_alert("a building block of Elastic's correlation"));
    }
    let mut alert = ProductAlert::new("elastic");
    alert.source_id = look.said(&name("uuid"))?.or_else(|| look.first(&["_id", "signal._id"]));
    alert.in_place = alert.source_id.is_some();
    alert.title = look.said(&name("rule.name"))?.unwrap_or_default();
    alert.rule.id = own("rule.rule_id").or_else(|| own("rule.uuid")).or_else(|| own("rule.id"));
    alert.level = level(look, &name)?;
    alert.time_alert = look.time("@timestamp")?;
    alert.time_event = look.time(&name("original_time"))?.or(alert.time_alert);
    let updated = [name("workflow_status_updated_at"), name("last_detected")];
    alert.time_updated = look.first_time(&[updated[0].as_str(), updated[1].as_str(), "@timestamp"])?;
    alert.status = match (own("workflow_status").as_deref(), own("status").as_deref()) {
        (Some("closed"), _) | (_, Some("recovered" | "closed")) => Status::Closed,
        _ => Status::Open,
    };
    for threat in look.each(&name("rule.threat")) {
        for tactic in threat.each("tactic") {
            tactic.first(&["id", "name"]).iter().for_each(|text| alert.tactic(text));
        }
        for technique in threat.each("technique") {
            technique.text("id").iter().for_each(|id| alert.techniques_in(id));
            for sub in technique.each("subtechnique") {
                sub.text("id").iter().for_each(|id| alert.techniques_in(id));
            }
        }
    }
    alert.message = own("reason").or_else(|| look.text("message"));
    alert.group = own("group.id").map(|id| format!("elastic-group:{id}"));
    ecs(look, &mut alert);
    for part in ["risk_score", "workflow_status", "rule.type", "depth", "url"] {
        alert.also(part, own(part));
    }
    Ok(alert)
}

/// The severity by its word, or else by the score.
fn level(look: Look<'_>, name: &impl Fn(&str) -> String) -> Result<Level, ProductError> {
    let score = look.number(&name("risk_score"))?.or(look.figure(&name("rule.risk_score")));
    let word = look.said(&name("severity"))?.or_else(|| look.text(&name("rule.severity")));
    let by_word = word.and_then(|word| Level::parse(&word).ok());
    Ok(by_word.unwrap_or(match score {
        Some(score) if score >= 74.0 => Level::Critical,
        Some(score) if score >= 48.0 => Level::High,
        Some(score) if score >= 22.0 => Level::Medium,
        Some(_) => Level::Low,
        None => Level::Medium,
    }))
}

/// What the event was about, in the names of ECS.
fn ecs(look: Look<'_>, alert: &mut ProductAlert) {
    alert.host.name = look.first(&["host.name", "host.hostname"]);
    alert.host.ip = look.ip("host.ip");
    alert.host.id = look.first(&["host.id", "agent.id"]);
    alert.user.name = look.text("user.name");
    alert.user.id = look.text("user.id");
    alert.user.domain = look.text("user.domain");
    for (end, name) in [(&mut alert.src, "source"), (&mut alert.dst, "destination")] {
        end.ip = look.ip(&format!("{name}.ip"));
        end.port = look.port(&format!("{name}.port"));
        end.domain = look.text(&format!("{name}.domain"));
    }
    if alert.dst.domain.is_none() {
        alert.dst.domain = look.text("dns.question.name");
    }
    alert.process.name = look.text("process.name");
    alert.process.path = look.text("process.executable");
    alert.process.cmdline = look.text("process.command_line");
    alert.process.pid = look.pid("process.pid");
    alert.process.parent = look.first(&["process.parent.name", "process.parent.executable"]);
    alert.file.path = look.text("file.path");
    alert.file.md5 = look.hash("file.hash.md5").or_else(|| look.hash("process.hash.md5"));
    alert.file.sha1 = look.hash("file.hash.sha1").or_else(|| look.hash("process.hash.sha1"));
    alert.file.sha256 = look.hash("file.hash.sha256").or_else(|| look.hash("process.hash.sha256"));
    alert.url = look.first(&["url.full", "url.original"]);
    alert.cloud.account = look.text("cloud.account.id");
    alert.cloud.region = look.text("cloud.region");
    alert.cloud.resource = look.first(&["cloud.instance.id", "orchestrator.resource.name"]);
    alert.action = look.word("event.action");
}
