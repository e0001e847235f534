//! Alerts of Suricata's, each of which must be found again in ours.
//!
//! Reads the sets of `suricata-eve-alerts` where `COFFERDAM_TEST_DATA` names the folder that holds them.

use crate::{Results, number, run, text};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

#[test]
fn every_alert_of_suricata_is_accounted_for() {
    let Some(data) = std::env::var_os("COFFERDAM_TEST_DATA").map(PathBuf::from) else {
        println!("skipped: COFFERDAM_TEST_DATA names no folder");
        return;
    };
    let sets = std::fs::read_dir(data.join("suricata-eve-alerts")).unwrap();
    let mut sets: Vec<PathBuf> = sets.map(|set| set.unwrap().path()).filter(|set| set.is_dir()).collect();
    sets.sort_unstable();
    assert!(!sets.is_empty(), "no set in {}", data.display());
    for set in sets {
        check(&set);
    }
}

fn check(set: &Path) {
    let desk = tempfile::tempdir().unwrap();
    let out = desk.path().join("out");
    let log = set.join("alerts-only.json");
    run(&["investigate".as_ref(), log.as_os_str(), "--out".as_ref(), out.as_os_str(), "--quiet".as_ref()])
        .expect(0);
    let results = Results::read(&out);
    let carried: Vec<_> =
        results.alerts.iter().filter(|alert| alert["fields"].get("rule.name").is_some()).collect();
    let counted: u64 = carried.iter().map(|alert| number(alert, "count")).sum();
    assert_eq!(counted, number(&results.summary, "read"), "{}", set.display());
    let titles: BTreeSet<String> =
        carried.iter().map(|alert| text(&alert["rule"], "title").to_owned()).collect();
    assert_same(set, &titles, &listed(&set.join("signature-list.txt")));
    let ids: BTreeSet<String> = carried.iter().map(|alert| signature_id(alert)).collect();
    assert_same(set, &ids, &listed(&set.join("ids-list.txt")));
    let levels: BTreeSet<&str> = carried.iter().map(|alert| text(alert, "level")).collect();
    assert!(levels.len() > 1, "the set has alerts of several severities, and ours are all {levels:?}");
    println!("{}: {counted} alerts, {} signatures, {levels:?}", set.display(), titles.len());
}

/// The number in the middle of `1:2001219:19`.
fn signature_id(alert: &serde_json::Value) -> String {
    let id = alert["fields"]["rule.id"][0].as_str().unwrap();
    id.split(':').nth(1).unwrap().to_owned()
}

#[track_caller]
fn assert_same(set: &Path, got: &BTreeSet<String>, want: &BTreeSet<String>) {
    let apart: Vec<&String> = got.symmetric_difference(want).collect();
    assert!(apart.is_empty(), "{}: {apart:?}", set.display());
}

/// What a list names, a line each; comments, blank lines and blanks at the ends aside.
fn listed(list: &Path) -> BTreeSet<String> {
    let text = std::fs::read_to_string(list).unwrap();
    let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    let name = |line: &str| serde_json::from_str(line).unwrap_or_else(|_| line.to_owned());
    lines.map(|line| name(line).trim().to_owned()).collect()
}
