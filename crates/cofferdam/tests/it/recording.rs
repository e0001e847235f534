//! The recorded attack is found whole, told as one incident, and nobody else's work is in it.

use crate::{Ran, Results, repository, run, strings, text};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// How far a log's clock may lie beside the manifest's: nginx writes whole seconds, when it is done.
const SLACK: SignedDuration = SignedDuration::from_secs(2);

/// The investigated recording; done once for all tests.
pub(crate) fn investigated() -> &'static (Ran, PathBuf) {
    static DONE: OnceLock<(Ran, PathBuf)> = OnceLock::new();
    DONE.get_or_init(|| {
        let out = Path::new(env!("CARGO_TARGET_TMPDIR")).join("recording");
        if out.exists() {
            std::fs::remove_dir_all(&out).unwrap();
        }
        let ran = run(&["investigate".as_ref(), folder().as_os_str(), "--out".as_ref(), out.as_os_str()]);
        (ran.expect(0), out)
    })
}

/// How many alerts there are, and how many each incident has.
pub(crate) fn partition() -> (usize, Vec<usize>) {
    let results = results();
    let of = |incident: &Value| incident["alerts"].as_array().unwrap().len();
    (results.alerts.len(), results.incidents.iter().map(of).collect())
}

fn folder() -> PathBuf {
    repository().join("content/recordings/ssh-intrusion")
}

fn results() -> Results {
    Results::read(&investigated().1)
}

fn manifest() -> Value {
    serde_json::from_str(&std::fs::read_to_string(folder().join("manifest.json")).unwrap()).unwrap()
}

/// The recording's logs by line, from 1.
struct Logs(BTreeMap<&'static str, Vec<String>>);

impl Logs {
    fn read() -> Logs {
        let read = |name: &'static str| {
            let log = std::fs::read_to_string(folder().join(name)).unwrap();
            (name, log.lines().map(str::to_owned).collect())
        };
        Logs(["auth.log", "access.log", "audit.log"].map(read).into())
    }

    /// The lines of a record: its own, or of an audit event all that carry its serial.
    fn of(&self, entry: &Value) -> (&'static str, Vec<&str>) {
        let path = Path::new(text(entry, "file")).file_name().unwrap();
        let (name, lines) = self.0.iter().find(|(name, _)| path == **name).expect("a log of the recording");
        let record = usize::try_from(entry["record"].as_u64().unwrap()).unwrap();
        let line = &lines[record - 1];
        match serial(line).filter(|_| *name == "audit.log") {
            Some(id) => {
                (name, lines.iter().map(String::as_str).filter(|line| serial(line) == Some(id)).collect())
            }
            None => (name, vec![line]),
        }
    }
}

/// `audit(1795319174.405:2465)`.
fn serial(line: &str) -> Option<&str> {
    let start = line.find("msg=audit(")?;
    line[start..].split_once("):").map(|(id, _)| id)
}

fn moment(value: &Value) -> Timestamp {
    value.as_str().expect("a time").parse().unwrap()
}

#[test]
fn it_is_one_grave_incident_with_a_title_that_tells_it() {
    let results = results();
    assert_eq!(results.incidents.len(), 1);
    let incident = &results.incidents[0];
    assert!(matches!(text(incident, "severity"), "high" | "critical"), "{}", incident["severity"]);
    let title = text(incident, "title");
    assert!(title.starts_with("Brute force on web-01 succeeded"), "{title}");
    assert!(
        strings(&incident["first_steps"]).count() > 0 && strings(&incident["severity_reasons"]).count() > 0
    );
    assert!(investigated().0.stdout.contains(text(incident, "id")), "it is told on the terminal");
}

#[test]
fn its_scope_names_who_attacked_what() {
    let results = results();
    let scope: BTreeSet<(&str, &str)> = results.incidents[0]["scope"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| (text(entry, "kind"), text(entry, "value")))
        .collect();
    for entry in
        [("host", "web-01"), ("address", "203.0.113.66"), ("account", "deploy"), ("account", "support")]
    {
        assert!(scope.contains(&entry), "{entry:?} is not in {scope:?}");
    }
}

#[test]
fn every_visible_step_is_in_the_timeline() {
    let (results, manifest, logs) = (results(), manifest(), Logs::read());
    let timeline = results.incidents[0]["timeline"].as_array().unwrap();
    let mut missing = Vec::new();
    for step in manifest["steps"].as_array().unwrap().iter().filter(|step| step["invisible"].is_null()) {
        let (start, end) = (moment(&step["start"]) - SLACK, moment(&step["end"]) + SLACK);
        let markers = step["markers"].as_array().unwrap();
        let shown = timeline.iter().any(|entry| {
            let (file, lines) = logs.of(entry);
            let is_marked = |marker: &Value| {
                marker["file"] == file && lines.iter().any(|line| line.contains(text(marker, "contains")))
            };
            (start..=end).contains(&moment(&entry["time"])) && markers.iter().any(is_marked)
        });
        if !shown {
            missing.push(format!("{} ({})", text(step, "id"), text(step, "title")));
        }
    }
    assert!(missing.is_empty(), "not in the timeline:\n{}", missing.join("\n"));
}

#[test]
fn nobody_elses_work_is_in_the_incident() {
    let (results, logs) = (results(), Logs::read());
    let is_word = |line: &str, word: &str| {
        line.match_indices(word).any(|(at, _)| {
            let beside = |ch: Option<char>| !ch.is_some_and(|ch| ch.is_alphanumeric() || "-_./".contains(ch));
            beside(line[..at].chars().next_back()) && beside(line[at + word.len()..].chars().next())
        })
    };
    // The attacker tries passwords of some of these accounts; those lines name the attacker's address.
    let benign = |line: &str| {
        line.contains("198.51.100.")
            || !line.contains("203.0.113.66")
                && ["ops1", "ops2", "dev1", "dev2", "backup"].iter().any(|account| is_word(line, account))
    };
    let timeline = results.incidents[0]["timeline"].as_array().unwrap();
    let strangers: Vec<String> = timeline
        .iter()
        .flat_map(|entry| logs.of(entry).1.into_iter().map(move |line| (entry, line)))
        .filter(|(_, line)| benign(line))
        .map(|(entry, line)| format!("{}: {line}", entry["title"]))
        .collect();
    assert!(strangers.is_empty(), "{} lines:\n{}", strangers.len(), strangers.join("\n"));
}

#[test]
fn all_its_files_are_read_and_hashed_as_the_manifest_says() {
    let (results, manifest) = (results(), manifest());
    let files = results.summary["files"].as_array().unwrap();
    for (name, said) in manifest["files"].as_object().unwrap() {
        let file = files.iter().find(|file| text(file, "path").ends_with(name)).expect("the file is listed");
        assert_eq!(file["sha256"], said["sha256"], "{name}");
    }
    assert_eq!(results.summary["rejected"], 0);
}
