//! What people put on the timeline: when it happened, which may be long before they knew.

use super::belonging::is_given;
use super::{Incident, IncidentRefusal};
use crate::fact::Fact;
use crate::personal::Personal;
use cofferdam_vocabulary::TechniqueId;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// Moments of one incident.
pub const MOMENTS: usize = 2000;

/// Which moment of its incident, from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct MomentNumber(pub u64);

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MomentSpec {
    /// When it happened; when it was recorded says its entry.
    pub at: Timestamp,
    /// What, in a sentence or two.
    pub what: Personal,
    /// The technique that it shows.
    pub technique: Option<TechniqueId>,
    /// It belongs in every short account of the incident.
    pub pinned: bool,
    /// The moment of which it is a part.
    pub parent: Option<MomentNumber>,
}

/// A moment as it is now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moment {
    /// What happened.
    pub spec: MomentSpec,
    /// How often it was recorded, from 1.
    pub revision: u64,
}

/// What people do with the timeline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Telling {
    /// Something happened.
    Add(MomentSpec),
    /// Something else did.
    Change {
        /// Which moment.
        moment: MomentNumber,
        /// The revision that whoever changes it has read.
        base: u64,
        /// All of it.
        spec: MomentSpec,
    },
    /// It did not, or does not belong here.
    Remove {
        /// Which moment.
        moment: MomentNumber,
        /// Why.
        reason: Personal,
    },
}

impl FromStr for MomentNumber {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<MomentNumber, Self::Err> {
        text.parse().map(MomentNumber)
    }
}

impl fmt::Display for MomentNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl Incident {
    pub(super) fn tell(&self, telling: Telling) -> Result<Vec<Fact>, IncidentRefusal> {
        match telling {
            Telling::Add(spec) => {
                if self.moments.len() >= MOMENTS {
                    return Err(IncidentRefusal::TooManyMoments);
                }
                // A number that was removed is not given again: whoever quotes it means that one.
                let moment = MomentNumber(self.last_moment.saturating_add(1));
                self.check_moment(moment, &spec)?;
                Ok(vec![Fact::MomentAdded { moment, spec: Box::new(spec) }])
            }
            Telling::Change { moment, base, spec } => {
                let known = self.moments.get(&moment).ok_or(IncidentRefusal::NoSuchMoment { moment })?;
                if known.spec == spec {
                    return Ok(vec![]);
                }
                if known.revision != base {
                    return Err(IncidentRefusal::MomentRevised { moment, revision: known.revision });
                }
                self.check_moment(moment, &spec)?;
                Ok(vec![Fact::MomentChanged { moment, spec: Box::new(spec) }])
            }
            Telling::Remove { moment, .. } if !self.moments.contains_key(&moment) => {
                let was_there = (1..=self.last_moment).contains(&moment.0);
                if was_there { Ok(vec![]) } else { Err(IncidentRefusal::NoSuchMoment { moment }) }
            }
            Telling::Remove { reason, .. } if !is_given(&reason) => Err(IncidentRefusal::NoReason),
            Telling::Remove { moment, reason } => {
                let part = self.moments.iter().find(|(_, part)| part.spec.parent == Some(moment));
                match part {
                    Some((part, _)) => Err(IncidentRefusal::HasParts { moment, part: *part }),
                    None => Ok(vec![Fact::MomentRemoved { moment, reason }]),
                }
            }
        }
    }

    /// A moment is part of one that stands for itself: parts have no parts, so there is no circle.
    fn check_moment(&self, moment: MomentNumber, spec: &MomentSpec) -> Result<(), IncidentRefusal> {
        if !is_given(&spec.what) {
            return Err(IncidentRefusal::NoReason);
        }
        let Some(parent) = spec.parent else { return Ok(()) };
        let whole = self.moments.get(&parent).filter(|_| parent != moment);
        let whole = whole.ok_or(IncidentRefusal::NoSuchMoment { moment: parent })?;
        let has_parts = self.moments.values().any(|part| part.spec.parent == Some(moment));
        if whole.spec.parent.is_some() || has_parts {
            return Err(IncidentRefusal::PartOfPart { moment });
        }
        Ok(())
    }

    pub(super) fn told(&mut self, fact: &Fact) {
        match fact {
            Fact::MomentAdded { moment, spec } | Fact::MomentChanged { moment, spec } => {
                let revision = self.moments.get(moment).map_or(0, |known| known.revision) + 1;
                self.moments.insert(*moment, Moment { spec: (**spec).clone(), revision });
                self.last_moment = self.last_moment.max(moment.0);
            }
            Fact::MomentRemoved { moment, .. } => drop(self.moments.remove(moment)),
            _ => {}
        }
    }
}
