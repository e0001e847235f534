//! Who and what an event names, of all that is told apart by who uses it.

use super::entity::{named, session, value_of};
use crate::event::Event;
use cofferdam_vocabulary::{Entity, EntityKind, Role};

/// Hosts, accounts, addresses, domains and hashes of an event, and its login session.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parties {
    /// Each with the part it plays; no value twice in one role.
    pub entities: Vec<Entity>,
    /// The login session on a Linux host, by auditd's number.
    pub session: Option<String>,
}

impl Parties {
    /// Reads them: what [`sightings`](super::sightings) tells of these kinds, without what takes longer to find.
    pub fn of(event: &Event<'_>) -> Parties {
        Parties { entities: named(event), session: session(event) }
    }

    /// Of this host, unless the event itself names the one that it happened on.
    #[must_use]
    pub fn on(mut self, host: &str) -> Parties {
        let is_named = |entity: &Entity| entity.kind == EntityKind::Host && entity.role == Role::Observer;
        if !self.entities.iter().any(is_named)
            && let Some(value) = value_of(EntityKind::Host, host)
        {
            self.entities.insert(0, Entity { kind: EntityKind::Host, value, role: Role::Observer });
        }
        self
    }
}
