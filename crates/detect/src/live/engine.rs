//! Matches in, alerts and incidents out.

use super::credit::Credit;
use super::entry::{Delivered, Entry, Retained};
use super::grouping::{Grouping, IncidentChange, Knowledge, LiveIncident};
use super::roll::{LiveAlert, Roll, Stir, What};
use super::timeline::{Pushed, Timeline};
use crate::correlation::sigma::{Correlator, Limits};
use crate::correlation::{AddressBook, Alert, Context, WINDOW};
use crate::intake::Cause;
use crate::rule::RuleSet;
use cofferdam_vocabulary::EntityKind;
use hashbrown::HashMap;
use jiff::{SignedDuration, Timestamp};
use std::fmt;
use std::sync::Arc;

/// How often alerts are closed and old matches let go.
const SWEEP: SignedDuration = SignedDuration::from_secs(30);
/// How long alerts of which only the times changed wait to be joined anew.
const TIMES_WAIT: SignedDuration = SignedDuration::from_secs(1);

/// Bounds, and what is known beside what the logs say.
#[derive(Clone)]
pub struct Settings {
    /// How far back matches are kept, to be taken again with what comes late and after a restart; and alerts,
    /// to be joined with.
    pub horizon: SignedDuration,
    /// Matches kept.
    pub matches: usize,
    /// Bytes of matches kept, about.
    pub bytes: usize,
    /// Alerts kept.
    pub alerts: usize,
    /// Takes away ties that tie nothing, as [`crate::indicator::IndicatorSet::untie`] does.
    pub untie: Option<Arc<dyn Fn(&mut [Alert]) + Send + Sync>>,
    /// What is known of an entity.
    pub context: Option<Arc<dyn Fn(EntityKind, &str) -> Context + Send + Sync>>,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            horizon: SignedDuration::from_hours(26),
            matches: 200_000,
            bytes: 256 << 20,
            alerts: 200_000,
            untie: None,
            context: None,
        }
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("horizon", &self.horizon)
            .field("matches", &self.matches)
            .field("bytes", &self.bytes)
            .field("alerts", &self.alerts)
            .finish_non_exhaustive()
    }
}

impl Knowledge for Settings {
    fn untie(&self, alert: &mut Alert) {
        if let Some(untie) = &self.untie {
            untie(std::slice::from_mut(alert));
        }
    }

    fn context(&self, kind: EntityKind, value: &str) -> Context {
        self.context.as_ref().map_or_else(Context::default, |context| context(kind, value))
    }
}

/// What changed.
#[derive(Clone, Debug, Default)]
pub struct Changes {
    /// Alerts, by number.
    pub alerts: Vec<AlertChange>,
    /// Incidents, by number.
    pub incidents: Vec<(u64, IncidentChange)>,
}

/// An alert changed.
#[derive(Clone, Debug)]
pub struct AlertChange {
    /// What became of it.
    pub what: What,
    /// The alert as it stands, or as it last stood.
    pub alert: LiveAlert,
}

/// What was counted since the start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Matches taken in.
    pub taken: u64,
    /// Matches that came before, and were left out.
    pub doubled: u64,
    /// Matches of a time before the horizon, judged by themselves.
    pub too_late: u64,
    /// Matches let go because there were too many, before they were as old as the horizon.
    pub crowded_out: u64,
    /// Matches taken again because something came late.
    pub replayed: u64,
    /// Alerts no longer joined with, because there were too many.
    pub alerts_forgotten: u64,
    /// Groups that correlations had to forget because there were too many.
    pub dropped_groups: u64,
    /// Matches kept.
    pub kept: u64,
    /// Bytes of matches kept, about.
    pub kept_bytes: u64,
}

/// Alerts and incidents as matches come in.
#[derive(Debug)]
pub struct Live {
    settings: Settings,
    rules: Arc<RuleSet>,
    /// Says which values of fields correlations want.
    wants: Correlator,
    line: Timeline,
    roll: Roll,
    grouping: Grouping,
    addresses: AddressBook,
    credit: Credit,
    stir: Stir,
    joined_at: Option<Timestamp>,
    swept_at: Option<Timestamp>,
    counts: Counts,
}

impl Live {
    /// Nothing has happened yet.
    pub fn new(rules: Arc<RuleSet>, settings: Settings) -> Live {
        Live {
            settings,
            wants: Correlator::new(&rules, Limits::default()),
            line: Timeline::new(Arc::clone(&rules)),
            rules,
            roll: Roll::default(),
            grouping: Grouping::default(),
            addresses: AddressBook::default(),
            credit: Credit::default(),
            stir: Stir::Nothing,
            joined_at: None,
            swept_at: None,
            counts: Counts::default(),
        }
    }

    /// The state after these matches, in whatever order they are. Those whose rule is not in the set are
    /// left out.
    pub fn restore(
        rules: Arc<RuleSet>,
        settings: Settings,
        matches: impl IntoIterator<Item = Retained>,
        now: Timestamp,
    ) -> Live {
        let mut live = Live::new(rules, settings);
        let by_id: HashMap<Arc<str>, u32> =
            (0..).zip(&live.rules.rules).map(|(number, rule)| (Arc::clone(&rule.meta.id), number)).collect();
        let wants = live.wants.clone();
        let delivered = { matches.into_iter() }
            .filter_map(|kept| kept.deliver(|id| by_id.get(id).copied(), |rule| wants.wanted(rule)));
        let mut delivered: Vec<Delivered> = delivered.collect();
        delivered.sort_by_cached_key(|delivered| live.entry(delivered.clone()).place());
        for delivered in delivered {
            live.push(delivered, now);
        }
        live
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
        let pushed = self.line.push(entry, now);
        match pushed {
            Pushed::Taken => self.counts.taken += 1,
            Pushed::Double => self.counts.doubled += 1,
            Pushed::TooLate => self.counts.too_late += 1,
        }
        matches!(pushed, Pushed::Taken)
    }

    /// A match as it is written down.
    pub fn retain(&self, delivered: Delivered) -> Retained {
        let rule = delivered.found.rule();
        self.entry(delivered).retain(rule.map_or(&[], |rule| self.wants.wanted(rule)))
    }

    /// The same matches under other rules; alerts get other numbers.
    pub fn with_rules(self, rules: Arc<RuleSet>, now: Timestamp) -> Live {
        let matches: Vec<Retained> = self.retained().collect();
        let mut live = Live::restore(rules, self.settings, matches, now);
        live.addresses = self.addresses;
        live
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
        let done = self.line.run(now, &mut self.credit);
        if self.swept_at.is_none_or(|swept| now.duration_since(swept) >= SWEEP) {
            self.swept_at = Some(now);
            self.sweep(now);
        }
        let changed = self.line.changes();
        let stir = self.roll.follow(&changed, |place| self.line.alert(place));
        self.stir = self.stir.max(stir);
        let waited = self.joined_at.is_none_or(|joined| now.duration_since(joined) >= TIMES_WAIT);
        let wanted = match self.stir {
            Stir::Nothing => false,
            Stir::Times => waited,
            Stir::Alerts => true,
        };
        if wanted && self.credit.is_left() {
            let steps = self.grouping.join(&self.roll, &self.addresses, &self.settings);
            self.credit.spend(steps);
            (self.stir, self.joined_at) = (Stir::Nothing, Some(now));
        }
        self.next_call(now, done)
    }

    fn next_call(&self, now: Timestamp, done: bool) -> Timestamp {
        let soon = |span: SignedDuration| now.checked_add(span).unwrap_or(now);
        if let Some(back) = self.credit.back_at(now).filter(|_| !done || self.stir > Stir::Nothing) {
            return back;
        }
        match (done, self.stir) {
            (false, _) | (true, Stir::Alerts) => now,
            (true, Stir::Times) => soon(TIMES_WAIT),
            (true, Stir::Nothing) => soon(SignedDuration::from_secs(1)),
        }
    }

    fn sweep(&mut self, now: Timestamp) {
        let Settings { horizon, matches, bytes, alerts, .. } = self.settings;
        let oldest = now.checked_sub(horizon).unwrap_or(Timestamp::MIN);
        self.line.close();
        let crowded = &mut self.counts.crowded_out;
        self.line.leave_behind(|kept, place| {
            let is_old = place.at < oldest;
            let is_crowded = kept.len() > matches || kept.bytes() > bytes;
            *crowded += u64::from(is_crowded && !is_old);
            is_old || is_crowded
        });
        if let Ok(over) = now.checked_sub(WINDOW.saturating_add(Limits::default().lateness)) {
            self.roll.close(over);
        }
        let forgotten = self.roll.forget(oldest, alerts);
        self.counts.alerts_forgotten += forgotten.1;
        if forgotten != (0, 0) {
            self.stir = self.stir.max(Stir::Times);
        }
    }

    /// What changed since this was last asked.
    pub fn changes(&mut self) -> Changes {
        let alerts = self.roll.changes().into_iter().filter_map(|(number, (what, last))| {
            let alert = last.or_else(|| self.roll.get(number).cloned())?;
            Some(AlertChange { what, alert })
        });
        Changes { alerts: alerts.collect(), incidents: self.grouping.changes().into_iter().collect() }
    }

    /// The alerts that are joined with.
    pub fn alerts(&self) -> impl Iterator<Item = &LiveAlert> {
        self.roll.alerts()
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

    /// The incident was recorded under this id.
    pub fn record_incident(&mut self, number: u64, id: &str) {
        self.grouping.record(number, id.into());
    }

    /// The alert was recorded as part of this incident, before this engine lived. To be told after
    /// [`Live::restore`] and before the first [`Live::changes`] that follows.
    pub fn remember_incident(&mut self, alert: u64, id: &str) {
        self.grouping.remember(alert, id.into());
    }

    /// The matches that are kept, as they are written down, in the order of time.
    pub fn retained(&self) -> impl Iterator<Item = Retained> {
        let kept = self.line.kept();
        kept.after(None).filter_map(|(_, handle)| kept.entry(handle)).map(|entry| {
            let rule = entry.given.found.rule();
            entry.retain(rule.map_or(&[], |rule| self.wants.wanted(rule)))
        })
    }

    /// What was counted.
    pub fn counts(&self) -> Counts {
        Counts {
            replayed: self.line.replayed(),
            dropped_groups: self.line.dropped_groups(),
            kept: self.line.kept().len() as u64,
            kept_bytes: self.line.kept().bytes() as u64,
            ..self.counts
        }
    }
}
