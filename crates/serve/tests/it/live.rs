//! Live detection: what is spooled becomes alerts and incidents, once, whatever happens in between.

use super::site::Site;
use cofferdam_detect::parser::{self, Context, Room};
use cofferdam_detect::rule::{RuleSet, read_file};
use cofferdam_detect::time::{TimeRules, when};
use cofferdam_journal::alert::Alert;
use cofferdam_journal::incident::Incident;
use cofferdam_journal::{Aggregate, Fact, StreamId};
use cofferdam_serve::Settings;
use cofferdam_serve::intake::Origin;
use cofferdam_serve::live::{RuleSource, Rules};
use cofferdam_spool::{Batch, Record};
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

/// The rules that ship, as they lie in the repository.
struct Shipped;

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn files(folder: &Path, out: &mut Vec<PathBuf>) {
    for path in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if path.is_dir() {
            files(&path, out);
        } else if path.extension().is_some_and(|extension| extension == "yml") {
            out.push(path);
        }
    }
}

impl RuleSource for Shipped {
    fn mark(&self) -> u64 {
        0
    }

    fn load(&self) -> Result<RuleSet, String> {
        let mut paths = Vec::new();
        files(&repository().join("content/rules"), &mut paths);
        paths.sort();
        let read =
            |path: &PathBuf| read_file(&path.display().to_string(), &std::fs::read_to_string(path).unwrap());
        Ok(RuleSet::assemble(paths.iter().map(read)))
    }
}

/// A server with the rules that ship.
pub fn shipped() -> Site {
    let site = Site::with(Settings { rules: Rules(Arc::new(Shipped)), ..Settings::default() });
    // Rules are read for longer than this takes: no event is judged by a later time.
    site.set("2026-11-22T03:46:00Z".parse().unwrap());
    site
}

/// A line of the recording, with its moment and its log.
pub struct Line {
    at: Timestamp,
    log: &'static str,
    text: String,
}

/// The recording, in the order of time.
pub fn recording() -> Vec<Line> {
    let mut lines = Vec::new();
    for log in ["access.log", "audit.log", "auth.log"] {
        let path = repository().join("content/recordings/ssh-intrusion").join(log);
        let (mut context, room) = (Context::default(), Room::default());
        let rules = TimeRules::utc(Timestamp::now());
        let mut last = Timestamp::MIN;
        for text in std::fs::read_to_string(path).unwrap().lines() {
            let event = parser::parse_line(text, &rules, &mut context, &room).ok().flatten();
            last = event.and_then(|event| when(&event, &rules)).map_or(last, |time| time.at);
            lines.push(Line { at: last, log, text: text.to_owned() });
        }
    }
    lines.sort_by_key(|line| line.at);
    lines
}

impl Site {
    /// Spools lines, each at its time.
    pub fn spool(&self, lines: &[Line]) {
        for line in lines {
            self.set(line.at.max(self.now()));
            let origin = Origin {
                source: "host".to_owned(),
                host: Some("web-01".to_owned()),
                log: Some(line.log.to_owned()),
            };
            let record = Record { bytes: line.text.clone().into(), place: None, identity: None };
            let batch = Batch { source: origin.name().into(), arrival: line.at, records: vec![record] };
            self.server().intake.spool.append(batch).unwrap();
        }
    }

    /// Waits until all that is spooled was read, and what waits for later was found.
    pub fn until_read(&self) {
        let began = Instant::now();
        while self.server().live.next.load(Ordering::Relaxed) < self.server().intake.spool.end().0 {
            assert!(began.elapsed() < Duration::from_secs(60), "the pipeline does not come to its end");
            std::thread::sleep(Duration::from_millis(5));
        }
        // What waits for later, such as correlations that hold back, comes when its time is over.
        self.pass(3600);
        std::thread::sleep(Duration::from_millis(700));
    }

    /// Alerts as their rule, how often and since when; and incidents as sets of these.
    fn outcome(&self) -> (Vec<String>, BTreeSet<BTreeSet<String>>) {
        let mut facts: BTreeMap<String, (StreamId, Vec<Fact>)> = BTreeMap::new();
        for entry in self.entries() {
            let stream = entry.head.stream;
            facts.entry(stream.to_string()).or_insert((stream, Vec::new())).1.push(entry.fact.clone());
        }
        let mut names = BTreeMap::new();
        let mut incidents = BTreeSet::new();
        for (stream, facts) in facts.values() {
            if let StreamId::Alert(id) = stream {
                let alert = Alert::replay(facts);
                let known = alert.known.unwrap();
                assert_eq!(alert.merged_into, None, "{known:?}");
                let name = format!("{} {:?}", known.rule.id, known.count.first_seen);
                names.insert(*id, (name.clone(), format!("{name} x{}", known.count.matches)));
            }
        }
        for (stream, facts) in facts.values() {
            if let StreamId::Incident(_) = stream {
                let incident = Incident::replay(facts);
                if incident.merged_into.is_none() {
                    let known = incident.known.unwrap();
                    incidents.insert(known.alerts.keys().map(|alert| names[alert].0.clone()).collect());
                }
            }
        }
        let mut alerts: Vec<String> = names.into_values().map(|(_, name)| name).collect();
        alerts.sort();
        (alerts, incidents)
    }
}

#[test]
fn the_recording_becomes_one_incident() {
    let site = shipped();
    site.spool(&recording());
    site.until_read();
    let (alerts, incidents) = site.outcome();
    let largest = incidents.iter().map(BTreeSet::len).max();
    eprintln!("{} alerts, {} incidents, the largest of {largest:?}", alerts.len(), incidents.len());
    assert_eq!(incidents.len(), 1, "{incidents:#?}");
    assert_eq!(alerts.len(), 71, "{alerts:#?}");
}

#[test]
fn restarts_change_nothing() {
    let lines = recording();
    let (undisturbed, mut disturbed) = (shipped(), shipped());
    undisturbed.spool(&lines);
    undisturbed.until_read();
    for part in lines.chunks(lines.len() / 7 + 1) {
        disturbed.spool(part);
        std::thread::sleep(Duration::from_millis(300));
        disturbed.stop();
        disturbed.start();
    }
    disturbed.until_read();
    assert_eq!(disturbed.outcome(), undisturbed.outcome());
}
