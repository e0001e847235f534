//! What events are about: hosts, accounts, addresses and so on, and the part each plays.

use serde::{Deserialize, Serialize};

/// The kind of thing an entity is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EntityKind {
    /// A machine, by name, lower case.
    Host,
    /// An account, as `domain\name` or `name`, lower case.
    Account,
    /// An IP address in canonical text form.
    Address,
    /// A program by its path.
    Process,
    /// A file by its path.
    File,
    /// A file's hash as `algorithm:hex`.
    Hash,
    /// A DNS name.
    Domain,
    /// A path on a web server that was asked for.
    Url,
    /// A Windows registry key or value.
    Registry,
    /// A service, scheduled task, cron job or systemd unit.
    Service,
}

impl EntityKind {
    /// All there are, in their order.
    pub const ALL: [EntityKind; 10] = [
        EntityKind::Host,
        EntityKind::Account,
        EntityKind::Address,
        EntityKind::Process,
        EntityKind::File,
        EntityKind::Hash,
        EntityKind::Domain,
        EntityKind::Url,
        EntityKind::Registry,
        EntityKind::Service,
    ];

    /// The word, lower case.
    pub fn as_str(self) -> &'static str {
        match self {
            EntityKind::Host => "host",
            EntityKind::Account => "account",
            EntityKind::Address => "address",
            EntityKind::Process => "process",
            EntityKind::File => "file",
            EntityKind::Hash => "hash",
            EntityKind::Domain => "domain",
            EntityKind::Url => "url",
            EntityKind::Registry => "registry",
            EntityKind::Service => "service",
        }
    }
}

/// The part an entity plays in an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Did it, or it was done with it.
    Actor,
    /// It was done to it.
    Target,
    /// Saw it happen: the host that wrote the log.
    Observer,
}

impl Role {
    /// The word, lower case.
    pub fn as_str(self) -> &'static str {
        match self {
            Role::Actor => "actor",
            Role::Target => "target",
            Role::Observer => "observer",
        }
    }
}

/// One entity in one role.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Entity {
    /// What it is.
    pub kind: EntityKind,
    /// Which one, in the form its kind says.
    pub value: String,
    /// The part it plays.
    pub role: Role,
}
