//! Every vector of an alert maps as expected; of the few that are lines of syslog the heading.

use super::{rules, test_data};
use crate::product::{End, Format, ProductAlert, ProductError, read, recognise};
use jiff::Timestamp;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The alert in the names that the vectors use.
fn neutral(alert: &ProductAlert) -> Value {
    let maker = alert.maker.clone().unwrap_or_default();
    let with_port = |end: &End| json!({"ip": end.ip, "port": end.port, "domain": end.domain});
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
            assert_eq!(word, "syslog", "{name}: a format that nobody reads");
            check_syslog(name, &text, &vector["expected"]);
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

/// A line of syslog is an event, which the pipeline reads; the vectors tell what its heading says.
fn check_syslog(name: &str, line: &str, expected: &Value) {
    let event = crate::parser::syslog::parse(line, &rules());
    if expected.get("error").is_some() {
        assert!(event.is_none(), "{name}");
        return;
    }
    let event = event.unwrap();
    let text = |name: &str| event.text_of(name).map(std::borrow::Cow::into_owned);
    let number = |name: &str| text(name).and_then(|text| text.parse::<u64>().ok());
    let priority = number("log.syslog.priority").unwrap();
    let mut data: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
    for field in &event.fields {
        let Some(rest) = field.name.strip_prefix("log.syslog.structured_data.") else { continue };
        let (id, key) = rest.rsplit_once('.').unwrap();
        let value = field.value.as_text().unwrap().into_owned();
        data.entry(id.to_owned()).or_default().insert(key.to_owned(), value);
    }
    let got = json!({
        "facility": priority / 8,
        "severity_num": priority % 8,
        "host": text("host.name"),
        "tag": text("process.name"),
        "app": text("process.name"),
        "pid": number("process.pid"),
        "procid": text("process.pid"),
        "msgid": text("log.syslog.msgid"),
        "message": text("message"),
        "time": event.time.map(|time| time.at),
        "assume_year": event.time.is_some_and(|time| time.year_inferred),
        "sd": data,
    });
    for (field, wanted) in expected.as_object().unwrap() {
        let mut wanted = wanted.clone();
        // An element without parameters says nothing that a field could hold.
        if let Some(elements) = wanted.as_object_mut() {
            elements.retain(|_, parameters| parameters != &json!({}));
        }
        assert!(holds(&wanted, &got[field]), "{name}: {field} is {}, not {wanted}", got[field]);
    }
}
