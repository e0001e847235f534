//! Alerts that did not come of matches: other products raised them, or people.

use crate::correlation::{Alert, Evidence, RuleHead, tie};
use cofferdam_vocabulary::{Entity, Level, Tactic, TechniqueId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

/// An alert that is joined with those of rules by the same ties.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ForeignAlert {
    /// What tells it from others. One that is put again replaces what was put before.
    pub dedup: String,
    /// The rule of the product, or what stands for it.
    pub rule: RuleHead,
    /// How bad.
    pub level: Level,
    /// When it began; when it arrived, where nobody says.
    pub first_seen: Timestamp,
    /// When it was last seen.
    pub last_seen: Timestamp,
    /// How often.
    pub count: u64,
    /// ATT&CK tactics.
    #[serde(default)]
    pub tactics: Vec<Tactic>,
    /// ATT&CK techniques.
    #[serde(default)]
    pub techniques: Vec<TechniqueId>,
    /// What it is about, in the forms that [`Entity`] asks for.
    pub entities: Vec<Entity>,
    /// The source's name.
    pub source: Arc<str>,
    /// Number of the record in the spool.
    pub record: u64,
    /// What it says, in one line.
    pub what: String,
    /// It tells of an attempt only.
    #[serde(default)]
    pub attempt: bool,
    /// The product that raised it; none of what was recorded under an id of its own before it came here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product: Option<String>,
    /// Where it came from, it was closed.
    #[serde(default)]
    pub closed: bool,
}

impl ForeignAlert {
    /// As alerts of rules are.
    pub(super) fn alert(&self) -> Alert {
        let mut ties: Vec<_> = self.entities.iter().filter_map(tie).collect();
        ties.sort_unstable();
        ties.dedup();
        let (first, last) = (self.first_seen.min(self.last_seen), self.last_seen.max(self.first_seen));
        let evidence = Evidence {
            file: Arc::clone(&self.source),
            record: self.record,
            time: Some(last),
            what: self.what.clone(),
        };
        Alert {
            id: String::new(),
            rule: self.rule.clone(),
            level: self.level,
            first_seen: Some(first),
            last_seen: Some(last),
            count: self.count.max(1),
            occurrences: self.count.max(1),
            tactics: self.tactics.clone(),
            techniques: self.techniques.clone(),
            entities: self.entities.clone(),
            fields: BTreeMap::new(),
            evidence: vec![evidence],
            evidence_total: self.count.max(1),
            incident: None,
            ties,
            on_domain_controller: false,
            attempt: self.attempt,
            since: Some(first),
        }
    }
}
