//! The vectors, the fixtures and the laws of other products' alerts.

use super::{Format, Mapping, ProductAlert, ProductError, Status, read, read_mapped, recognise};
use crate::time::TimeRules;
use jiff::Timestamp;
use proptest::prelude::*;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

type Outcomes = Vec<Result<ProductAlert, ProductError>>;

fn rules() -> TimeRules {
    TimeRules::utc("2026-11-22T12:00:00Z".parse().unwrap())
}

fn test_data(below: &str) -> Option<PathBuf> {
    let folder = std::env::var_os("COFFERDAM_TEST_DATA").map(|data| Path::new(&data).join(below));
    let folder = folder.filter(|folder| folder.exists());
    if folder.is_none() {
        println!("skipped: no `{below}` below COFFERDAM_TEST_DATA");
    }
    folder
}

/// The alert in the names that the vectors use.
fn neutral(alert: &ProductAlert) -> Value {
    let maker = alert.maker.clone().unwrap_or_default();
    let with_port = |end: &super::End| json!({"ip": end.ip, "port": end.port, "domain": end.domain});
    let custom: BTreeMap<&String, &String> =
        alert.fields.iter().filter_map(|(name, values)| Some((name, values.first()?))).collect();
    json!({
        "source": alert.source,
        "source_id": alert.source_id,
        "title": alert.title,
        "rule_id": alert.rule.id,
        "rule_name": alert.rule.name,
        "severity": alert.level,
        "time_event": alert.time_event,
        "time_alert": alert.time_alert,
        "host": alert.host,
        "user": alert.user,
        "src": with_port(&alert.src),
        "dst": with_port(&alert.dst),
        "process": alert.process,
        "file": alert.file,
        "url": alert.url,
        "cloud": alert.cloud,
        "attack": alert.techniques,
        "action_taken": alert.action,
        "status": alert.status,
        "message": alert.message,
        "vendor": maker.vendor,
        "product": maker.product,
        "dedup_key": alert.dedup,
        "group_key": alert.group,
        "flow_id": alert.fields.get("flow_id").and_then(|values| values.first()),
        "custom": custom,
    })
}

/// Whether all that is wanted is there; times are compared as such.
fn holds(wanted: &Value, got: &Value) -> bool {
    match (wanted, got) {
        (Value::Object(wanted), Value::Object(got)) => {
            wanted.iter().all(|(name, value)| got.get(name).is_some_and(|got| holds(value, got)))
        }
        (Value::String(wanted), Value::String(got)) => {
            let time = |text: &str| text.parse::<Timestamp>().ok();
            wanted == got || time(wanted).is_some() && time(wanted) == time(got)
        }
        _ => wanted == got,
    }
}

#[test]
fn every_vector_of_an_alert_maps_as_expected() {
    let Some(folder) = test_data("alerts/vectors") else { return };
    let vectors = std::fs::read_to_string(folder.join("alert-vectors.ndjson")).unwrap();
    let (mut seen, mut others) = (0, Vec::new());
    for line in vectors.lines() {
        let vector: Value = serde_json::from_str(line).unwrap();
        let name = vector["name"].as_str().unwrap();
        let text = vector["raw"].as_str().map_or_else(|| vector["raw"].to_string(), str::to_owned);
        let word = vector["format"].as_str().unwrap();
        let known = Format::ALL.into_iter().find(|format| word.starts_with(format.as_str()));
        let Some(format) = known else {
            others.push(name.to_owned());
            continue;
        };
        seen += 1;
        check_vector(name, format, &text, &vector["expected"]);
    }
    println!("{seen} vectors of alerts; no alerts: {others:?}");
    assert!(seen > 0);
}

fn check_vector(name: &str, format: Format, text: &str, expected: &Value) {
    let outcomes = read(format, text, &rules());
    let [outcome] = outcomes.as_slice() else { panic!("{name}: {outcomes:?}") };
    assert_eq!(recognise(text), Some(format), "{name}");
    if expected["ignore"] == true {
        assert!(outcome.as_ref().is_err_and(ProductError::is_ignorable), "{name}: {outcome:?}");
        return;
    }
    if expected.get("error").is_some() {
        assert!(outcome.as_ref().is_err_and(|error| !error.is_ignorable()), "{name}: {outcome:?}");
        return;
    }
    let got = neutral(outcome.as_ref().unwrap());
    for (field, wanted) in expected.as_object().unwrap().iter().filter(|(field, _)| *field != "note") {
        // Where many list techniques, order tells nothing.
        assert!(holds(wanted, &got[field]), "{name}: {field} is {}, not {wanted}", got[field]);
    }
}
