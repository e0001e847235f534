//! What people decided about incidents, and the parts into which alerts fall under that.

use crate::correlation::{Alert, JoinReason, Joined, join_counting};
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
    /// How often they decided.
    pub decisions: u64,
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

/// The parts of alerts; `fixed` stands beside each, `held` are the ids of incidents that are. Tells as well how
/// many pairs were looked at.
pub(super) fn parts(
    alerts: &[Arc<Alert>],
    fixed: &[Option<Fixed>],
    held: &HashSet<Arc<str>>,
) -> (Parts, usize) {
    if fixed.iter().all(Option::is_none) {
        let (joined, looked) = join_counting(alerts);
        let parts = joined.into_iter().map(|joined| Part { joined, id: None }).collect();
        return (Parts { parts, ..Parts::default() }, looked);
    }
    let mut out = Parts::default();
    let (free, looked_free) = among(alerts, |at| fixed[at].is_none());
    out.parts.extend(free.into_iter().map(|joined| Part { joined, id: None }));
    let mut kept: BTreeMap<Arc<str>, Vec<usize>> = BTreeMap::new();
    for (at, fixed) in fixed.iter().enumerate() {
        match fixed {
            Some(Fixed::Pinned(Some(id))) if !held.contains(id) => {
                out.added.entry(Arc::clone(id)).or_default().push(at);
            }
            Some(Fixed::Held(id) | Fixed::Pinned(Some(id))) => {
                kept.entry(Arc::clone(id)).or_default().push(at);
            }
            Some(Fixed::Pinned(None)) | None => {}
        }
    }
    let is_held = |at: usize| matches!(fixed[at], Some(Fixed::Held(_)));
    let (whole, looked) = among(alerts, |at| is_held(at) || fixed[at].is_none());
    for (id, members) in kept {
        let reasons = reasons_within(&whole, &members);
        out.parts.push(Part { joined: Joined { alerts: members, reasons }, id: Some(id) });
    }
    out.would = { whole.into_iter() }.filter(|joined| joined.alerts.iter().any(|at| is_held(*at))).collect();
    (out, looked_free + looked)
}

/// Joins some of the alerts only.
fn among(alerts: &[Arc<Alert>], takes: impl Fn(usize) -> bool) -> (Vec<Joined>, usize) {
    let places: Vec<usize> = (0..alerts.len()).filter(|at| takes(*at)).collect();
    let some: Vec<Arc<Alert>> = places.iter().map(|at| Arc::clone(&alerts[*at])).collect();
    let (mut joined, looked) = join_counting(&some);
    for one in &mut joined {
        one.alerts.iter_mut().for_each(|at| *at = places[*at]);
        for reason in &mut one.reasons {
            (reason.alert, reason.with) = (places[reason.alert], places[reason.with]);
        }
    }
    (joined, looked)
}

fn reasons_within(joined: &[Joined], members: &[usize]) -> Vec<JoinReason> {
    let members: BTreeSet<usize> = members.iter().copied().collect();
    let within = |reason: &&JoinReason| members.contains(&reason.alert) && members.contains(&reason.with);
    joined.iter().flat_map(|joined| &joined.reasons).filter(within).cloned().collect()
}
