//! What people decided about incidents, and the parts into which alerts fall under that.

use crate::correlation::{Alert, JoinReason, Joined, join};
use hashbrown::{HashMap, HashSet};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Incidents that nothing joins by itself any more, and alerts that people put somewhere.
#[derive(Debug, Default)]
pub(super) struct Decided {
    /// Ids of incidents.
    pub held: HashSet<Arc<str>>,
    /// By alert: the id of its incident, or that it is in none.
    pub pinned: HashMap<u64, Option<Arc<str>>>,
}

/// Where an alert belongs by decision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Fixed {
    /// In an incident that is held.
    Held(Arc<str>),
    /// Where people put it.
    Pinned(Option<Arc<str>>),
}

/// Alerts that are one incident.
#[derive(Debug)]
pub(super) struct Part {
    pub joined: Joined,
    /// The incident's id, where that is decided.
    pub id: Option<Arc<str>>,
}

/// How alerts fall into incidents.
#[derive(Debug, Default)]
pub(super) struct Parts {
    pub parts: Vec<Part>,
    /// Alerts that people put into incidents that go on joining, by the incident's id.
    pub added: BTreeMap<Arc<str>, Vec<usize>>,
    /// How they would fall if nothing were held: only those groups that hold something held.
    pub would: Vec<Joined>,
}

impl Decided {
    /// The parts of alerts; `fixed` stands beside each.
    pub(super) fn parts(&self, alerts: &[Arc<Alert>], fixed: &[Option<Fixed>]) -> Parts {
        if fixed.iter().all(Option::is_none) {
            let parts = join(alerts).into_iter().map(|joined| Part { joined, id: None }).collect();
            return Parts { parts, ..Parts::default() };
        }
        let mut out = Parts::default();
        for joined in among(alerts, |at| fixed[at].is_none()) {
            out.parts.push(Part { joined, id: None });
        }
        let mut held: BTreeMap<Arc<str>, Vec<usize>> = BTreeMap::new();
        for (at, fixed) in fixed.iter().enumerate() {
            match fixed {
                Some(Fixed::Pinned(Some(id))) if !self.held.contains(id) => {
                    out.added.entry(Arc::clone(id)).or_default().push(at);
                }
                Some(Fixed::Held(id) | Fixed::Pinned(Some(id))) => {
                    held.entry(Arc::clone(id)).or_default().push(at);
                }
                Some(Fixed::Pinned(None)) | None => {}
            }
        }
        let is_held = |at: usize| matches!(fixed[at], Some(Fixed::Held(_)));
        let whole = among(alerts, |at| is_held(at) || fixed[at].is_none());
        for (id, members) in held {
            let reasons = reasons_within(&whole, &members);
            out.parts.push(Part { joined: Joined { alerts: members, reasons }, id: Some(id) });
        }
        out.would =
            { whole.into_iter() }.filter(|joined| joined.alerts.iter().any(|at| is_held(*at))).collect();
        out
    }
}

/// Joins some of the alerts only.
fn among(alerts: &[Arc<Alert>], takes: impl Fn(usize) -> bool) -> Vec<Joined> {
    let places: Vec<usize> = (0..alerts.len()).filter(|at| takes(*at)).collect();
    let some: Vec<Arc<Alert>> = places.iter().map(|at| Arc::clone(&alerts[*at])).collect();
    let mut joined = join(&some);
    for one in &mut joined {
        one.alerts.iter_mut().for_each(|at| *at = places[*at]);
        for reason in &mut one.reasons {
            (reason.alert, reason.with) = (places[reason.alert], places[reason.with]);
        }
    }
    joined
}

fn reasons_within(joined: &[Joined], members: &[usize]) -> Vec<JoinReason> {
    let members: BTreeSet<usize> = members.iter().copied().collect();
    let within = |reason: &&JoinReason| members.contains(&reason.alert) && members.contains(&reason.with);
    joined.iter().flat_map(|joined| &joined.reasons).filter(within).cloned().collect()
}
