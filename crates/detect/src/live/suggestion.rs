//! What would have been joined if people had not taken over.

use crate::correlation::{JoinReason, Joined};
use std::collections::{BTreeMap, BTreeSet};

/// Something seems to belong to an incident that nothing joins by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suggestion {
    /// The incident, by its number.
    pub incident: u64,
    /// What seems to belong to it.
    pub other: Suggested,
    /// What they share, for people.
    pub because: String,
}

/// What is suggested to belong to an incident.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Suggested {
    /// An alert that is in no incident.
    Alert(u64),
    /// Another incident.
    Incident(u64),
}

/// The suggestions: `would` is how alerts would be joined, `incident` tells in which incident an alert is and
/// whether that is held, `number` an alert's number.
pub(super) fn suggestions(
    would: &[Joined],
    incident: impl Fn(usize) -> Option<(u64, bool)>,
    number: impl Fn(usize) -> u64,
) -> Vec<Suggestion> {
    let mut out = BTreeMap::new();
    for joined in would {
        let of = |at: usize| {
            incident(at)
                .map_or_else(|| Suggested::Alert(number(at)), |(number, _)| Suggested::Incident(number))
        };
        let all: BTreeSet<Suggested> = joined.alerts.iter().map(|at| of(*at)).collect();
        let held: BTreeSet<u64> = { joined.alerts.iter() }
            .filter_map(|at| incident(*at))
            .filter_map(|(number, held)| held.then_some(number))
            .collect();
        for &one in &held {
            for &other in &all {
                // Of two that are held, the later is suggested for the earlier.
                let told = match other {
                    Suggested::Incident(other) => other == one || (held.contains(&other) && other < one),
                    Suggested::Alert(_) => false,
                };
                if !told {
                    let because =
                        because(joined, |at| of(at) == Suggested::Incident(one), |at| of(at) == other);
                    out.insert((one, other), because);
                }
            }
        }
    }
    { out.into_iter() }.map(|((incident, other), because)| Suggestion { incident, other, because }).collect()
}

/// What ties the two directly, or else what ties the other to something in between.
fn because(joined: &Joined, one: impl Fn(usize) -> bool, other: impl Fn(usize) -> bool) -> String {
    let ends = |reason: &JoinReason| [(reason.alert, reason.with), (reason.with, reason.alert)];
    let direct = |reason: &&JoinReason| ends(reason).iter().any(|(a, b)| one(*a) && other(*b));
    let touching = |reason: &&JoinReason| ends(reason).iter().any(|(a, _)| other(*a));
    let reasons = &joined.reasons;
    let found = reasons.iter().find(direct).or_else(|| reasons.iter().find(touching));
    found.map(JoinReason::because).unwrap_or_default()
}
