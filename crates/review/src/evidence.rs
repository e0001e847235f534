//! The records of an incident, each once, however many rules it fired, and repeats of small things folded.

use cofferdam_detect::correlation::{Alert, Incident};
use cofferdam_vocabulary::{EntityKind, Level, Role};
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;

/// Silence after which a repeat is a row of its own again.
const QUIET: SignedDuration = SignedDuration::from_mins(5);

/// From this level on every record is a row of its own: what it says may differ where its rule does not.
const GRAVE: Level = Level::High;

/// A record with all that was found in it, and the repeats that follow it closely.
pub(crate) struct Record<'r> {
    pub(crate) time: Option<Timestamp>,
    /// The gravest rule's.
    pub(crate) level: Level,
    pub(crate) file: &'r str,
    pub(crate) record: u64,
    pub(crate) what: &'r str,
    /// Titles of the rules, gravest first.
    pub(crate) titles: Vec<&'r str>,
    /// The host whose record it is, if the alert names it.
    host: &'r str,
    pub(crate) repeats: Option<Repeats<'r>>,
}

/// Further records of the same gravest rule on the same host.
pub(crate) struct Repeats<'r> {
    pub(crate) count: u64,
    /// Of the last.
    pub(crate) time: Option<Timestamp>,
    pub(crate) file: &'r str,
    pub(crate) record: u64,
}

impl<'r> Record<'r> {
    /// When it was last seen.
    pub(crate) fn last(&self) -> Option<Timestamp> {
        self.repeats.as_ref().map_or(self.time, |repeats| repeats.time)
    }

    /// Records in this row.
    pub(crate) fn count(&self) -> u64 {
        1 + self.repeats.as_ref().map_or(0, |repeats| repeats.count)
    }

    /// Where it and its last repeat lie: names of files without their folders, and numbers of records.
    pub(crate) fn place(&self, name: impl Fn(&str) -> String) -> String {
        let short = |file: &str| name(file.rsplit(['/', '!']).next().unwrap_or(file));
        let first = format!("{}:{}", short(self.file), self.record);
        match &self.repeats {
            None => first,
            Some(last) if last.file == self.file => format!("{first} – {}", last.record),
            Some(last) => format!("{first} – {}:{}", short(last.file), last.record),
        }
    }

    fn is_repeated_by(&self, next: &Record<'_>) -> bool {
        match (self.last(), next.time) {
            (Some(last), Some(time)) => time.duration_since(last) <= QUIET,
            (None, None) => true,
            _ => false,
        }
    }

    fn repeat(&mut self, next: &Record<'r>) {
        let count = self.count();
        self.repeats = Some(Repeats { count, time: next.time, file: next.file, record: next.record });
        for title in &next.titles {
            if !self.titles.contains(title) {
                self.titles.push(title);
            }
        }
    }
}

/// The records that an incident's timeline holds, in the order of time; below [`GRAVE`], repeats are
/// folded into the first. `alerts` are the incident's.
pub(crate) fn records<'r>(incident: &'r Incident, alerts: &[&'r Alert]) -> Vec<Record<'r>> {
    let hosts: BTreeMap<&str, &str> =
        alerts.iter().filter_map(|alert| Some((alert.id.as_str(), host(alert)?))).collect();
    let mut rows: Vec<Record<'_>> = Vec::new();
    let mut open: BTreeMap<(Level, &str, &str), usize> = BTreeMap::new();
    for record in each(incident, &hosts) {
        let key = (record.level, record.titles.first().copied().unwrap_or(""), record.host);
        let row = open.get(&key).and_then(|&at| rows.get_mut(at));
        match row.filter(|row| record.level < GRAVE && row.is_repeated_by(&record)) {
            Some(row) => row.repeat(&record),
            None => {
                open.insert(key, rows.len());
                rows.push(record);
            }
        }
    }
    rows
}

fn host(alert: &Alert) -> Option<&str> {
    let mut hosts = alert.entities.iter().filter(|entity| entity.kind == EntityKind::Host);
    hosts.find(|entity| entity.role == Role::Observer).map(|entity| entity.value.as_str())
}

/// Each record once.
fn each<'r>(incident: &'r Incident, hosts: &BTreeMap<&str, &'r str>) -> Vec<Record<'r>> {
    type Titles<'r> = Vec<(Level, &'r str)>;
    let mut found: BTreeMap<(&str, u64), (Record<'_>, Titles<'_>)> = BTreeMap::new();
    for entry in &incident.timeline {
        let evidence = &entry.evidence;
        let (record, titles) = found.entry((&evidence.file, evidence.record)).or_insert_with(|| {
            let record = Record {
                time: evidence.time,
                level: entry.level,
                file: &evidence.file,
                record: evidence.record,
                what: &evidence.what,
                titles: Vec::new(),
                host: hosts.get(&*entry.alert).copied().unwrap_or(""),
                repeats: None,
            };
            (record, Vec::new())
        });
        record.level = entry.level.max(record.level);
        if !titles.contains(&(entry.level, &*entry.title)) {
            titles.push((entry.level, &entry.title));
        }
    }
    let mut records: Vec<Record<'_>> = found
        .into_values()
        .map(|(mut record, mut titles)| {
            titles.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(b.1)));
            record.titles = titles.into_iter().map(|(_, title)| title).collect();
            record
        })
        .collect();
    records.sort_by_key(|record| (record.time, record.file, record.record));
    records
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    /// An incident whose records, in the order given, are of these alerts, levels and seconds.
    fn incident(records: &[(&str, &str, i64)]) -> Incident {
        let entry = |(number, (alert, level, second)): (usize, &(&str, &str, i64))| -> Value {
            let time = Timestamp::from_second(1_772_000_000 + second).unwrap();
            json!({
                "alert": alert, "title": format!("Rule of {level}"), "level": level, "tactic": null,
                "file": "logs/access.log", "record": number + 1, "time": time, "what": "GET /",
            })
        };
        let timeline: Vec<Value> = records.iter().enumerate().map(entry).collect();
        serde_json::from_value(json!({
            "id": "INC-0001", "title": "x", "severity": "high", "severity_reasons": [], "first_seen": null,
            "last_seen": null, "alerts": [], "joins": [], "tactics": [], "scope": [], "timeline": timeline,
            "strongest": [], "first_steps": [],
        }))
        .unwrap()
    }

    fn alert(id: &str, host: &str) -> Alert {
        serde_json::from_value(json!({
            "id": id, "rule": {"id": "r", "title": "r", "level": "low"}, "level": "low", "first_seen": null,
            "last_seen": null, "count": 1, "occurrences": 1, "tactics": [], "techniques": [],
            "entities": [{"kind": "host", "value": host, "role": "observer"}], "fields": {}, "evidence": [],
            "evidence_total": 1, "incident": null, "ties": [], "on_domain_controller": false,
        }))
        .unwrap()
    }

    /// Alert, level, and seconds from the first.
    type Rows = &'static [(&'static str, &'static str, i64)];

    #[test]
    fn repeats_of_small_things_are_one_row_and_grave_ones_never() {
        let (web, db) = (alert("web", "web-01"), alert("db", "db-01"));
        let cases: [(Rows, &[&str]); 4] = [
            (&[("web", "low", 0), ("web", "low", 200), ("web", "low", 450)], &["access.log:1 – 3"]),
            (&[("web", "low", 0), ("web", "low", 301)], &["access.log:1", "access.log:2"]),
            (
                &[("web", "low", 0), ("db", "low", 1), ("web", "medium", 2), ("web", "low", 3)],
                &["access.log:1 – 4", "access.log:2", "access.log:3"],
            ),
            (&[("web", "high", 0), ("web", "high", 1)], &["access.log:1", "access.log:2"]),
        ];
        for (found, want) in cases {
            let incident = incident(found);
            let rows = records(&incident, &[&web, &db]);
            let places: Vec<String> = rows.iter().map(|row| row.place(str::to_owned)).collect();
            assert_eq!(places, want);
            assert_eq!(rows.iter().map(Record::count).sum::<u64>(), found.len() as u64);
        }
    }
}
