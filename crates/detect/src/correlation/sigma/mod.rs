//! Sigma correlation rules: matches in, firings out.
//!
//! Pure: time is what the events and the caller say. What a correlation counts is a *group*, the
//! events that agree in `group-by`; a match that lacks one of the fields is in no group and not counted.
//!
//! **When a group fires.** Once, at the event that makes the condition true. What follows in the same
//! window is [`Outcome::Extended`]: for a sliding window as long as events are less than the timespan
//! apart, for a session until its gap or the timespan has passed, for a tumbling window to the end of
//! the stretch. After that the group counts afresh and may fire again.
//!
//! **What may still change** as more comes (bounds from above, averages, percentiles, a `not`) is known
//! only when the window has ended, so such a correlation fires then, at its last event, and is never
//! extended. Its sliding window is the timespan from the first event on. A group without any event is
//! not known and cannot fire `lt`.
//!
//! **Numbers** that are added up are kept in whole millionths, so that what leaves a window leaves no
//! trace and the order makes no difference. For percentiles and extremes it is enough to know how many
//! numbers lie below, on and above the bounds of the condition.
//!
//! **Temporal kinds** want one of the condition's ways complete, by default every place of the list
//! filled; one match may fill several places that name it. Matches of the same moment are in any order.
//!
//! **`unless`**: a firing is held back for a timespan after the event that completed it; it is dropped
//! if meanwhile, or less than a timespan before, the other correlation was active for the same values
//! (between the first and the last event of one of its firings). What came while it was held is in it.
//! After a drop the group counts afresh.
//!
//! **Late events.** One that is late by no more than [`Limits::lateness`] takes its place: what has come
//! so far fires as if sorted, so the event that completes a condition need not be the last to come. One
//! still later extends a firing whose window covers it, else it counts where events of its time are
//! kept; where none are it opens a window of its own time beside the newer one.
//!
//! **The clock** that ends windows is the median time of the last matches, or what the caller says by
//! [`Correlator::advance`] if that is later: one machine whose clock runs ahead ends nobody's windows.
//!
//! Source: Sigma specification 2.1.0, "Correlation rules"; edges of windows as rsigma 0.23 has them.

mod clock;
mod correlator;
mod engine;
mod enter;
mod figure;
mod groups;
mod plan;
mod span;
mod spec;
mod stretch;
mod tally;

#[cfg(test)]
mod laws;
#[cfg(test)]
mod tests;

pub use correlator::{Correlator, Firing, FiringId, Limits, MEMBERS, Outcome, Seen};
