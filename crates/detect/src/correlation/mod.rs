//! From matches to alerts, from alerts to incidents.

mod address;
mod alert;
mod entity;
mod incident;
mod join;
mod respond;
mod severity;
pub mod sigma;
mod title;

pub use address::AddressBook;
pub use alert::{Alert, AlertBook, Evidence, Found, RuleHead, Tie};
pub use entity::{Sightings, is_machine_account, short_account, short_host, sightings};
pub(crate) use entity::{cut, role_of, value_of};
pub use incident::{
    Context, Incident, Join, ScopeEntry, Strong, TacticStep, TimelineEntry, incidents, incidents_with,
};
pub use join::{JoinReason, Joined, join};
