//! Matches in, alerts and incidents out.

use super::credit::Credit;
use super::entry::{Delivered, Entry, Retained};
use super::foreign::ForeignAlert;
use super::grouping::{Grouping, LiveIncident};
use super::job::{Job, JobDone};
use super::roll::{FOREIGN, LANES, LINE, LiveAlert, PAST, Roll, STRAY, Stir};
use super::settings::{AlertChange, Changes, Counts, Settings};
use super::strays::Strays;
use super::suggestion::Suggestion;
use super::timeline::{Pushed, Timeline};
use crate::correlation::sigma::{Correlator, Limits};
use crate::correlation::{AddressBook, AlertKey, WINDOW};
use crate::intake::Cause;
use crate::rule::RuleSet;
use hashbrown::{HashMap, HashSet};
use jiff::{SignedDuration, Timestamp};
use std::sync::Arc;

/// How often alerts are closed and old matches let go.
const SWEEP: SignedDuration = SignedDuration::from_secs(30);
/// How long alerts of which only the times changed wait to be joined anew.
const TIMES_WAIT: SignedDuration = SignedDuration::from_secs(1);

/// So many alerts are joined without asking for it.
const AT_ONCE: usize = 500;

/// How alerts are joined at present.
#[derive(Debug, Default)]
struct Joining {
    is_deferred: bool,
    job: Option<Job>,
    /// A job waits to be asked for, or for its end.
    is_out: bool,
}

/// Alerts and incidents as matches come in.
#[derive(Debug)]
pub struct Live {
    settings: Settings,
    rules: Arc<RuleSet>,
    /// Says which values of fields correlations want.
    wants: Correlator,
    line: Timeline,
    /// What is of a time that the line has let go.
    past: Timeline,
    /// What is of a time that not even the past knows, or too far ahead.
    strays: Strays,
    foreign: HashMap<Arc<str>, ForeignAlert>,
    roll: Roll,
    grouping: Grouping,
    addresses: AddressBook,
    credit: Credit,
    stir: Stir,
    joined_at: Option<Timestamp>,
    joining: Joining,
    swept_at: Option<Timestamp>,
    counts: Counts,
}

impl Live {
    /// Nothing has happened yet.
    pub fn new(rules: Arc<RuleSet>, settings: Settings) -> Live {
        Live {
            settings,
            wants: Correlator::new(&rules, Limits::default()),
            line: Timeline::new(Arc::clone(&rules), None, Vec::new()),
            past: Timeline::new(Arc::clone(&rules), None, Vec::new()).patient(),
            strays: Strays::default(),
            foreign: HashMap::new(),
            rules,
            roll: Roll::default(),
            grouping: Grouping::default(),
            addresses: AddressBook::default(),
            credit: Credit::default(),
            stir: Stir::Nothing,
            joined_at: None,
            joining: Joining::default(),
            swept_at: None,
            counts: Counts::default(),
        }
    }

    /// The state after what was retained, in whatever order that is. Matches whose rule is not in the set are
    /// left out; what was made of them before remains.
    pub fn restore(
        rules: Arc<RuleSet>,
        settings: Settings,
        retained: impl IntoIterator<Item = Retained>,
        now: Timestamp,
    ) -> Live {
        let mut live = Live::new(rules, settings);
        live.resume(retained, now);
        live
    }

    /// Goes on with other rules. Alerts of rules that are no longer there remain as they are; the others are
    /// what comes of the kept matches by the new rules' correlations and words. Numbers stay.
    pub fn with_rules(&mut self, rules: Arc<RuleSet>, now: Timestamp) {
        let is_gone = |id: &str| !rules.rules.iter().any(|rule| *rule.meta.id == *id);
        let gone: HashSet<Arc<str>> = { self.rules.rules.iter().map(|rule| &rule.meta.id) }
            .chain(self.rules.correlations.iter().map(|correlation| &correlation.meta.id))
            .filter(|id| is_gone(id) && !rules.correlations.iter().any(|one| one.meta.id == **id))
            .cloned()
            .collect();
        let of_gone = |alert: &&LiveAlert| gone.contains(&alert.alert.rule.id) && alert.place != FOREIGN;
        let left: Vec<Retained> =
            { self.roll.alerts().filter(of_gone) }.map(|alert| Retained::Alert(alert.filed())).collect();
        let retained: Vec<Retained> = { self.retained() }
            .filter(|kept| !matches!(kept, Retained::Alert(filed) if gone.contains(&filed.alert.rule.id)))
            .chain(left)
            .collect();
        let mut places = of(self.line.places(), LINE);
        places.extend(of(self.past.places(), PAST));
        places.extend(of(self.strays.places(), STRAY));
        let mut other = Live::new(rules, self.settings.clone());
        other.resume(retained, now);
        places.extend(of(other.line.run_all(now), LINE));
        places.extend(of(other.past.run_all(now), PAST));
        places.extend(of(other.strays.changes(), STRAY));
        (self.rules, self.wants) = (other.rules, other.wants);
        (self.line, self.past, self.strays) = (other.line, other.past, other.strays);
        self.follow(&places);
    }

    fn resume(&mut self, retained: impl IntoIterator<Item = Retained>, now: Timestamp) {
        let by_id: HashMap<Arc<str>, u32> =
            (0..).zip(&self.rules.rules).map(|(number, rule)| (Arc::clone(&rule.meta.id), number)).collect();
        let (mut upto, mut alerts, mut entries, mut foreign) = (None, Vec::new(), Vec::new(), Vec::new());
        for kept in retained {
            match kept {
                Retained::Upto(at) => upto = upto.max(Some(at)),
                Retained::Alert(filed) => alerts.push(filed),
                Retained::Foreign(alert) => foreign.push(*alert),
                Retained::Match(found) => {
                    let wanted = |rule| self.wants.wanted(rule);
                    if let Some(given) = found.deliver(|id| by_id.get(id).copied(), wanted) {
                        entries.push(self.entry(given));
                    }
                }
            }
        }
        self.line = Timeline::new(Arc::clone(&self.rules), upto, alerts);
        entries.sort_by_cached_key(Entry::place);
        for entry in entries {
            self.take(entry, now);
        }
        for alert in foreign {
            self.put(alert);
        }
    }

    fn entry(&self, given: Delivered) -> Entry {
        let id = match &given.found.cause {
            Cause::Rule(rule) => self.rules.rules.get(*rule as usize).map(|rule| &rule.meta.id),
            Cause::Indicator(meta) => Some(&meta.id),
        };
        Entry { id: id.map_or_else(|| "".into(), Arc::clone), given }
    }

    /// Takes a match in. One that was delivered before is left out; what comes in the order of time is
    /// judged at once, the rest by [`Live::evaluate`].
    ///
    /// Whether it is new and is kept.
    pub fn push(&mut self, delivered: Delivered, now: Timestamp) -> bool {
        let entry = self.entry(delivered);
        self.take(entry, now)
    }

    /// A match as it is written down.
    pub fn retain(&self, delivered: Delivered) -> Retained {
        let rule = delivered.found.rule();
        let wanted = rule.map_or(&[][..], |rule| self.wants.wanted(rule));
        Retained::Match(Box::new(self.entry(delivered).retain(wanted)))
    }

    fn take(&mut self, entry: Entry, now: Timestamp) -> bool {
        let counts = &mut self.counts;
        let left = match self.line.push(entry, now) {
            Pushed::Taken => {
                counts.taken += 1;
                return true;
            }
            Pushed::Double => {
                counts.doubled += 1;
                return false;
            }
            Pushed::Not(entry) => entry,
        };
        let left = match self.past.push(left, now) {
            Pushed::Taken => {
                counts.too_late += 1;
                return true;
            }
            Pushed::Double => {
                counts.doubled += 1;
                return false;
            }
            Pushed::Not(entry) => entry,
        };
        counts.stray += 1;
        self.strays.take(&self.rules, &left);
        false
    }

    /// Takes in an alert that did not come of matches, or what it is now.
    pub fn put(&mut self, alert: ForeignAlert) {
        let key = AlertKey::foreign(&alert.dedup);
        let stir = self.roll.put(key, alert.alert(), Some(alert.last_seen));
        self.stir = self.stir.max(stir);
        self.foreign.insert(alert.dedup.as_str().into(), alert);
    }

    /// Notes whose addresses are whose, as records say.
    pub fn note_addresses(&mut self, book: AddressBook) {
        if !book.is_empty() {
            self.addresses.add(book);
            self.stir = self.stir.max(Stir::Times);
        }
    }

    /// Judges what is waiting, ends what is over by `now`, and joins alerts anew where they changed. Returns
    /// when it wants to be called again though nothing comes.
    pub fn evaluate(&mut self, now: Timestamp) -> Timestamp {
        self.credit.earn(now);
        self.roll.tick(now);
        let mut done = self.line.run(now, &mut self.credit);
        done &= self.past.run(now, &mut self.credit);
        if self.swept_at.is_none_or(|swept| now.duration_since(swept) >= SWEEP) {
            self.swept_at = Some(now);
            self.sweep(now);
        }
        let mut places = of(self.line.changes(now, &mut self.credit), LINE);
        places.extend(of(self.past.changes(now, &mut self.credit), PAST));
        places.extend(of(self.strays.changes(), STRAY));
        self.follow(&places);
        let waited = self.joined_at.is_none_or(|joined| now.duration_since(joined) >= TIMES_WAIT);
        let wanted = match self.stir {
            Stir::Nothing => false,
            Stir::Times => waited,
            Stir::Alerts => true,
        };
        if wanted && self.credit.is_left() && !self.joining.is_out {
            let (job, steps) = self.grouping.begin(&self.roll, &self.addresses, &self.settings);
            self.credit.spend(steps);
            (self.stir, self.joined_at) = (Stir::Nothing, Some(now));
            if self.joining.is_deferred && self.roll.len() > AT_ONCE {
                (self.joining.job, self.joining.is_out) = (Some(job), true);
            } else {
                self.joined(job.run());
            }
        }
        self.next_call(now, done)
    }

    /// From now on many alerts are not joined by [`Live::evaluate`] itself: the caller asks for a [`Job`], and
    /// alerts need not wait for it.
    pub fn defer_joining(&mut self) {
        self.joining.is_deferred = true;
    }

    /// Work that is to be done beside, if there is some. What comes of it is given to [`Live::joined`]; there is
    /// no other job before that.
    pub fn job(&mut self) -> Option<Job> {
        self.joining.job.take()
    }

    /// Takes in what a job came to.
    pub fn joined(&mut self, done: JobDone) {
        self.joining.is_out = false;
        self.credit.spend(done.steps);
        // Alerts that turned out to be others, or none, are in no incident.
        let is_current = done.order.iter().all(|known| self.roll.get(known.number).is_some());
        match is_current.then(|| self.grouping.accept(done, &self.settings)).flatten() {
            Some(steps) => self.credit.spend(steps),
            None => self.stir = Stir::Alerts,
        }
    }

    fn follow(&mut self, places: &HashSet<u64>) {
        let (line, past, strays) = (&self.line, &self.past, &self.strays);
        let stir = self.roll.follow(places, |place| match place & LANES {
            PAST => past.alert(place & !LANES),
            STRAY => strays.alert(place & !LANES),
            _ => line.alert(place),
        });
        self.stir = self.stir.max(stir);
    }

    fn next_call(&self, now: Timestamp, done: bool) -> Timestamp {
        let soon = |span: SignedDuration| now.checked_add(span).unwrap_or(now);
        if let Some(back) = self.credit.back_at(now).filter(|_| !done || self.stir > Stir::Nothing) {
            return back;
        }
        match (done, self.stir) {
            (false, _) | (true, Stir::Alerts) => now,
            (true, Stir::Times | Stir::Nothing) => soon(TIMES_WAIT),
        }
    }

    fn sweep(&mut self, now: Timestamp) {
        let Settings { horizon, matches, bytes, alerts, .. } = self.settings;
        let oldest = now.checked_sub(horizon).unwrap_or(Timestamp::MIN);
        let crowded = &mut self.counts.crowded_out;
        self.line.close(alerts);
        self.line.leave_behind(|kept, place| {
            let is_old = place.at < oldest;
            let is_crowded = kept.len() > matches || kept.bytes() > bytes;
            *crowded += u64::from(is_crowded && !is_old);
            is_old || is_crowded
        });
        // What is past is as old as can be; it goes only where it is too much.
        self.past.close(alerts / 10);
        self.past.leave_behind(|kept, _| {
            let is_crowded = kept.len() > matches / 10 || kept.bytes() > bytes / 10;
            *crowded += u64::from(is_crowded);
            is_crowded
        });
        if let Ok(over) = now.checked_sub(WINDOW.saturating_add(Limits::default().lateness)) {
            self.roll.close(over);
            self.strays.close(over);
        }
        let (line, past, strays) = (&self.line, &self.past, &self.strays);
        let goes_on = |place: u64| match place & LANES {
            _ if place == FOREIGN => false,
            PAST => past.holds(place & !LANES),
            STRAY => strays.alert(place & !LANES).is_some(),
            _ => line.holds(place),
        };
        let (old, beyond) = self.roll.forget(oldest, alerts, goes_on);
        self.counts.alerts_forgotten += beyond;
        if old + beyond > 0 {
            self.stir = self.stir.max(Stir::Times);
        }
        self.foreign.retain(|_, alert| alert.last_seen >= oldest);
    }

    /// What changed since this was last asked.
    pub fn changes(&mut self) -> Changes {
        let alerts = self.roll.changes().into_iter().filter_map(|(number, (what, last))| {
            let alert = last.or_else(|| self.roll.get(number).cloned())?;
            Some(AlertChange { what, alert })
        });
        Changes {
            alerts: alerts.collect(),
            incidents: self.grouping.changes().into_iter().collect(),
            suggestions: self.grouping.suggested(),
        }
    }

    /// The alerts that are joined with.
    pub fn alerts(&self) -> impl Iterator<Item = &LiveAlert> {
        self.roll.alerts()
    }

    /// An alert that was put, by its key.
    pub fn foreign(&self, key: &AlertKey) -> Option<&ForeignAlert> {
        self.foreign.get(&*key.dedup()).filter(|_| key.is_foreign())
    }

    /// An alert by its number.
    pub fn alert(&self, number: u64) -> Option<&LiveAlert> {
        self.roll.get(number)
    }

    /// The incidents.
    pub fn incidents(&self) -> impl Iterator<Item = &LiveIncident> {
        self.grouping.incidents()
    }

    /// An incident by its number.
    pub fn incident(&self, number: u64) -> Option<&LiveIncident> {
        self.grouping.get(number)
    }

    /// The incident to which an alert belongs at present.
    pub fn incident_of(&self, alert: u64) -> Option<u64> {
        self.grouping.of_alert(alert)
    }

    /// What seems to belong to incidents that nothing joins by itself.
    pub fn suggestions(&self) -> &[Suggestion] {
        self.grouping.suggestions()
    }

    /// The incident was recorded under this id.
    pub fn record_incident(&mut self, number: u64, id: &str) {
        self.grouping.record(number, id.into());
    }

    /// The alert was recorded as part of this incident, before this engine lived. To be told after
    /// [`Live::restore`] and [`Live::settle`], before the next [`Live::evaluate`].
    pub fn remember_incident(&mut self, alert: u64, id: &str) {
        self.grouping.remember(alert, &id.into());
    }

    /// Judges alerts without joining them: what a restart begins with, so that the caller can say of each in
    /// which incident it was.
    pub fn settle(&mut self, now: Timestamp) {
        let mut places = of(self.line.run_all(now), LINE);
        places.extend(of(self.past.run_all(now), PAST));
        places.extend(of(self.strays.changes(), STRAY));
        self.follow(&places);
    }

    /// Names the incidents, by their recorded ids, to which nothing is joined any more and from which nothing
    /// goes: people lead them. What would have been joined is suggested.
    pub fn hold<'i>(&mut self, incidents: impl IntoIterator<Item = &'i str>) {
        let held: HashSet<Arc<str>> = incidents.into_iter().map(Arc::from).collect();
        if held != self.grouping.decided.held {
            self.grouping.decided.held = held;
            self.grouping.decided.decisions += 1;
            self.stir = Stir::Alerts;
        }
    }

    /// People put the alert into an incident, by its recorded id, or into none.
    pub fn pin(&mut self, alert: u64, incident: Option<&str>) {
        let incident: Option<Arc<str>> = incident.map(Arc::from);
        let known = self.grouping.decided.pinned.insert(alert, incident.clone());
        if known != Some(incident) {
            self.grouping.decided.decisions += 1;
            self.stir = Stir::Alerts;
        }
    }

    /// Nobody says any more where the alert belongs: it is joined as others are.
    pub fn unpin(&mut self, alert: u64) {
        if self.grouping.decided.pinned.remove(&alert).is_some() {
            self.grouping.decided.decisions += 1;
            self.stir = Stir::Alerts;
        }
    }

    /// What is written down to go on from after a restart.
    pub fn retained(&mut self) -> impl Iterator<Item = Retained> {
        let oldest = self.swept_at.and_then(|now| now.checked_sub(self.settings.horizon).ok());
        let oldest = oldest.unwrap_or(Timestamp::MIN);
        let (_, past) = self.past.start(oldest);
        let (upto, line) = self.line.start(oldest);
        let matches = [&self.past, &self.line].into_iter().flat_map(|timeline| {
            let kept = timeline.kept();
            kept.after(None).filter_map(|(_, handle)| kept.entry(handle))
        });
        let matches = matches.map(|entry| {
            let rule = entry.given.found.rule();
            let wanted = rule.map_or(&[][..], |rule| self.wants.wanted(rule));
            Retained::Match(Box::new(entry.retain(wanted)))
        });
        let alerts = past.into_iter().chain(self.strays.filed()).chain(line).map(Retained::Alert);
        let foreign = self.foreign.values().cloned().map(Box::new).map(Retained::Foreign);
        upto.map(Retained::Upto).into_iter().chain(alerts).chain(foreign).chain(matches)
    }

    fn is_behind(&self) -> bool {
        let is_untold = self.line.is_untold() || self.past.is_untold();
        is_untold || self.joining.is_out || self.stir > Stir::Nothing
    }

    /// What was counted.
    pub fn counts(&self) -> Counts {
        let kept = [&self.line, &self.past].map(Timeline::kept);
        Counts {
            replayed: self.line.replayed() + self.past.replayed(),
            dropped_groups: self.line.dropped_groups() + self.past.dropped_groups(),
            kept: kept.iter().map(|kept| kept.len() as u64).sum(),
            kept_bytes: kept.iter().map(|kept| kept.bytes() as u64).sum(),
            is_behind: self.is_behind(),
            ..self.counts
        }
    }
}

/// The places of a timeline as the roll has them.
fn of(places: HashSet<u64>, lane: u64) -> HashSet<u64> {
    if lane == LINE { places } else { places.into_iter().map(|place| place | lane).collect() }
}
