//! The server: one process, an HTTP interface, and nobody in who does not belong.
//!
//! Features ([`feature`]) stand side by side on what is shared: the journal and what a caller sees of it
//! ([`ledger`]), who callers are ([`identity`]) and what routes ask of them ([`access`], [`routes`]).

pub mod access;
mod answers;
mod call_settings;
pub mod calls;
mod counted;
mod desk;
pub mod exceptions;
pub mod feature;
pub mod http;
pub mod identity;
pub mod intake;
pub mod ledger;
mod listen;
pub mod live;
pub mod oidc;
mod places;
mod refusals;
mod reports;
pub mod routes;
mod server;
pub mod settings;
mod source_settings;
mod start;
mod upkeep;

pub use listen::{Own, TlsError};
pub use server::{Clock, NamedPeople, Server};
pub use settings::Settings;
pub use start::{Interface, Running, StartError, router};
