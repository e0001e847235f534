//! What whoever leads says of an incident: that it is one, how bad, what kind, who may be told, and who has which part.

use super::belonging::is_given;
use super::{Incident, IncidentRefusal, Severity};
use crate::fact::Fact;
use crate::personal::Personal;
use cofferdam_vocabulary::{Level, UserId};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

use super::category::Category;
use super::impact::Impact;
use super::marking::Marking;
use super::part::Part;

/// What people decided about an incident as a whole.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Steered {
    /// Somebody said that it is real.
    pub declared: bool,
    /// People called it what it is called.
    pub titled: bool,
    /// What people found it to harm, and why it is as bad as that; none when the machine found how bad.
    pub assessed: Option<Assessment>,
    /// With whom it may be shared, and what may be done with it.
    pub marking: Marking,
    /// What kind of incident.
    pub category: Option<Category>,
    /// Who has which part in the response, besides the commander.
    pub parts: BTreeMap<Part, BTreeSet<UserId>>,
}

/// How bad it is, as people say.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assessment {
    /// How bad.
    pub level: Level,
    /// What it harms.
    pub impact: Impact,
    /// Why they think so.
    pub reason: Personal,
}

/// Asked by whoever leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Steering {
    /// It is real.
    Declare {
        /// Why they think so.
        reason: Personal,
    },
    /// It is called something else.
    Title {
        /// What people call it.
        title: Personal,
    },
    /// It is as bad as this.
    Assess(Assessment),
    /// With whom it may be shared, and what may be done with it.
    Mark(Marking),
    /// It is of this kind.
    Categorise(Category),
    /// Somebody has a part in the response.
    GivePart {
        /// Which.
        part: Part,
        /// Who.
        user: UserId,
    },
    /// They have it no more.
    TakePart {
        /// Which.
        part: Part,
        /// Who.
        user: UserId,
    },
}

impl Incident {
    pub(super) fn steer(&self, steering: Steering) -> Result<Vec<Fact>, IncidentRefusal> {
        let known = self.known.as_ref().ok_or(IncidentRefusal::NotOpened)?;
        let now = &self.steered;
        let fact = match steering {
            Steering::Declare { reason } | Steering::Assess(Assessment { reason, .. })
                if !is_given(&reason) =>
            {
                return Err(IncidentRefusal::NoReason);
            }
            Steering::Declare { reason } => (!now.declared).then_some(Fact::IncidentDeclared { reason }),
            Steering::Title { title } if !is_given(&title) => return Err(IncidentRefusal::NoTitle),
            Steering::Title { title } => {
                let is_new = !now.titled || known.title != title;
                is_new.then_some(Fact::IncidentTitled { title })
            }
            Steering::Assess(assessment) => {
                let is_new = now.assessed.as_ref() != Some(&assessment);
                is_new.then(|| Fact::SeverityDecided(Box::new(assessment)))
            }
            Steering::Mark(marking) => (now.marking != marking).then_some(Fact::IncidentMarked(marking)),
            Steering::Categorise(category) => {
                (now.category != Some(category)).then_some(Fact::IncidentCategorised { category })
            }
            Steering::GivePart { part, user } => {
                (!self.has(part, user)).then_some(Fact::PartGiven { part, user })
            }
            Steering::TakePart { part, user } => {
                self.has(part, user).then_some(Fact::PartTaken { part, user })
            }
        };
        Ok(fact.into_iter().collect())
    }

    fn has(&self, part: Part, user: UserId) -> bool {
        self.steered.parts.get(&part).is_some_and(|users| users.contains(&user))
    }

    pub(super) fn was_steered(&mut self, fact: &Fact) {
        let now = &mut self.steered;
        match fact {
            Fact::IncidentDeclared { .. } => now.declared = true,
            Fact::IncidentTitled { title } => {
                now.titled = true;
                self.known.iter_mut().for_each(|known| known.title = title.clone());
            }
            Fact::SeverityDecided(assessment) => {
                now.assessed = Some((**assessment).clone());
                let reasons = vec![assessment.reason.clone()];
                let severity = Severity { level: assessment.level, reasons };
                self.known.iter_mut().for_each(|known| known.severity = severity.clone());
            }
            Fact::IncidentMarked(marking) => now.marking = *marking,
            Fact::IncidentCategorised { category } => now.category = Some(*category),
            Fact::PartGiven { part, user } => {
                now.parts.entry(*part).or_default().insert(*user);
            }
            Fact::PartTaken { part, user } => {
                now.parts.entry(*part).or_default().remove(user);
                now.parts.retain(|_, users| !users.is_empty());
            }
            _ => {}
        }
    }
}
