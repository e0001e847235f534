//! The records of an incident, each once, however many rules it fired.

use cofferdam_detect::correlation::Incident;
use cofferdam_vocabulary::Level;
use jiff::Timestamp;
use std::collections::BTreeMap;

/// A record with all that was found in it.
pub(crate) struct Record<'r> {
    pub(crate) time: Option<Timestamp>,
    /// The gravest rule's.
    pub(crate) level: Level,
    pub(crate) file: &'r str,
    pub(crate) record: u64,
    pub(crate) what: &'r str,
    /// Titles of the rules, gravest first.
    pub(crate) titles: Vec<&'r str>,
}

/// The records that an incident's timeline holds, in the order of time.
pub(crate) fn records(incident: &Incident) -> Vec<Record<'_>> {
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
