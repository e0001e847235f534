//! Who uses what: per entity and hour, which hosts, accounts and sessions were seen with it.
//!
//! Kept for seven days, within bounds that are counted when they bite, and always answered together with what
//! has been seen at all: of which sources, since when, and with which gaps.

mod answer;
mod coverage;
mod distinct;
mod index;
mod row;
#[cfg(test)]
mod tests;

pub use answer::{Answer, HourSeen, Seen};
pub use coverage::{Covered, Gap};
pub use index::{Activity, Bounds, Head, is_indexed};
pub use row::{Example, Row};

/// Hours kept.
pub const HOURS: i64 = 7 * 24;
