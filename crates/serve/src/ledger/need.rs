//! Need to know: which objects are for named people only.
//!
//! An alert follows the incident that it belongs to. Incidents that were merged are one: whoever sees any of them
//! is named by each of them that is restricted. A report follows the alert that tells of it, and a call what it is about.

use super::fold::Fold;
use cofferdam_journal::alert::AlertSource;
use cofferdam_journal::{Entry, Fact, StreamId};
use cofferdam_store::{AlertQuery, IncidentQuery, Reader, StorageError, entries};
use cofferdam_vocabulary::{AlertId, CallId, ContentHash, IncidentId, ReportId, UserId};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::{PoisonError, RwLock, RwLockReadGuard};

/// Rows read at once while a whole list is read.
const BATCH: usize = 1000;

/// Which objects are for named people only.
#[derive(Default)]
pub struct NeedToKnow {
    state: RwLock<State>,
}

#[derive(Clone, Default)]
struct State {
    /// Who may see it; by object, as its own facts say.
    named: BTreeMap<StreamId, BTreeSet<UserId>>,
    /// The incident that another was merged into.
    merged: HashMap<IncidentId, IncidentId>,
    /// What calls are about.
    calls: HashMap<CallId, StreamId>,
    /// What follows from both.
    guarded: Guarded,
}

/// Everything that hangs on restricted incidents.
#[derive(Clone, Default)]
struct Guarded {
    /// Restricted incidents, by the incident that all those merged with them end in.
    groups: HashMap<IncidentId, Vec<IncidentId>>,
    /// Alerts of incidents in these groups.
    alerts: HashMap<AlertId, IncidentId>,
    /// Alerts that are part of another, and which: who may not see that one sees nothing of it in them.
    parts: HashMap<AlertId, AlertId>,
    /// Reports, and the alerts that tell of them.
    reports: HashMap<ReportId, AlertId>,
    /// Evidence that went out with incidents in these groups, once for each time.
    exports: HashMap<ContentHash, Vec<IncidentId>>,
}

impl NeedToKnow {
    /// Whether an object is there for this person, their permissions aside.
    pub fn allows(&self, user: UserId, stream: StreamId) -> bool {
        self.with(|state| state.allows(user, stream))
    }

    /// What is there for this person, as long as the answer is held: nothing is restricted meanwhile.
    pub fn of(&self, user: UserId) -> Allowed<'_> {
        Allowed { state: self.state.read().unwrap_or_else(PoisonError::into_inner), user }
    }

    fn with<T>(&self, read: impl FnOnce(&State) -> T) -> T {
        read(&self.state.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.state.write().unwrap_or_else(PoisonError::into_inner));
    }

    /// Works out anew what hangs on restricted incidents, from entries before `end`: those behind it are followed
    /// later. Only who folds changes the state, so nothing is lost between reading and writing it.
    fn renew(&self, mut state: State, reader: &dyn Reader, end: u64) -> Result<(), StorageError> {
        state.guarded = Guarded::of(&state, reader, end)?;
        self.change(|now| *now = state);
        Ok(())
    }
}

/// What is there for one person.
pub struct Allowed<'n> {
    state: RwLockReadGuard<'n, State>,
    user: UserId,
}

impl Allowed<'_> {
    /// Whether an object is there, permissions aside.
    pub fn sees(&self, stream: StreamId) -> bool {
        self.state.allows(self.user, stream)
    }

    /// Facts in the custody of this evidence that are not there.
    pub fn hidden_exports(&self, evidence: ContentHash) -> u64 {
        let exports = self.state.guarded.exports.get(&evidence).map(Vec::as_slice).unwrap_or_default();
        exports.iter().filter(|incident| !self.sees(StreamId::Incident(**incident))).count() as u64
    }
}

impl State {
    fn allows(&self, user: UserId, stream: StreamId) -> bool {
        match stream {
            StreamId::Alert(id) => self.allows_alert(user, id),
            StreamId::Report(id) => {
                self.guarded.reports.get(&id).is_none_or(|alert| self.allows_alert(user, *alert))
            }
            StreamId::Incident(id) => self.allows_incident(user, id),
            StreamId::Call(id) => self.calls.get(&id).is_none_or(|about| self.allows(user, *about)),
            other => self.names(user, other),
        }
    }

    /// An alert, and whatever it is a part of.
    fn allows_alert(&self, user: UserId, alert: AlertId) -> bool {
        let Guarded { alerts, parts, .. } = &self.guarded;
        let mut next = Some(alert);
        // A chain of them has no more links than there are parts, unless they run in a circle.
        for _ in 0..=parts.len() {
            let Some(now) = next else { return true };
            if alerts.get(&now).is_some_and(|incident| !self.allows_incident(user, *incident)) {
                return false;
            }
            next = parts.get(&now).copied();
        }
        true
    }

    fn allows_incident(&self, user: UserId, incident: IncidentId) -> bool {
        if self.guarded.groups.is_empty() {
            return true;
        }
        let group = self.guarded.groups.get(&self.end(incident));
        group.is_none_or(|group| group.iter().all(|one| self.names(user, StreamId::Incident(*one))))
    }

    fn names(&self, user: UserId, stream: StreamId) -> bool {
        self.named.get(&stream).is_none_or(|named| named.contains(&user))
    }

    /// The incident that all those merged with this one end in. Should they run in a circle, the first of it.
    fn end(&self, incident: IncidentId) -> IncidentId {
        let (mut path, mut now) = (vec![incident], incident);
        while let Some(next) = self.merged.get(&now) {
            if let Some(at) = path.iter().position(|seen| seen == next) {
                return path.iter().skip(at).min().copied().unwrap_or(incident);
            }
            path.push(*next);
            now = *next;
        }
        now
    }

    fn is_guarded(&self, incident: IncidentId) -> bool {
        !self.guarded.groups.is_empty() && self.guarded.groups.contains_key(&self.end(incident))
    }
}

impl Guarded {
    fn of(state: &State, reader: &dyn Reader, end: u64) -> Result<Guarded, StorageError> {
        let mut guarded = Guarded::default();
        for stream in state.named.keys() {
            if let StreamId::Incident(incident) = stream {
                guarded.groups.entry(state.end(*incident)).or_default().push(*incident);
            }
        }
        let others =
            state.merged.keys().filter(|incident| guarded.groups.contains_key(&state.end(**incident)));
        let all: BTreeSet<IncidentId> = guarded.groups.keys().chain(others).copied().collect();
        let mut went_out = false;
        for incident in &all {
            guarded.alerts.extend(alerts(*incident, reader)?.into_iter().map(|alert| (alert, *incident)));
            let facts = entries(reader, StreamId::Incident(*incident))?;
            went_out |= facts.iter().any(|entry| matches!(entry.fact, Fact::IncidentHandedOut { .. }));
        }
        if !all.is_empty() {
            guarded.follow_alerts(reader)?;
        }
        if went_out {
            guarded.exports = exports(&all.into_iter().collect(), reader, end)?;
        }
        Ok(guarded)
    }

    /// What follows an alert: those that are part of it, and the report of which it tells.
    fn follow_alerts(&mut self, reader: &dyn Reader) -> Result<(), StorageError> {
        let mut after = None;
        loop {
            let rows = reader.alerts(&AlertQuery { after, limit: BATCH, ..AlertQuery::default() })?;
            for row in &rows {
                self.parts.extend(row.merged_into.map(|into| (row.id, into)));
                if let AlertSource::Report(report) = row.source {
                    self.reports.insert(report, row.id);
                }
            }
            after = rows.last().map(|row| row.id);
            if rows.len() < BATCH {
                return Ok(());
            }
        }
    }
}

fn alerts(incident: IncidentId, reader: &dyn Reader) -> Result<Vec<AlertId>, StorageError> {
    let (mut found, mut after) = (Vec::new(), None);
    loop {
        let query = AlertQuery { incident: Some(incident), after, limit: BATCH, ..AlertQuery::default() };
        let rows = reader.alerts(&query)?;
        found.extend(rows.iter().map(|row| row.id));
        after = rows.last().map(|row| row.id);
        if rows.len() < BATCH {
            return Ok(found);
        }
    }
}

/// The evidence that went out with any of these incidents.
fn exports(
    incidents: &HashSet<IncidentId>,
    reader: &dyn Reader,
    end: u64,
) -> Result<HashMap<ContentHash, Vec<IncidentId>>, StorageError> {
    let (mut found, mut after): (HashMap<_, Vec<_>>, _) = (HashMap::new(), None);
    loop {
        let rows = reader.evidence(after, BATCH)?;
        for row in rows.iter().filter(|row| row.custody > 0) {
            let facts = entries(reader, StreamId::Evidence(row.id))?;
            let before = facts.iter().filter(|entry| entry.head.position < end);
            let with = before.filter_map(|entry| export_of(&entry.fact));
            let hidden: Vec<IncidentId> = with.filter(|incident| incidents.contains(incident)).collect();
            if !hidden.is_empty() {
                found.insert(row.id, hidden);
            }
        }
        after = rows.last().map(|row| row.id);
        if rows.len() < BATCH {
            return Ok(found);
        }
    }
}

/// What a call is about.
fn about(fact: &Fact) -> Option<StreamId> {
    if let Fact::CallBegun(spec) = fact { Some(spec.about.stream()) } else { None }
}

/// The incident with which evidence went out.
pub(super) fn export_of(fact: &Fact) -> Option<IncidentId> {
    match fact {
        Fact::EvidenceExported(transfer) => match transfer.export_of()? {
            StreamId::Incident(incident) => Some(incident),
            _ => None,
        },
        _ => None,
    }
}

impl Fold for NeedToKnow {
    fn load(&self, reader: &dyn Reader) -> Result<(), StorageError> {
        let mut fresh = State::default();
        let mut after = None;
        loop {
            let query = IncidentQuery { merged: true, after, limit: BATCH, ..IncidentQuery::default() };
            let rows = reader.incidents(&query)?;
            for row in &rows {
                fresh.merged.extend(row.merged_into.map(|into| (row.id, into)));
                fresh.named.extend(row.restricted.clone().map(|to| (StreamId::Incident(row.id), to)));
            }
            after = rows.last().map(|row| row.id);
            if rows.len() < BATCH {
                break;
            }
        }
        let mut after = None;
        loop {
            let rows = reader.evidence(after, BATCH)?;
            for row in &rows {
                fresh.named.extend(row.restricted.clone().map(|to| (StreamId::Evidence(row.id), to)));
            }
            after = rows.last().map(|row| row.id);
            if rows.len() < BATCH {
                break;
            }
        }
        for id in reader.calls()? {
            let begun = entries(reader, StreamId::Call(id))?;
            fresh.calls.extend(begun.iter().find_map(|entry| about(&entry.fact)).map(|about| (id, about)));
        }
        self.renew(fresh, reader, u64::MAX)
    }

    fn follow(&self, entry: &Entry, reader: &dyn Reader) -> Result<(), StorageError> {
        let (stream, end) = (entry.head.stream, entry.head.position + 1);
        match (&entry.fact, stream) {
            (Fact::EvidenceRestricted { to }, _) => {
                self.change(|state| drop(state.named.insert(stream, to.clone())));
            }
            (Fact::EvidenceOpenedUp, _) => self.change(|state| drop(state.named.remove(&stream))),
            (Fact::IncidentRestricted { to }, _) => {
                let mut state = self.with(State::clone);
                state.named.insert(stream, to.clone());
                self.renew(state, reader, end)?;
            }
            (Fact::IncidentOpenedUp, _) => {
                let mut state = self.with(State::clone);
                state.named.remove(&stream);
                self.renew(state, reader, end)?;
            }
            (Fact::IncidentMerged { into }, StreamId::Incident(incident)) => {
                let is_guarded = self.with(|state| state.is_guarded(incident) || state.is_guarded(*into));
                self.change(|state| {
                    state.merged.insert(incident, *into);
                });
                if is_guarded {
                    self.renew(self.with(State::clone), reader, end)?;
                }
            }
            (Fact::IncidentUnmerged { .. }, StreamId::Incident(incident)) => {
                let mut state = self.with(State::clone);
                let is_guarded = state.is_guarded(incident);
                state.merged.remove(&incident);
                if is_guarded {
                    self.renew(state, reader, end)?;
                } else {
                    self.change(|now| *now = state);
                }
            }
            (Fact::CallBegun(spec), StreamId::Call(id)) => {
                self.change(|state| state.calls.extend([(id, spec.about.stream())]));
            }
            (Fact::AlertRaised(report), StreamId::Alert(alert)) => self.change(|state| {
                if let (false, AlertSource::Report(of)) = (state.guarded.groups.is_empty(), &report.source) {
                    state.guarded.reports.insert(*of, alert);
                }
            }),
            (Fact::AlertMerged { into }, StreamId::Alert(alert)) => self.change(|state| {
                if !state.guarded.groups.is_empty() {
                    state.guarded.parts.insert(alert, *into);
                }
            }),
            (
                Fact::AlertsJoined { alerts } | Fact::AlertsAttached { alerts, .. },
                StreamId::Incident(incident),
            ) => self.change(|state| {
                let is_guarded = state.is_guarded(incident);
                for joined in alerts {
                    // It belongs to the one that it joined last.
                    if is_guarded {
                        state.guarded.alerts.insert(joined.alert, incident);
                    } else {
                        state.guarded.alerts.remove(&joined.alert);
                    }
                }
            }),
            (Fact::AlertsLeft { alerts } | Fact::AlertsDetached { alerts, .. }, _) => {
                if self.with(|state| state.guarded.groups.is_empty()) {
                    return Ok(());
                }
                for alert in alerts {
                    // It may have gone back to one that it joined before.
                    let of = reader.alert(*alert)?.and_then(|row| row.incident);
                    self.change(|state| match of.filter(|of| state.is_guarded(*of)) {
                        Some(of) => drop(state.guarded.alerts.insert(*alert, of)),
                        None => drop(state.guarded.alerts.remove(alert)),
                    });
                }
            }
            (fact, StreamId::Evidence(evidence)) => self.change(|state| {
                let with = export_of(fact).filter(|incident| state.is_guarded(*incident));
                if let Some(incident) = with {
                    state.guarded.exports.entry(evidence).or_default().push(incident);
                }
            }),
            _ => {}
        }
        Ok(())
    }
}
