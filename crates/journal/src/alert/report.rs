//! What is known of an alert, within the bounds of a fact.

use super::source::AlertSource;
use crate::personal::Personal;
use cofferdam_vocabulary::{ContentHash, DedupKey, EntityKind, Level, Role, Tactic, TechniqueId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Entities that one alert keeps.
pub const ENTITIES: usize = 100;
/// Records that one alert names; the total is counted.
pub const RECORDS: usize = 10;
/// Characters of a rule's id and title.
const RULE_TEXT: usize = 200;
/// Tactics and techniques of one rule.
const ATTACK_IDS: usize = 50;

/// What is known of an alert.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlertReport {
    /// The rule that fired.
    pub rule: Rule,
    /// How bad.
    pub level: Level,
    /// ATT&CK tactics of the rule.
    pub tactics: Vec<Tactic>,
    /// ATT&CK techniques of the rule.
    pub techniques: Vec<TechniqueId>,
    /// Who and what it is about.
    pub entities: BTreeSet<EntityRecord>,
    /// Some of the records behind it.
    pub records: Vec<Record>,
    /// How often, and when.
    #[serde(flatten)]
    pub count: Count,
    /// Who or what raised it.
    #[serde(default, skip_serializing_if = "AlertSource::is_rule")]
    pub source: AlertSource,
    /// What the product says that raised it.
    #[serde(default, skip_serializing_if = "AlertStatus::is_open")]
    pub status: AlertStatus,
    /// What tells it from others when it is told again; none of what cannot be told again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dedup: Option<DedupKey>,
}

/// Whether whoever raised an alert still stands by it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AlertStatus {
    /// It stands.
    #[default]
    Open,
    /// Where it came from, it was closed.
    Closed,
}

/// What is said anew of an alert; none of what stays as it was.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Revision {
    /// How bad it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub level: Option<Level>,
    /// What its rule is called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<Personal>,
    /// Whether it stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<AlertStatus>,
}

/// The rule behind an alert.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rule {
    /// Its id.
    pub id: String,
    /// What an analyst calls it. A rule of another product is named by what that product's log says.
    pub title: Personal,
}

/// How often an alert's rule fired, and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Count {
    /// Matches.
    pub matches: u64,
    /// Occurrences behind the matches.
    pub occurrences: u64,
    /// Time of the first; none when no record says.
    pub first_seen: Option<Timestamp>,
    /// Time of the last.
    pub last_seen: Option<Timestamp>,
    /// All of it was only tried.
    pub attempt: bool,
}

/// A host, account, address … and the part it played.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct EntityRecord {
    /// What it is.
    pub kind: EntityKind,
    /// Which one.
    pub value: Personal,
    /// The part it played.
    pub role: Role,
}

/// A record of a log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// The file as it was read.
    pub file: Personal,
    /// The evidence that this file is, or that it is a member of; none when it was not read to its end.
    pub evidence: Option<ContentHash>,
    /// Line or record number in it.
    pub record: u64,
    /// When it happened.
    pub time: Option<Timestamp>,
    /// What it says, in one line.
    pub what: Personal,
}

impl AlertReport {
    /// The report within the bounds of a fact: long lists and texts are cut.
    pub(super) fn bounded(mut self) -> AlertReport {
        self.rule.id = self.rule.id.chars().take(RULE_TEXT).collect();
        if let Personal::Known(title) = &mut self.rule.title {
            *title = title.chars().take(RULE_TEXT).collect();
        }
        self.tactics.truncate(ATTACK_IDS);
        self.techniques.truncate(ATTACK_IDS);
        self.records.truncate(RECORDS);
        self.entities = self.entities.into_iter().take(ENTITIES).collect();
        self
    }

    /// What `new` says otherwise. A title that was erased stays so: nothing is compared with it, and it is not said again.
    pub(super) fn revised(&self, new: &AlertReport) -> Option<Revision> {
        let says_more = self.rule.title.known().is_some() && self.rule.title != new.rule.title;
        let revision = Revision {
            level: Some(new.level).filter(|level| *level != self.level),
            title: says_more.then(|| new.rule.title.clone()),
            status: Some(new.status).filter(|status| *status != self.status),
        };
        Some(revision).filter(|revision| *revision != Revision::default())
    }

    pub(super) fn revise(&mut self, revision: &Revision) {
        self.level = revision.level.unwrap_or(self.level);
        self.status = revision.status.unwrap_or(self.status);
        if let Some(title) = &revision.title {
            self.rule.title = title.clone();
        }
    }
}

impl AlertStatus {
    /// It stands, which need not be said.
    pub(crate) fn is_open(&self) -> bool {
        *self == AlertStatus::Open
    }

    /// As it is shown.
    pub fn as_str(self) -> &'static str {
        match self {
            AlertStatus::Open => "open",
            AlertStatus::Closed => "closed",
        }
    }
}
