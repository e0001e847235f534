//! Lines in, matches, alerts and incidents out.
//!
//! Pure: no clock, disk, network or threads of its own. The parts in the order of the data:
//! [`parser`] makes an [`event::Event`] of a record, `rule` matches it, `correlation` joins.

pub mod activity;
pub mod correlation;
mod describe;
pub mod enrichment;
pub mod event;
pub mod examples;
pub mod indicator;
pub mod intake;
pub mod kit;
pub mod live;
pub mod parser;
pub mod product;
pub mod reach;
pub mod rule;
pub mod time;
