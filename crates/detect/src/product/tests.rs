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

/// The alerts without what is not there.
fn show(outcomes: &Outcomes) -> Vec<Value> {
    fn bare(value: Value) -> Option<Value> {
        match value {
            Value::Null | Value::Bool(false) => None,
            Value::Array(members) if members.is_empty() => None,
            Value::Object(members) => {
                let kept = members.into_iter().filter_map(|(name, value)| Some((name, bare(value)?)));
                let kept: serde_json::Map<String, Value> = kept.collect();
                (!kept.is_empty()).then_some(Value::Object(kept))
            }
            other => Some(other),
        }
    }
    let entity = |entity: &Value| {
        let part = |name: &str| entity[name].as_str().unwrap().to_owned();
        Value::from(format!("{} {} {}", part("role"), part("kind"), part("value")))
    };
    let one = |outcome: &Result<ProductAlert, ProductError>| match outcome {
        Ok(alert) => {
            let mut value = serde_json::to_value(alert).unwrap();
            let entities = value["entities"].as_array().unwrap().iter().map(entity).collect();
            value["entities"] = Value::Array(entities);
            bare(value).unwrap()
        }
        Err(error) => json!(format!("{}: {error}", error.code())),
    };
    outcomes.iter().map(one).collect()
}

fn read_fixture(case: &Path) -> Outcomes {
    let text = std::fs::read_to_string(case.join("in.txt")).unwrap();
    let format = case.parent().and_then(Path::file_name).unwrap().to_string_lossy().into_owned();
    if format == "mapped" {
        let mapping = std::fs::read_to_string(case.join("mapping.json")).unwrap();
        return read_mapped(&serde_json::from_str::<Mapping>(&mapping).unwrap(), &text);
    }
    let format = Format::parse(&format).unwrap();
    let found = recognise(&text);
    assert_eq!(found, Some(format), "{}", case.display());
    read(format, &text, &rules())
}

#[test]
fn every_fixture_reads_as_recorded() {
    insta::glob!("../../data/product", "*/*/in.txt", |path| {
        let case = path.parent().unwrap();
        insta::with_settings!({
            snapshot_path => case,
            prepend_module_to_snapshot => false,
            omit_expression => true,
            snapshot_suffix => "",
        }, {
            insta::assert_yaml_snapshot!("alerts", show(&read_fixture(case)));
        });
    });
}

#[test]
fn every_format_has_a_fixture() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/product");
    for format in Format::ALL {
        assert!(folder.join(format.as_str()).is_dir(), "no fixture of {format}");
    }
}

/// Whatever comes, what is kept of it is bounded.
fn is_bounded(outcomes: &Outcomes) {
    let text = |text: &str| assert!(text.len() <= super::TEXT_KEPT + 64, "{} bytes", text.len());
    assert!(outcomes.len() <= super::ALERTS_LIMIT + 1);
    for outcome in outcomes {
        match outcome {
            Ok(alert) => {
                assert!(!alert.title.is_empty() && !alert.dedup.is_empty() && !alert.what.is_empty());
                assert!(alert.what.len() <= 310 && !alert.what.contains('\n'), "{}", alert.what);
                assert!(alert.dedup.len() <= 300, "{}", alert.dedup);
                assert!(alert.entities.len() <= super::ENTITIES_KEPT && alert.fields.len() <= 40);
                assert!(alert.techniques.len() <= 50 && alert.tactics.len() <= 14);
                let all = [&alert.title, &alert.source];
                all.into_iter().for_each(|value| text(value));
                let said =
                    [&alert.source_id, &alert.rule.id, &alert.message, &alert.url, &alert.process.cmdline];
                said.into_iter().flatten().for_each(|value| text(value));
                alert.fields.values().flatten().for_each(|value| text(value));
            }
            Err(error) => assert!(error.to_string().len() < 800, "{error}"),
        }
    }
}

fn mapping() -> Mapping {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/product/mapped/stock/mapping.json");
    serde_json::from_str(&std::fs::read_to_string(folder).unwrap()).unwrap()
}

/// Every fixture with its format; none is that of the mapping.
fn fixtures() -> Vec<(Option<Format>, String)> {
    let mut found = Vec::new();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/product");
    for format in std::fs::read_dir(folder).unwrap() {
        for case in std::fs::read_dir(format.unwrap().path()).unwrap() {
            let case = case.unwrap().path();
            let name = case.parent().and_then(Path::file_name).unwrap().to_string_lossy().into_owned();
            found.push((Format::parse(&name), std::fs::read_to_string(case.join("in.txt")).unwrap()));
        }
    }
    found.sort();
    found
}

fn read_as(format: Option<Format>, text: &str) -> Outcomes {
    match format {
        Some(format) => read(format, text, &rules()),
        None => read_mapped(&mapping(), text),
    }
}

/// The documents of a fixture; none of what is no JSON.
fn documents(text: &str) -> Vec<Value> {
    serde_json::Deserializer::from_str(text).into_iter::<Value>().map_while(Result::ok).collect()
}

/// The alerts and the faults, without where they stand.
fn told(outcomes: &Outcomes) -> Vec<String> {
    let told = |outcome: &Result<ProductAlert, ProductError>| match outcome {
        Ok(alert) => serde_json::to_string(alert).unwrap(),
        Err(error) => error.to_string().split_once(": ").unwrap().1.to_owned(),
    };
    outcomes.iter().map(told).collect()
}

#[test]
fn a_body_reads_the_same_in_every_shape() {
    for (format, text) in fixtures() {
        let values = documents(&text);
        if values.is_empty() || format.is_none() {
            continue;
        }
        let lines: Vec<String> = values.iter().map(Value::to_string).collect();
        let pretty: Vec<String> =
            values.iter().map(|value| serde_json::to_string_pretty(value).unwrap()).collect();
        let want = told(&read_as(format, &text));
        assert_eq!(want, told(&read_as(format, &lines.join("\n"))));
        assert_eq!(want, told(&read_as(format, &lines.concat())));
        assert_eq!(want, told(&read_as(format, &pretty.join("\n"))));
        if ![Some(Format::Sarif), Some(Format::Scanner)].contains(&format) {
            assert_eq!(want, told(&read_as(format, &json!(values).to_string())));
            assert_eq!(want, told(&read_as(format, &json!({"value": values}).to_string())));
        }
    }
}

#[test]
fn a_broken_line_costs_no_other() {
    for (format, text) in fixtures() {
        let lines: Vec<String> = documents(&text).iter().map(Value::to_string).collect();
        if lines.is_empty() {
            continue;
        }
        let want = told(&read_as(format, &lines.join("\n")));
        for broken in ["{\"cut\": \"here", "{\"a\":", "]", "nonsense", "{\"a\" 1}", "{\"a\":[1,2"] {
            let with = lines.iter().map(|line| format!("{broken}\n{line}\n")).collect::<String>();
            let outcomes = read_as(format, &with);
            let is_fault = |outcome: &&Result<ProductAlert, ProductError>| {
                matches!(outcome, Err(ProductError::NotJson { .. }))
            };
            assert_eq!(outcomes.iter().filter(is_fault).count(), lines.len(), "{broken}");
            let rest: Outcomes = outcomes.into_iter().filter(|outcome| !is_fault(&outcome)).collect();
            assert_eq!(want, told(&rest), "{broken}");
        }
    }
}

/// Every number as text.
fn as_text(value: &mut Value) {
    match value {
        Value::Number(number) => *value = Value::String(number.to_string()),
        Value::Array(members) => members.iter_mut().for_each(as_text),
        Value::Object(members) => members.values_mut().for_each(as_text),
        _ => {}
    }
}

#[test]
fn numbers_may_be_text() {
    for (format, text) in fixtures() {
        let mut values = documents(&text);
        let lines = |values: &[Value]| values.iter().map(|value| format!("{value}\n")).collect::<String>();
        let want = read_as(format, &lines(&values));
        values.iter_mut().for_each(as_text);
        let got = read_as(format, &lines(&values));
        let alerts = |outcomes: Outcomes| outcomes.into_iter().filter_map(Result::ok).collect::<Vec<_>>();
        assert_eq!(alerts(want), alerts(got));
    }
}

#[test]
fn an_update_changes_the_alert_in_whatever_order_it_comes() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/product/guardduty");
    let outcomes = read_fixture(&folder.join("api-form-and-its-update"));
    let [Ok(first), Ok(second)] = outcomes.as_slice() else { panic!("{outcomes:?}") };
    assert_eq!(first.dedup, second.dedup);
    let (mut forth, mut back) = (first.clone(), second.clone());
    forth.update(second.clone());
    back.update(first.clone());
    for alert in [&forth, &back] {
        assert_eq!((alert.level, alert.status), (second.level, Status::Closed));
        assert_eq!(alert.time_event, first.time_event);
        assert_eq!(alert.time_updated, second.time_updated);
        assert_eq!(alert.dst.ip, first.dst.ip);
    }
    assert_eq!(forth.entities, back.entities);
    let mut twice = forth.clone();
    twice.update(second.clone());
    assert_eq!(twice, forth);
}

/// Puts something else in place of the `at`th value.
fn change(value: &mut Value, at: &mut usize, by: &Value) {
    if *at == 0 {
        *value = by.clone();
    }
    *at = at.wrapping_sub(1);
    match value {
        Value::Array(members) => members.iter_mut().for_each(|member| change(member, at, by)),
        Value::Object(members) => members.values_mut().for_each(|member| change(member, at, by)),
        _ => {}
    }
}

fn hostile() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        Just(json!({})),
        Just(json!([])),
        Just(json!({"a": {"a": {"a": []}}})),
        Just(json!(u64::MAX)),
        Just(json!(i64::MIN)),
        Just(json!(1e308)),
        Just(json!(-0.0)),
        Just(Value::Array(vec![json!("T1059.001 192.0.2.1"); 2000])),
        Just(Value::Array(vec![json!({"id": 1, "@odata.type": "x.ipEvidence"}); 500])),
        Just(json!("x".repeat(20_000))),
        Just(json!("é".repeat(5_000))),
        Just(json!("\u{0}\u{1b}[2J\u{202e}\r\n")),
        "[ -~]{0,40}".prop_map(Value::String),
        any::<String>().prop_map(Value::String),
        any::<f64>().prop_map(|number| json!(number)),
        any::<bool>().prop_map(Value::Bool),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

    #[test]
    fn no_change_of_an_alert_makes_a_reader_fail(
        which in any::<prop::sample::Index>(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), hostile()), 1..4),
    ) {
        let fixtures = fixtures();
        let (format, text) = which.get(&fixtures);
        let mut values = documents(text);
        prop_assume!(!values.is_empty());
        for (at, by) in changes {
            let count: usize = values.iter().map(|value| value.to_string().matches([':', ',']).count() + 1).sum();
            let mut at = at.index(count);
            values.iter_mut().for_each(|value| change(value, &mut at, &by));
        }
        let body = values.iter().map(|value| format!("{value}\n")).collect::<String>();
        is_bounded(&read_as(*format, &body));
        let _ = recognise(&body);
    }

    #[test]
    fn no_text_makes_a_reader_fail(
        text in prop_oneof![
            any::<String>(),
            "[\\[\\]{}\",:0-9a-z \n]{0,80}",
            "(CEF|LEEF):[0-9.]{1,3}[|][ -~\t]{0,80}",
            any::<Vec<u8>>().prop_map(|bytes| String::from_utf8_lossy(&bytes).into_owned()),
        ],
    ) {
        for format in Format::ALL {
            is_bounded(&read(format, &text, &rules()));
        }
        is_bounded(&read_mapped(&mapping(), &text));
        let _ = recognise(&text);
    }

    #[test]
    fn no_cut_of_a_line_makes_a_reader_fail(
        which in any::<prop::sample::Index>(),
        at in any::<prop::sample::Index>(),
        by in any::<char>(),
    ) {
        let fixtures = fixtures();
        let (format, text) = which.get(&fixtures);
        let cuts: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
        let (before, after) = text.split_at(cuts[at.index(cuts.len())]);
        is_bounded(&read_as(*format, &format!("{before}{by}{after}")));
        is_bounded(&read_as(*format, before));
    }
}

#[test]
fn bodies_are_read_within_bounds() {
    let many = "{}\n".repeat(super::ALERTS_LIMIT + 5);
    let outcomes = read(Format::Wazuh, &many, &rules());
    assert_eq!(outcomes.len(), super::ALERTS_LIMIT + 1);
    assert!(matches!(outcomes.last(), Some(Err(ProductError::TooMuch { .. }))));
    let list = format!("[{}1]", "1,".repeat(1_500_000));
    assert!(matches!(read(Format::Wazuh, &list, &rules()).as_slice(), [Err(ProductError::TooMuch { .. })]));
    let deep = "[".repeat(100_000);
    assert!(matches!(read(Format::Graph, &deep, &rules()).as_slice(), [Err(ProductError::NotJson { .. })]));
    let closed = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    assert!(matches!(read(Format::Graph, &closed, &rules()).as_slice(), [Err(ProductError::NotJson { .. })]));
    let faults = "{\n".repeat(50_000);
    assert!(read(Format::Graph, &faults, &rules()).len() <= 101);
    let large = " ".repeat(super::BODY_LIMIT + 1);
    assert!(matches!(read(Format::Graph, &large, &rules()).as_slice(), [Err(ProductError::TooMuch { .. })]));
}

#[test]
fn a_mapping_that_cannot_be_says_why() {
    let check = |text: &str, want: &str| {
        let error = serde_json::from_str::<Mapping>(text).unwrap_err().to_string();
        assert!(error.contains(want), "{error}");
    };
    check(r#"{"product":"X Y","fields":{"title":"a"}}"#, "`X Y` is no word for a product");
    check(r#"{"product":"x","fields":{"severity":"a"}}"#, "neither `title` nor");
    check(r#"{"product":"x","fields":{"title":"a..b"}}"#, "`a..b` is no path");
    check(r#"{"product":"x","fields":{"titel":"a"}}"#, "unknown variant `titel`");
    check(r#"{"product":"x","fieldz":{}}"#, "unknown field `fieldz`");
    check(r#"{"product":"x","fields":{"title":"a"},"in-place":true}"#, "`in-place` needs");
    check(r#"{"product":"x","fields":{"title":"a"},"severity":{"1":"grave"}}"#, "unknown variant `grave`");
    let unordered = r#"{"product":"x","fields":{"title":"a"},"severity-from":{"low":5,"high":2}}"#;
    check(unordered, "must grow with the level: high begins at 2");
}

/// Every document below the folder whose name ends so, with its file.
fn samples(folder: &Path, endings: &[&str]) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if endings.iter().any(|ending| path.to_string_lossy().ends_with(ending)) {
                let text = String::from_utf8_lossy(&std::fs::read(&path).unwrap()).into_owned();
                found.push((path, text));
            }
        }
    }
    found.sort();
    found
}

/// Reads samples of a format: every record is an alert or one of the product's other records. `check` gets
/// each alert with its record.
fn check_samples(below: &str, format: Format, is_of: fn(&Value) -> bool, check: fn(&ProductAlert, &Value)) {
    let Some(folder) = test_data(below) else { return };
    let (mut alerts, mut others) = (0, 0);
    for (path, text) in samples(&folder, &[".json", ".ndjson", ".ocsf"]) {
        let lists = documents(&text).into_iter().map(|value| match value {
            Value::Array(members) => members,
            one => vec![one],
        });
        for record in lists.flatten().filter(is_of) {
            let outcomes = read(format, &record.to_string(), &rules());
            match outcomes.as_slice() {
                [Ok(alert)] => {
                    alerts += 1;
                    check(alert, &record);
                }
                [Err(error)] if error.is_ignorable() => others += 1,
                other => panic!("{}: {other:?}", path.display()),
            }
        }
    }
    println!("{below}: {alerts} alerts, {others} other records");
    assert!(alerts > 0, "no alerts in {below}");
}

/// What the record says at a pointer, as text.
fn said(record: &Value, pointer: &str) -> Option<String> {
    match record.pointer(pointer)? {
        Value::String(text) => Some(text.trim().to_owned()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

#[test]
fn samples_of_suricata_are_taken_in() {
    for below in ["alerts/suricata-raw", "suricata-eve-alerts"] {
        check_samples(below, Format::Suricata, Value::is_object, |alert, record| {
            let text = |ip: Option<std::net::IpAddr>| ip.map(|ip| ip.to_string());
            let mut ends = [text(alert.src.ip), text(alert.dst.ip)];
            let address = |name: &str| text(super::look::address(&said(record, name)?));
            let mut want = [address("/src_ip"), address("/dest_ip")];
            ends.sort();
            want.sort();
            assert_eq!(ends, want);
            assert_eq!(Some(&alert.title), said(record, "/alert/signature").as_ref());
            assert_eq!(alert.action, said(record, "/alert/action"));
            assert!(alert.time_alert.is_some() && alert.rule.id.is_some());
        });
    }
}

#[test]
fn samples_of_graph_are_taken_in() {
    check_samples("alerts/microsoft-graph", Format::Graph, Value::is_object, |alert, record| {
        assert!(alert.source_id.as_ref().unwrap().ends_with(&said(record, "/id").unwrap()));
        assert!(alert.in_place && alert.time_alert.is_some() && !alert.title.is_empty());
        assert_eq!(alert.user.name, said(record, "/userPrincipalName"));
        assert_eq!(alert.src.ip.map(|ip| ip.to_string()), said(record, "/ipAddress"));
    });
}

#[test]
fn samples_of_ocsf_are_taken_in() {
    let is_ocsf = |value: &Value| value.get("class_uid").is_some();
    check_samples("ocsf", Format::Ocsf, is_ocsf, |alert, record| {
        let either = |name: &str| {
            said(record, &format!("/finding_info/{name}"))
                .or_else(|| said(record, &format!("/finding/{name}")))
        };
        assert_eq!(alert.source_id, either("uid"));
        assert_eq!(Some(&alert.title), either("title").as_ref());
        assert!(alert.in_place && alert.time_alert.is_some() && alert.maker.is_some());
        let source = said(record, "/evidences/0/src_endpoint/ip");
        assert!(source.is_none() || alert.src.ip.map(|ip| ip.to_string()) == source);
    });
}

#[test]
fn the_sample_of_wazuh_is_taken_in() {
    check_samples("alerts/wazuh", Format::Wazuh, Value::is_object, |alert, record| {
        assert_eq!(alert.rule.id, said(record, "/rule/id"));
        assert_eq!(alert.host.name, said(record, "/agent/name"));
        assert_eq!(alert.file.sha256, said(record, "/syscheck/sha256_after"));
        assert!(alert.time_alert.is_some());
    });
}
