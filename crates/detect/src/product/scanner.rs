//! Findings of scanners in their own JSON: Nuclei, Trivy and Grype; each is an alert. Others write SARIF.
//! Source: ProjectDiscovery Nuclei, "JSON output"; Aqua Trivy, "JSON report format", schema 2; Anchore Grype,
//! JSON output.

use super::alert::ProductAlert;
use super::error::{Place, ProductError};
use super::look::{Look, address};
use super::part::{End, Maker, Status};
use super::sarif::of_score;
use cofferdam_vocabulary::Level;
use serde_json::Value;

type Outcome = Result<ProductAlert, ProductError>;

pub(super) fn claims(value: &Value) -> bool {
    let has = |name: &str| value.get(name).is_some();
    has("template-id") && has("info")
        || has("Results") && has("ArtifactName")
        || has("matches") && has("descriptor") && has("source")
}

/// Reads all findings of a document.
pub(super) fn read_all(look: Look<'_>, limit: usize) -> Vec<Outcome> {
    if look.at("template-id").is_some() {
        return vec![nuclei(look)];
    }
    let mut found = Vec::new();
    if look.at("ArtifactName").is_some() {
        for result in list(look, "Results") {
            for (kind, read) in TRIVY {
                found.extend(list(result, kind).map(|finding| (Some(result), finding, read)));
            }
        }
    } else {
        found.extend(list(look, "matches").map(|finding| (None, finding, grype as Read)));
    }
    let mut alerts = Vec::new();
    for (at, (result, finding, read)) in found.into_iter().enumerate() {
        let finding = Look::new(finding.value, Place { element: Some(at + 1), ..look.place });
        if at >= limit {
            alerts.push(Err(ProductError::TooMuch { place: finding.place, limit, what: "alerts" }));
            break;
        }
        alerts.push(read(look, result.unwrap_or(look), finding));
    }
    alerts
}

/// All members of a list, however many; `each` is for those of one alert.
fn list<'v>(look: Look<'v>, name: &str) -> impl Iterator<Item = Look<'v>> {
    let members = look.at(name).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    members.iter().map(move |member| look.on(member))
}

/// Makes an alert of a finding in a result in a report.
type Read = for<'v> fn(Look<'v>, Look<'v>, Look<'v>) -> Outcome;

const TRIVY: [(&str, Read); 3] =
    [("Vulnerabilities", vulnerability), ("Misconfigurations", misconfiguration), ("Secrets", secret)];

fn level(look: Look<'_>, path: &str) -> Result<Level, ProductError> {
    let word = look.said(path)?.unwrap_or_default().to_ascii_lowercase();
    Ok(match word.as_str() {
        "negligible" => Level::Informational,
        word => Level::parse(word).unwrap_or(Level::Medium),
    })
}

/// A finding is the same in the next scan if rule and place are.
fn named(mut alert: ProductAlert, parts: &[Option<String>]) -> ProductAlert {
    let parts: Vec<&str> = parts.iter().map(|part| part.as_deref().unwrap_or_default()).collect();
    alert.source_id = Some(parts.join("/"));
    alert.in_place = true;
    alert
}

fn new(vendor: &str, product: &str) -> ProductAlert {
    let mut alert = ProductAlert::new("scanner");
    alert.maker = Some(Maker { vendor: Some(vendor.to_owned()), product: Some(product.to_owned()) });
    alert
}

fn nuclei(look: Look<'_>) -> Outcome {
    let mut alert = new("ProjectDiscovery", "Nuclei");
    alert.rule.id = Some(look.must("template-id")?);
    alert.title = look.said("info.name")?.unwrap_or_default();
    alert.level = match look.number("info.classification.cvss-score")?.and_then(of_score) {
        Some(level) => level,
        None => level(look, "info.severity")?,
    };
    alert.message = look.text("info.description");
    alert.time_event = look.time("timestamp")?;
    alert.time_alert = alert.time_event;
    let host = look.text("host");
    // `https://www.example.org:8443` or `192.0.2.10:22`: the name is what was asked.
    let name = host.as_deref().map(|host| host.rsplit("://").next().unwrap_or(host));
    let name = name.and_then(|host| host.split(['/', ':']).next()).filter(|name| address(name).is_none());
    alert.dst = End { ip: look.ip("ip"), port: look.port("port"), domain: name.map(str::to_owned) };
    alert.url = look.first(&["matched-at", "url"]).filter(|at| at.contains("://"));
    for tag in look.texts("info.tags").into_iter().chain(look.texts("info.classification.cve-id")) {
        alert.also("tags", Some(tag));
    }
    let parts = [Some("nuclei".to_owned()), alert.rule.id.clone(), look.text("matched-at").or(host)];
    Ok(named(alert, &parts))
}

fn of_trivy(report: Look<'_>, result: Look<'_>) -> Result<ProductAlert, ProductError> {
    let mut alert = new("Aqua Security", "Trivy");
    alert.time_alert = report.time("CreatedAt")?;
    alert.cloud.resource = report.text("ArtifactName");
    alert.file.path = result.text("Target");
    Ok(alert)
}

fn vulnerability(report: Look<'_>, result: Look<'_>, look: Look<'_>) -> Outcome {
    let mut alert = of_trivy(report, result)?;
    let id = look.must("VulnerabilityID")?;
    let package = look.text("PkgName");
    alert.title = format!("{id} in {}", package.as_deref().unwrap_or("a package"));
    alert.rule.id = Some(id);
    alert.rule.name = look.text("Title");
    alert.level = level(look, "Severity")?;
    alert.message = look.text("Description");
    for name in ["PkgName", "InstalledVersion", "FixedVersion", "PrimaryURL"] {
        alert.also(name, look.text(name));
    }
    let place = [alert.cloud.resource.clone(), alert.file.path.clone(), alert.rule.id.clone(), package];
    Ok(named(alert, &place))
}

fn misconfiguration(report: Look<'_>, result: Look<'_>, look: Look<'_>) -> Outcome {
    let mut alert = of_trivy(report, result)?;
    alert.rule.id = Some(look.must("ID")?);
    alert.title = look.said("Title")?.unwrap_or_default();
    alert.level = level(look, "Severity")?;
    alert.message = look.first(&["Message", "Description"]);
    if look.word("Status").as_deref() == Some("pass") {
        alert.status = Status::Closed;
    }
    let place = [alert.cloud.resource.clone(), alert.file.path.clone(), alert.rule.id.clone()];
    Ok(named(alert, &place))
}

/// A secret in a file. What it is stays where it was found: `Match` is not kept.
fn secret(report: Look<'_>, result: Look<'_>, look: Look<'_>) -> Outcome {
    let mut alert = of_trivy(report, result)?;
    alert.rule.id = Some(look.must("RuleID")?);
    alert.title = look.said("Title")?.unwrap_or_default();
    alert.level = level(look, "Severity")?;
    alert.also("line", look.text("StartLine"));
    let line = look.text("StartLine");
    let place = [alert.cloud.resource.clone(), alert.file.path.clone(), alert.rule.id.clone(), line];
    Ok(named(alert, &place))
}

fn grype(report: Look<'_>, _: Look<'_>, look: Look<'_>) -> Outcome {
    let mut alert = new("Anchore", "Grype");
    let id = look.must("vulnerability.id")?;
    let package = look.text("artifact.name");
    alert.title = format!("{id} in {}", package.as_deref().unwrap_or("a package"));
    alert.rule.id = Some(id);
    alert.level = level(look, "vulnerability.severity")?;
    alert.message = look.text("vulnerability.description");
    alert.time_alert = report.time("descriptor.timestamp")?;
    alert.cloud.resource = report.first(&["source.target.userInput", "source.target"]);
    alert.file.path = look.text("artifact.locations.path");
    alert.also("InstalledVersion", look.text("artifact.version"));
    alert.also("FixedVersion", look.text("vulnerability.fix.versions"));
    let place = [alert.cloud.resource.clone(), alert.file.path.clone(), alert.rule.id.clone(), package];
    Ok(named(alert, &place))
}
