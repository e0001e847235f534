//! An alert as the journal has it: what fired, how often, about whom.

mod report;
mod source;
#[cfg(test)]
pub(crate) mod tests;

pub use report::{AlertReport, AlertStatus, Count, ENTITIES, EntityRecord, RECORDS, Record, Revision, Rule};
pub use source::{AlertSource, ProductName, ProductNameError};

use crate::aggregate::Aggregate;
use crate::fact::Fact;
use cofferdam_vocabulary::AlertId;
use std::collections::BTreeSet;

/// One alert, as its facts tell.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Alert {
    /// What is known of it now; none before it was raised.
    pub known: Option<AlertReport>,
    /// It turned out to be part of another one.
    pub merged_into: Option<AlertId>,
}

/// Asked of an alert.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AlertIntent {
    /// This is what is known of it now.
    Report(Box<AlertReport>),
    /// It is part of another alert.
    Merge {
        /// The other one.
        into: AlertId,
    },
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
    /// There is nothing to merge.
    #[error("no such alert was raised")]
    NotRaised,
    /// Whatever is found now belongs to the other one.
    #[error("the alert is part of {into} since it was merged")]
    Merged {
        /// The other one.
        into: AlertId,
    },
}

impl Aggregate for Alert {
    type Intent = AlertIntent;
    type Refusal = AlertRefusal;

    fn decide(&self, intent: AlertIntent) -> Result<Vec<Fact>, AlertRefusal> {
        match (intent, self.merged_into) {
            (AlertIntent::Merge { into }, Some(known)) if into == known => Ok(vec![]),
            (_, Some(into)) => Err(AlertRefusal::Merged { into }),
            (AlertIntent::Merge { .. }, None) if self.known.is_none() => Err(AlertRefusal::NotRaised),
            (AlertIntent::Merge { into }, None) => Ok(vec![Fact::AlertMerged { into }]),
            (AlertIntent::Report(new), None) => {
                let new = new.bounded();
                match &self.known {
                    None => Ok(vec![Fact::AlertRaised(Box::new(new))]),
                    Some(old) => told_again(old, new),
                }
            }
        }
    }

    fn evolve(mut self, fact: &Fact) -> Alert {
        match (fact, &mut self.known) {
            (Fact::AlertRaised(report), _) => self.known = Some((**report).clone()),
            (Fact::AlertCounted(count), Some(known)) => known.count = *count,
            (Fact::AlertConcerns { entities }, Some(known)) => {
                known.entities.extend(entities.iter().cloned());
            }
            (Fact::AlertRevised(revision), Some(known)) => known.revise(revision),
            (Fact::AlertMerged { into }, _) => self.merged_into = Some(*into),
            _ => {}
        }
        self
    }
}

/// What is new of an alert that was raised before.
fn told_again(old: &AlertReport, new: AlertReport) -> Result<Vec<Fact>, AlertRefusal> {
    if new.rule.id != old.rule.id {
        return Err(AlertRefusal::OtherRule { known: old.rule.id.clone(), given: new.rule.id });
    }
    if new.count.matches < old.count.matches {
        return Err(AlertRefusal::Fewer { known: old.count.matches, given: new.count.matches });
    }
    let mut facts: Vec<Fact> = old.revised(&new).map(Fact::AlertRevised).into_iter().collect();
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
