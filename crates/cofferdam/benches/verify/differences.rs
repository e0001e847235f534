//! Where the yardstick says otherwise: what was found beside what was looked into and written down.
//!
//! `differences.tsv` has one line for each side and rule, with the count over all recordings and the
//! reason. Whatever differs from it must be looked into anew.

use crate::corpus::Place;
use cofferdam_detect::rule::Rule;
use std::collections::BTreeMap;

/// Differences by who alone says that the rule fires, and by the rule's number.
pub type Found = BTreeMap<(Side, u32), Difference>;

/// Who alone says that a rule fires.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Side {
    Ours,
    Theirs,
}

/// One rule's differences on one side.
#[derive(Default)]
pub struct Difference {
    pub count: u64,
    /// The least place of one, so that it does not depend on the threads.
    example: Option<(String, u64)>,
}

impl Difference {
    /// Counts one more event.
    pub fn see(&mut self, place: &Place) {
        self.add(Difference { count: 1, example: Some((place.path.to_string(), place.record)) });
    }

    /// Adds what another thread saw.
    pub fn add(&mut self, other: Difference) {
        self.count += other.count;
        self.example = match (self.example.take(), other.example) {
            (Some(mine), Some(other)) => Some(mine.min(other)),
            (mine, other) => mine.or(other),
        };
    }
}

/// What does not agree with the list. Over a part of the events counts may only be smaller.
pub fn judge(found: &Found, whole: bool, rules: &[Rule]) -> Vec<String> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/verify/differences.tsv");
    let Ok(text) = std::fs::read_to_string(path) else { return vec![format!("`{path}` cannot be read")] };
    let mut listed = listed(&text);
    let mut findings = Vec::new();
    for ((side, number), Difference { count, example }) in found {
        let meta = &rules[*number as usize].meta;
        let side = match side {
            Side::Ours => "only-ours",
            Side::Theirs => "only-theirs",
        };
        let known = listed.remove(&(side, &*meta.id)).unwrap_or(0);
        if *count > known || whole && *count != known {
            let (path, record) = example.as_ref().map_or(("", 0), |(path, record)| (path, *record));
            let line = format!("{side}\t{}\t{}\t{count}\t?", meta.id, meta.title);
            findings.push(format!("{line}\t({known} are listed; for example {path} {record})"));
        }
    }
    if whole {
        let gone = listed.into_iter().filter(|(_, count)| *count > 0);
        findings.extend(gone.map(|((side, rule), count)| {
            format!("{side}\t{rule}\tis listed {count} times and is not there")
        }));
    }
    findings
}

/// The counts of the list by side and rule.
fn listed(text: &str) -> BTreeMap<(&str, &str), u64> {
    let rows = text.lines().skip(1).filter_map(|line| {
        let mut columns = line.split('\t');
        let key = (columns.next()?, columns.next()?);
        Some((key, columns.nth(1)?.parse().ok()?))
    });
    rows.collect()
}
