//! A report in a list, and all that whoever holds its number is told.

use super::{HowBad, Report, ReportState};
use crate::aggregate::Aggregate;
use crate::entry::Entry;
use crate::fact::Fact;
use crate::personal::Personal;
use crate::stream::StreamId;
use cofferdam_vocabulary::{AlertId, ContentHash, ReportId};
use jiff::Timestamp;

/// A row of the list of reports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportRow {
    /// Its id.
    pub id: ReportId,
    /// What is kept of the number that whoever reported was given.
    pub number: ContentHash,
    /// How bad they think it is.
    pub how_bad: HowBad,
    /// How far it is.
    pub state: ReportState,
    /// How what they wrote begins.
    pub summary: Personal,
    /// When it came.
    pub received: Timestamp,
    /// When something was recorded of it last.
    pub changed: Timestamp,
    /// The alert that tells of it.
    pub alert: Option<AlertId>,
    /// When something was added to it.
    pub additions: Vec<Timestamp>,
    /// What whoever reported was told.
    pub answers: Vec<Answer>,
}

/// What whoever reported was told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// When.
    pub time: Timestamp,
    /// What, as parts of one text.
    pub text: Vec<Personal>,
}

impl ReportRow {
    /// The row about the stream of these entries; nothing when it is of no report.
    pub fn of(entries: &[Entry]) -> Option<ReportRow> {
        let (first, last) = (entries.first()?, entries.last()?);
        let StreamId::Report(id) = first.head.stream else { return None };
        let report = Report::replay(entries.iter().map(|entry| &entry.fact));
        let received = report.received?;
        let amended = entries.iter().filter(|entry| matches!(entry.fact, Fact::ReportAmended { .. }));
        let answers = entries.iter().filter_map(|entry| match &entry.fact {
            Fact::ReportAnswered { text } => Some(Answer { time: entry.head.time, text: text.clone() }),
            _ => None,
        });
        Some(ReportRow {
            id,
            number: received.number,
            how_bad: received.how_bad,
            state: report.state,
            summary: received.what.into_iter().next().unwrap_or_else(|| Personal::of("")),
            received: first.head.time,
            changed: last.head.time,
            alert: report.alert,
            additions: amended.map(|entry| entry.head.time).collect(),
            answers: answers.collect(),
        })
    }
}
