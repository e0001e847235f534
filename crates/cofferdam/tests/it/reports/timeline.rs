//! Rows are chosen by what they say, and everything around an incident is found again.

use super::two_incidents;
use crate::{Desk, brute_force, recording, run, schemas, strings, text};
use jiff::Timestamp;
use serde_json::{Value, json};
use std::ffi::OsStr;
use std::path::Path;

fn timeline(folder: &Path, further: &[&str]) -> String {
    let mut args: Vec<&OsStr> = vec!["timeline".as_ref(), folder.as_ref()];
    args.extend(further.iter().map(|arg| -> &OsStr { arg.as_ref() }));
    run(&args).expect(0).stdout
}

fn rows(folder: &Path, further: &[&str]) -> Vec<Value> {
    let further: Vec<&str> = further.iter().copied().chain(["--format", "json"]).collect();
    let rows: Vec<Value> =
        timeline(folder, &further).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    schemas::check_lines("timeline-line", &rows);
    rows
}

#[test]
fn without_a_question_every_match_is_a_row() {
    let folder = &recording::investigated().1;
    let rows = rows(folder, &[]);
    let written = csv::Reader::from_path(folder.join("timeline.csv")).unwrap().into_records().count();
    assert_eq!(rows.len(), written);
    let time = |row: &Value| row["time"].as_str().map(|time| time.parse::<Timestamp>().unwrap());
    assert!(rows.is_sorted_by_key(time));
    assert_eq!(timeline(folder, &["--format", "csv"]).lines().count(), written + 1);
    assert_eq!(timeline(folder, &["--format", "md"]).lines().count(), written + 2);
    assert!(timeline(folder, &[]).ends_with(&format!("{written} rows\n")));
}

#[test]
fn what_is_asked_for_holds_in_every_row_and_nothing_is_missed() {
    let folder = &recording::investigated().1;
    let all = rows(folder, &[]);
    let check = |further: &[&str], holds: &dyn Fn(&Value) -> bool| {
        let chosen = rows(folder, further);
        let want = all.iter().filter(|row| holds(row)).count();
        assert!(want > 0 && want < all.len(), "{further:?} tells nothing apart: {want}");
        assert!(chosen.iter().all(holds) && chosen.len() == want, "{further:?}: {} of {want}", chosen.len());
    };
    check(&["--level", "high"], &|row| matches!(text(row, "level"), "high" | "critical"));
    check(&["--tactic", "exfiltration", "--tactic", "collection"], &|row| {
        strings(&row["tactics"]).any(|tactic| matches!(tactic, "exfiltration" | "collection"))
    });
    check(&["--technique", "T1110"], &|row| strings(&row["techniques"]).any(|id| id.starts_with("T1110")));
    check(&["--entity", "203.0.113.66"], &|row| {
        strings(&row["addresses"]).any(|address| address == "203.0.113.66")
            || text(row, "what").contains("203.0.113.66")
    });
    check(&["--from", "2026-11-22T03:49:00Z", "--to", "2026-11-22T03:50:00Z"], &|row| {
        ("2026-11-22T03:49:00Z".."2026-11-22T03:50:00Z").contains(&text(row, "time"))
    });
    check(&["--incident", "INC-0001", "--level", "critical"], &|row| {
        row["incident"] == "INC-0001" && row["level"] == "critical"
    });
}

#[test]
fn what_the_options_cannot_mean_is_refused() {
    let folder = recording::investigated().1.as_os_str();
    for (further, code) in [
        (vec!["--incident", "INC-0009"], 2),
        (vec!["--around", "INC-0009", "--evidence", "nowhere"], 2),
        (vec!["--around", "INC-0001"], 2),
        (vec!["--tactic", "hacking"], 2),
        (vec!["--technique", "1110"], 2),
        (vec!["--around", "INC-0001", "--evidence", "/nowhere/at/all"], 3),
    ] {
        let mut args: Vec<&OsStr> = vec!["timeline".as_ref(), folder];
        args.extend(further.iter().map(|arg| -> &OsStr { arg.as_ref() }));
        let ran = run(&args).expect(code);
        assert!(ran.stdout.is_empty() && ran.stderr.contains("error"), "{further:?}: {}", ran.stderr);
    }
}

#[test]
fn around_an_incident_every_event_is_listed() {
    let desk = Desk::new();
    let mut log = String::new();
    for minute in 0..60 {
        log += &format!("2026-03-02T09:{minute:02}:30Z web-01 app[7]: minute {minute} passed\n");
    }
    log += "no time here\n";
    desk.log("auth.log", (brute_force("web-01", "203.0.113.45", 20) + &log).as_bytes());
    desk.investigate(&[]).expect(0);
    let out = desk.path("out");
    // The evidence was moved since.
    std::fs::rename(desk.path("logs"), desk.path("elsewhere")).unwrap();
    let evidence = desk.path("elsewhere");
    let evidence = evidence.to_str().unwrap();
    let found = rows(&out, &["--around", "INC-0001", "--minutes", "2", "--evidence", evidence]);
    let minutes: Vec<&str> =
        found.iter().map(|row| text(row, "what")).filter(|what| what.contains("passed")).collect();
    assert_eq!(
        minutes,
        ["app: minute 18 passed", "app: minute 19 passed", "app: minute 20 passed", "app: minute 21 passed"]
    );
    let named = found.iter().filter(|row| row["incident"] == "INC-0001").count();
    assert_eq!(named, 7, "what rules said is there, though the files lie elsewhere");
    let one = rows(&out, &["--around", "INC-0001", "--evidence", evidence, "--entity", "203.0.113.45"]);
    assert_eq!(one.len(), 7);
    // Bounded: the nearest stay, and what was lost is said.
    let folder = out.as_os_str();
    let args = ["--around", "INC-0001", "--evidence", evidence, "--limit", "8", "--format", "json"];
    let mut all: Vec<&OsStr> = vec!["timeline".as_ref(), folder];
    all.extend(args.iter().map(|arg| -> &OsStr { arg.as_ref() }));
    let ran = run(&all).expect(0);
    assert_eq!(ran.stdout.lines().count(), 8);
    assert!(ran.stderr.contains("note[cofferdam::too-many]"), "{}", ran.stderr);
}

#[test]
fn a_file_that_was_not_part_of_the_results_is_named() {
    let desk = two_incidents();
    let out = desk.path("out");
    let stranger = desk.log("stranger.log", b"2026-03-02T09:00:05Z web-01 app[7]: something else\n");
    let folder = out.as_os_str();
    let ran = run(&[
        "timeline".as_ref(),
        folder,
        "--around".as_ref(),
        "INC-0001".as_ref(),
        "--evidence".as_ref(),
        stranger.as_os_str(),
    ])
    .expect(0);
    assert!(ran.stderr.contains("note[cofferdam::unknown-file]"), "{}", ran.stderr);
    assert!(ran.stdout.contains("something else"), "{}", ran.stdout);
}

#[test]
fn an_alert_of_another_product_is_called_by_its_own_name() {
    let eve = json!({
        "timestamp": "2026-03-02T09:14:10.506019+0000", "event_type": "alert", "proto": "TCP",
        "src_ip": "192.0.2.41", "src_port": 51129, "dest_ip": "203.0.113.66", "dest_port": 8080,
        "alert": {
            "action": "allowed", "gid": 1, "signature_id": 9_000_001, "rev": 3, "severity": 1,
            "signature": "Test signature, named by its product", "category": "Trojan",
            "metadata": {"signature_severity": ["Major"]},
        },
    });
    let desk = Desk::with(&[("eve.json", &format!("{eve}\n"))]);
    desk.investigate(&[]).expect(0);
    let out = desk.path("out");
    let rows = rows(&out, &[]);
    assert!(rows.iter().any(|row| text(row, "title") == "Test signature, named by its product"), "{rows:?}");
    for form in ["text", "csv", "md"] {
        let told = timeline(&out, &["--format", form]);
        assert!(told.contains("Test signature, named by"), "{form}: {told}");
        assert!(!told.contains("Alert of another product"), "{form}: {told}");
    }
}
