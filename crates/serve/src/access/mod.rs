//! Who may do what: each route says what it asks, and nothing is reached without being asked.

mod caller;
mod gate;

pub use caller::{Caller, Means};
pub use gate::{Access, gate};
