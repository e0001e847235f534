//! What came of events: alerts and incidents as the journal has them, and what lies in the spool.

use cofferdam_journal::alert::{Alert, AlertSource};
use cofferdam_journal::incident::Incident;
use cofferdam_journal::{Aggregate, Fact, StreamId};
use cofferdam_spool::{Options, Seq, Spool};
use cofferdam_store::{ReadOnly, entry};
use cofferdam_vocabulary::AlertId;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;
use std::path::Path;

/// Alerts by what tells them apart, and which belong together.
#[derive(Debug, PartialEq, Eq)]
pub struct Outcome {
    /// Rule, first and last moment, and how often.
    pub alerts: BTreeSet<String>,
    /// The same, by incident.
    pub incidents: BTreeSet<BTreeSet<String>>,
    /// Records in the spool.
    pub records: u64,
}

impl Outcome {
    /// Of a server that has ended.
    pub fn of(data: &Path) -> Outcome {
        let mut facts: BTreeMap<String, (StreamId, Vec<Fact>)> = BTreeMap::new();
        let journal = ReadOnly::open(data).unwrap();
        let each = &mut |stored: cofferdam_store::Stored| {
            let entry = entry(&stored).unwrap();
            let stream = entry.head.stream;
            facts.entry(stream.to_string()).or_insert((stream, Vec::new())).1.push(entry.fact);
            ControlFlow::Continue(())
        };
        journal.reader.entries(0..u64::MAX, each).unwrap();
        let alerts = alerts(&facts);
        let mut incidents = BTreeSet::new();
        for (stream, facts) in facts.values() {
            let StreamId::Incident(_) = stream else { continue };
            let incident = Incident::replay(facts);
            if incident.merged_into.is_none() {
                let known = incident.known.unwrap();
                let own: BTreeSet<String> =
                    known.alerts.keys().filter_map(|id| alerts.get(id).cloned()).collect();
                assert_eq!(
                    own.len(),
                    known.alerts.len(),
                    "no alert is in an incident that is another's, or gone"
                );
                incidents.insert(own);
            }
        }
        let told: BTreeSet<String> = alerts.values().cloned().collect();
        assert_eq!(told.len(), alerts.len(), "no alert is there twice: {alerts:#?}");
        Outcome { alerts: told, incidents, records: spooled(data).len() as u64 }
    }

    /// How many alerts, and how many alerts each incident has.
    pub fn counts(&self) -> (usize, Vec<usize>) {
        (self.alerts.len(), self.incidents.iter().map(BTreeSet::len).collect())
    }
}

fn alerts(facts: &BTreeMap<String, (StreamId, Vec<Fact>)>) -> BTreeMap<AlertId, String> {
    let mut alerts = BTreeMap::new();
    for (stream, facts) in facts.values() {
        let StreamId::Alert(id) = stream else { continue };
        let alert = Alert::replay(facts);
        let known = alert.known.unwrap();
        // What the server says of its sources is none of what was found in them.
        if alert.merged_into.is_some() || known.source != AlertSource::Rule || known.dedup.is_none() {
            continue;
        }
        let count = known.count;
        let entities: BTreeSet<&str> =
            known.entities.iter().filter_map(|entity| entity.value.known()).collect();
        alerts.insert(
            *id,
            format!(
                "{} {:?} {:?} x{} ({}) {entities:?}",
                known.rule.id, count.first_seen, count.last_seen, count.matches, count.occurrences
            ),
        );
    }
    alerts
}

/// Every record in the spool, with its source.
pub fn spooled(data: &Path) -> Vec<(String, Vec<u8>)> {
    let (spool, _) = Spool::open(&data.join("spool"), Options::default()).unwrap();
    let mut reader = spool.reader(Seq(0));
    let mut records = Vec::new();
    loop {
        let portion = reader.next(8 << 20).unwrap();
        assert!(portion.missing.is_empty(), "{:?}", portion.missing);
        if portion.records.is_empty() {
            return records;
        }
        let events = portion.records.into_iter().filter(|read| !read.bytes.is_empty());
        records.extend(events.map(|read| (read.source.to_string(), read.bytes.to_vec())));
    }
}
