//! Which techniques alerts name under a tactic.

use cofferdam_detect::correlation::Alert;
use cofferdam_vocabulary::{Tactic, TechniqueId};
use std::collections::BTreeMap;

/// Techniques that the alerts of a tactic name and that serve it, with how many alerts name each.
pub(crate) fn by_technique<'a>(tactic: Tactic, alerts: &[&'a Alert]) -> Vec<(&'a TechniqueId, u64)> {
    let mut counts: BTreeMap<&TechniqueId, u64> = BTreeMap::new();
    for alert in alerts.iter().filter(|alert| alert.tactics.contains(&tactic)) {
        let serves =
            |id: &&TechniqueId| id.technique().is_none_or(|technique| technique.tactics.contains(&tactic));
        for id in alert.techniques.iter().filter(serves) {
            *counts.entry(id).or_default() += 1;
        }
    }
    counts.into_iter().collect()
}
