//! Alerts and incidents as matches come in, in any order.
//!
//! What comes of a set of matches is what [`Casework`](crate::correlation::Casework) makes of them in the
//! order of time, whatever the order in which they came: the newest state takes what comes in order, and
//! where something comes late, an earlier state takes it and all that followed once more.
//!
//! Pure: the time is an argument, and work is counted in steps rather than measured.

mod credit;
mod decided;
mod engine;
mod entry;
mod foreign;
mod grouping;
mod job;
mod kept;
mod marks;
mod roll;
mod settings;
#[cfg(test)]
mod simulation;
mod strays;
mod suggestion;
#[cfg(test)]
mod tests;
mod timeline;

pub use engine::Live;
pub use entry::{Delivered, Retained, RetainedCause, RetainedMatch};
pub use foreign::ForeignAlert;
pub use grouping::{IncidentChange, LiveIncident, Reason};
pub use job::{Job, JobDone};
pub use roll::{LiveAlert, What};
pub use settings::{AlertChange, Changes, Counts, Settings};
pub use suggestion::{Suggested, Suggestion};
