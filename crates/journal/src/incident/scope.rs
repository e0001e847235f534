//! How each host, account, address … that an incident touches stands, as people say.

use super::belonging::is_given;
use super::report::in_parts;
use super::{Incident, IncidentRefusal};
use crate::alert::EntityRecord;
use crate::fact::Fact;
use crate::personal::Personal;
use cofferdam_vocabulary::{EntityKind, Role};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Entities of one incident of which people said something.
pub const ENTITIES_ASSESSED: usize = 10_000;

closed_words! {
    /// How an entity in the scope of an incident stands, the least advanced first.
    EntityStatus, "state of an entity" {
        /// It may be touched: what the machine found, and nobody looked at yet.
        Suspected = "suspected",
        /// It is touched.
        Confirmed = "confirmed",
        /// The attacker can do nothing with it any more.
        Contained = "contained",
        /// Nothing of the attacker's is left on it.
        Eradicated = "eradicated",
        /// It is back in service.
        Recovered = "recovered",
        /// It was not touched, or it is no victim: the attacker's own address.
        Cleared = "cleared",
    }
}

/// A host, account, address …, whatever part it played.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct EntityName {
    /// What it is.
    pub kind: EntityKind,
    /// Which one.
    pub value: Personal,
}

/// How an entity stands, and why people say so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// How it stands.
    pub status: EntityStatus,
    /// The evidence for it.
    pub reason: Personal,
}

impl EntityName {
    /// Whose record this is.
    pub fn of(record: &EntityRecord) -> EntityName {
        EntityName { kind: record.kind, value: record.value.clone() }
    }
}

impl Incident {
    /// Each entity that it touches once, and how it stands. Those that people cleared are among them.
    pub fn standing(&self) -> BTreeMap<EntityName, EntityStatus> {
        let scope = self.known.iter().flat_map(|known| &known.scope);
        let found = scope.map(|record| (EntityName::of(record), EntityStatus::Suspected));
        let said = self.standings.iter().map(|(name, standing)| (name.clone(), standing.status));
        found.chain(said).collect()
    }

    pub(super) fn stand(
        &self,
        entities: BTreeSet<EntityName>,
        status: EntityStatus,
        reason: &Personal,
    ) -> Result<Vec<Fact>, IncidentRefusal> {
        let known = self.known.as_ref().ok_or(IncidentRefusal::NotOpened)?;
        if !is_given(reason) {
            return Err(IncidentRefusal::NoReason);
        }
        let new = Standing { status, reason: reason.clone() };
        let changed: BTreeSet<EntityName> =
            entities.into_iter().filter(|name| self.standings.get(name) != Some(&new)).collect();
        let fresh = changed.iter().filter(|name| !self.standings.contains_key(name)).count();
        if self.standings.len() + fresh > ENTITIES_ASSESSED {
            return Err(IncidentRefusal::TooManyEntities);
        }
        let touched: BTreeSet<EntityName> = known.scope.iter().map(EntityName::of).collect();
        let unknown =
            changed.iter().filter(|name| !touched.contains(name) && !self.standings.contains_key(name));
        let unknown = unknown.map(|name| {
            let EntityName { kind, value } = name.clone();
            EntityRecord { kind, value, role: Role::Target }
        });
        let mut facts = in_parts(unknown, |entities| Fact::ScopeWidened { entities });
        facts.extend(in_parts(changed.iter().cloned(), |entities| Fact::EntitiesStand {
            entities,
            status,
            reason: reason.clone(),
        }));
        Ok(facts)
    }

    pub(super) fn stands(
        &mut self,
        entities: &BTreeSet<EntityName>,
        status: EntityStatus,
        reason: &Personal,
    ) {
        for name in entities {
            self.standings.insert(name.clone(), Standing { status, reason: reason.clone() });
        }
    }
}
