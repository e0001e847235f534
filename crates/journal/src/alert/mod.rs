//! An alert as the journal has it: what fired, how often, about whom.

mod hidden;
mod quote;
mod report;
mod source;
#[cfg(test)]
pub(crate) mod tests;
mod triage;

pub use quote::{QUOTE_PARTS, QUOTED_PARTS, Quote};
pub use report::{AlertReport, AlertStatus, Count, ENTITIES, EntityRecord, RECORDS, Record, Revision, Rule};
pub use source::{AlertSource, ProductName, ProductNameError};
pub use triage::{AlertState, Judgement, Triage, Verdict};

use crate::aggregate::Aggregate;
use crate::fact::Fact;
use crate::personal::Personal;
use cofferdam_vocabulary::{AlertId, ExceptionId, UserId};
use std::collections::BTreeSet;

/// One alert, as its facts tell.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Alert {
    /// What is known of it now; none before it was raised.
    pub known: Option<AlertReport>,
    /// It turned out to be part of another one.
    pub merged_into: Option<AlertId>,
    /// What people made of it.
    pub triage: Triage,
    /// What hides it.
    pub hidden: Option<ExceptionId>,
    /// What the product that raised it said of it, the first first.
    pub quotes: Vec<Quote>,
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
    /// Somebody works on it.
    Assign {
        /// Who.
        to: UserId,
    },
    /// Nobody works on it for now.
    Release,
    /// It was found to be this.
    Judge(Judgement),
    /// What was found is taken back.
    Reopen {
        /// Why.
        reason: Personal,
    },
    /// What people did is undone, unless they did something else since.
    Restore {
        /// What they had made of it.
        from: Triage,
        /// What they made of it before.
        to: Triage,
    },
    /// An exception hides it.
    Hide {
        /// Which.
        exception: ExceptionId,
    },
    /// Nothing hides it any more.
    Show,
    /// The product that raised it says this of it, in its own words.
    Quote {
        /// What is new of it.
        quotes: Vec<Quote>,
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
    /// Nothing more is done about it.
    #[error("the alert was dismissed; reopen it first")]
    Dismissed,
    /// Whoever comes later must be able to understand it.
    #[error("a reason is needed")]
    NoReason,
    /// Somebody did something else since.
    #[error("somebody did something else with the alert since")]
    ChangedSince,
    /// There is a bound to what is kept of one alert.
    #[error("the product said more of this alert than is kept of one")]
    TooMuchQuoted,
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
            (_, None) if self.known.is_none() => Err(AlertRefusal::NotRaised),
            (AlertIntent::Assign { to }, None) => self.assign(to),
            (AlertIntent::Release, None) => Ok(self.release()),
            (AlertIntent::Judge(judgement), None) => self.judge(judgement),
            (AlertIntent::Reopen { reason }, None) => self.reopen(reason),
            (AlertIntent::Restore { from, to }, None) => self.restore(&from, to),
            (AlertIntent::Hide { exception }, None) => Ok(self.hide(exception)),
            (AlertIntent::Show, None) => Ok(self.show()),
            (AlertIntent::Quote { quotes }, None) => self.quote(quotes),
        }
    }

    fn evolve(mut self, fact: &Fact) -> Alert {
        if let Some(triage) = self.triage.after(fact) {
            self.triage = triage;
        }
        match (fact, &mut self.known) {
            (Fact::AlertRaised(report), _) => self.known = Some((**report).clone()),
            (Fact::AlertCounted(count), Some(known)) => known.count = *count,
            (Fact::AlertConcerns { entities }, Some(known)) => {
                known.entities.extend(entities.iter().cloned());
            }
            (Fact::AlertRevised(revision), Some(known)) => known.revise(revision),
            (Fact::AlertMerged { into }, _) => self.merged_into = Some(*into),
            (Fact::AlertHidden { exception }, _) => self.hidden = Some(*exception),
            (Fact::AlertShown, _) => self.hidden = None,
            (Fact::AlertQuoted { quotes }, _) => self.quotes.extend(quotes.iter().cloned()),
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
