//! Alerts joined into incidents, each under a number that stays.

use super::roll::{LiveAlert, Roll};
use crate::correlation::{AddressBook, Alert, Context, Incident, Joined, incident, join};
use cofferdam_vocabulary::EntityKind;
use hashbrown::HashMap;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// An incident as it stands.
#[derive(Clone, Debug)]
pub struct LiveIncident {
    /// Its number, as long as this engine lives.
    pub number: u64,
    /// Under which id it was recorded, once it was.
    pub recorded: Option<Arc<str>>,
    /// Its alerts, in the order of time.
    pub alerts: Vec<u64>,
    /// Why each but the first belongs to it.
    pub reasons: Vec<Reason>,
    /// What there is to tell of it, but for its timeline. Alerts are named by their numbers; it has no id.
    pub incident: Arc<Incident>,
    /// Which state of its alerts it tells of.
    state: Vec<(u64, u64)>,
}

/// Why an alert belongs to an incident.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    /// The alert.
    pub alert: u64,
    /// The alert with which it shares something.
    pub with: u64,
    /// What they share, and how far apart they are.
    pub because: String,
}

/// What became of an incident.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IncidentChange {
    /// It is new.
    Formed,
    /// Its times changed, or how often things were seen.
    Counted,
    /// Its alerts changed, or what is told of it.
    Changed,
    /// Another has most of its alerts now.
    Merged {
        /// The other's number.
        into: u64,
    },
    /// Nothing of it is left.
    Gone,
}

/// What is known beside what the logs say.
pub(super) trait Knowledge {
    /// Takes ties away that tie nothing.
    fn untie(&self, alert: &mut Alert);
    /// What is known of an entity.
    fn context(&self, kind: EntityKind, value: &str) -> Context;
}

/// Incidents by number, and which alert is whose.
#[derive(Debug, Default)]
pub(super) struct Grouping {
    ready: HashMap<u64, Ready>,
    groups: BTreeMap<u64, LiveIncident>,
    of_alert: HashMap<u64, u64>,
    next: u64,
    changes: BTreeMap<u64, IncidentChange>,
    /// By alert: the incident in which it was recorded before this engine lived.
    before: HashMap<u64, Arc<str>>,
}

/// An alert in the form in which it is joined.
#[derive(Debug)]
struct Ready {
    from: Arc<Alert>,
    alert: Arc<Alert>,
}

impl Grouping {
    pub(super) fn incidents(&self) -> impl Iterator<Item = &LiveIncident> {
        self.groups.values()
    }

    pub(super) fn get(&self, number: u64) -> Option<&LiveIncident> {
        self.groups.get(&number)
    }

    pub(super) fn of_alert(&self, alert: u64) -> Option<u64> {
        self.of_alert.get(&alert).copied()
    }

    /// What changed since this was last asked, by number.
    pub(super) fn changes(&mut self) -> BTreeMap<u64, IncidentChange> {
        std::mem::take(&mut self.changes)
    }

    /// The incident was recorded under an id.
    pub(super) fn record(&mut self, number: u64, id: Arc<str>) {
        if let Some(group) = self.groups.get_mut(&number) {
            group.recorded = Some(id);
        }
    }

    /// The alert was recorded as part of an incident before.
    pub(super) fn remember(&mut self, alert: u64, id: Arc<str>) {
        self.before.insert(alert, id);
    }

    /// Joins the alerts anew. Returns the steps it took.
    pub(super) fn join(&mut self, roll: &Roll, addresses: &AddressBook, knowledge: &impl Knowledge) -> usize {
        let mut order: Vec<&LiveAlert> = roll.alerts().collect();
        order.sort_by(|a, b| {
            let key =
                |alert: &LiveAlert| (alert.alert.first_seen, Arc::clone(&alert.alert.rule.id), alert.place);
            key(a).cmp(&key(b))
        });
        let mut steps = order.len() + 1;
        let mut alerts: Vec<Arc<Alert>> = Vec::with_capacity(order.len());
        for live in &order {
            let (ready, is_new) = self.ready(live, knowledge);
            alerts.push(ready);
            steps += usize::from(is_new) * 8;
        }
        self.ready.retain(|number, _| roll.get(*number).is_some());
        addresses.tie_shared(&mut alerts);
        let joined = join(&alerts);
        let numbers: Vec<u64> = order.iter().map(|live| live.number).collect();
        let states: Vec<u64> = order.iter().map(|live| live.version).collect();
        steps += self.identify(&joined, &numbers, &states, &alerts, knowledge);
        steps
    }

    fn ready(&mut self, live: &LiveAlert, knowledge: &impl Knowledge) -> (Arc<Alert>, bool) {
        if let Some(known) = self.ready.get(&live.number)
            && Arc::ptr_eq(&known.from, &live.alert)
        {
            return (Arc::clone(&known.alert), false);
        }
        let mut alert = (*live.alert).clone().settled();
        alert.id = live.number.to_string();
        knowledge.untie(&mut alert);
        let alert = Arc::new(alert);
        let ready = Ready { from: Arc::clone(&live.alert), alert: Arc::clone(&alert) };
        self.ready.insert(live.number, ready);
        (alert, true)
    }

    /// Gives each group the number under which most of its alerts are known, and tells what changed.
    fn identify(
        &mut self,
        joined: &[Joined],
        numbers: &[u64],
        states: &[u64],
        alerts: &[Arc<Alert>],
        knowledge: &impl Knowledge,
    ) -> usize {
        let names = self.names(joined, numbers);
        let mut former = std::mem::take(&mut self.groups);
        self.of_alert.clear();
        let mut steps = 0;
        for (joined, number) in joined.iter().zip(names) {
            let own: Vec<u64> = joined.alerts.iter().filter_map(|at| numbers.get(*at)).copied().collect();
            self.of_alert.extend(own.iter().map(|alert| (*alert, number)));
            let state: Vec<(u64, u64)> =
                joined.alerts.iter().filter_map(|at| Some((*numbers.get(*at)?, *states.get(*at)?))).collect();
            let known = former.remove(&number);
            if let Some(known) = known.as_ref().filter(|known| known.state == state) {
                self.groups.insert(number, known.clone());
                continue;
            }
            steps += own.len() * 4;
            let told = incident(alerts, joined, &|kind, value| knowledge.context(kind, value));
            let number_at = |at: usize| numbers.get(at).copied().unwrap_or(u64::MAX);
            let reasons = { joined.reasons.iter() }
                .map(|reason| Reason {
                    alert: number_at(reason.alert),
                    with: number_at(reason.with),
                    because: reason.because(),
                })
                .collect();
            let recorded =
                { known.as_ref() }.map_or_else(|| self.recorded_before(&own), |known| known.recorded.clone());
            self.tell(number, change(known.as_ref(), &own, &told));
            let incident = Arc::new(told);
            self.groups
                .insert(number, LiveIncident { number, recorded, alerts: own, reasons, incident, state });
        }
        for (number, gone) in former {
            self.lose(number, &gone);
        }
        steps
    }

    fn tell(&mut self, number: u64, change: IncidentChange) {
        let told = self.changes.entry(number).or_insert(change);
        if *told == IncidentChange::Counted {
            *told = change;
        }
    }

    fn lose(&mut self, number: u64, gone: &LiveIncident) {
        let mut heirs: BTreeMap<u64, usize> = BTreeMap::new();
        for heir in gone.alerts.iter().filter_map(|alert| self.of_alert.get(alert)) {
            *heirs.entry(*heir).or_default() += 1;
        }
        let heir = heirs.into_iter().max_by_key(|(heir, count)| (*count, std::cmp::Reverse(*heir)));
        let change = heir.map_or(IncidentChange::Gone, |(into, _)| IncidentChange::Merged { into });
        // What was never told need not be taken back.
        if self.changes.get(&number) == Some(&IncidentChange::Formed) {
            self.changes.remove(&number);
        } else {
            self.changes.insert(number, change);
        }
    }

    /// A number for each group: those that share most alerts with a former one are that.
    fn names(&mut self, joined: &[Joined], numbers: &[u64]) -> Vec<u64> {
        let mut shared: BTreeMap<(usize, u64), usize> = BTreeMap::new();
        for (index, joined) in joined.iter().enumerate() {
            for former in { joined.alerts.iter() }.filter_map(|at| self.of_alert.get(numbers.get(*at)?)) {
                *shared.entry((index, *former)).or_default() += 1;
            }
        }
        let mut pairs: Vec<((usize, u64), usize)> = shared.into_iter().collect();
        pairs.sort_by_key(|((index, former), count)| (std::cmp::Reverse(*count), *former, *index));
        let mut names: Vec<Option<u64>> = vec![None; joined.len()];
        let mut taken = BTreeSet::new();
        for ((index, former), _) in pairs {
            if let Some(name) = names.get_mut(index).filter(|name| name.is_none())
                && taken.insert(former)
            {
                *name = Some(former);
            }
        }
        let mut fresh = || {
            self.next += 1;
            self.next - 1
        };
        names.into_iter().map(|name| name.unwrap_or_else(&mut fresh)).collect()
    }

    /// The id under which most of the alerts were recorded before, unless another incident has it.
    fn recorded_before(&self, alerts: &[u64]) -> Option<Arc<str>> {
        let mut counts: BTreeMap<&Arc<str>, usize> = BTreeMap::new();
        for id in alerts.iter().filter_map(|alert| self.before.get(alert)) {
            *counts.entry(id).or_default() += 1;
        }
        let has = |id: &Arc<str>| self.groups.values().any(|group| group.recorded.as_ref() == Some(id));
        let free = counts.into_iter().filter(|(id, _)| !has(id));
        free.max_by_key(|(id, count)| (*count, std::cmp::Reverse(*id))).map(|(id, _)| Arc::clone(id))
    }
}

fn change(known: Option<&LiveIncident>, alerts: &[u64], told: &Incident) -> IncidentChange {
    let Some(known) = known else { return IncidentChange::Formed };
    let before = &known.incident;
    let scope = |incident: &Incident| -> Vec<(EntityKind, String, BTreeSet<_>)> {
        incident.scope.iter().map(|entry| (entry.kind, entry.value.clone(), entry.roles.clone())).collect()
    };
    let same = known.alerts == alerts
        && before.title == told.title
        && before.severity == told.severity
        && before.severity_reasons == told.severity_reasons
        && scope(before) == scope(told);
    if same { IncidentChange::Counted } else { IncidentChange::Changed }
}
