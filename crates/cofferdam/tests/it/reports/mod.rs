//! Reports and timelines, made from results: the same each time, bounded, and never steered by what
//! logs hold.

mod browser;
mod hostile;
mod stix;
mod timeline;

use crate::{Desk, brute_force, recording, run, strings, text};
use serde_json::{Value, json};
use std::ffi::OsStr;
use std::path::Path;

/// Forms with the files that `investigate` writes of them.
const FORMS: [(&str, &str); 4] = [
    ("html", "report.html"),
    ("md", "report.md"),
    ("stix", "bundle.stix.json"),
    ("navigator", "navigator.json"),
];

/// `cofferdam report FOLDER --format FORM` and further arguments: what goes to standard output.
fn report(folder: &Path, form: &str, further: &[&str]) -> String {
    let mut args: Vec<&OsStr> = vec!["report".as_ref(), folder.as_ref(), "--format".as_ref(), form.as_ref()];
    args.extend(further.iter().map(|arg| -> &OsStr { arg.as_ref() }));
    run(&args).expect(0).stdout
}

/// Two incidents on two hosts.
fn two_incidents() -> Desk {
    let desk = Desk::with(&[
        ("web-01/auth.log", &brute_force("web-01", "203.0.113.45", 0)),
        ("db-01/auth.log", &brute_force("db-01", "198.51.100.9", 30)),
    ]);
    desk.investigate(&[]).expect(0);
    assert_eq!(desk.results().incidents.len(), 2);
    desk
}

#[test]
fn reports_are_made_again_byte_by_byte() {
    let folder = &recording::investigated().1;
    for (form, file) in FORMS {
        let written = std::fs::read_to_string(folder.join(file)).unwrap();
        assert!(report(folder, form, &[]) == written, "{file} differs");
    }
}

#[test]
fn the_report_tells_what_people_ask_first() {
    let folder = &recording::investigated().1;
    for form in ["html", "md"] {
        let report = report(folder, form, &[]);
        for told in [
            "Brute force on web",
            "203.0.113.66",
            "What to do now",
            "How it went",
            "What is not known",
            "T1110",
        ] {
            assert!(report.contains(told), "{told} is not in the report as {form}");
        }
        let summary: Value =
            serde_json::from_str(&std::fs::read_to_string(folder.join("summary.json")).unwrap()).unwrap();
        for file in summary["files"].as_array().unwrap() {
            assert!(report.contains(text(file, "sha256")), "{file} is not in the report as {form}");
        }
    }
}

#[test]
fn one_incident_is_told_without_the_other() {
    let desk = two_incidents();
    let out = desk.path("out");
    for (form, _) in FORMS {
        let one = report(&out, form, &["--incident", "INC-0002"]);
        assert!(one.contains("INC-0002") && !one.contains("INC-0001"), "{form}: {one}");
        let both = report(&out, form, &[]);
        assert!(both.contains("INC-0002") && both.contains("INC-0001"), "{form}");
    }
    let json: Value = serde_json::from_str(&report(&out, "json", &["--incident", "INC-0002"])).unwrap();
    let ids: Vec<&str> = json["alerts"].as_array().unwrap().iter().map(|alert| text(alert, "id")).collect();
    assert!(strings(&json["incidents"][0]["alerts"]).eq(ids), "its alerts and no other");
}

#[test]
fn a_report_goes_to_a_file_and_a_wrong_name_is_refused() {
    let desk = two_incidents();
    let (out, file) = (desk.path("out"), desk.path("one.html"));
    report(&out, "html", &["--incident", "INC-0001", "--output", file.to_str().unwrap()]);
    assert!(std::fs::read_to_string(file).unwrap().starts_with("<!doctype html>"));
    let folder = out.as_os_str();
    let ran = run(&["report".as_ref(), folder, "--incident".as_ref(), "INC-0009".as_ref()]).expect(2);
    assert!(
        ran.stderr.contains("error[cofferdam::no-incident]") && ran.stderr.contains("INC-0001"),
        "{}",
        ran.stderr
    );
    std::fs::write(out.join("alerts.ndjson"), "{broken").unwrap();
    let ran = run(&["report".as_ref(), folder]).expect(3);
    assert!(ran.stderr.contains("error[cofferdam::results-damaged]"), "{}", ran.stderr);
    std::fs::remove_file(out.join("alerts.ndjson")).unwrap();
    run(&["report".as_ref(), folder]).expect(5);
}

#[test]
fn nothing_found_is_a_report_too() {
    let desk = Desk::with(&[("quiet.log", "all is well\n")]);
    desk.investigate(&[]).expect(0);
    for form in ["html", "md"] {
        let report = report(&desk.path("out"), form, &[]);
        assert!(
            report.contains("No incident") && report.contains("no proof that nothing happened"),
            "{report}"
        );
    }
}

/// A folder of results whose one incident has very many alerts and entities.
fn large() -> Desk {
    let desk = Desk::with(&[("auth.log", &brute_force("web-01", "203.0.113.45", 0))]);
    desk.investigate(&[]).expect(0);
    let results = desk.results();
    let (mut incident, alert) = (results.incidents[0].clone(), results.alerts[0].clone());
    let mut alerts = String::new();
    let mut ids = Vec::new();
    for number in 1..=10_000 {
        let mut one = alert.clone();
        one["id"] = json!(format!("ALR-{number:06}"));
        one["rule"]["title"] = json!(format!("Rule {}", number % 500));
        one["rule"]["id"] = json!(format!("rule-{}", number % 500));
        one["incident"] = json!("INC-0001");
        alerts += &format!("{one}\n");
        ids.push(one["id"].clone());
    }
    incident["alerts"] = json!(ids);
    // Small ones would be folded into one row.
    let mut entry = incident["timeline"][0].clone();
    entry["level"] = json!("high");
    let many = |count: u64| {
        (1..=count).map(|n| {
            let mut entry = entry.clone();
            entry["record"] = json!(n);
            entry
        })
    };
    incident["timeline"] = many(20_000).collect();
    let entity = incident["scope"][0].clone();
    incident["scope"] = (1..=200)
        .map(|n| {
            let mut entity = entity.clone();
            entity["value"] = json!(format!("host-{n}"));
            entity
        })
        .collect();
    let out = desk.path("out");
    std::fs::write(out.join("incidents.json"), json!({"incidents": [incident]}).to_string()).unwrap();
    std::fs::write(out.join("alerts.ndjson"), alerts).unwrap();
    desk
}

#[test]
fn reports_of_large_results_are_bounded_and_say_so() {
    let desk = large();
    for (form, most_bytes) in
        [("html", 600_000), ("md", 300_000), ("stix", 1_500_000), ("navigator", 200_000)]
    {
        let report = report(&desk.path("out"), form, &[]);
        assert!(report.len() < most_bytes, "{form} has {} bytes", report.len());
    }
    let html = report(&desk.path("out"), "html", &[]);
    for told in [
        "150 of 10,000 alerts",
        "alerts.ndjson",
        "150 of 20,000 records",
        "25 of 200 hosts",
        "188 of “Hosts”",
    ] {
        assert!(html.contains(told), "{told} is not said");
    }
}
