//! Rows of lists, kept up to date with each entry so that a list need not replay the log.

use crate::actor::Actor;
use crate::aggregate::Aggregate;
use crate::alert::Count;
use crate::entry::Entry;
use crate::fact::Fact;
use crate::personal::Personal;
use crate::stream::StreamId;
use crate::user::{Profile, User};
use cofferdam_vocabulary::{AlertId, ContentHash, IncidentId, Level, UserId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// A row of the list of alerts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlertRow {
    /// Its id.
    pub id: AlertId,
    /// How bad.
    pub level: Level,
    /// The rule's id.
    pub rule: String,
    /// The rule's title.
    pub title: Personal,
    /// How often and when.
    pub count: Count,
    /// The incident it belongs to.
    pub incident: Option<IncidentId>,
    /// When it was recorded.
    pub raised: Timestamp,
}

/// A row of the list of incidents.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IncidentRow {
    /// Its id.
    pub id: IncidentId,
    /// What people call it.
    pub title: Personal,
    /// How bad.
    pub severity: Level,
    /// When its first record is from.
    pub first_seen: Option<Timestamp>,
    /// When its last record is from.
    pub last_seen: Option<Timestamp>,
    /// Alerts in it.
    pub alerts: u64,
    /// The incident of which it turned out to be a part.
    pub merged_into: Option<IncidentId>,
    /// When it was recorded.
    pub opened: Timestamp,
    /// Only these see it, and its alerts; none when everybody with the permission does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub restricted: Option<BTreeSet<UserId>>,
}

/// A row of the list of evidence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EvidenceRow {
    /// SHA-256 of its bytes, by which it is named.
    pub id: ContentHash,
    /// Where it was read last.
    pub source: Personal,
    /// How many bytes.
    pub bytes: u64,
    /// Its bytes are kept.
    pub kept: bool,
    /// The bytes kept are not what was acquired.
    pub damaged: bool,
    /// When it was first acquired.
    pub acquired: Timestamp,
    /// Who acquired it first.
    pub by: Actor,
    /// Facts of custody after that.
    pub custody: u64,
    /// Only these see it; none when everybody with the permission does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub restricted: Option<BTreeSet<UserId>>,
}

/// A row of the list of users: all that a server needs to know of one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserRow {
    /// Their id.
    pub id: UserId,
    /// What is known of them.
    pub profile: Profile,
    /// How many facts their stream has.
    pub version: u64,
    /// When they were created.
    pub created: Timestamp,
}

/// A row of some list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Row {
    /// Of the list of alerts.
    Alert(AlertRow),
    /// Of the list of incidents.
    Incident(IncidentRow),
    /// Of the list of evidence.
    Evidence(EvidenceRow),
    /// Of the list of users.
    User(Box<UserRow>),
}

/// Rows, looked up and replaced by the stream they are about.
pub trait Rows {
    /// Why rows cannot be looked up or replaced.
    type Error;

    /// The row about a stream.
    ///
    /// # Errors
    ///
    /// What storage says.
    fn row(&mut self, stream: StreamId) -> Result<Option<Row>, Self::Error>;

    /// Puts a row in the place of the one about the same stream.
    ///
    /// # Errors
    ///
    /// What storage says.
    fn put(&mut self, row: Row) -> Result<(), Self::Error>;
}

impl Row {
    /// What the row is about.
    pub fn stream(&self) -> StreamId {
        match self {
            Row::Alert(row) => StreamId::Alert(row.id),
            Row::Incident(row) => StreamId::Incident(row.id),
            Row::Evidence(row) => StreamId::Evidence(row.id),
            Row::User(row) => StreamId::User(row.id),
        }
    }
}

/// Brings rows up to date with an entry. Rows of anything but the entry's own stream are alerts that joined
/// or left an incident.
///
/// # Errors
///
/// What the rows say.
pub fn follow<R: Rows>(rows: &mut R, entry: &Entry) -> Result<(), R::Error> {
    let stream = entry.head.stream;
    // The first entry of a stream has no row to begin with.
    let before = if entry.head.version > 1 { rows.row(stream)? } else { None };
    if let Some(row) = followed(before, entry) {
        rows.put(row)?;
    }
    let StreamId::Incident(incident) = stream else { return Ok(()) };
    match &entry.fact {
        Fact::AlertsJoined { alerts } => {
            alerts.iter().try_for_each(|joined| belongs(rows, joined.alert, &|_| Some(incident)))
        }
        Fact::AlertsLeft { alerts } => alerts
            .iter()
            .try_for_each(|alert| belongs(rows, *alert, &|now| now.filter(|now| *now != incident))),
        _ => Ok(()),
    }
}

fn belongs<R: Rows>(
    rows: &mut R,
    alert: AlertId,
    to: &dyn Fn(Option<IncidentId>) -> Option<IncidentId>,
) -> Result<(), R::Error> {
    let Some(Row::Alert(mut row)) = rows.row(StreamId::Alert(alert))? else { return Ok(()) };
    let incident = to(row.incident);
    if incident == row.incident {
        return Ok(());
    }
    row.incident = incident;
    rows.put(Row::Alert(row))
}

/// The row after an entry of its stream; nothing when it stays as it was.
fn followed(before: Option<Row>, entry: &Entry) -> Option<Row> {
    let time = entry.head.time;
    match (entry.head.stream, &entry.fact, before) {
        (StreamId::Alert(id), Fact::AlertRaised(report), _) => Some(Row::Alert(AlertRow {
            id,
            level: report.level,
            rule: report.rule.id.clone(),
            title: report.rule.title.clone(),
            count: report.count,
            incident: None,
            raised: time,
        })),
        (_, Fact::AlertCounted(count), Some(Row::Alert(row))) => {
            Some(Row::Alert(AlertRow { count: *count, ..row }))
        }
        (StreamId::Incident(id), Fact::IncidentOpened { title, severity, span }, _) => {
            Some(Row::Incident(IncidentRow {
                id,
                title: title.clone(),
                severity: severity.level,
                first_seen: span.first_seen,
                last_seen: span.last_seen,
                alerts: 0,
                merged_into: None,
                opened: time,
                restricted: None,
            }))
        }
        (_, fact, Some(Row::Incident(row))) => incident(row, fact).map(Row::Incident),
        (StreamId::Evidence(id), Fact::EvidenceAcquired(acquired), None) => {
            Some(Row::Evidence(EvidenceRow {
                id,
                source: acquired.source.clone(),
                bytes: acquired.bytes,
                kept: false,
                damaged: false,
                acquired: time,
                by: entry.actor.clone(),
                custody: 0,
                restricted: None,
            }))
        }
        (_, fact, Some(Row::Evidence(row))) => Some(Row::Evidence(evidence(row, fact))),
        (StreamId::User(id), fact, before) => {
            let (known, created) = match before {
                Some(Row::User(row)) => (Some(row.profile), row.created),
                _ => (None, time),
            };
            let profile = User { known }.evolve(fact).known?;
            Some(Row::User(Box::new(UserRow { id, profile, version: entry.head.version, created })))
        }
        _ => None,
    }
}

fn incident(mut row: IncidentRow, fact: &Fact) -> Option<IncidentRow> {
    match fact {
        Fact::IncidentRenamed { title } => row.title = title.clone(),
        Fact::SeverityAssessed(severity) => row.severity = severity.level,
        Fact::IncidentSpans(span) => (row.first_seen, row.last_seen) = (span.first_seen, span.last_seen),
        Fact::AlertsJoined { alerts } => row.alerts += alerts.len() as u64,
        Fact::AlertsLeft { alerts } => row.alerts = row.alerts.saturating_sub(alerts.len() as u64),
        Fact::IncidentMerged { into } => row.merged_into = Some(*into),
        Fact::IncidentRestricted { to } => row.restricted = Some(to.clone()),
        Fact::IncidentOpenedUp => row.restricted = None,
        _ => return None,
    }
    Some(row)
}

fn evidence(mut row: EvidenceRow, fact: &Fact) -> EvidenceRow {
    match fact {
        Fact::EvidenceAcquired(acquired) => row.source = acquired.source.clone(),
        Fact::EvidenceKept => (row.kept, row.damaged) = (true, false),
        Fact::EvidenceDamaged { .. } => row.damaged = true,
        // Who may see it is not who had it.
        Fact::EvidenceRestricted { to } => {
            row.restricted = Some(to.clone());
            return row;
        }
        Fact::EvidenceOpenedUp => {
            row.restricted = None;
            return row;
        }
        _ => {}
    }
    row.custody += 1;
    row
}
