//! Alerts and incidents as matches come in, in any order.
//!
//! What comes of a set of matches is what [`Casework`](crate::correlation::Casework) makes of them in the
//! order of time, whatever the order in which they came: the newest state takes what comes in order, and
//! where something comes late, an earlier state takes it and all that followed once more.
//!
//! Pure: the time is an argument, and work is counted in steps rather than measured.

mod credit;
mod engine;
mod entry;
mod grouping;
mod kept;
mod marks;
mod roll;
#[cfg(test)]
mod simulation;
mod timeline;

pub use engine::{AlertChange, Changes, Counts, Live, Settings};
pub use entry::{Delivered, Retained, RetainedCause};
pub use grouping::{IncidentChange, LiveIncident, Reason};
pub use roll::{LiveAlert, What};
