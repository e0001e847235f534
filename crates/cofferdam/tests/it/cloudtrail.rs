//! A simulated attack in real CloudTrail files: one incident for whoever ran it, every call counted.
//!
//! Reads the files of Stratus Red Team's simulation where `COFFERDAM_TEST_DATA` names the folder that holds
//! them.

use crate::{Results, run, text};
use std::collections::BTreeSet;
use std::path::PathBuf;

const TOOL: &str = "stratus-red-team";

#[test]
fn a_simulation_is_one_incident_that_counts_every_call() {
    let Some(data) = std::env::var_os("COFFERDAM_TEST_DATA").map(PathBuf::from) else {
        println!("skipped: COFFERDAM_TEST_DATA names no folder");
        return;
    };
    let folder = data.join("cloudtrail-stratus");
    let (mut calls, mut records, mut users) = (0, 0, BTreeSet::new());
    for file in std::fs::read_dir(&folder).unwrap().map(|file| file.unwrap().path()) {
        if file.extension().is_none_or(|ending| ending != "json") {
            continue;
        }
        let file: serde_json::Value = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
        for record in file["Records"].as_array().unwrap() {
            records += 1;
            if record["userAgent"].as_str().is_some_and(|agent| agent.contains(TOOL)) {
                calls += 1;
                users.extend(record["userIdentity"]["userName"].as_str().map(str::to_lowercase));
            }
        }
    }
    assert!(calls > 0, "the files hold calls of the tool");

    let desk = tempfile::tempdir().unwrap();
    let out = desk.path().join("out");
    run(&["investigate".as_ref(), folder.as_os_str(), "--out".as_ref(), out.as_os_str(), "--quiet".as_ref()])
        .expect(0);
    let results = Results::read(&out);
    let alerts: Vec<_> = results.alerts_titled("Attack tool used against AWS").collect();
    let counted: u64 = alerts.iter().map(|alert| alert["occurrences"].as_u64().unwrap()).sum();
    assert_eq!(counted, calls, "calls of the tool");
    let incidents: BTreeSet<&str> = alerts.iter().map(|alert| text(alert, "incident")).collect();
    assert_eq!(incidents.len(), 1, "one incident: {incidents:?}");
    for incident in &results.incidents {
        let names = |user: &String| incident["scope"].to_string().contains(&format!("\"{user}\""));
        if users.iter().any(names) {
            assert!(
                incidents.contains(text(incident, "id")),
                "another names {users:?}: {}",
                incident["title"]
            );
        }
    }
    println!("{records} records, {calls} of the tool, {} incidents", results.incidents.len());
}
