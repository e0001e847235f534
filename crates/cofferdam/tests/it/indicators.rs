//! Lists of indicators and of what is known to be good, from the command line to the results.

use crate::{Desk, Ran, brute_force, number, run, schemas, strings, text};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::Path;

const PROCESS: &str = r#"{"Channel":"Microsoft-Windows-Sysmon/Operational","EventID":1,"Computer":"ws-01.example.org","UtcTime":"2026-03-02 09:00:00.123","Image":"C:\\Users\\dev1\\tool.exe","CommandLine":"tool.exe https:\/\/cdn.evil.example\/gate.php?id=1 \n2001:db8:1:2:3:4:5:66","Hashes":"MD5=0123456789ABCDEF0123456789ABCDEF,SHA256=0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef","User":"EXAMPLE\\dev1"}"#;
const NETWORK: &str = r#"{"Channel":"Microsoft-Windows-Sysmon/Operational","EventID":3,"Computer":"ws-01.example.org","UtcTime":"2026-03-02 09:00:05.000","Image":"C:\\Users\\dev1\\tool.exe","SourceIp":"192.0.2.10","DestinationIp":"203.0.113.66","DestinationHostname":"cdn.evil.example"}"#;
const SYSLOG: &str =
    "2026-03-02T09:10:00Z web-01 app[7]: mail from office@evil.example, see http://203.0.113.99:8080/a.\n";

fn desk(lists: &[(&str, &str)]) -> Desk {
    let desk = Desk::with(&[("events.ndjson", &format!("{PROCESS}\n{NETWORK}\n")), ("app.log", SYSLOG)]);
    for (name, list) in lists {
        std::fs::write(desk.path(name), list).unwrap();
    }
    desk
}

/// Runs with lists as indicators and as known to be good.
fn investigate(desk: &Desk, indicators: &[&str], known_good: &[&str], further: &[&str]) -> Ran {
    let path = |name: &&str| desk.path(name).display().to_string();
    let mut args: Vec<String> = Vec::new();
    for list in indicators.iter().map(path) {
        args.extend(["--indicators".to_owned(), list]);
    }
    for list in known_good.iter().map(path) {
        args.extend(["--known-good".to_owned(), list]);
    }
    args.extend(further.iter().map(|arg| (*arg).to_owned()));
    desk.investigate(&args.iter().map(String::as_str).collect::<Vec<_>>())
}

/// What was seen, without the name of the list.
fn seen(desk: &Desk) -> BTreeSet<String> {
    let titles = desk.results().matches.into_iter().map(|found| text(&found, "title").to_owned());
    let seen = titles.filter_map(|title| Some(title.strip_prefix("Indicator seen: ")?.to_owned()));
    seen.map(|title| title.split(", list ").next().unwrap().to_owned()).collect()
}

fn list_entry(desk: &Desk, at: usize) -> Value {
    desk.results().summary["indicators"]["lists"][at].clone()
}

#[track_caller]
fn check_counts(entry: &Value, want: &[(&str, u64)]) {
    let sum =
        ["taken", "duplicates", "left_out", "refused", "not_understood"].map(|name| number(entry, name));
    assert_eq!(number(entry, "read"), sum.iter().sum::<u64>(), "{entry}");
    for (name, count) in want {
        assert_eq!(number(entry, name), *count, "{name} in {entry}");
    }
}

#[test]
fn each_kind_of_value_is_seen_where_it_stands() {
    for (listed, want) in [
        ("evil[.]example", &["domain evil.example"] as &[&str]),
        ("cdn.evil.example", &["domain cdn.evil.example"]),
        ("other.evil.example", &[]),
        ("vil.example", &[]),
        ("hxxps://cdn.evil.example/gate.php?id=1", &["URL cdn.evil.example/gate.php?id=1"]),
        ("https://cdn.evil.example/gate.php", &[]),
        ("http://203.0.113.99:8080/a", &["URL 203.0.113.99:8080/a"]),
        ("203.0.113.66", &["address 203.0.113.66"]),
        ("203.0.113.6", &[]),
        ("203.0.113.64/26", &["network 203.0.113.64/26"]),
        ("2001:db8:1:2:3:4:5:66", &["address 2001:db8:1:2:3:4:5:66"]),
        ("2001:db8:1::/48", &["network 2001:db8:1::/48"]),
        ("office@evil.example", &["e-mail address office@evil.example"]),
        ("0123456789abcdef0123456789abcdef", &["md5 0123456789abcdef…"]),
        ("0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", &["sha256 0123456789abcdef…"]),
    ] {
        let desk = desk(&[("list.txt", listed)]);
        investigate(&desk, &["list.txt"], &[], &["--quiet"]).expect(0);
        assert_eq!(seen(&desk).iter().map(String::as_str).collect::<Vec<_>>(), want, "{listed}");
        schemas::check_results(&desk.path("out"));
        check_counts(&list_entry(&desk, 0), &[("read", 1), ("taken", 1)]);
    }
}

#[test]
fn a_sighting_is_an_alert_with_the_indicator_in_its_part() {
    let desk = desk(&[("feed.csv", "ioc_value,type\nevil.example,domain\n203.0.113.66,ip\n")]);
    investigate(&desk, &["feed.csv"], &[], &["--quiet"]).expect(0);
    let results = desk.results();
    let of = |value: &str| {
        let mut alerts = results.alerts.iter().filter(|alert| text(&alert["rule"], "title").contains(value));
        alerts.next().unwrap_or_else(|| panic!("no alert of {value}"))
    };
    let domain = of("domain evil.example");
    assert_eq!(domain["level"], "high");
    let names: Vec<&Value> =
        results.matches.iter().filter(|m| text(m, "title").contains("evil.example")).collect();
    assert_eq!(names.len(), 3, "one for each event, whatever it is named for: {names:?}");
    assert_eq!(domain["count"], 1);
    assert_eq!(domain["fields"]["indicator.seen"], json!(["cdn.evil.example"]));
    assert_eq!(domain["fields"]["indicator.field"], json!(["CommandLine"]));
    assert!(domain["incident"].is_string());
    let entity = json!({"kind": "domain", "value": "cdn.evil.example", "role": "target"});
    assert!(domain["entities"].as_array().unwrap().contains(&entity), "{domain}");
    let address = of("address 203.0.113.66");
    assert_eq!(address["level"], "medium");
    assert!(
        address["ties"].as_array().unwrap().contains(&json!({"kind": "address", "value": "203.0.113.66"}))
    );
}

#[test]
fn levels_can_be_given_and_are_minded() {
    let desk = desk(&[("list.txt", "203.0.113.66\n")]);
    investigate(&desk, &["list.txt"], &[], &["--quiet", "--indicator-level", "critical"]).expect(0);
    assert!(desk.results().matches.iter().any(|found| found["level"] == "critical"));
    let list = desk.path("list.txt");
    let events = desk.path("logs/events.ndjson");
    let args = |level: &'static str| {
        ["detect", "--no-builtin-rules", "--min-level", level, "--indicators"].map(str::to_owned)
    };
    for (level, lines) in [("medium", 1), ("high", 0)] {
        let mut args: Vec<String> = args(level).into();
        args.extend([list.display().to_string(), events.display().to_string()]);
        assert_eq!(run(&args).expect(0).stdout.lines().count(), lines, "{level}");
    }
}

#[test]
fn what_is_known_to_be_good_is_counted_and_not_told() {
    let lists = [("bad.txt", "evil.example\n203.0.113.66\n"), ("good.txt", "cdn.evil.example\n")];
    let desk = desk(&lists);
    investigate(&desk, &["bad.txt"], &["good.txt"], &["--quiet"]).expect(0);
    // The mail names evil.example itself.
    let want = ["address 203.0.113.66", "domain evil.example"].map(str::to_owned);
    assert_eq!(seen(&desk), want.into());
    assert_eq!(number(&desk.results().summary["indicators"], "known_good"), 2);
    assert_eq!(list_entry(&desk, 1)["use"], "known-good");
}

#[test]
fn what_is_known_to_be_good_ties_nothing_together() {
    // The same address guesses at two hosts: one incident, unless the address is a scanner of ours.
    let desk = Desk::with(&[
        ("a/auth.log", &brute_force("web-01", "203.0.113.66", 0)),
        ("b/auth.log", &brute_force("db-01", "203.0.113.66", 45)),
    ]);
    std::fs::write(desk.path("good.txt"), "203.0.113.0/24\n").unwrap();
    desk.investigate(&["--quiet"]).expect(0);
    assert_eq!(desk.results().incidents.len(), 1);
    std::fs::remove_dir_all(desk.path("out")).unwrap();
    investigate(&desk, &[], &["good.txt"], &["--quiet"]).expect(0);
    let results = desk.results();
    assert_eq!(results.incidents.len(), 2, "{}", results.incidents[0]["joins"]);
    for incident in &results.incidents {
        let scope = incident["scope"].as_array().unwrap();
        let address = scope.iter().find(|entry| entry["kind"] == "address").expect("the address is in scope");
        assert_eq!(address["known_good"], true);
        assert!(
            strings(&incident["first_steps"]).all(|step| !step.contains("Block 203.0.113.66")),
            "{incident}"
        );
    }
    schemas::check_results(&desk.path("out"));
}

#[test]
fn stix_and_misp_say_more_than_values() {
    let stix = json!({"type": "bundle", "objects": [
        {"type": "indicator", "id": "indicator--1", "name": "Gate", "pattern_type": "stix", "confidence": 20,
         "pattern": "[domain-name:value = 'evil.example' OR ipv4-addr:value ISSUBSET '203.0.113.64/26']",
         "valid_from": "2026-01-01T00:00:00Z",
         "kill_chain_phases": [{"kill_chain_name": "mitre-attack", "phase_name": "command-and-control"}]},
        {"type": "indicator", "id": "indicator--2", "pattern_type": "stix", "pattern": "[url:value = 'http://203.0.113.99:8080/a']", "valid_until": "2026-03-01T00:00:00Z"},
        {"type": "indicator", "id": "indicator--3", "pattern_type": "stix", "pattern": "[email-addr:value = 'office@evil.example']", "revoked": true},
        {"type": "indicator", "id": "indicator--4", "pattern_type": "yara", "pattern": "rule x {}"},
        {"type": "indicator", "id": "indicator--5", "pattern_type": "stix", "pattern": "[process:name = 'a' AND file:name = 'b']"},
        {"type": "malware", "id": "malware--1"}
    ]});
    let misp = json!({"response": [{"Event": {"info": "Case 7", "Attribute": [
        {"type": "filename|md5", "value": "tool.exe|0123456789abcdef0123456789abcdef", "to_ids": true, "uuid": "u1"},
        {"type": "ip-dst", "value": "192.0.2.10", "to_ids": false},
        {"type": "comment", "value": "evil.example", "to_ids": true}],
        "Object": [{"Attribute": [{"type": "domain|ip", "value": "evil.example|2001:db8:1:2:3:4:5:66", "to_ids": true,
            "Tag": [{"name": "misp-galaxy:mitre-attack-pattern=\"Web Protocols - T1071.001\""}]}, 17]}]}}]});
    let desk = desk(&[("bundle.json", &stix.to_string()), ("event.json", &misp.to_string())]);
    let ran = investigate(&desk, &["bundle.json", "event.json"], &[], &[]).expect(0);
    check_counts(&list_entry(&desk, 0), &[("read", 6), ("taken", 3), ("left_out", 1), ("not_understood", 2)]);
    check_counts(
        &list_entry(&desk, 1),
        &[("read", 6), ("taken", 2), ("duplicates", 1), ("left_out", 2), ("not_understood", 1)],
    );
    assert!(
        ran.notes().iter().any(|note| note.contains("process:name") && note.contains("object 5")),
        "{}",
        ran.stderr
    );
    let results = desk.results();
    assert_eq!(number(&results.summary["indicators"], "expired"), 1);
    let gate =
        results.matches.iter().find(|found| text(found, "title").contains("domain evil.example")).unwrap();
    assert_eq!(gate["level"], "medium", "a confidence of 20 lowers the level");
    let alert = results.alerts.iter().find(|alert| alert["id"] == gate["alert"]).unwrap();
    assert_eq!(alert["tactics"], json!(["command-and-control"]));
    assert_eq!(alert["fields"]["indicator.id"], json!(["indicator--1"]));
    assert!(
        seen(&desk).contains("md5 0123456789abcdef…")
            && seen(&desk).contains("address 2001:db8:1:2:3:4:5:66")
    );
}

#[test]
fn hostile_lists_are_told_of_and_harm_nothing() {
    let long = format!("{}\nevil.example\n", "a.".repeat(100_000));
    let deep = format!("{{\"objects\":{}", "[".repeat(100_000));
    let broken = r#"{"type":"bundle","objects":[{"type":"indicator","pattern":"[domain-name:value = 'evil.example']","confidence":1e999},{"type":"indicator","pattern":"[domain-name:value = 'evil.example']"}]}"#;
    let cut = &broken[..broken.len() - 4];
    for (list, taken) in [
        (long.as_bytes(), 1),
        (deep.as_bytes(), 0),
        (broken.as_bytes(), 1),
        (cut.as_bytes(), 0),
        (b"\xff\xfeevil", 0),
        (b"\xff\xfee\0v\0i\0l\0.\0e\0x\0a\0m\0p\0l\0e\0\n\0", 1),
        (b"\0\0\0\nevil.example\xff\nevil.example\n\x1b[31m", 1),
        (b"ip,note\n203.0.113.66,\"never closed\n203.0.113.67,x\n", 1),
        (b"", 0),
        (b"{\"objects\": 7}", 0),
        (b"[[[]]]", 0),
    ] {
        let desk = desk(&[]);
        std::fs::write(desk.path("list"), list).unwrap();
        let ran = investigate(&desk, &["list"], &[], &[]).expect(if taken == 0 { 3 } else { 0 });
        assert!(!ran.stderr.contains('\u{1b}'), "{}", ran.stderr);
        if taken == 0 {
            assert!(ran.stderr.contains("error[cofferdam::nothing-in-list]"), "{}", ran.stderr);
            continue;
        }
        let entry = list_entry(&desk, 0);
        check_counts(&entry, &[("taken", taken)]);
        let broken = number(&entry, "not_understood") > 0;
        assert_eq!(ran.stdout.contains("\n  indicators: "), broken, "{}", ran.stdout);
        schemas::check_results(&desk.path("out"));
    }
}

#[test]
fn a_list_that_cannot_be_read_is_refused() {
    let desk = desk(&[]);
    let ran = investigate(&desk, &["nowhere.txt"], &[], &[]).expect(3);
    assert!(ran.stderr.contains("failed to read the list"), "{}", ran.stderr);
}

#[test]
fn what_is_not_understood_of_a_list_is_said_even_when_quiet() {
    let desk =
        desk(&[("list.txt", "evil.example\n203.0.113.66\nno value at all\n"), ("good.txt", "# none yet\n")]);
    let ran = investigate(&desk, &["list.txt"], &["good.txt"], &["--quiet"]).expect(0);
    assert!(ran.stdout.contains("  indicators: 2 of 3 values understood"), "{}", ran.stdout);
    assert_eq!(ran.stderr, "");
}

/// Third-party bundles: each is read, every count adds up, and what is not understood is told.
#[test]
fn the_examples_of_the_standard_are_accounted_for() {
    let Some(data) = std::env::var_os("COFFERDAM_TEST_DATA") else {
        println!("skipped: set COFFERDAM_TEST_DATA to the folder of test data");
        return;
    };
    let folder = Path::new(&data).join("stix/examples");
    let mut taken = 0;
    for entry in std::fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        let bundle: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        let objects = bundle["objects"].as_array().cloned().unwrap_or_else(|| vec![bundle.clone()]);
        let indicators = objects.iter().filter(|object| object["type"] == "indicator").count() as u64;
        let desk = desk(&[]);
        std::fs::copy(&path, desk.path("bundle.json")).unwrap();
        let ran = investigate(&desk, &["bundle.json"], &[], &["--quiet"]);
        // Of some bundles nothing can be looked for: then it is said.
        if ran.code == 3 {
            let told = ran.expect(3).stderr;
            assert!(told.contains("error[cofferdam::nothing-in-list]"), "{told}");
            continue;
        }
        ran.expect(0);
        let entry = list_entry(&desk, 0);
        check_counts(&entry, &[]);
        assert_eq!(entry["format"], "stix", "{}", path.display());
        assert!(number(&entry, "read") >= indicators, "{}: {entry}", path.display());
        taken += number(&entry, "taken");
    }
    assert!(taken > 0);
}

/// A database in the MaxMind DB format that says the same of every IPv4 address.
fn database() -> Vec<u8> {
    fn text(text: &str) -> Vec<u8> {
        let len = u8::try_from(text.len()).unwrap();
        let head = if len < 29 { vec![0x40 | len] } else { vec![0x40 | 29, len - 29] };
        [head, text.into()].concat()
    }
    let number = |number: u16| [&[0xa2][..], &number.to_be_bytes()].concat();
    let mut out = vec![0, 0, 17, 0, 0, 17];
    out.extend([0; 16]);
    for part in [
        vec![0xe3],
        text("autonomous_system_number"),
        number(64_500),
        text("autonomous_system_organization"),
        text("Example Net"),
        text("country_code"),
        text("DE"),
    ] {
        out.extend(part);
    }
    out.extend(b"\xab\xcd\xefMaxMind.com\xe3");
    for (name, value) in [("node_count", 1), ("record_size", 24), ("ip_version", 4)] {
        out.extend(text(name));
        out.extend(number(value));
    }
    out
}

#[test]
fn addresses_in_scope_are_named_by_range_and_network() {
    let desk = Desk::with(&[("auth.log", &brute_force("web-01", "203.0.113.66", 0))]);
    let path = desk.path("networks.mmdb");
    std::fs::write(&path, database()).unwrap();
    let path = path.display().to_string();
    let ran = desk.investigate(&["--asn-db", &path, "--country-db", &path]).expect(0);
    let told = ran.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(told.contains("203.0.113.66 (documentation range, AS64500 Example Net, DE)"), "{told}");
    schemas::check_results(&desk.path("out"));
    let results = desk.results();
    let scope = results.incidents[0]["scope"].as_array().unwrap();
    for entry in scope {
        let address = entry["kind"] == "address";
        assert_eq!(entry["network"]["asn"] == 64_500, address, "{entry}");
        assert_eq!(entry["note"] == "documentation range", address, "{entry}");
    }
}

#[test]
fn a_damaged_database_is_refused() {
    let desk = desk(&[]);
    let path = desk.path("networks.mmdb");
    let mut damaged = database();
    damaged[2] = 255;
    for (bytes, want) in
        [(damaged, "its tree leads out of the file"), (b"evil".to_vec(), "not in the MaxMind DB format")]
    {
        std::fs::write(&path, bytes).unwrap();
        let ran = desk.investigate(&["--asn-db", &path.display().to_string()]).expect(3);
        assert!(
            ran.stderr.contains("failed to read the database") && ran.stderr.contains(want),
            "{}",
            ran.stderr
        );
    }
}
