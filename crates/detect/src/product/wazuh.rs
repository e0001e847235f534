//! Alerts of Wazuh's manager, as `alerts.json` and integrations give them.
//! Source: Wazuh 4 documentation, "Alert management" and "Rules classification".

use super::alert::ProductAlert;
use super::error::ProductError;
use super::look::Look;
use cofferdam_vocabulary::Level;
use serde_json::Value;

pub(super) fn claims(value: &Value) -> bool {
    let has = |name: &str| value.get(name).is_some();
    value.get("rule").is_some_and(|rule| rule.get("level").is_some())
        && (has("agent") || has("manager") || has("decoder"))
}

pub(super) fn read(look: Look<'_>) -> Result<ProductAlert, ProductError> {
    let mut alert = ProductAlert::new("wazuh");
    alert.source_id = look.said("id")?;
    alert.title = look.said("rule.description")?.unwrap_or_default();
    alert.rule.id = look.said("rule.id")?;
    alert.level = level(look.number("rule.level")?.ok_or_else(|| look.missing("rule.level"))?);
    alert.time_alert = look.time("timestamp")?;
    alert.time_event = look.time("data.win.system.systemTime").ok().flatten().or(alert.time_alert);
    // Agent 000 is the manager itself, and stands for machines that have no agent.
    let is_manager = look.text("agent.id").as_deref() == Some("000");
    let sender = look.first(&["predecoder.hostname", "agent.name"]).filter(|_| is_manager);
    alert.host.name = sender.or_else(|| look.first(&["agent.name", "predecoder.hostname"]));
    alert.host.ip = look.ip("agent.ip");
    alert.host.id = look.text("agent.id").filter(|_| !is_manager);
    who_and_where(look, &mut alert);
    file(look, &mut alert);
    for id in look.texts("rule.mitre.id") {
        alert.techniques_in(&id);
    }
    for tactic in look.texts("rule.mitre.tactic") {
        alert.tactic(&tactic);
    }
    alert.message = look.text("full_log");
    for name in ["manager.name", "decoder.name", "location", "rule.firedtimes"] {
        alert.also(name, look.text(name));
    }
    for group in look.texts("rule.groups") {
        alert.also("rule.groups", Some(group));
    }
    Ok(alert)
}

fn who_and_where(look: Look<'_>, alert: &mut ProductAlert) {
    let data = "data.win.eventdata";
    let windows = |name: &str| look.text(&format!("{data}.{name}")).filter(|text| text != "-");
    alert.user.name = look
        .first(&["data.srcuser", "syscheck.audit.user.name", "data.dstuser", "data.uid"])
        .or_else(|| windows("targetUserName"))
        .or_else(|| windows("user"))
        .or_else(|| windows("subjectUserName"))
        .or_else(|| look.first(&["data.aws.userIdentity.userName", "syscheck.uname_after"]));
    alert.user.domain = windows("targetDomainName").or_else(|| windows("subjectDomainName"));
    let address = |names: &[&str]| names.iter().find_map(|name| look.ip(name));
    alert.src.ip = address(&[
        "data.srcip",
        "data.src_ip",
        "data.win.eventdata.ipAddress",
        "data.win.eventdata.sourceIp",
        "data.aws.sourceIPAddress",
    ]);
    alert.src.port = look.port("data.srcport").or_else(|| look.port("data.src_port"));
    alert.dst.ip = address(&["data.dstip", "data.dest_ip", "data.win.eventdata.destinationIp"]);
    alert.dst.port = look.port("data.dstport").or_else(|| look.port("data.dest_port"));
    alert.url = look.text("data.url");
    alert.process.path = look
        .first(&["syscheck.audit.process.name", "data.audit.exe"])
        .or_else(|| windows("image"))
        .or_else(|| windows("newProcessName"));
    alert.process.name = look.text("predecoder.program_name");
    alert.process.pid =
        look.pid("syscheck.audit.process.id").or_else(|| look.pid("data.win.eventdata.processId"));
    alert.process.cmdline = windows("commandLine").or_else(|| look.text("data.command"));
    alert.process.parent = windows("parentImage");
    alert.cloud.account = look.first(&["data.aws.recipientAccountId", "data.aws.accountId"]);
    alert.cloud.region = look.first(&["data.aws.awsRegion", "data.aws.region"]);
    alert.action = look.word("data.action").or_else(|| look.word("syscheck.event"));
}

fn file(look: Look<'_>, alert: &mut ProductAlert) {
    alert.file.path = look.first(&["syscheck.path", "data.file", "data.win.eventdata.targetFilename"]);
    alert.file.md5 = look.hash("syscheck.md5_after");
    alert.file.sha1 = look.hash("syscheck.sha1_after");
    alert.file.sha256 = look.hash("syscheck.sha256_after");
}

/// Wazuh's levels, 0 to 15 and 16 for what a user made.
fn level(level: f64) -> Level {
    match level {
        level if level >= 15.0 => Level::Critical,
        level if level >= 12.0 => Level::High,
        level if level >= 7.0 => Level::Medium,
        level if level >= 4.0 => Level::Low,
        _ => Level::Informational,
    }
}
