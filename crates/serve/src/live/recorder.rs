//! Records what live detection finds: an alert or an incident at once when it is new or says more, counts once a
//! minute and at the end.
//!
//! What the engine calls an alert is found again in the journal by its key and its time, so that nothing is recorded
//! twice after a restart.

use super::claims::Claims;
use super::dedup::Keys;
use super::facts::{self, Evidence};
use super::places::Places;
use super::quiet::Quiet;
use super::strangers::{self, Strangers};
use crate::ledger::Draft;
use crate::server::Server;
use cofferdam_detect::live;
use cofferdam_detect::live::{AlertChange, ForeignAlert, IncidentChange, Live, LiveIncident, What};
use cofferdam_journal::alert::{Alert, AlertIntent, AlertReport, AlertSource, AlertStatus, ProductName};
use cofferdam_journal::incident::{Incident, IncidentIntent, IncidentReport, Join, Suggested, Suggestion};
use cofferdam_journal::{Actor, Personal, StreamId};
use cofferdam_store::StorageError;
use cofferdam_vocabulary::{AlertId, IncidentId};
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::io;
use std::path::Path;
use std::sync::Arc;

/// How often counts are written.
const COUNTS: SignedDuration = SignedDuration::from_mins(1);

/// Records what changes.
pub struct Recorder {
    server: Arc<Server>,
    keys: Keys,
    /// Alerts of the journal that the engine has not found again yet.
    claims: Claims,
    /// By the engine's number.
    alerts: HashMap<u64, Recorded<AlertId>>,
    incidents: HashMap<u64, Recorded<IncidentId>>,
    /// What changed and is not recorded yet.
    waiting_alerts: BTreeMap<u64, AlertChange>,
    waiting_incidents: BTreeMap<u64, IncidentChange>,
    waiting_suggestions: Vec<live::Suggestion>,
    strangers: Strangers,
    places: Places,
    quiet: Quiet,
}

#[derive(Clone, Copy)]
struct Recorded<I> {
    id: I,
    at: Timestamp,
}

/// What is written in one go.
struct Now {
    alerts: Vec<(AlertId, AlertChange, Option<Told>)>,
    /// With what the journal calls it, and into which it went, if it did.
    incidents: Vec<(IncidentId, Option<LiveIncident>, Option<IncidentId>)>,
    suggestions: BTreeMap<IncidentId, Vec<Suggestion>>,
}

impl Now {
    fn is_nothing(&self) -> bool {
        self.alerts.is_empty() && self.incidents.is_empty() && self.suggestions.is_empty()
    }
}

impl Recorder {
    /// Reads what the journal holds of the time that the engine looks back to.
    ///
    /// # Errors
    ///
    /// What the system says.
    pub fn open(server: &Arc<Server>, folder: &Path) -> io::Result<Recorder> {
        Ok(Recorder {
            server: Arc::clone(server),
            keys: Keys::open(folder)?,
            claims: Claims::of(&server.lists),
            alerts: HashMap::new(),
            incidents: HashMap::new(),
            waiting_alerts: BTreeMap::new(),
            waiting_incidents: BTreeMap::new(),
            waiting_suggestions: Vec::new(),
            strangers: Strangers::default(),
            places: Places::default(),
            quiet: Quiet::default(),
        })
    }

    /// Tells the engine what people did in the journal: alerts that came of no event, and which incidents are
    /// people's.
    pub fn listen(&mut self, live: &mut Live) {
        let own: HashSet<AlertId> = self.alerts.values().map(|recorded| recorded.id).collect();
        self.strangers.look(&self.server, live, &own, (self.server.clock)());
        let held: Vec<String> = self.server.lists.held_incidents().iter().map(ToString::to_string).collect();
        live.hold(held.iter().map(String::as_str));
        if self.places.are_behind(&self.server.lists, self.alerts.len()) {
            let alerts = self.alerts.iter().map(|(number, recorded)| (*number, recorded.id));
            self.places.tell(&self.server.lists, live, alerts);
        }
        self.quiet.release(&self.server.lists, live);
    }

    /// Whether something waits that must not be lost: all but counts.
    pub fn has_pending(&self) -> bool {
        self.waiting_alerts.values().any(|change| change.what != What::Counted)
            || self.waiting_incidents.values().any(|change| *change != IncidentChange::Counted)
            || !self.waiting_suggestions.is_empty()
    }

    /// Records what changed since it was last asked.
    ///
    /// # Errors
    ///
    /// In words, when nothing could be recorded; it is kept, and recorded when it is asked again.
    pub fn record(&mut self, live: &mut Live) -> Result<(), String> {
        self.record_what_is_due(live, (self.server.clock)())
    }

    /// Records counts as well, whenever they were written last: the server ends.
    ///
    /// # Errors
    ///
    /// As [`Recorder::record`].
    pub fn record_all(&mut self, live: &mut Live) -> Result<(), String> {
        let time = (self.server.clock)();
        self.record_what_is_due(live, time.checked_add(COUNTS).unwrap_or(time))
    }

    fn record_what_is_due(&mut self, live: &mut Live, time: Timestamp) -> Result<(), String> {
        self.collect(live);
        if self.silence(live, time) {
            // Others are joined without what is hidden before anything is recorded of it.
            live.evaluate(time);
            self.collect(live);
        }
        if !self.is_due(time) {
            return Ok(());
        }
        let server = Arc::clone(&self.server);
        // Nobody else takes the next numbers until these are in the lists.
        let _numbering = server.numbering.blocking_lock();
        let now = self.now(live, time);
        if now.is_nothing() {
            return Ok(());
        }
        let program = server.program();
        server.ledger.together(|draft| self.write(draft, &now, &program))?;
        self.written(live, &now, time);
        Ok(())
    }

    fn collect(&mut self, live: &mut Live) {
        let changes = live.changes();
        for change in changes.alerts {
            self.waits(change);
        }
        for (number, change) in changes.incidents {
            self.incident_waits(number, change);
        }
        self.waiting_suggestions.extend(changes.suggestions);
    }

    /// Keeps alerts out of incidents that are new and hidden; whether there are any.
    fn silence(&mut self, live: &mut Live, time: Timestamp) -> bool {
        let mut any = false;
        if self.server.exceptions.is_empty() {
            return any;
        }
        for (number, change) in &self.waiting_alerts {
            let is_ours = strangers::id(&change.alert.key.dedup()).is_none();
            if change.what != What::New || self.quiet.has_judged(*number) || !is_ours {
                continue;
            }
            let report = self.report(change, live.foreign(&change.alert.key).map(told).as_ref());
            let known = report.dedup.and_then(|key| {
                self.claims.look(key, change.alert.alert.first_seen, change.alert.alert.last_seen)
            });
            any |= self.quiet.judge(&self.server, live, (*number, known), &report, time);
        }
        any
    }

    fn waits(&mut self, change: AlertChange) {
        let number = change.alert.number;
        let known = self.waiting_alerts.remove(&number);
        let what = match (known.map(|known| known.what), change.what) {
            // What is not recorded yet is new whatever else became of it; what went before it was recorded never was.
            (Some(What::New), What::Gone | What::Merged { .. }) => return,
            (Some(What::New), _) => What::New,
            (Some(What::Grown), What::Counted) => What::Grown,
            (_, what) => what,
        };
        self.waiting_alerts.insert(number, AlertChange { what, ..change });
    }

    fn incident_waits(&mut self, number: u64, change: IncidentChange) {
        let change = match (self.waiting_incidents.remove(&number), change) {
            (Some(IncidentChange::Formed), IncidentChange::Gone | IncidentChange::Merged { .. }) => return,
            (Some(IncidentChange::Formed), _) => IncidentChange::Formed,
            (Some(IncidentChange::Changed), IncidentChange::Counted) => IncidentChange::Changed,
            (_, change) => change,
        };
        self.waiting_incidents.insert(number, change);
    }

    fn is_due(&self, time: Timestamp) -> bool {
        self.has_pending()
            || self.waiting_alerts.values().any(|change| self.alert_is_due(change, time))
            || self.waiting_incidents.keys().any(|number| is_over(self.incidents.get(number), time))
    }

    fn alert_is_due(&self, change: &AlertChange, time: Timestamp) -> bool {
        change.what != What::Counted
            || change.alert.closed
            || is_over(self.alerts.get(&change.alert.number), time)
    }

    /// What is to be written now, with the ids under which it is.
    fn now(&mut self, live: &Live, time: Timestamp) -> Now {
        let due: Vec<AlertChange> = { self.waiting_alerts.values() }
            .filter(|change| self.alert_is_due(change, time))
            .cloned()
            .collect();
        let mut next_alert = self.server.lists.last_alert().map_or(1, |last| last.0 + 1);
        let mut alerts = Vec::new();
        for change in due {
            let number = change.alert.number;
            let id = match self.alerts.get(&number) {
                Some(recorded) => recorded.id,
                // What was never recorded need not be taken back.
                None if matches!(change.what, What::Gone | What::Merged { .. }) => {
                    self.waiting_alerts.remove(&number);
                    continue;
                }
                None => self.claim(&change, time, &mut next_alert),
            };
            // What people recorded is theirs to change.
            if strangers::id(&change.alert.key.dedup()).is_some() {
                self.waiting_alerts.remove(&number);
                continue;
            }
            let foreign = live.foreign(&change.alert.key).map(told);
            alerts.push((id, change, foreign));
        }
        let incidents = self.incidents_now(live, time);
        Now { alerts, incidents, suggestions: self.suggestions_now() }
    }

    /// What seems to belong to incidents that people lead. What was never recorded cannot be suggested.
    fn suggestions_now(&mut self) -> BTreeMap<IncidentId, Vec<Suggestion>> {
        let mut out: BTreeMap<IncidentId, Vec<Suggestion>> = BTreeMap::new();
        for suggestion in std::mem::take(&mut self.waiting_suggestions) {
            let what = match suggestion.other {
                live::Suggested::Alert(number) => {
                    self.alerts.get(&number).map(|recorded| Suggested::Alert(recorded.id))
                }
                live::Suggested::Incident(number) => {
                    self.incidents.get(&number).map(|recorded| Suggested::Incident(recorded.id))
                }
            };
            let Some((incident, what)) = self.incidents.get(&suggestion.incident).zip(what) else { continue };
            let because = Personal::of(&suggestion.because);
            out.entry(incident.id).or_default().push(Suggestion { what, with: None, because });
        }
        out
    }

    /// The id of an alert that is new to this process: that of the journal's alert which it is, or the next.
    fn claim(&mut self, change: &AlertChange, time: Timestamp, next: &mut u64) -> AlertId {
        let (number, alert) = (change.alert.number, &change.alert.alert);
        let dedup = change.alert.key.dedup();
        if let Some(id) = strangers::id(&dedup) {
            self.claims.is_in(number, self.server.lists.incident_of(id));
            self.alerts.insert(number, Recorded { id, at: time });
            return id;
        }
        let key = self.keys.of(&dedup);
        let id = self.claims.claim(number, key, alert.first_seen, alert.last_seen).unwrap_or_else(|| {
            *next += 1;
            AlertId(*next - 1)
        });
        self.alerts.insert(number, Recorded { id, at: time });
        id
    }

    fn incidents_now(
        &mut self,
        live: &Live,
        time: Timestamp,
    ) -> Vec<(IncidentId, Option<LiveIncident>, Option<IncidentId>)> {
        let due: Vec<(u64, IncidentChange)> = { self.waiting_incidents.iter() }
            .filter(|(number, change)| {
                **change != IncidentChange::Counted || is_over(self.incidents.get(*number), time)
            })
            .map(|(number, change)| (*number, *change))
            .collect();
        let mut next = self.server.lists.last_incident().map_or(1, |last| last.0 + 1);
        let mut out = Vec::new();
        // Those that there are first: others went into them.
        for (number, _) in &due {
            let Some(incident) = live.incident(*number) else { continue };
            let id = match self.incidents.get(number) {
                Some(recorded) => recorded.id,
                // People opened it, or it was merged and is itself again.
                None if incident.recorded.is_some() => {
                    let recorded = incident.recorded.as_deref().and_then(|id| IncidentId::parse(id).ok());
                    let Some(id) = recorded else { continue };
                    self.incidents.insert(*number, Recorded { id, at: time });
                    id
                }
                None => {
                    let taken: BTreeSet<IncidentId> =
                        self.incidents.values().map(|recorded| recorded.id).collect();
                    let former = self.claims.incident(&incident.alerts, &taken);
                    let id = former.unwrap_or_else(|| {
                        next += 1;
                        IncidentId(next - 1)
                    });
                    self.incidents.insert(*number, Recorded { id, at: time });
                    id
                }
            };
            out.push((id, Some(incident.clone()), None));
        }
        for (number, change) in &due {
            let Some(gone) = self.incidents.get(number).filter(|_| live.incident(*number).is_none()) else {
                continue;
            };
            let into = match change {
                IncidentChange::Merged { into } => self.incidents.get(into).map(|recorded| recorded.id),
                _ => None,
            };
            out.push((gone.id, None, into));
        }
        for (former, into) in self.claims.swallowed(&self.incident_of_alerts(live)) {
            out.push((former, None, Some(into)));
        }
        out
    }

    /// By the engine's number of an alert: the journal's incident that it is in.
    fn incident_of_alerts(&self, live: &Live) -> HashMap<u64, IncidentId> {
        let of = |alert: &u64| Some((*alert, self.incidents.get(&live.incident_of(*alert)?)?.id));
        self.alerts.keys().filter_map(of).collect()
    }

    fn write(&self, draft: &mut Draft<'_>, now: &Now, program: &Actor) -> Result<(), StorageError> {
        for (id, change, foreign) in &now.alerts {
            draft.ask::<Alert>(StreamId::Alert(*id), program, |known| {
                self.of_alert(known, change, foreign.as_ref())
            })?;
        }
        let suggested = |id: &IncidentId| {
            let own = now.suggestions.get(id).cloned().unwrap_or_default();
            own.into_iter().map(IncidentIntent::Suggest)
        };
        for (id, incident, into) in &now.incidents {
            draft.ask::<Incident>(StreamId::Incident(*id), program, |known| {
                let mut intents = match (incident, into) {
                    (Some(incident), _) => {
                        vec![IncidentIntent::Report(Box::new(self.of_incident(*id, known, incident)))]
                    }
                    (None, Some(into)) => vec![IncidentIntent::Merge { into: *into }],
                    (None, None) => emptied(known),
                };
                intents.extend(suggested(id));
                intents
            })?;
        }
        let told: BTreeSet<IncidentId> = now.incidents.iter().map(|(id, ..)| *id).collect();
        for id in now.suggestions.keys().filter(|id| !told.contains(id)) {
            draft.ask::<Incident>(StreamId::Incident(*id), program, |_| suggested(id).collect())?;
        }
        Ok(())
    }

    fn of_alert(&self, known: &Alert, change: &AlertChange, foreign: Option<&Told>) -> Vec<AlertIntent> {
        if let What::Merged { into } = change.what {
            let heir = self.alerts.get(&into).map(|recorded| AlertIntent::Merge { into: recorded.id });
            return heir.into_iter().collect();
        }
        let mut report = self.report(change, foreign);
        if let Some(known) = &known.known {
            no_less(&mut report, known);
        }
        match self.server.exceptions.is_empty() {
            true => vec![AlertIntent::Report(Box::new(report))],
            false => known.told(report, |alert| self.server.exceptions.hiding(alert, (self.server.clock)())),
        }
    }

    /// What the engine knows of an alert.
    fn report(&self, change: &AlertChange, foreign: Option<&Told>) -> AlertReport {
        let mut report = facts::alert(&change.alert.alert, &Evidence::default());
        report.dedup = Some(self.keys.of(&change.alert.key.dedup()));
        if let Some((source, status)) = foreign {
            (report.source, report.status) = (source.clone(), *status);
        }
        if change.what == What::Gone {
            report.status = AlertStatus::Closed;
        }
        report
    }

    /// Alerts of former days, which the engine has forgotten, stay in it.
    fn of_incident(&self, own: IncidentId, known: &Incident, incident: &LiveIncident) -> IncidentReport {
        let id = |number: &u64| self.alerts.get(number).map(|recorded| recorded.id);
        let mut alerts: BTreeMap<AlertId, Option<Join>> =
            incident.alerts.iter().filter_map(|number| Some((id(number)?, None))).collect();
        for reason in &incident.reasons {
            if let (Some(alert), Some(with)) = (id(&reason.alert), id(&reason.with)) {
                alerts.insert(alert, Some(Join { with, because: Personal::of(&reason.because) }));
            }
        }
        let engines: BTreeSet<AlertId> = self.alerts.values().map(|recorded| recorded.id).collect();
        // People may have put some elsewhere since the engine was last told.
        let is_elsewhere = |alert: &AlertId| {
            let placed = self.server.lists.placed(*alert);
            placed.is_some_and(|at| at != Some(own))
        };
        alerts.retain(|alert, _| !is_elsewhere(alert));
        let mut report = facts::incident_of(&incident.incident, alerts);
        let Some(known) = &known.known else { return report };
        let former: BTreeMap<AlertId, Option<Join>> = { known.alerts.iter() }
            .filter(|(id, _)| !engines.contains(id))
            .map(|(id, join)| (*id, join.clone()))
            .collect();
        if !former.is_empty() {
            report.alerts.extend(former);
            report.scope.extend(known.scope.iter().cloned());
            report.span.first_seen = earliest(known.span.first_seen, report.span.first_seen);
            report.severity.level = report.severity.level.max(known.severity.level);
        }
        report
    }

    fn written(&mut self, live: &mut Live, now: &Now, time: Timestamp) {
        for (_, change, _) in &now.alerts {
            let number = change.alert.number;
            self.waiting_alerts.remove(&number);
            if let Some(recorded) = self.alerts.get_mut(&number) {
                recorded.at = time;
            }
            if matches!(change.what, What::Gone | What::Merged { .. }) {
                self.alerts.remove(&number);
                self.places.forget(live, number);
                self.quiet.forget(number);
            }
        }
        self.quiet.recorded(|number| self.alerts.get(&number).map(|recorded| recorded.id));
        for incident in now.incidents.iter().filter_map(|(_, incident, _)| incident.as_ref()) {
            self.waiting_incidents.remove(&incident.number);
            if let Some(recorded) = self.incidents.get_mut(&incident.number) {
                recorded.at = time;
                live.record_incident(incident.number, &recorded.id.to_string());
            }
        }
        let over: Vec<u64> = self
            .waiting_incidents
            .keys()
            .copied()
            .filter(|number| live.incident(*number).is_none())
            .collect();
        for number in over {
            self.waiting_incidents.remove(&number);
            self.incidents.remove(&number);
        }
        self.claims.done(&self.incident_of_alerts(live));
    }
}

/// What a product says of its alert besides.
type Told = (AlertSource, AlertStatus);

fn told(alert: &ForeignAlert) -> Told {
    let product = alert.product.as_deref().and_then(|product| ProductName::parse(product).ok());
    let status = if alert.closed { AlertStatus::Closed } else { AlertStatus::Open };
    (product.map_or(AlertSource::Rule, AlertSource::Product), status)
}

fn is_over<I>(recorded: Option<&Recorded<I>>, time: Timestamp) -> bool {
    recorded.is_none_or(|recorded| time.duration_since(recorded.at) >= COUNTS)
}

/// What was counted cannot be taken back: after a restart the engine may know less of an alert than the journal.
fn no_less(report: &mut AlertReport, known: &AlertReport) {
    let (count, before) = (&mut report.count, &known.count);
    count.matches = count.matches.max(before.matches);
    count.occurrences = count.occurrences.max(before.occurrences);
    count.first_seen = earliest(before.first_seen, count.first_seen);
    count.last_seen = count.last_seen.max(before.last_seen);
}

fn earliest(a: Option<Timestamp>, b: Option<Timestamp>) -> Option<Timestamp> {
    a.into_iter().chain(b).min()
}

/// An incident of which nothing is left, though no other has it: it stays, without the alerts that went elsewhere.
fn emptied(known: &Incident) -> Vec<IncidentIntent> {
    let Some(known) = &known.known else { return Vec::new() };
    let mut report = known.clone();
    report.alerts.clear();
    vec![IncidentIntent::Report(Box::new(report))]
}
