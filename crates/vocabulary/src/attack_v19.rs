//! What ATT&CK v19 calls otherwise: it splits `defense-evasion` into `stealth` and
//! `defense-impairment` and gives new ids to what moved.

use crate::TechniqueId;
use std::sync::LazyLock;

/// A technique that v19 has in another place than v18, or only v19 has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct V19 {
    /// Its id in v19.
    pub id: &'static str,
    /// Its id in v18, by name and meaning; `None` when it is new.
    pub in_v18: Option<&'static str>,
    /// v19's short names of the tactics it serves.
    pub tactics: Vec<&'static str>,
    /// v19's name.
    pub name: &'static str,
}

static DIFFERENCES: LazyLock<Vec<V19>> = LazyLock::new(|| {
    include_str!("../data/attack-v19.tsv")
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| {
            let mut columns = line.split('\t');
            let (id, old, tactics, name) =
                (columns.next()?, columns.next()?, columns.next()?, columns.next()?);
            Some(V19 { id, in_v18: (old != "-").then_some(old), tactics: tactics.split(',').collect(), name })
        })
        .collect()
});

impl V19 {
    /// Everything that differs, in the order of v19's ids.
    pub fn differences() -> &'static [V19] {
        &DIFFERENCES
    }
}

impl TechniqueId {
    /// The same technique under the id that v18 has for it; new ones keep theirs.
    #[must_use]
    pub fn in_v18(self) -> TechniqueId {
        let at = DIFFERENCES.binary_search_by(|row| row.id.cmp(self.as_str()));
        match at.ok().and_then(|at| DIFFERENCES[at].in_v18) {
            Some(old) if old != self.as_str() => TechniqueId::parse(old).unwrap_or(self),
            _ => self,
        }
    }

    /// What v19 says of the technique where that is not what v18 says.
    pub fn v19(&self) -> Option<&'static V19> {
        DIFFERENCES.iter().find(|row| row.in_v18 == Some(self.as_str()) || row.id == self.as_str())
    }

    /// Its name, in v18 or else in v19.
    pub fn name(&self) -> Option<&'static str> {
        self.technique().map(|technique| technique.name).or_else(|| self.v19().map(|row| row.name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Tactic;
    use std::collections::BTreeSet;

    fn id(text: &str) -> TechniqueId {
        TechniqueId::parse(text).unwrap()
    }

    #[test]
    fn the_table_is_sorted_and_every_row_reads() {
        let rows = include_str!("../data/attack-v19.tsv").lines().filter(|l| !l.starts_with('#')).count();
        assert_eq!(DIFFERENCES.len(), rows);
        assert!(DIFFERENCES.is_sorted_by_key(|row| row.id));
        for row in V19::differences() {
            assert!(row.tactics.iter().all(|tactic| Tactic::parse(tactic).is_some()), "{row:?}");
            assert!(row.in_v18.is_none_or(|old| id(old).technique().is_some()), "{row:?}");
        }
        let old: Vec<_> = DIFFERENCES.iter().filter_map(|row| row.in_v18).collect();
        assert_eq!(old.len(), old.iter().collect::<BTreeSet<_>>().len(), "an id of v18 has two successors");
    }

    #[test]
    fn new_ids_are_known_by_their_old_ones() {
        for (new, old) in [("T1685.005", "T1070.001"), ("T1688", "T1562.009"), ("T1059.001", "T1059.001")] {
            assert_eq!(id(new).in_v18(), id(old));
        }
        assert_eq!(id("T1683").in_v18(), id("T1683"));
        assert_eq!(id("T1683").name(), Some("Generate Content"));
        assert_eq!(id("T1070.001").v19().map(|row| row.id), Some("T1685.005"));
        assert_eq!(id("T1014").v19().map(|row| row.tactics.as_slice()), Some(&["stealth"][..]));
        assert_eq!(id("T1059.001").v19(), None);
    }
}
