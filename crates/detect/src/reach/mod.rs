//! What a rule can ever see here: which events its log source covers, which of its fields those have,
//! and whether its condition can go both ways.

mod condition;
mod fields;
mod finding;
mod shape;
mod source;

pub use fields::{Known, known, known_of};
pub use finding::{Finding, check_correlation, check_rule};
pub use source::{covered, nearest_source, words};
