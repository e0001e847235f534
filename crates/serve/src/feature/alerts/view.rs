//! Alerts as clients read them. A text that may tell of a person is `null` when it was erased.

use crate::ledger::plain_text;
use cofferdam_journal::alert::{AlertReport, AlertSource, EntityRecord, Record, Triage, Verdict};
use cofferdam_journal::view::AlertRow;
use cofferdam_vocabulary::{
    AlertId, ContentHash, DedupKey, EntityKind, ExceptionId, IncidentId, Level, ReportId, Role, Tactic,
    TechniqueId, UserId,
};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

/// An alert in a list.
#[derive(Serialize, ToSchema)]
pub struct AlertItem {
    /// Its id.
    #[schema(value_type = String, example = "ALR-000017")]
    id: AlertId,
    /// How bad.
    #[schema(value_type = String, example = "high")]
    level: Level,
    /// The rule that fired, by its id.
    rule: String,
    /// What the rule is called; `null` when it was erased.
    title: Option<String>,
    /// How often the rule fired.
    matches: u64,
    /// Events behind the matches.
    occurrences: u64,
    /// Time of the first match; none when no record says.
    first_seen: Option<Timestamp>,
    /// Time of the last match; none when no record says.
    last_seen: Option<Timestamp>,
    /// All of it was only tried.
    attempt: bool,
    /// The incident that it belongs to, if any.
    #[schema(value_type = Option<String>, example = "INC-0003")]
    incident: Option<IncidentId>,
    /// When it was recorded.
    raised: Timestamp,
    /// Who or what raised it: `rule`, `report`, or the name of a product.
    #[schema(example = "rule")]
    source: String,
    /// The report of which it tells, when a person raised it.
    #[schema(value_type = Option<String>, example = "REP-0001")]
    report: Option<ReportId>,
    /// `open`, or `closed` where it came from.
    #[schema(example = "open")]
    status: &'static str,
    /// The alert of which it turned out to be a part.
    #[schema(value_type = Option<String>)]
    merged_into: Option<AlertId>,
    /// What tells it from others when it is told again, in 32 hexadecimal digits.
    #[schema(value_type = Option<String>)]
    dedup: Option<DedupKey>,
    /// Where it stands: `new`, `in-triage`, `attached` to an incident, `dismissed`, or `hidden`.
    #[schema(example = "in-triage")]
    state: &'static str,
    /// What people found it to be: `true-positive`, `benign-positive`, `false-positive`, `duplicate` or `test`.
    #[schema(value_type = Option<String>, example = "false-positive")]
    verdict: Option<Verdict>,
    /// Who works on it.
    #[schema(value_type = Option<String>, example = "USR-0001")]
    assignee: Option<UserId>,
    /// The exception that hides it.
    #[schema(value_type = Option<String>, example = "EXC-0001")]
    hidden: Option<ExceptionId>,
}

/// An alert, whole.
#[derive(Serialize, ToSchema)]
pub struct AlertView {
    #[serde(flatten)]
    item: AlertItem,
    /// Why people found what they found; `null` when they found nothing yet, or it was erased.
    verdict_reason: Option<String>,
    /// ATT&CK tactics of the rule.
    #[schema(value_type = Vec<String>, example = json!(["initial-access"]))]
    tactics: Vec<Tactic>,
    /// ATT&CK techniques of the rule.
    #[schema(value_type = Vec<String>, example = json!(["T1110.001"]))]
    techniques: Vec<TechniqueId>,
    /// Who and what it is about, at most 100.
    entities: Vec<AlertEntity>,
    /// Some of the records behind it, at most 10.
    records: Vec<AlertRecord>,
}

/// Somebody or something that an alert is about.
#[derive(Serialize, ToSchema)]
pub struct AlertEntity {
    /// What it is.
    #[schema(value_type = String, example = "account")]
    kind: EntityKind,
    /// Which one; `null` when it was erased.
    value: Option<String>,
    /// The part it played.
    #[schema(value_type = String, example = "target")]
    role: Role,
}

/// A record of a log.
#[derive(Serialize, ToSchema)]
pub struct AlertRecord {
    /// The file as it was read; `null` when it was erased.
    file: Option<String>,
    /// The evidence that this file is or is in, by its SHA-256; none when it was not read to its end, or is not for
    /// the caller.
    #[schema(value_type = Option<String>)]
    evidence: Option<ContentHash>,
    /// Line or record number in it.
    record: u64,
    /// When it happened.
    time: Option<Timestamp>,
    /// What it says, in one line; `null` when it was erased.
    what: Option<String>,
}

impl AlertItem {
    /// A row of the list.
    pub fn of(row: &AlertRow) -> AlertItem {
        AlertItem {
            id: row.id,
            level: row.level,
            rule: row.rule.clone(),
            title: plain_text(&row.title),
            matches: row.count.matches,
            occurrences: row.count.occurrences,
            first_seen: row.count.first_seen,
            last_seen: row.count.last_seen,
            attempt: row.count.attempt,
            incident: row.incident,
            raised: row.raised,
            source: row.source.as_str().to_owned(),
            report: match row.source {
                AlertSource::Report(report) => Some(report),
                _ => None,
            },
            status: row.status.as_str(),
            merged_into: row.merged_into,
            dedup: row.dedup,
            state: row.state().as_str(),
            verdict: row.verdict,
            assignee: row.assignee,
            hidden: row.hidden,
        }
    }
}

impl AlertView {
    /// An alert as its facts tell, with its row.
    pub fn of(row: &AlertRow, known: &AlertReport, triage: &Triage) -> AlertView {
        AlertView {
            item: AlertItem::of(row),
            tactics: known.tactics.clone(),
            techniques: known.techniques.clone(),
            entities: known.entities.iter().map(entity).collect(),
            records: known.records.iter().map(record).collect(),
            verdict_reason: triage.judgement.as_ref().and_then(|judgement| plain_text(&judgement.reason)),
        }
    }
}

fn entity(entity: &EntityRecord) -> AlertEntity {
    AlertEntity { kind: entity.kind, value: plain_text(&entity.value), role: entity.role }
}

fn record(record: &Record) -> AlertRecord {
    AlertRecord {
        file: plain_text(&record.file),
        evidence: record.evidence,
        record: record.record,
        time: record.time,
        what: plain_text(&record.what),
    }
}
