//! Results of static analysis and other scanners in SARIF: each is an alert.
//! Source: OASIS SARIF 2.1.0; GitHub, "SARIF support for code scanning" (`security-severity`).

use super::alert::ProductAlert;
use super::error::{Place, ProductError};
use super::look::Look;
use super::part::{Maker, Status};
use cofferdam_vocabulary::Level;
use serde_json::Value;
use std::collections::HashMap;

pub(super) fn claims(value: &Value) -> bool {
    value.get("runs").is_some_and(Value::is_array)
}

/// Reads all results of all runs.
pub(super) fn read_all(look: Look<'_>, limit: usize) -> Vec<Result<ProductAlert, ProductError>> {
    let mut alerts = Vec::new();
    let runs = look.value.get("runs").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    for run in runs {
        let rules = Rules::of(run);
        let results = match run.get("results") {
            None | Some(Value::Null) => continue,
            Some(Value::Array(results)) => results,
            Some(other) => {
                alerts.push(Err(look.wrong("runs.results", "a list", other)));
                continue;
            }
        };
        for value in results {
            let place = Place { element: Some(alerts.len() + 1), ..look.place };
            if alerts.len() >= limit {
                alerts.push(Err(ProductError::TooMuch { place, limit, what: "alerts" }));
                return alerts;
            }
            alerts.push(result(Look::new(value, place), &rules, look.on(run)));
        }
    }
    alerts
}

/// A run's rules by number and by id.
struct Rules<'v> {
    all: &'v [Value],
    by_id: HashMap<&'v str, &'v Value>,
}

impl<'v> Rules<'v> {
    fn of(run: &'v Value) -> Rules<'v> {
        let all = run.pointer("/tool/driver/rules").and_then(Value::as_array);
        let all = all.map(Vec::as_slice).unwrap_or_default();
        let id = |rule: &'v Value| rule.get("id").and_then(Value::as_str);
        Rules { all, by_id: all.iter().filter_map(|rule| Some((id(rule)?, rule))).collect() }
    }

    fn get(&self, id: Option<&str>, index: Option<f64>) -> Option<&'v Value> {
        // A hierarchical id names a rule with what is before its last stroke.
        let parent = || id?.rsplit_once('/').and_then(|(parent, _)| self.by_id.get(parent));
        let by_id = id.and_then(|id| self.by_id.get(id)).or_else(parent).copied();
        by_id.or_else(|| self.all.get(index.filter(|at| *at >= 0.0)? as usize))
    }
}

fn result(look: Look<'_>, rules: &Rules<'_>, run: Look<'_>) -> Result<ProductAlert, ProductError> {
    if matches!(look.text("kind").as_deref(), Some("pass" | "notApplicable" | "informational")) {
        return Err(look.not_an_alert("a result that tells of no problem"));
    }
    let id = look.said("ruleId")?.or_else(|| look.text("rule.id"));
    let rule = rules.get(id.as_deref(), look.figure("ruleIndex").or(look.figure("rule.index")));
    let none = Value::Null;
    let rule = look.on(rule.unwrap_or(&none));
    let tool = run.text("tool.driver.name").unwrap_or_else(|| "scanner".to_owned());
    let mut alert = ProductAlert::new("sarif");
    alert.rule.id = id.or_else(|| rule.text("id"));
    alert.rule.name = rule.first(&["shortDescription.text", "name"]);
    let message = look.first(&["message.text", "message.markdown"]);
    alert.title = alert.rule.name.clone().or_else(|| message.clone()).unwrap_or_default();
    alert.message = message;
    alert.level = level(look, rule)?;
    let file = look.text("locations.physicalLocation.artifactLocation.uri");
    let line = look.text("locations.physicalLocation.region.startLine");
    alert.file.path = file.clone();
    alert.also("line", line.clone());
    alert.time_alert = run.first_time(&["invocations.endTimeUtc", "invocations.startTimeUtc"])?;
    alert.maker = Some(Maker { vendor: run.text("tool.driver.organization"), product: Some(tool.clone()) });
    let is_suppressed =
        look.each("suppressions").any(|one| one.text("status").as_deref() != Some("rejected"));
    if is_suppressed || look.text("baselineState").as_deref() == Some("absent") {
        alert.status = Status::Closed;
    }
    for tag in rule.texts("properties.tags") {
        alert.techniques_in(&tag);
        alert.also("tags", Some(tag));
    }
    alert.also("helpUri", rule.text("helpUri"));
    // The same finding of the next scan is the same alert.
    let print = look.first(&[
        "partialFingerprints.primaryLocationLineHash",
        "fingerprints.primaryLocationLineHash",
        "partialFingerprints.primaryLocationLineHash/v1",
        "guid",
    ]);
    let place = print.or(line).unwrap_or_default();
    let parts = [tool, alert.rule.id.clone().unwrap_or_default(), file.unwrap_or_default(), place];
    alert.source_id = Some(parts.join("/"));
    alert.in_place = true;
    Ok(alert)
}

/// The rule's score for how grave it is, or else what the result is called.
fn level(look: Look<'_>, rule: Look<'_>) -> Result<Level, ProductError> {
    const SCORE: &str = "properties.security-severity";
    let score = match look.number(SCORE)? {
        Some(score) => Some(score),
        None => rule.number(SCORE)?,
    };
    if let Some(level) = score.and_then(of_score) {
        return Ok(level);
    }
    let word = look.said("level")?.or_else(|| rule.text("defaultConfiguration.level"));
    Ok(match word.as_deref() {
        Some("error") => Level::High,
        Some("note") => Level::Low,
        Some("none") => Level::Informational,
        _ => Level::Medium,
    })
}

/// A score as CVSS counts, 0 to 10; 0 says nothing.
pub(super) fn of_score(score: f64) -> Option<Level> {
    match score {
        score if score >= 9.0 => Some(Level::Critical),
        score if score >= 7.0 => Some(Level::High),
        score if score >= 4.0 => Some(Level::Medium),
        score if score > 0.0 => Some(Level::Low),
        _ => None,
    }
}
