//! Rows of lists, kept up to date with each entry so that a list need not replay the log.

use crate::actor::Actor;
use crate::aggregate::Aggregate;
use crate::alert::{AlertSource, AlertState, AlertStatus, Count, Triage, Verdict};
use crate::entry::Entry;
use crate::fact::Fact;
use crate::incident::{Category, ForeignCase, Marking, Phase, Resolution};
use crate::personal::Personal;
use crate::stream::StreamId;
use crate::user::{Profile, User};
use cofferdam_vocabulary::{AlertId, ContentHash, DedupKey, ExceptionId, IncidentId, Level, UserId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

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
    /// The incident it belongs to: of those that it joined and has not left, the one that it joined last.
    pub incident: Option<IncidentId>,
    /// The others of those, in the order in which it joined them. It goes back to them when it leaves that one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub earlier: Vec<IncidentId>,
    /// When it was recorded.
    pub raised: Timestamp,
    /// Who or what raised it.
    #[serde(default, skip_serializing_if = "AlertSource::is_rule")]
    pub source: AlertSource,
    /// What the product says that raised it.
    #[serde(default, skip_serializing_if = "AlertStatus::is_open")]
    pub status: AlertStatus,
    /// What tells it from others when it is told again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dedup: Option<DedupKey>,
    /// The alert of which it turned out to be a part.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub merged_into: Option<AlertId>,
    /// Who works on it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assignee: Option<UserId>,
    /// What people found it to be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verdict: Option<Verdict>,
    /// Nothing more is done about it, and it counts nowhere.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub dismissed: bool,
    /// People said that it belongs to no incident.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub kept_out: bool,
    /// The exception that hides it; it counts nowhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hidden: Option<ExceptionId>,
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
    /// Alerts that belong to it, to no other that they joined later, are no part of another alert, were not dismissed
    /// and are not hidden.
    pub alerts: u64,
    /// The incident of which it turned out to be a part.
    pub merged_into: Option<IncidentId>,
    /// When it was recorded.
    pub opened: Timestamp,
    /// Only these see it, and its alerts; none when everybody with the permission does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub restricted: Option<BTreeSet<UserId>>,
    /// Who leads the response to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commander: Option<UserId>,
    /// Somebody was named to lead, or people said what belongs to it: it is for them to say from then on.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub led: bool,
    /// The phase of the response; while it is closed, the one from which it was.
    #[serde(default, skip_serializing_if = "is_default")]
    pub phase: Phase,
    /// How it ended, once it did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closed: Option<Resolution>,
    /// With whom it may be shared, and what may be done with it.
    #[serde(default, skip_serializing_if = "is_default")]
    pub marking: Marking,
    /// What kind of incident.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<Category>,
    /// The case that it was in another product.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub imported: Option<ForeignCase>,
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

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

impl AlertRow {
    /// Where it stands.
    pub fn state(&self) -> AlertState {
        match (self.dismissed, self.incident) {
            (true, _) => AlertState::Dismissed,
            (false, _) if self.hidden.is_some() => AlertState::Hidden,
            (false, Some(_)) => AlertState::Attached,
            (false, None) if self.assignee.is_some() || self.verdict.is_some() => AlertState::InTriage,
            (false, None) => AlertState::New,
        }
    }

    /// The incident that counts it among its alerts.
    fn counted_in(&self) -> Option<IncidentId> {
        self.incident.filter(|_| self.merged_into.is_none() && !self.dismissed && self.hidden.is_none())
    }

    fn triaged(&mut self, triage: &Triage) {
        self.assignee = triage.assignee;
        self.verdict = triage.judgement.as_ref().map(|judgement| judgement.verdict);
        self.dismissed = triage.is_dismissed();
    }
}

impl IncidentRow {
    /// Whether nothing joins it by itself: what belongs to it is for people to say, or only named people see it, and
    /// what joined would tell others of it or vanish for them.
    pub fn is_held(&self) -> bool {
        self.led || self.commander.is_some() || self.restricted.is_some()
    }
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
/// or left an incident, and the incident that they came from or that counts one less since it was merged.
///
/// # Errors
///
/// What the rows say.
pub fn follow<R: Rows>(rows: &mut R, entry: &Entry) -> Result<(), R::Error> {
    let stream = entry.head.stream;
    // The first entry of a stream has no row to begin with.
    let before = if entry.head.version > 1 { rows.row(stream)? } else { None };
    let mut counts: BTreeMap<IncidentId, i64> = BTreeMap::new();
    let counted_before = before.as_ref().and_then(counted_in);
    if let Some(row) = followed(before, entry) {
        moved(counted_before, counted_in(&row), &mut counts);
        rows.put(row)?;
    }
    match (stream, &entry.fact) {
        (StreamId::Incident(incident), Fact::AlertsJoined { alerts }) => {
            alerts.iter().try_for_each(|joined| joins(rows, joined.alert, incident, &mut counts))?;
        }
        (StreamId::Incident(incident), Fact::AlertsAttached { alerts, .. }) => {
            let mut put = |alert| placed(rows, alert, Some(incident), &mut counts);
            alerts.iter().try_for_each(|joined| put(joined.alert))?;
        }
        (StreamId::Incident(incident), Fact::AlertsLeft { alerts }) => {
            alerts.iter().try_for_each(|alert| leaves(rows, *alert, incident, &mut counts))?;
        }
        (StreamId::Incident(incident), Fact::AlertsDetached { alerts, to, .. }) => {
            let mut detach = |alert: &AlertId| detached(rows, *alert, incident, *to, &mut counts);
            alerts.iter().try_for_each(&mut detach)?;
        }
        _ => {}
    }
    for (incident, change) in counts {
        if let Some(Row::Incident(mut row)) = rows.row(StreamId::Incident(incident))? {
            row.alerts = row.alerts.saturating_add_signed(change);
            rows.put(Row::Incident(row))?;
        }
    }
    Ok(())
}

fn counted_in(row: &Row) -> Option<IncidentId> {
    match row {
        Row::Alert(row) => row.counted_in(),
        _ => None,
    }
}

/// An alert is counted somewhere else than before.
fn moved(from: Option<IncidentId>, to: Option<IncidentId>, counts: &mut BTreeMap<IncidentId, i64>) {
    if from != to {
        from.iter().for_each(|incident| *counts.entry(*incident).or_default() -= 1);
        to.iter().for_each(|incident| *counts.entry(*incident).or_default() += 1);
    }
}

/// An alert belongs to this incident from now on, and to no other: each counts its own. One that is part of another
/// alert, or was dismissed, is not counted.
fn joins<R: Rows>(
    rows: &mut R,
    alert: AlertId,
    to: IncidentId,
    counts: &mut BTreeMap<IncidentId, i64>,
) -> Result<(), R::Error> {
    if let Some(Row::Alert(mut row)) = rows.row(StreamId::Alert(alert))? {
        let (before, counted) = (row.incident, row.counted_in());
        if before == Some(to) {
            return Ok(());
        }
        row.earlier.retain(|incident| *incident != to);
        row.earlier.extend(before);
        (row.incident, row.kept_out) = (Some(to), false);
        moved(counted, row.counted_in(), counts);
        rows.put(Row::Alert(row))?;
    } else {
        moved(None, Some(to), counts);
    }
    Ok(())
}

/// An alert belongs to this incident no more, if it still did: it belongs to the one that it joined before and has
/// not left, as if it had never been in this one.
fn leaves<R: Rows>(
    rows: &mut R,
    alert: AlertId,
    from: IncidentId,
    counts: &mut BTreeMap<IncidentId, i64>,
) -> Result<(), R::Error> {
    if let Some(Row::Alert(mut row)) = rows.row(StreamId::Alert(alert))? {
        let counted = row.counted_in();
        if row.incident == Some(from) {
            row.incident = row.earlier.pop();
        } else {
            // It joined another one meanwhile, and was counted out then.
            row.earlier.retain(|incident| *incident != from);
        }
        moved(counted, row.counted_in(), counts);
        rows.put(Row::Alert(row))?;
    } else {
        moved(Some(from), None, counts);
    }
    Ok(())
}

/// People say that an alert does not belong to this incident, but to that one or to none.
fn detached<R: Rows>(
    rows: &mut R,
    alert: AlertId,
    from: IncidentId,
    to: Option<IncidentId>,
    counts: &mut BTreeMap<IncidentId, i64>,
) -> Result<(), R::Error> {
    match rows.row(StreamId::Alert(alert))? {
        // It joined another one meanwhile, and was counted out then.
        Some(Row::Alert(mut row)) if row.incident != Some(from) => {
            row.earlier.retain(|incident| *incident != from);
            rows.put(Row::Alert(row))
        }
        _ => placed(rows, alert, to, counts),
    }
}

/// People say where an alert belongs: where it was before does not matter any more.
fn placed<R: Rows>(
    rows: &mut R,
    alert: AlertId,
    to: Option<IncidentId>,
    counts: &mut BTreeMap<IncidentId, i64>,
) -> Result<(), R::Error> {
    if let Some(Row::Alert(mut row)) = rows.row(StreamId::Alert(alert))? {
        let counted = row.counted_in();
        (row.incident, row.kept_out) = (to, to.is_none());
        row.earlier.clear();
        moved(counted, row.counted_in(), counts);
        rows.put(Row::Alert(row))?;
    }
    Ok(())
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
            earlier: Vec::new(),
            raised: time,
            source: report.source.clone(),
            status: report.status,
            dedup: report.dedup,
            merged_into: None,
            assignee: None,
            verdict: None,
            dismissed: false,
            kept_out: false,
            hidden: None,
        })),
        (_, fact, Some(Row::Alert(row))) => alert(row, fact).map(Row::Alert),
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
                commander: None,
                led: false,
                phase: Phase::default(),
                closed: None,
                marking: Marking::default(),
                category: None,
                imported: None,
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

fn alert(mut row: AlertRow, fact: &Fact) -> Option<AlertRow> {
    match fact {
        Fact::AlertCounted(count) => row.count = *count,
        Fact::AlertRevised(revision) => {
            row.level = revision.level.unwrap_or(row.level);
            row.status = revision.status.unwrap_or(row.status);
            if let Some(title) = &revision.title {
                row.title = title.clone();
            }
        }
        Fact::AlertMerged { into } => row.merged_into = Some(*into),
        Fact::AlertAssigned { to } => row.assignee = Some(*to),
        Fact::AlertReleased => row.assignee = None,
        Fact::AlertJudged(judgement) => {
            (row.verdict, row.dismissed) = (Some(judgement.verdict), judgement.dismissed);
        }
        Fact::AlertReopened { .. } => (row.verdict, row.dismissed) = (None, false),
        Fact::TriageRestored(triage) => row.triaged(triage),
        Fact::AlertHidden { exception } => row.hidden = Some(*exception),
        Fact::AlertShown => row.hidden = None,
        _ => return None,
    }
    Some(row)
}

fn incident(mut row: IncidentRow, fact: &Fact) -> Option<IncidentRow> {
    match fact {
        Fact::IncidentRenamed { title } => row.title = title.clone(),
        Fact::SeverityAssessed(severity) => row.severity = severity.level,
        Fact::IncidentSpans(span) => (row.first_seen, row.last_seen) = (span.first_seen, span.last_seen),
        Fact::IncidentMerged { into } => row.merged_into = Some(*into),
        Fact::IncidentRestricted { to } => row.restricted = Some(to.clone()),
        Fact::IncidentOpenedUp => row.restricted = None,
        Fact::IncidentImported(case) => row.imported = Some(case.clone()),
        Fact::CommanderNamed { user } => (row.commander, row.led) = (Some(*user), true),
        Fact::CommanderRelieved => row.commander = None,
        Fact::AlertsAttached { .. } | Fact::AlertsDetached { .. } => row.led = true,
        Fact::IncidentUnmerged { .. } => (row.led, row.merged_into) = (true, None),
        Fact::IncidentTitled { title } => row.title = title.clone(),
        Fact::SeverityDecided(assessment) => row.severity = assessment.level,
        Fact::IncidentMarked(marking) => row.marking = *marking,
        Fact::IncidentCategorised { category } => row.category = Some(*category),
        Fact::PhaseEntered { phase, .. } => row.phase = *phase,
        Fact::IncidentClosed { resolution, .. } => (row.closed, row.led) = (Some(*resolution), true),
        Fact::IncidentReopened { .. } => row.closed = None,
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::alert::Judgement;
    use crate::alert::tests::report;
    use crate::entry::Head;
    use crate::incident::{Joined, Severity, Span};
    use crate::note::Name;
    use std::convert::Infallible;

    #[derive(Default)]
    struct InMemory(BTreeMap<StreamId, Row>);

    impl Rows for InMemory {
        type Error = Infallible;

        fn row(&mut self, stream: StreamId) -> Result<Option<Row>, Infallible> {
            Ok(self.0.get(&stream).cloned())
        }

        fn put(&mut self, row: Row) -> Result<(), Infallible> {
            self.0.insert(row.stream(), row);
            Ok(())
        }
    }

    fn joined(alerts: &[u64]) -> Fact {
        let joined = |id: &u64| Joined { alert: AlertId(*id), join: None };
        Fact::AlertsJoined { alerts: alerts.iter().map(joined).collect() }
    }

    fn left(alerts: &[u64]) -> Fact {
        Fact::AlertsLeft { alerts: alerts.iter().map(|id| AlertId(*id)).collect() }
    }

    fn on(incident: u64, fact: Fact) -> (StreamId, Fact) {
        (StreamId::Incident(IncidentId(incident)), fact)
    }

    fn merged(alert: u64, into: u64) -> (StreamId, Fact) {
        (StreamId::Alert(AlertId(alert)), Fact::AlertMerged { into: AlertId(into) })
    }

    /// Alerts 1 and 2 are raised, incidents 1 and 2 opened; then this happens.
    #[track_caller]
    fn check(then: &[(StreamId, Fact)], want: [u64; 2]) {
        let title = Personal::of("Break-in");
        let severity = Severity { level: Level::High, reasons: vec![] };
        let span = Span { first_seen: None, last_seen: None };
        let opened = Fact::IncidentOpened { title, severity, span };
        let alerts =
            [1, 2].map(|id| (StreamId::Alert(AlertId(id)), Fact::AlertRaised(Box::new(report("kim", id)))));
        let incidents = [1, 2].map(|id| (StreamId::Incident(IncidentId(id)), opened.clone()));
        let (mut rows, mut versions) = (InMemory::default(), BTreeMap::<StreamId, u64>::new());
        for (position, (stream, fact)) in
            alerts.into_iter().chain(incidents).chain(then.iter().cloned()).enumerate()
        {
            let version = versions.entry(stream).or_default();
            *version += 1;
            let (log, time) = (Name::parse("cofferdam/0011").unwrap(), Timestamp::UNIX_EPOCH);
            let head = Head { log, position: position as u64, time, stream, version: *version };
            let Ok(()) = follow(&mut rows, &Entry { head, actor: Actor::Program("1".to_owned()), fact });
        }
        let counted = [1, 2].map(|id| match &rows.0[&StreamId::Incident(IncidentId(id))] {
            Row::Incident(row) => row.alerts,
            other => panic!("{other:?}"),
        });
        let belong = [1, 2].map(|id| {
            let is_its = |row: &&Row| {
                let of = Some(IncidentId(id));
                matches!(row, Row::Alert(row) if row.incident == of && row.merged_into.is_none() && !row.dismissed && row.hidden.is_none())
            };
            rows.0.values().filter(is_its).count() as u64
        });
        assert_eq!((counted, counted), (want, belong), "as told, and as the alerts say");
    }

    #[test]
    fn an_incident_counts_the_alerts_that_belong_to_it() {
        check(&[on(1, joined(&[1, 2]))], [2, 0]);
        check(&[on(1, joined(&[1, 2])), on(1, joined(&[2]))], [2, 0]);
        check(&[on(1, joined(&[1, 2])), on(2, joined(&[2]))], [1, 1]);
        check(&[on(1, joined(&[1, 2])), on(2, joined(&[2])), on(1, left(&[2]))], [1, 1]);
        check(&[on(1, joined(&[1, 2])), on(1, left(&[2])), on(2, joined(&[2]))], [1, 1]);
        check(&[on(1, joined(&[1])), on(1, left(&[1, 2]))], [0, 0]);
        check(&[on(1, joined(&[1, 2])), on(2, joined(&[2])), on(2, left(&[2]))], [2, 0]);
        check(&[on(1, joined(&[2])), on(2, joined(&[2])), on(1, left(&[2])), on(2, left(&[2]))], [0, 0]);
        check(&[on(1, joined(&[2])), on(2, joined(&[2])), on(1, joined(&[2])), on(1, left(&[2]))], [0, 1]);
    }

    fn on_alert(alert: u64, fact: Fact) -> (StreamId, Fact) {
        (StreamId::Alert(AlertId(alert)), fact)
    }

    fn judged(alert: u64, dismissed: bool) -> (StreamId, Fact) {
        let reason = Personal::of("the nightly backup");
        on_alert(alert, Fact::AlertJudged(Judgement { verdict: Verdict::TruePositive, reason, dismissed }))
    }

    #[test]
    fn an_alert_that_was_dismissed_is_not_counted() {
        let reopened = |alert| on_alert(alert, Fact::AlertReopened { reason: Personal::of("seen again") });
        check(&[on(1, joined(&[1, 2])), judged(2, true)], [1, 0]);
        check(&[on(1, joined(&[1, 2])), judged(2, false)], [2, 0]);
        check(&[on(1, joined(&[1, 2])), judged(2, true), judged(2, true)], [1, 0]);
        check(&[on(1, joined(&[1, 2])), judged(2, true), reopened(2)], [2, 0]);
        check(&[on(1, joined(&[1, 2])), judged(2, true), reopened(2), reopened(2)], [2, 0]);
        check(
            &[on(1, joined(&[1, 2])), judged(2, true), on_alert(2, Fact::TriageRestored(Triage::default()))],
            [2, 0],
        );
        check(&[judged(2, true), on(1, joined(&[1, 2]))], [1, 0]);
        check(&[on(1, joined(&[1, 2])), judged(2, true), on(2, joined(&[2])), reopened(2)], [1, 1]);
        check(&[on(1, joined(&[1, 2])), judged(2, true), on(1, left(&[2])), reopened(2)], [1, 0]);
        check(&[on(1, joined(&[1, 2])), judged(2, true), merged(2, 1), reopened(2)], [1, 0]);
        check(&[on(1, joined(&[1, 2])), merged(2, 1), judged(2, true), reopened(2)], [1, 0]);
    }

    #[test]
    fn an_alert_is_where_people_say() {
        let attached = |alerts: &[u64]| {
            let joined = |id: &u64| Joined { alert: AlertId(*id), join: None };
            Fact::AlertsAttached { alerts: alerts.iter().map(joined).collect(), reason: None }
        };
        let detached = |alerts: &[u64], to: Option<u64>| {
            let alerts = alerts.iter().map(|id| AlertId(*id)).collect();
            Fact::AlertsDetached { alerts, to: to.map(IncidentId), reason: Personal::of("another hand") }
        };
        check(&[on(1, attached(&[1, 2]))], [2, 0]);
        check(&[on(1, joined(&[1, 2])), on(1, detached(&[2], None))], [1, 0]);
        check(&[on(1, joined(&[1, 2])), on(1, detached(&[2], Some(2))), on(2, attached(&[2]))], [1, 1]);
        check(&[on(1, joined(&[1, 2])), on(2, attached(&[2])), on(1, detached(&[2], Some(2)))], [1, 1]);
        // It does not go back to where it was before people said something.
        check(&[on(1, joined(&[2])), on(2, attached(&[2])), on(2, detached(&[2], None))], [0, 0]);
        check(&[on(1, joined(&[2])), on(2, joined(&[2])), on(2, detached(&[2], None))], [0, 0]);
        check(&[on(1, attached(&[1, 2])), judged(2, true), on(1, detached(&[2], Some(2)))], [1, 0]);
        check(&[on(1, detached(&[1], None))], [0, 0]);
    }

    #[test]
    fn an_alert_that_is_hidden_is_not_counted() {
        let hidden = |alert| on_alert(alert, Fact::AlertHidden { exception: ExceptionId(1) });
        let shown = |alert| on_alert(alert, Fact::AlertShown);
        check(&[hidden(2), on(1, joined(&[1, 2]))], [1, 0]);
        check(&[hidden(2), on(1, joined(&[1, 2])), shown(2)], [2, 0]);
        check(&[on(1, joined(&[1, 2])), hidden(2)], [1, 0]);
        check(&[on(1, joined(&[1, 2])), hidden(2), judged(2, true), shown(2)], [1, 0]);
        check(&[on(1, joined(&[1, 2])), hidden(2), on(2, joined(&[2])), shown(2)], [1, 1]);
    }

    #[test]
    fn an_alert_that_is_part_of_another_is_not_counted() {
        check(&[on(1, joined(&[1, 2])), merged(2, 1)], [1, 0]);
        check(&[on(1, joined(&[1, 2])), merged(2, 1), merged(2, 1)], [1, 0]);
        check(&[merged(2, 1), on(1, joined(&[1, 2]))], [1, 0]);
        check(&[on(1, joined(&[1, 2])), merged(2, 1), on(1, left(&[2]))], [1, 0]);
        check(&[on(1, joined(&[1])), on(2, joined(&[2])), merged(2, 1), on(1, joined(&[2]))], [1, 0]);
        check(&[on(1, joined(&[2])), on(2, joined(&[2])), merged(2, 1), on(2, left(&[2]))], [0, 0]);
    }
}
