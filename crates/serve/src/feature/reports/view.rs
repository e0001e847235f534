//! Reports as clients read them. A text that may tell of a person is `null` when it was erased.

use crate::ledger::plain_text;
use cofferdam_journal::Personal;
use cofferdam_journal::report::{Answer, NamedKind, Report, ReportRow, ReportState};
use cofferdam_vocabulary::{AlertId, Level, ReportId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// How far a report is.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum HowFar {
    /// Nobody took it up yet.
    Received,
    /// Somebody is looking at it.
    BeingLookedAt,
    /// Nothing more is done about it.
    DealtWith,
}

/// What whoever has the number is told.
#[derive(Serialize, ToSchema)]
pub struct ReportStatus {
    /// How far it is.
    state: HowFar,
    /// When it came.
    received: Timestamp,
    /// When something was added to it.
    additions: Vec<Timestamp>,
    /// What whoever reported is told.
    answers: Vec<ReportAnswer>,
}

/// Something that whoever reported is told.
#[derive(Serialize, ToSchema)]
pub struct ReportAnswer {
    /// When.
    pub time: Timestamp,
    /// What; `null` when it was erased.
    pub text: Option<String>,
}

/// A report in a list.
#[derive(Serialize, ToSchema)]
pub struct ReportItem {
    /// Its id. It opens nothing.
    #[schema(value_type = String, example = "REP-0001")]
    id: ReportId,
    /// How bad, by what whoever reported says.
    #[schema(value_type = String, example = "medium")]
    level: Level,
    /// How far it is.
    state: HowFar,
    /// How what they wrote begins; `null` when it was erased.
    summary: Option<String>,
    /// The alert that tells of it.
    #[schema(value_type = Option<String>, example = "ALR-000017")]
    alert: Option<AlertId>,
    /// How often something was added.
    addition_count: u64,
    /// How often they were told something.
    answer_count: u64,
    /// When it came.
    received: Timestamp,
    /// When something was recorded of it last.
    changed: Timestamp,
}

/// A report, whole.
#[derive(Serialize, ToSchema)]
pub struct ReportView {
    #[serde(flatten)]
    item: ReportItem,
    /// `now`, `acted`, `odd` or `unsure`: what they said when they were asked how bad it is.
    #[schema(example = "acted")]
    how_bad: &'static str,
    /// What happened; `null` when any of it was erased.
    what: Option<String>,
    /// Since when, in their words.
    when: Option<String>,
    /// What they named.
    named: Vec<ReportNamed>,
    /// How to reach them; `null` when they did not say, or it was erased.
    contact: Option<String>,
    /// Where it was sent from; `null` when it was erased.
    address: Option<String>,
    /// What they added, the first first.
    additions: Vec<ReportAnswer>,
    /// What they were told, the first first.
    answers: Vec<ReportAnswer>,
}

/// Something that a report names.
#[derive(Serialize, ToSchema)]
pub struct ReportNamed {
    /// `host`, `account`, `address`, `link` or `file`, as they say.
    #[schema(value_type = String, example = "host")]
    kind: NamedKind,
    /// Which one; `null` when it was erased.
    value: Option<String>,
}

/// A text of several parts; nothing when any of it was erased.
pub fn whole(parts: &[Personal]) -> Option<String> {
    parts.iter().map(Personal::known).collect::<Option<Vec<_>>>().map(|parts| parts.concat())
}

impl From<ReportState> for HowFar {
    fn from(state: ReportState) -> HowFar {
        match state {
            ReportState::Received => HowFar::Received,
            ReportState::BeingLookedAt => HowFar::BeingLookedAt,
            ReportState::DealtWith => HowFar::DealtWith,
        }
    }
}

impl From<HowFar> for ReportState {
    fn from(state: HowFar) -> ReportState {
        match state {
            HowFar::Received => ReportState::Received,
            HowFar::BeingLookedAt => ReportState::BeingLookedAt,
            HowFar::DealtWith => ReportState::DealtWith,
        }
    }
}

fn answer(answer: &Answer) -> ReportAnswer {
    ReportAnswer { time: answer.time, text: whole(&answer.text) }
}

impl ReportStatus {
    /// What whoever has the number is told of this report.
    pub fn of(row: &ReportRow) -> ReportStatus {
        ReportStatus {
            state: row.state.into(),
            received: row.received,
            additions: row.additions.clone(),
            answers: row.answers.iter().map(answer).collect(),
        }
    }
}

impl ReportItem {
    /// A row of the list.
    pub fn of(row: &ReportRow) -> ReportItem {
        ReportItem {
            id: row.id,
            level: row.how_bad.level(),
            state: row.state.into(),
            summary: plain_text(&row.summary),
            alert: row.alert,
            addition_count: row.additions.len() as u64,
            answer_count: row.answers.len() as u64,
            received: row.received,
            changed: row.changed,
        }
    }
}

impl ReportView {
    /// A report as its facts tell, with its row; nothing when it never came.
    pub fn of(row: &ReportRow, report: &Report) -> Option<ReportView> {
        let received = report.received.as_ref()?;
        let additions = row.additions.iter().zip(&report.additions);
        Some(ReportView {
            item: ReportItem::of(row),
            how_bad: received.how_bad.as_str(),
            what: whole(&received.what),
            when: received.when.as_ref().and_then(plain_text),
            named: { received.named.iter() }
                .map(|named| ReportNamed { kind: named.kind, value: plain_text(&named.value) })
                .collect(),
            contact: received.contact.as_ref().and_then(plain_text),
            address: plain_text(&received.address),
            additions: additions
                .map(|(time, text)| ReportAnswer { time: *time, text: whole(text) })
                .collect(),
            answers: row.answers.iter().map(answer).collect(),
        })
    }
}
