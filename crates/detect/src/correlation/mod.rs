//! From matches to alerts, from alerts to incidents.

mod address;
mod alert;
mod book;
mod casework;
mod entity;
mod incident;
mod join;
mod parties;
mod respond;
mod severity;
pub mod sigma;
mod title;

pub use address::AddressBook;
pub(crate) use alert::tie;
pub use alert::{Alert, Evidence, Found, RuleHead, Tie};
pub use book::{AlertBook, AlertKey, Filed, WINDOW};
pub use casework::{Casework, Matches, Noted, Order};
pub use entity::{Sightings, is_machine_account, short_account, short_host, sightings, value_of};
pub(crate) use entity::{cut, role_of};
pub use incident::{
    Context, Incident, Join, ScopeEntry, Strong, TacticStep, TimelineEntry, incident, incidents,
    incidents_with,
};
pub use join::{JoinReason, Joined, join, join_counting};
pub use parties::Parties;
