//! Alerts that the journal has from before this process, until the engine finds them again.

use crate::ledger::Lists;
use cofferdam_vocabulary::{AlertId, DedupKey, IncidentId};
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Silence after which the same rule on the same entities is another alert, as `detect` has it.
const WINDOW: SignedDuration = SignedDuration::from_mins(30);

/// Alerts of the journal, and what became of them.
#[derive(Default)]
pub struct Claims {
    free: HashMap<DedupKey, Vec<Free>>,
    /// By the engine's number: the incident in which the journal has the alert.
    former: HashMap<u64, IncidentId>,
}

struct Free {
    id: AlertId,
    span: Option<(Timestamp, Timestamp)>,
    incident: Option<IncidentId>,
}

impl Claims {
    /// All alerts that can be told again.
    pub fn of(lists: &Lists) -> Claims {
        let mut free: HashMap<DedupKey, Vec<Free>> = HashMap::new();
        for row in lists.keyed_alerts() {
            let Some(key) = row.dedup.filter(|_| row.merged_into.is_none()) else { continue };
            let span = row.count.first_seen.zip(row.count.last_seen);
            free.entry(key).or_default().push(Free { id: row.id, span, incident: row.incident });
        }
        Claims { free, former: HashMap::new() }
    }

    /// The journal's alert of this key and time, which is the engine's from now on.
    pub fn claim(
        &mut self,
        number: u64,
        key: DedupKey,
        first: Option<Timestamp>,
        last: Option<Timestamp>,
    ) -> Option<AlertId> {
        let at = self.place(key, first, last)?;
        let free = self.free.get_mut(&key)?;
        let claimed = free.swap_remove(at);
        if free.is_empty() {
            self.free.remove(&key);
        }
        if let Some(incident) = claimed.incident {
            self.former.insert(number, incident);
        }
        Some(claimed.id)
    }

    /// The alert that [`Claims::claim`] would give.
    pub fn look(&self, key: DedupKey, first: Option<Timestamp>, last: Option<Timestamp>) -> Option<AlertId> {
        let free = self.free.get(&key)?.get(self.place(key, first, last)?)?;
        Some(free.id)
    }

    fn place(&self, key: DedupKey, first: Option<Timestamp>, last: Option<Timestamp>) -> Option<usize> {
        self.free.get(&key)?.iter().position(|free| is_near(free.span, first.zip(last)))
    }

    /// The alert is in this incident of the journal.
    pub fn is_in(&mut self, number: u64, incident: Option<IncidentId>) {
        if let Some(incident) = incident {
            self.former.insert(number, incident);
        }
    }

    /// The journal's incident that has most of these alerts, unless it is taken.
    pub fn incident(&self, alerts: &[u64], taken: &BTreeSet<IncidentId>) -> Option<IncidentId> {
        let mut counts: BTreeMap<IncidentId, usize> = BTreeMap::new();
        for id in alerts.iter().filter_map(|alert| self.former.get(alert)).filter(|id| !taken.contains(id)) {
            *counts.entry(*id).or_default() += 1;
        }
        counts.into_iter().max_by_key(|(id, count)| (*count, std::cmp::Reverse(*id))).map(|(id, _)| id)
    }

    /// Incidents of the journal of which no alert is left in them, with the one that has most of these now.
    pub fn swallowed(&self, now: &HashMap<u64, IncidentId>) -> Vec<(IncidentId, IncidentId)> {
        let mut heirs: BTreeMap<IncidentId, BTreeMap<IncidentId, usize>> = BTreeMap::new();
        for (alert, former) in &self.former {
            if let Some(now) = now.get(alert) {
                *heirs.entry(*former).or_default().entry(*now).or_default() += 1;
            }
        }
        let alive: BTreeSet<IncidentId> = now.values().copied().collect();
        let gone = heirs.into_iter().filter(|(former, _)| !alive.contains(former));
        gone.filter_map(|(former, heirs)| {
            let (heir, _) = heirs.into_iter().max_by_key(|(id, count)| (*count, std::cmp::Reverse(*id)))?;
            Some((former, heir))
        })
        .collect()
    }

    /// Alerts that are in an incident of the engine's by now: where they were before need not be known any more.
    pub fn done(&mut self, now: &HashMap<u64, IncidentId>) {
        self.former.retain(|alert, _| !now.contains_key(alert));
    }
}

fn is_near(a: Option<(Timestamp, Timestamp)>, b: Option<(Timestamp, Timestamp)>) -> bool {
    let (Some((a_first, a_last)), Some((b_first, b_last))) = (a, b) else { return a == b };
    b_first.duration_since(a_last).max(a_first.duration_since(b_last)) <= WINDOW
}
