//! Alerts joined into incidents, each under a number that stays.

use super::decided::{Decided, Fixed, Part, Parts};
use super::job::{Job, JobDone, Known};
use super::roll::{LiveAlert, Roll};
use super::suggestion::{Suggestion, suggestions};
use crate::correlation::{AddressBook, Alert, Context, Incident, Joined, incident};
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
    state: Vec<Known>,
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
    pub decided: Decided,
    ready: HashMap<u64, Ready>,
    groups: BTreeMap<u64, LiveIncident>,
    of_alert: HashMap<u64, u64>,
    next: u64,
    changes: BTreeMap<u64, IncidentChange>,
    suggestions: Vec<Suggestion>,
    suggested: Vec<Suggestion>,
}

/// An alert in the form in which it is joined.
#[derive(Debug)]
struct Ready {
    from: Arc<Alert>,
    alert: Arc<Alert>,
}

/// A part with the number of its incident.
#[derive(Debug)]
struct Named {
    number: u64,
    /// The incident's id, where that is decided.
    id: Option<Arc<str>>,
    is_held: bool,
    joined: Joined,
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
    pub(super) fn remember(&mut self, alert: u64, id: &Arc<str>) {
        let number = self.number_of(id);
        self.of_alert.insert(alert, number);
        let group = self.groups.entry(number).or_insert_with(|| LiveIncident {
            number,
            recorded: Some(Arc::clone(id)),
            alerts: Vec::new(),
            reasons: Vec::new(),
            incident: Arc::new(incident::<Alert>(&[], &Joined::default(), &|_, _| Context::default())),
            state: Vec::new(),
        });
        group.alerts.push(alert);
    }

    /// The number of the incident that has this id, or a new one.
    fn number_of(&mut self, id: &Arc<str>) -> u64 {
        let known = self.groups.values().find(|group| group.recorded.as_ref() == Some(id));
        known.map(|group| group.number).unwrap_or_else(|| self.fresh())
    }

    fn fresh(&mut self) -> u64 {
        self.next += 1;
        self.next - 1
    }

    /// What seems to belong to incidents that nothing joins by itself.
    pub(super) fn suggestions(&self) -> &[Suggestion] {
        &self.suggestions
    }

    /// Those that are new since this was last asked.
    pub(super) fn suggested(&mut self) -> Vec<Suggestion> {
        std::mem::take(&mut self.suggested)
    }

    /// What is to be joined. Returns the steps it took as well.
    pub(super) fn begin(
        &mut self,
        roll: &Roll,
        addresses: &AddressBook,
        knowledge: &impl Knowledge,
    ) -> (Job, usize) {
        let mut order: Vec<&LiveAlert> = roll.alerts().collect();
        order.sort_by(|a, b| {
            let time = a.alert.first_seen.cmp(&b.alert.first_seen);
            let rule = time.then_with(|| a.alert.rule.id.cmp(&b.alert.rule.id));
            rule.then_with(|| a.place.cmp(&b.place)).then_with(|| a.key.cmp(&b.key))
        });
        let mut steps = order.len() / 16 + 1;
        let mut alerts: Vec<Arc<Alert>> = Vec::with_capacity(order.len());
        for live in &order {
            let (ready, is_new) = self.ready(live, knowledge);
            alerts.push(ready);
            steps += usize::from(is_new);
        }
        self.ready.retain(|number, _| roll.get(*number).is_some());
        addresses.tie_shared(&mut alerts);
        let fixed = order.iter().map(|live| self.fixed(live.number)).collect();
        let order = order.iter().map(|live| Known { number: live.number, version: live.version }).collect();
        let Decided { held, decisions, .. } = &self.decided;
        (Job { alerts, order, fixed, held: held.clone(), decisions: *decisions }, steps)
    }

    /// Takes in what alerts are joined to; not if people have decided otherwise meanwhile. Returns the steps it
    /// took, if it was taken.
    pub(super) fn accept(&mut self, done: JobDone, knowledge: &impl Knowledge) -> Option<usize> {
        let JobDone { alerts, order, parts, decisions, .. } = done;
        if decisions != self.decided.decisions {
            return None;
        }
        let (would, parts) = self.name(parts, &order);
        let known: HashMap<usize, (u64, bool)> = { parts.iter() }
            .flat_map(|part| part.joined.alerts.iter().map(|at| (*at, (part.number, part.is_held))))
            .collect();
        let steps = self.tell_all(&parts, &order, &alerts, knowledge);
        let number = |at: usize| order.get(at).map_or(u64::MAX, |known| known.number);
        let suggestions = suggestions(&would, |at| known.get(&at).copied(), number);
        let known = std::mem::replace(&mut self.suggestions, suggestions);
        let is_new = |one: &&Suggestion| {
            !known.iter().any(|known| (known.incident, known.other) == (one.incident, one.other))
        };
        self.suggested.extend(self.suggestions.iter().filter(is_new).cloned());
        Some(steps + order.len() / 16)
    }

    fn fixed(&self, alert: u64) -> Option<Fixed> {
        let held = &self.decided.held;
        match self.decided.pinned.get(&alert) {
            // What shares something with it is suggested, as with all that are in an incident that is held.
            Some(Some(id)) if held.contains(id) => return Some(Fixed::Held(Arc::clone(id))),
            Some(pinned) => return Some(Fixed::Pinned(pinned.clone())),
            None => {}
        }
        let group = self.groups.get(self.of_alert.get(&alert)?)?;
        let id = group.recorded.as_ref().filter(|id| self.decided.held.contains(*id))?;
        Some(Fixed::Held(Arc::clone(id)))
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

    /// Replaces the incidents, and tells what changed.
    fn tell_all(
        &mut self,
        parts: &[Named],
        order: &[Known],
        alerts: &[Arc<Alert>],
        knowledge: &impl Knowledge,
    ) -> usize {
        let mut former = std::mem::take(&mut self.groups);
        self.of_alert.clear();
        let mut steps = 0;
        let number_at = |at: usize| order.get(at).map_or(u64::MAX, |known| known.number);
        for Named { number, id, joined, .. } in parts {
            let number = *number;
            let members = || joined.alerts.iter().filter_map(|at| order.get(*at));
            let own: Vec<u64> = members().map(|known| known.number).collect();
            self.of_alert.extend(own.iter().map(|alert| (*alert, number)));
            let state: Vec<Known> = members().copied().collect();
            let known = former.remove(&number);
            if let Some(known) = known.as_ref().filter(|known| known.state == state) {
                self.groups.insert(number, known.clone());
                continue;
            }
            steps += own.len() / 2 + 1;
            let told = incident(alerts, joined, &|kind, value| knowledge.context(kind, value));
            let reasons = { joined.reasons.iter() }
                .map(|reason| Reason {
                    alert: number_at(reason.alert),
                    with: number_at(reason.with),
                    because: reason.because(),
                })
                .collect();
            self.tell(number, change(known.as_ref(), &own, &told));
            let recorded = known.and_then(|known| known.recorded).or_else(|| id.clone());
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

    /// Gives each part a number: that of its incident where this is decided, and else that under which most of
    /// its alerts are known. Tells as well which are held, and how alerts would fall if none were.
    fn name(&mut self, parts: Parts, order: &[Known]) -> (Vec<Joined>, Vec<Named>) {
        let Parts { parts, added, would } = parts;
        let mut names: Vec<Option<u64>> = Vec::with_capacity(parts.len());
        let mut taken = BTreeSet::new();
        for part in &parts {
            let number = part.id.as_ref().map(|id| self.number_of(id));
            taken.extend(number);
            names.push(number);
        }
        let mut shared: BTreeMap<(usize, u64), usize> = BTreeMap::new();
        for (index, part) in parts.iter().enumerate().filter(|(_, part)| part.id.is_none()) {
            for at in &part.joined.alerts {
                if let Some(former) = order.get(*at).and_then(|known| self.of_alert.get(&known.number)) {
                    *shared.entry((index, *former)).or_default() += 1;
                }
            }
        }
        let mut pairs: Vec<((usize, u64), usize)> = shared.into_iter().collect();
        pairs.sort_by_key(|((index, former), count)| (std::cmp::Reverse(*count), *former, *index));
        for ((index, former), _) in pairs {
            if let Some(name) = names.get_mut(index).filter(|name| name.is_none())
                && taken.insert(former)
            {
                *name = Some(former);
            }
        }
        let mut named: Vec<Named> = Vec::with_capacity(parts.len());
        for (Part { joined, id }, name) in parts.into_iter().zip(names) {
            let number = name.unwrap_or_else(|| self.fresh());
            named.push(Named { number, is_held: id.is_some(), id, joined });
        }
        for (id, alerts) in added {
            let number = self.number_of(&id);
            match named.iter_mut().find(|part| part.number == number) {
                Some(Named { joined, .. }) => {
                    joined.alerts.extend(alerts);
                    joined.alerts.sort_unstable();
                }
                None => {
                    let joined = Joined { alerts, reasons: Vec::new() };
                    named.push(Named { number, id: Some(id), is_held: false, joined });
                }
            }
        }
        (would, named)
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
