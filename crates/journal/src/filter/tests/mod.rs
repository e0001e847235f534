//! Filters as people write them, on rows that one can picture.

mod lists;
mod meaning;
mod wrong;

use super::{Filter, Listed};
use crate::alert::{AlertSource, AlertStatus, Count, Verdict};
use crate::personal::{Commitment, Personal};
use crate::view::AlertRow;
use cofferdam_vocabulary::{AlertId, IncidentId, Level, UserId};
use jiff::Timestamp;

fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn now() -> Timestamp {
    time("2026-11-22T12:00:00Z")
}

/// An alert of the incident INC-0001 that was last seen an hour ago.
fn alert() -> AlertRow {
    AlertRow {
        id: AlertId(17),
        level: Level::High,
        rule: "ssh-brute-force".to_owned(),
        title: Personal::of("SSH brute force from 192.0.2.7"),
        count: Count {
            matches: 120,
            occurrences: 300,
            first_seen: None,
            last_seen: Some(time("2026-11-22T11:00:00Z")),
            attempt: true,
        },
        incident: Some(IncidentId(1)),
        earlier: Vec::new(),
        raised: time("2026-11-22T11:30:00Z"),
        source: AlertSource::Rule,
        status: AlertStatus::Open,
        dedup: None,
        merged_into: Some(AlertId(3)),
        assignee: Some(UserId(4)),
        verdict: Some(Verdict::FalsePositive),
        dismissed: true,
        kept_out: false,
        hidden: None,
    }
}

fn erased() -> Personal {
    Personal::Erased(Commitment([7; 32]))
}

#[track_caller]
fn read<R: Listed>(text: &str) -> Filter<R> {
    Filter::parse(text, now()).unwrap_or_else(|error| panic!("{text}: {error}"))
}

#[track_caller]
fn check<R: Listed>(row: &R, text: &str, want: bool) {
    assert_eq!(read::<R>(text).matches(row), want, "{text}");
}
