//! SigmaHQ's own samples: each rule must find its own, and few others may.

use crate::Report;
use crate::corpus;
use crate::rulebook::Rulebook;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Matches of all rules over all samples, at most: what was counted when it was last looked at.
const MATCHES: usize = 370;

/// A row of the index: a rule, a recording, and how many of its events the rule must find.
struct Row {
    rule: String,
    sample: PathBuf,
    matches: usize,
}

/// The ids of the rules that fire, for each event of one file in its order.
type Hits = Vec<Vec<String>>;

/// Runs all rules over the samples and over their twins in JSON.
pub fn check(data: &Path, rules: &Rulebook, report: &mut Report) {
    let folder = data.join("sigmahq-regression");
    let rows = rows(&folder);
    let mut samples: BTreeMap<&Path, Hits> = BTreeMap::new();
    for row in &rows {
        samples.entry(&row.sample).or_insert_with(|| hits(&folder.join(&row.sample), rules));
    }
    let mut findings = Vec::new();
    for row in &rows {
        let found = samples[&*row.sample].iter().filter(|ids| ids.contains(&row.rule)).count();
        if found < row.matches {
            findings.push(format!("{}: {found} of {} in {}", row.rule, row.matches, row.sample.display()));
        }
    }
    let reached = rows.len() - findings.len();
    let events: usize = samples.values().map(Vec::len).sum();
    let matches: usize = samples.values().flatten().map(Vec::len).sum();
    if matches > MATCHES {
        findings.push(format!("more than {MATCHES} matches"));
    }
    if rows.is_empty() {
        findings.push("the index is empty".to_owned());
    }
    let summary = format!(
        "{reached} of {} samples found; {matches} matches of all rules over {events} events",
        rows.len()
    );
    report.check("regression", &summary, &findings);

    let differing = samples.iter().filter_map(|(sample, hits_in_evtx)| {
        let in_json = hits(&folder.join(sample).with_extension("json"), rules);
        (in_json != *hits_in_evtx).then(|| format!("{}: {hits_in_evtx:?} but {in_json:?}", sample.display()))
    });
    let differing: Vec<String> = differing.collect();
    let summary =
        format!("{} of {} samples give the same from JSON", samples.len() - differing.len(), samples.len());
    report.check("twins", &summary, &differing);
}

fn rows(folder: &Path) -> Vec<Row> {
    let index = std::fs::read_to_string(folder.join("index.csv")).unwrap_or_default();
    let rows = index.lines().skip(1).filter_map(|line| {
        let mut columns = line.split(',');
        let (rule, sample) = (columns.next()?.to_owned(), columns.nth(4)?.into());
        // A row that gives no count wants one match.
        let matches = columns.nth(2)?.parse().unwrap_or(1);
        Some(Row { rule, sample, matches })
    });
    rows.collect()
}

fn hits(file: &Path, rules: &Rulebook) -> Hits {
    let mut worker = (rules.matcher.worker(), Vec::new(), Hits::new());
    corpus::read(
        &[file.to_owned()],
        std::slice::from_mut(&mut worker),
        |(worker, numbers, hits), event, _| {
            worker.matches(event, numbers);
            let id = |number: &u32| rules.matcher.rules().rules[*number as usize].meta.id.to_string();
            hits.push(numbers.iter().map(id).collect());
        },
    );
    worker.2
}
