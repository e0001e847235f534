//! Findings in OCSF: detection findings and incidents, and what scanners and checks found.
//! Source: OCSF 1.5 schema, category Findings (classes 2001 to 2007).

use super::alert::ProductAlert;
use super::error::ProductError;
use super::graph::joined;
use super::look::Look;
use super::part::{Confidence, End, Maker, Status};
use cofferdam_vocabulary::{EntityKind, Level, Role};
use serde_json::Value;

const SECURITY: u64 = 2001;
const VULNERABILITY: u64 = 2002;
const COMPLIANCE: u64 = 2003;
const INCIDENT: u64 = 2005;

pub(super) fn claims(value: &Value) -> bool {
    value.get("class_uid").is_some()
        && ["category_uid", "metadata", "activity_id", "severity_id"]
            .iter()
            .any(|name| value.get(name).is_some())
}

pub(super) fn read(look: Look<'_>) -> Result<ProductAlert, ProductError> {
    let whole = |name: &str| -> Result<Option<u64>, ProductError> {
        Ok(look.number(name)?.filter(|number| (0.0..1e15).contains(number)).map(|number| number as u64))
    };
    let class = whole("class_uid")?.ok_or_else(|| look.missing("class_uid"))?;
    if class / 1000 != 2 {
        return Err(look.not_an_alert("an OCSF record that is no finding"));
    }
    let activity = whole("activity_id")?.unwrap_or(0);
    if whole("type_uid")?.is_some_and(|kind| Some(kind) != class.checked_mul(100).map(|base| base + activity))
    {
        let value = look.at("type_uid").unwrap_or(&Value::Null);
        return Err(look.wrong("type_uid", "class_uid * 100 + activity_id", value));
    }
    let info = match class {
        INCIDENT if look.at("finding_info_list").is_some() => look.inside("finding_info_list"),
        _ if look.at("finding_info").is_some() => look.inside("finding_info"),
        _ => look.inside("finding"),
    };
    let mut alert = ProductAlert::new("ocsf");
    alert.source_id = match class {
        // An incident has an id of its own beside those of its findings.
        INCIDENT => look.first(&["metadata.uid", "incident.uid"]).or_else(|| info.text("uid")),
        _ => Some(info.text("uid").ok_or_else(|| look.missing("finding_info.uid"))?),
    };
    alert.in_place = alert.source_id.is_some();
    alert.title = info.text("title").or_else(|| look.first(&["message", "desc"])).unwrap_or_default();
    alert.maker = Some(Maker {
        vendor: look.text("metadata.product.vendor_name"),
        product: look.text("metadata.product.name"),
    });
    alert.level = level(look)?;
    alert.confidence = confidence(look);
    alert.time_event = match info.first_time(&["first_seen_time", "first_seen_time_dt"])? {
        Some(time) => Some(time),
        None => look.first_time(&["time_dt", "time"])?,
    };
    alert.time_alert = match info.first_time(&["created_time", "created_time_dt"])? {
        Some(time) => Some(time),
        None => look.first_time(&["time_dt", "time"])?,
    };
    alert.time_updated = match info.first_time(&["modified_time", "modified_time_dt"])? {
        Some(time) => Some(time),
        None => look.first_time(&["time_dt", "time"])?,
    };
    alert.status = status(look, class, activity);
    alert.message = info.text("desc").or_else(|| look.text("message"));
    rule(look, info, class, &mut alert);
    attacks(look, &mut alert);
    attacks(info, &mut alert);
    about(look, &mut alert);
    for name in
        ["status", "disposition", "verdict", "is_suspected_breach", "priority", "risk_level", "class_name"]
    {
        alert.also(name, look.text(name));
    }
    alert.also("src_url", info.text("src_url"));
    Ok(alert)
}

fn level(look: Look<'_>) -> Result<Level, ProductError> {
    let said = look.number("severity_id")?.filter(|number| *number >= 1.0);
    let risk = look.figure("risk_level_id");
    Ok(match said {
        Some(number) if number < 2.0 => Level::Informational,
        Some(number) if number < 3.0 => Level::Low,
        Some(number) if number < 4.0 => Level::Medium,
        Some(number) if number < 5.0 => Level::High,
        Some(number) if number < 7.0 => Level::Critical,
        Some(_) => Level::Medium,
        // Unknown: a risk level, which counts from 0, may say more.
        None => match risk {
            Some(risk) if (1.0..5.0).contains(&risk) => {
                [Level::Low, Level::Medium, Level::High, Level::Critical][risk as usize - 1]
            }
            Some(_) => Level::Informational,
            None if look.at("severity_id").is_some() => Level::Informational,
            None => Level::Medium,
        },
    })
}

fn confidence(look: Look<'_>) -> Option<Confidence> {
    match look.text("confidence_id").as_deref() {
        Some("1") => Some(Confidence::Low),
        Some("2") => Some(Confidence::Medium),
        Some("3") => Some(Confidence::High),
        _ => look.figure("confidence_score").map(Confidence::of_percent),
    }
}

/// `status_id` counts otherwise in incidents, and is `state_id` in the class of old.
fn status(look: Look<'_>, class: u64, activity: u64) -> Status {
    let id = look.first(&["status_id", "state_id"]);
    let id = if class == SECURITY { look.text("state_id").or(id) } else { id };
    let is_closed = match class {
        INCIDENT => matches!(id.as_deref(), Some("4" | "5")),
        _ => matches!(id.as_deref(), Some("3" | "4" | "5")),
    };
    // A check that was passed found nothing.
    let result = look.first(&["compliance.status", "status_code"]).unwrap_or_default().to_ascii_lowercase();
    let verdict = look.text("verdict_id");
    match verdict.as_deref() {
        Some("6") => Status::Test,
        Some("1" | "10") => Status::Closed,
        _ if is_closed || activity == 3 || matches!(result.as_str(), "pass" | "passed") => Status::Closed,
        _ => Status::Open,
    }
}

fn rule(look: Look<'_>, info: Look<'_>, class: u64, alert: &mut ProductAlert) {
    let analytic = info.first(&["analytic.uid", "analytic.name"]).or_else(|| look.text("analytic.uid"));
    let own = match class {
        VULNERABILITY => look.first(&["vulnerabilities.cve.uid", "vulnerabilities.advisory.uid"]),
        COMPLIANCE => look.first(&["compliance.control", "compliance.requirements"]),
        _ => None,
    };
    alert.rule.id =
        own.or(analytic).or_else(|| look.text("metadata.event_code")).or_else(|| info.text("types"));
    alert.rule.name = info.text("analytic.name").or_else(|| look.text("analytic.name"));
    for cve in look.each("vulnerabilities") {
        alert.also("vulnerabilities", cve.first(&["cve.uid", "title"]));
        alert.also("packages", cve.first(&["affected_packages.name", "packages.name"]));
    }
}

fn attacks(look: Look<'_>, alert: &mut ProductAlert) {
    for attack in look.each("attacks") {
        for name in ["technique", "sub_technique"] {
            attack.text(&format!("{name}.uid")).iter().for_each(|id| alert.techniques_in(id));
        }
        for name in ["tactic", "tactics"] {
            for tactic in attack.each(name) {
                tactic.first(&["uid", "name"]).iter().for_each(|text| alert.tactic(text));
            }
        }
    }
}

/// What the record itself, its evidence and its resources tell of.
fn about(look: Look<'_>, alert: &mut ProductAlert) {
    alert.action = match look.text("disposition_id").as_deref() {
        Some("0" | "99") | None => None,
        Some(_) => look.word("disposition"),
    };
    if alert.action.is_none() {
        let known = [("1", "allowed"), ("2", "denied"), ("3", "observed"), ("4", "modified")];
        let id = look.text("action_id");
        let word = known.iter().find(|(number, _)| Some(*number) == id.as_deref());
        alert.action = word.map(|(_, word)| (*word).to_owned()).or_else(|| look.word("action"));
    }
    alert.cloud.account = look.first(&["cloud.account.uid", "cloud.account_uid"]);
    alert.cloud.region = look.text("cloud.region");
    part(look, alert);
    for evidence in look.each("evidences") {
        part(evidence, alert);
    }
    for resource in look.each("resources").chain(look.each("resource")) {
        let id = resource.first(&["uid", "name"]);
        if alert.cloud.resource.is_none() {
            alert.cloud.resource = id.clone();
            alert.cloud.region = alert.cloud.region.take().or_else(|| resource.text("region"));
        }
        alert.also("resources", id);
    }
    for malware in look.each("malware") {
        alert.also("malware", malware.text("name"));
    }
}

fn fill<T>(part: &mut Option<T>, value: Option<T>) {
    if part.is_none() {
        *part = value;
    }
}

fn part(look: Look<'_>, alert: &mut ProductAlert) {
    let device = look.inside("device");
    if look.at("device").is_some() {
        let name = device.first(&["hostname", "name"]);
        name.iter().for_each(|name| alert.about(EntityKind::Host, Role::Observer, name));
        fill(&mut alert.host.name, name);
        fill(&mut alert.host.ip, device.ip("ip"));
        fill(&mut alert.host.id, device.text("uid"));
    }
    for user in ["actor.user", "user", "process.user"] {
        if look.at(user).is_some() && alert.user.name.is_none() {
            let user = look.inside(user);
            alert.user.name = user.first(&["name", "email_addr"]);
            alert.user.id = user.text("uid");
            alert.user.domain = user.text("domain");
        }
    }
    end(look, "src_endpoint", &mut alert.src);
    end(look, "dst_endpoint", &mut alert.dst);
    fill(&mut alert.dst.domain, look.text("query.hostname"));
    fill(&mut alert.url, look.first(&["url.url_string", "url.path", "http_request.url.url_string"]));
    for name in ["process", "actor.process"] {
        if look.at(name).is_some() {
            process(look.inside(name), alert);
        }
    }
    if look.at("file").is_some() {
        file(look.inside("file"), alert);
    }
    alert.also("api", look.text("api.operation"));
}

fn end(look: Look<'_>, name: &str, end: &mut End) {
    if look.at(name).is_none() || end.ip.is_some() {
        return;
    }
    let look = look.inside(name);
    end.ip = look.ip("ip");
    end.port = look.port("port");
    end.domain = look.first(&["hostname", "domain"]);
}

fn process(look: Look<'_>, alert: &mut ProductAlert) {
    if alert.process.name.is_none() && alert.process.cmdline.is_none() && alert.process.path.is_none() {
        alert.process.name = look.text("name");
        alert.process.path = joined(look.text("file.path"), None);
        alert.process.cmdline = look.text("cmd_line");
        alert.process.pid = look.pid("pid");
        alert.process.parent = look.first(&["parent_process.name", "parent_process.file.path"]);
    }
    if look.at("file").is_some() {
        file(look.inside("file"), alert);
    }
}

fn file(look: Look<'_>, alert: &mut ProductAlert) {
    if alert.file.path.is_some() {
        return;
    }
    alert.file.path = look.first(&["path", "name"]);
    for hash in look.each("hashes").chain(look.each("fingerprints")) {
        let digits = hash.hash("value");
        match (hash.text("algorithm_id").as_deref(), hash.word("algorithm").as_deref()) {
            (Some("1"), _) | (None, Some("md5")) => alert.file.md5 = digits,
            (Some("2"), _) | (None, Some("sha-1" | "sha1")) => alert.file.sha1 = digits,
            (Some("3"), _) | (None, Some("sha-256" | "sha256")) => alert.file.sha256 = digits,
            _ => {}
        }
    }
}
