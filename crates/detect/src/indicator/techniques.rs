//! What a list says of ATT&CK, put in order.

use super::set::Detail;
use cofferdam_vocabulary::{Tactic, TechniqueId};
use std::collections::BTreeSet;

/// A detail with these tactics and techniques; where no tactic is named, with the first of each
/// technique, as for rules.
pub(super) fn detail(
    tactics: impl Iterator<Item = Tactic>,
    techniques: impl Iterator<Item = TechniqueId>,
) -> Detail {
    let techniques: BTreeSet<TechniqueId> = techniques.collect();
    let mut tactics: BTreeSet<Tactic> = tactics.collect();
    if tactics.is_empty() {
        let known = techniques.iter().filter_map(TechniqueId::technique);
        tactics = known.filter_map(|technique| technique.tactics.first().copied()).collect();
    }
    Detail {
        tactics: tactics.into_iter().collect(),
        techniques: techniques.into_iter().collect(),
        ..Detail::default()
    }
}
