//! Password guessing in a real sshd log, against what its structured table says.
//!
//! Reads loghub's OpenSSH sample where `COFFERDAM_TEST_DATA` names the folder that holds it.

use crate::{Results, run, text};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

const GAP_S: i64 = 30 * 60;

/// Failures of one address: when, and for how many attempts the line stands.
type Failures = BTreeMap<String, Vec<(i64, u64)>>;

/// A burst: the address, its first failure as the log writes it, and how many there were.
type Burst = (String, String, u64);

#[test]
fn every_burst_of_guessing_is_one_alert() {
    let Some(data) = std::env::var_os("COFFERDAM_TEST_DATA").map(PathBuf::from) else {
        println!("skipped: COFFERDAM_TEST_DATA names no folder");
        return;
    };
    let folder = data.join("loghub/OpenSSH");
    let failures = failures(&folder.join("OpenSSH_2k.log_structured.csv"));
    let (bursts, slow) = expected(&failures);
    assert!(!bursts.is_empty() && !slow.is_empty(), "the table has failures");

    let desk = tempfile::tempdir().unwrap();
    let out = desk.path().join("out");
    let log = folder.join("OpenSSH_2k.log");
    run(&["investigate".as_ref(), log.as_os_str(), "--out".as_ref(), out.as_os_str(), "--quiet".as_ref()])
        .expect(0);
    let results = Results::read(&out);
    let found: Vec<Burst> = results
        .alerts_titled("SSH brute force")
        .map(|alert| {
            (address(alert), clock(text(alert, "first_seen")), alert["occurrences"].as_u64().unwrap())
        })
        .collect();
    assert_eq!(found.iter().cloned().collect::<BTreeSet<Burst>>(), bursts);
    assert_eq!(found.len(), bursts.len(), "each once: {found:?}");
    let named: Vec<String> = results.alerts_titled("Slow SSH password guessing").map(address).collect();
    assert_eq!(named, slow);
    println!(
        "{} bursts of {} addresses; slow: {slow:?}",
        bursts.len(),
        bursts.iter().map(|(address, ..)| address).collect::<BTreeSet<_>>().len()
    );
}

fn address(alert: &serde_json::Value) -> String {
    let of_actor = |entity: &&serde_json::Value| entity["kind"] == "address" && entity["role"] == "actor";
    let mut addresses = alert["entities"].as_array().unwrap().iter().filter(of_actor);
    let address = text(addresses.next().expect("an address"), "value").to_owned();
    assert!(addresses.next().is_none(), "one address: {alert}");
    address
}

/// `2025-12-10T06:55:46Z` as `Dec 10 06:55:46`: which year it was, the log does not say.
fn clock(time: &str) -> String {
    let time: jiff::Timestamp = time.parse().unwrap();
    time.strftime("%b %d %H:%M:%S").to_string()
}

/// Refused passwords by address, from the table's columns `Date`, `Day`, `Time` and `Content`.
fn failures(table: &Path) -> Failures {
    let mut failures = Failures::new();
    let mut rows = csv::Reader::from_path(table).unwrap();
    for row in rows.deserialize::<BTreeMap<String, String>>() {
        let row = row.unwrap();
        let (content, times) = unrolled(&row["Content"]);
        let Some(who) = content.strip_prefix("Failed password for ") else { continue };
        let address = who.rsplit_once(" from ").and_then(|(_, from)| from.split(' ').next()).unwrap();
        failures.entry(address.to_owned()).or_default().push((moment(&row), times));
    }
    failures
}

/// `message repeated 5 times: [ … ]` as its message and 5.
fn unrolled(content: &str) -> (&str, u64) {
    let repeated = content.strip_prefix("message repeated ").and_then(|rest| rest.split_once(" times: [ "));
    match repeated {
        Some((times, message)) => (message, times.parse().unwrap()),
        None => (content, 1),
    }
}

fn moment(row: &BTreeMap<String, String>) -> i64 {
    let text = format!("2025 {} {} {}", row["Date"], row["Day"], row["Time"]);
    let civil = jiff::civil::DateTime::strptime("%Y %b %d %H:%M:%S", text).unwrap();
    civil.to_zoned(jiff::tz::TimeZone::UTC).unwrap().timestamp().as_second()
}

/// Bursts of at least five, and the addresses that have at least five within a day but no burst.
fn expected(failures: &Failures) -> (BTreeSet<Burst>, Vec<String>) {
    let (mut bursts, mut slow) = (BTreeSet::new(), Vec::new());
    for (address, times) in failures {
        let before = bursts.len();
        for burst in times.chunk_by(|(a, _), (b, _)| b - a <= GAP_S) {
            let count: u64 = burst.iter().map(|(_, count)| count).sum();
            if count >= 5 {
                let first = jiff::Timestamp::from_second(burst[0].0).unwrap();
                bursts.insert((address.clone(), clock(&first.to_string()), count));
            }
        }
        let in_a_day = times.iter().any(|(start, _)| {
            let day = times.iter().filter(|(at, _)| (0..=24 * 3600).contains(&(at - start)));
            day.map(|(_, count)| count).sum::<u64>() >= 5
        });
        if bursts.len() == before && in_a_day {
            slow.push(address.clone());
        }
    }
    (bursts, slow)
}
