//! What else there is to read: other incidents, tickets, pages.

use super::belonging::is_given;
use super::{Incident, IncidentRefusal};
use crate::fact::Fact;
use crate::personal::Personal;
use cofferdam_vocabulary::IncidentId;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// Links of one incident.
pub const LINKS: usize = 200;

/// Which link of its incident, from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct LinkNumber(pub u64);

/// Where it leads.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LinkTarget {
    /// To another incident.
    Incident(IncidentId),
    /// To an address, as people wrote it.
    Address(Personal),
}

/// A link, and what is there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// Where it leads.
    pub to: LinkTarget,
    /// What is there, in a few words.
    pub what: Personal,
}

impl FromStr for LinkNumber {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<LinkNumber, Self::Err> {
        text.parse().map(LinkNumber)
    }
}

impl fmt::Display for LinkNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl Incident {
    pub(super) fn link(&self, link: Link) -> Result<Vec<Fact>, IncidentRefusal> {
        if !is_given(&link.what) {
            return Err(IncidentRefusal::NoReason);
        }
        if self.links.len() >= LINKS {
            return Err(IncidentRefusal::TooManyLinks);
        }
        let number = LinkNumber(self.last_link.saturating_add(1));
        Ok(vec![Fact::LinkAdded { number, link: Box::new(link) }])
    }

    pub(super) fn unlink(&self, number: LinkNumber) -> Result<Vec<Fact>, IncidentRefusal> {
        match self.links.get(&number) {
            Some(_) => Ok(vec![Fact::LinkRemoved { number }]),
            None if (1..=self.last_link).contains(&number.0) => Ok(vec![]),
            None => Err(IncidentRefusal::NoSuchLink { number }),
        }
    }

    pub(super) fn linked(&mut self, fact: &Fact) {
        match fact {
            Fact::LinkAdded { number, link } => {
                self.links.insert(*number, (**link).clone());
                self.last_link = self.last_link.max(number.0);
            }
            Fact::LinkRemoved { number } => drop(self.links.remove(number)),
            _ => {}
        }
    }
}
