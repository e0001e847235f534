//! Samples of products, third-party data read in place: every record is an alert with its core fields, or one
//! of the product's other records.

use super::{rules, test_data};
use crate::product::{Format, ProductAlert, read};
use serde_json::Value;
use std::path::{Path, PathBuf};

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
        let lists = super::laws::documents(&text).into_iter().map(|value| match value {
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
            let address = |name: &str| text(crate::product::look::address(&said(record, name)?));
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
