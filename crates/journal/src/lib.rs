//! The log that is the truth, and how it proves itself.
//!
//! Intents are decided on and become [`Fact`]s; facts are folded into state ([`Aggregate`]); each is recorded
//! as an [`Entry`], whose bytes are a leaf of a Merkle tree ([`merkle`]) of which signed checkpoints
//! ([`note`]) are handed out.
//!
//! Pure: no clock, disk, network or global state; time, ids and randomness arrive as arguments.

#[macro_use]
mod words;

pub mod access;
mod actor;
mod aggregate;
pub mod alert;
pub mod bundle;
pub mod call;
mod entry;
pub mod evidence;
pub mod exception;
mod fact;
pub mod filter;
pub mod incident;
pub mod log;
pub mod merkle;
pub mod note;
mod permission;
mod personal;
pub mod report;
mod restriction;
pub mod session;
pub mod source;
mod stream;
pub mod user;
pub mod view;

pub use actor::Actor;
pub use aggregate::Aggregate;
pub use entry::{Entry, EntryError, Head, LEAF_BYTES, Sealed, TooLarge, commitments};
pub use fact::Fact;
pub use permission::{Permission, TeamRole};
pub use personal::{Commitment, Personal, SALT_BYTES, Secret, VALUE_BYTES};
pub use restriction::{NAMED, RestrictionRefusal};
pub use stream::{StreamId, StreamIdError};
pub use words::{Word, WordError};
