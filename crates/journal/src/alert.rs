//! An alert as the journal has it: what fired, how often, about whom.

use crate::aggregate::Aggregate;
use crate::fact::Fact;
use crate::personal::Personal;
use cofferdam_vocabulary::{ContentHash, EntityKind, Level, Role, Tactic, TechniqueId};
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

/// One alert, as its facts tell.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Alert {
    /// What is known of it now; none before it was raised.
    pub known: Option<AlertReport>,
}

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

/// Asked of an alert.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AlertIntent {
    /// This is what is known of it now.
    Report(Box<AlertReport>),
}

/// Why an intent was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AlertRefusal {
    /// Another rule's alert has this number.
    #[error("this is an alert of the rule `{known}`, not of `{given}`")]
    OtherRule {
        /// The rule that it is an alert of.
        known: String,
        /// The rule given now.
        given: String,
    },
    /// What was counted cannot be taken back.
    #[error("the alert has {known} matches already, and {given} were reported")]
    Fewer {
        /// As recorded.
        known: u64,
        /// As given now.
        given: u64,
    },
}

impl AlertReport {
    /// The report within the bounds of a fact: long lists and texts are cut.
    fn bounded(mut self) -> AlertReport {
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
}

impl Aggregate for Alert {
    type Intent = AlertIntent;
    type Refusal = AlertRefusal;

    fn decide(&self, intent: AlertIntent) -> Result<Vec<Fact>, AlertRefusal> {
        let AlertIntent::Report(new) = intent;
        let new = new.bounded();
        let Some(old) = &self.known else { return Ok(vec![Fact::AlertRaised(Box::new(new))]) };
        if new.rule.id != old.rule.id {
            return Err(AlertRefusal::OtherRule { known: old.rule.id.clone(), given: new.rule.id });
        }
        if new.count.matches < old.count.matches {
            return Err(AlertRefusal::Fewer { known: old.count.matches, given: new.count.matches });
        }
        let mut facts = Vec::new();
        if new.count != old.count {
            facts.push(Fact::AlertCounted(new.count));
        }
        let room = ENTITIES.saturating_sub(old.entities.len());
        // An entity that was erased cannot be told from a new one: alerts with such take no more of them.
        let erased = old.entities.iter().any(|entity| entity.value.known().is_none());
        let entities: BTreeSet<EntityRecord> = new
            .entities
            .into_iter()
            .filter(|entity| !erased && !old.entities.contains(entity))
            .take(room)
            .collect();
        if !entities.is_empty() {
            facts.push(Fact::AlertConcerns { entities });
        }
        Ok(facts)
    }

    fn evolve(mut self, fact: &Fact) -> Alert {
        match (fact, &mut self.known) {
            (Fact::AlertRaised(report), _) => self.known = Some((**report).clone()),
            (Fact::AlertCounted(count), Some(known)) => known.count = *count,
            (Fact::AlertConcerns { entities }, Some(known)) => {
                known.entities.extend(entities.iter().cloned());
            }
            _ => {}
        }
        self
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// An alert about one account, after so many matches.
    pub fn report(account: &str, matches: u64) -> AlertReport {
        let value = Personal::of(account);
        let time = Timestamp::from_second(1_700_000_000).ok();
        AlertReport {
            rule: Rule { id: "ssh-brute-force".to_owned(), title: Personal::of("SSH brute force") },
            level: Level::Medium,
            tactics: vec![Tactic::InitialAccess],
            techniques: vec![],
            entities: [EntityRecord { kind: EntityKind::Account, value, role: Role::Target }].into(),
            records: vec![],
            count: Count { matches, occurrences: matches, first_seen: time, last_seen: time, attempt: true },
        }
    }

    #[track_caller]
    fn check(before: Option<AlertReport>, now: AlertReport, want: &str) {
        let facts: Vec<Fact> = before.map(|report| Fact::AlertRaised(Box::new(report))).into_iter().collect();
        let got = match Alert::replay(&facts).decide(AlertIntent::Report(Box::new(now))) {
            Ok(facts) => facts.iter().map(Fact::kind).collect::<Vec<_>>().join(", "),
            Err(refusal) => format!("refused: {refusal}"),
        };
        assert_eq!(got, want);
    }

    #[test]
    fn only_what_changed_is_recorded() {
        check(None, report("kim", 1), "alert-raised/1");
        check(Some(report("kim", 1)), report("kim", 1), "");
        check(Some(report("kim", 1)), report("kim", 4), "alert-counted/1");
        check(Some(report("kim", 1)), report("lee", 4), "alert-counted/1, alert-concerns/1");
    }

    #[test]
    fn what_cannot_be_is_refused() {
        let mut other = report("kim", 3);
        other.rule.id = "other".to_owned();
        check(
            Some(report("kim", 3)),
            other,
            "refused: this is an alert of the rule `ssh-brute-force`, not of `other`",
        );
        check(
            Some(report("kim", 3)),
            report("kim", 2),
            "refused: the alert has 3 matches already, and 2 were reported",
        );
    }
}
