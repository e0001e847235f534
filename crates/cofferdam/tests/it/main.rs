//! Drives the program as people do: files in, exit code, output and result files out.

mod bad_input;
mod cloudtrail;
mod configuration;
mod detect;
mod filter;
mod indicators;
mod journal;
mod live;
mod loghub;
mod network;
mod outputs;
mod packaging;
mod recording;
mod reports;
mod rules;
mod schemas;
mod server;
mod story;
mod suricata;

use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use tempfile::TempDir;

/// What a run came to.
struct Ran {
    code: i32,
    stdout: String,
    stderr: String,
}

impl Ran {
    /// Notes and errors on standard error as `code: rest of the note in one line`.
    fn notes(&self) -> Vec<String> {
        let mut notes: Vec<String> = Vec::new();
        for line in self.stderr.lines() {
            match line.strip_prefix("note[").or_else(|| line.strip_prefix("error[")) {
                Some(note) => notes.push(note.replacen(']', "", 1)),
                None => {
                    if let Some(note) = notes.last_mut() {
                        note.push(' ');
                        note.push_str(line.trim());
                    }
                }
            }
        }
        notes
    }

    /// Fails with everything that was said unless the run ended so.
    #[track_caller]
    fn expect(self, code: i32) -> Ran {
        assert_eq!(self.code, code, "stdout:\n{}\nstderr:\n{}", self.stdout, self.stderr);
        assert!(!self.stderr.contains("panicked"), "{}", self.stderr);
        self
    }
}

fn program<S: AsRef<OsStr>>(args: &[S]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cofferdam"));
    command.args(args).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    // Neither the width nor the colours of whoever runs the tests.
    command.env_remove("COLUMNS").env_remove("CLICOLOR_FORCE").env_remove("NO_COLOR");
    // Nor their packs of rules.
    command.env("XDG_DATA_HOME", "/nonexistent");
    // Nor their settings.
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy();
        if name.starts_with("COFFERDAM_") {
            command.env_remove(&*name);
        }
    }
    command
}

fn run<S: AsRef<OsStr>>(args: &[S]) -> Ran {
    ran(program(args).output().unwrap())
}

/// Runs with this on standard input.
fn run_with<S: AsRef<OsStr>>(args: &[S], input: &[u8]) -> Ran {
    let mut child = program(args).stdin(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    std::thread::scope(|scope| {
        // Whether all of it is wanted is the program's business.
        scope.spawn(move || drop(stdin.write_all(input)));
        ran(child.wait_with_output().unwrap())
    })
}

fn ran(output: std::process::Output) -> Ran {
    Ran {
        code: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8(output.stdout).expect("standard output is UTF-8"),
        stderr: String::from_utf8(output.stderr).expect("standard error is UTF-8"),
    }
}

/// A folder with evidence, and room for results.
struct Desk {
    folder: TempDir,
}

impl Desk {
    fn new() -> Desk {
        let desk = Desk { folder: tempfile::tempdir().unwrap() };
        std::fs::create_dir(desk.path("logs")).unwrap();
        desk
    }

    /// With these logs.
    fn with(logs: &[(&str, &str)]) -> Desk {
        let desk = Desk::new();
        for (name, text) in logs {
            desk.log(name, text.as_bytes());
        }
        desk
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn log(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.path("logs").join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, bytes).unwrap();
        path
    }

    /// `cofferdam investigate logs --out out` and further arguments.
    fn investigate(&self, further: &[&str]) -> Ran {
        let (logs, out) = (self.path("logs"), self.path("out"));
        let mut args: Vec<&OsStr> =
            vec!["investigate".as_ref(), logs.as_ref(), "--out".as_ref(), out.as_ref()];
        args.extend(further.iter().map(|arg| -> &OsStr { arg.as_ref() }));
        run(&args)
    }

    /// What was written, whose counts must add up.
    fn results(&self) -> Results {
        Results::read(&self.path("out"))
    }
}

/// The result files as values.
struct Results {
    incidents: Vec<Value>,
    alerts: Vec<Value>,
    matches: Vec<Value>,
    /// Rows of the timeline by column.
    timeline: Vec<BTreeMap<String, String>>,
    summary: Value,
}

impl Results {
    fn read(folder: &Path) -> Results {
        let names: BTreeSet<String> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
            .collect();
        let want = [
            "alerts.ndjson",
            "bundle.stix.json",
            "data",
            "incidents.json",
            "matches.ndjson",
            "navigator.json",
            "report.html",
            "report.md",
            "summary.json",
            "timeline.csv",
        ];
        assert!(names.iter().eq(want), "result files: {names:?}");
        let text = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap();
        let lines = |name: &str| -> Vec<Value> {
            text(name).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
        };
        let incidents: Value = serde_json::from_str(&text("incidents.json")).unwrap();
        let mut rows = csv::Reader::from_path(folder.join("timeline.csv")).unwrap();
        let results = Results {
            incidents: incidents["incidents"].as_array().unwrap().clone(),
            alerts: lines("alerts.ndjson"),
            matches: lines("matches.ndjson"),
            timeline: rows.deserialize().collect::<Result<_, _>>().unwrap(),
            summary: serde_json::from_str(&text("summary.json")).unwrap(),
        };
        results.check();
        results
    }

    /// The laws that hold for whatever was read.
    #[track_caller]
    fn check(&self) {
        let summary = &self.summary;
        let sources = summary["sources"].as_array().unwrap();
        for counts in sources.iter().chain([summary]) {
            assert_eq!(
                number(counts, "read"),
                number(counts, "parsed") + number(counts, "rejected"),
                "{counts}"
            );
            assert!(number(counts, "as_text") + number(counts, "outside") <= 2 * number(counts, "parsed"));
        }
        for name in ["read", "parsed", "rejected", "as_text", "outside", "inferred_times"] {
            let of_sources: u64 = sources.iter().map(|source| number(source, name)).sum();
            assert_eq!(number(summary, name), of_sources, "{name}");
        }
        let counted: u64 = self.alerts.iter().map(|alert| number(alert, "count")).sum();
        assert_eq!(counted, self.matches.len() as u64, "every match is in exactly one alert");
        assert_eq!(number(summary, "matches"), self.matches.len() as u64);
        assert_eq!(self.timeline.len(), self.matches.len(), "the timeline holds every match");
        assert_eq!(number(summary, "alerts"), self.alerts.len() as u64);
        assert_eq!(number(summary, "incidents"), self.incidents.len() as u64);
        let of_matches = tally(self.matches.iter().map(|found| text(found, "alert")));
        for alert in &self.alerts {
            assert_eq!(of_matches.get(text(alert, "id")).copied(), Some(number(alert, "count")), "{alert}");
            assert_eq!(alert["level"], alert["rule"]["level"], "an alert's level is its rule's");
            let kept = alert["evidence"].as_array().unwrap().len() as u64;
            assert!(kept <= 50 && kept <= number(alert, "evidence_total"), "{alert}");
        }
        self.check_membership();
    }

    /// An alert and its incident name each other.
    fn check_membership(&self) {
        let ids: BTreeSet<&str> = self.alerts.iter().map(|alert| text(alert, "id")).collect();
        assert_eq!(ids.len(), self.alerts.len(), "ids of alerts are unique");
        let named =
            self.alerts.iter().filter_map(|alert| Some((alert["incident"].as_str()?, text(alert, "id"))));
        let named: BTreeSet<(&str, &str)> = named.collect();
        let listed: BTreeSet<(&str, &str)> = self
            .incidents
            .iter()
            .flat_map(|incident| strings(&incident["alerts"]).map(|alert| (text(incident, "id"), alert)))
            .collect();
        assert_eq!(named, listed);
        for row in &self.timeline {
            let alert =
                self.alerts.iter().find(|alert| text(alert, "id") == row["alert"]).expect("its alert");
            assert_eq!(alert["incident"].as_str().unwrap_or(""), row["incident"]);
        }
    }

    fn alerts_titled<'r>(&'r self, title: &str) -> impl Iterator<Item = &'r Value> {
        self.alerts.iter().filter(move |alert| alert["rule"]["title"] == title)
    }

    fn titles(&self) -> BTreeSet<&str> {
        self.alerts.iter().map(|alert| alert["rule"]["title"].as_str().unwrap()).collect()
    }

    /// Codes and paths of what was not understood.
    fn problems(&self) -> Vec<(&str, &str)> {
        let problems = self.summary["problems"].as_array().unwrap();
        problems.iter().map(|problem| (text(problem, "code"), text(problem, "path"))).collect()
    }
}

fn number(value: &Value, name: &str) -> u64 {
    value[name].as_u64().unwrap_or_else(|| panic!("`{name}` is no count in {value}"))
}

fn text<'v>(value: &'v Value, name: &str) -> &'v str {
    value[name].as_str().unwrap_or_else(|| panic!("`{name}` is no text in {value}"))
}

fn strings(value: &Value) -> impl Iterator<Item = &str> {
    value.as_array().into_iter().flatten().filter_map(Value::as_str)
}

fn tally<'t>(of: impl Iterator<Item = &'t str>) -> BTreeMap<&'t str, u64> {
    let mut counts = BTreeMap::new();
    of.for_each(|one| *counts.entry(one).or_default() += 1);
    counts
}

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Six failures and a success: a brute force that opens an incident.
fn brute_force(host: &str, address: &str, minute: u32) -> String {
    let mut log = String::new();
    for second in 0..6 {
        log += &format!(
            "2026-03-02T09:{minute:02}:{second:02}Z {host} sshd[2800]: Failed password for root from {address} port 40122 ssh2\n"
        );
    }
    log + &format!(
        "2026-03-02T09:{minute:02}:07Z {host} sshd[2801]: Accepted password for root from {address} port 40123 ssh2\n"
    )
}
