//! Sigma rules: read, compiled by event class, matched.

#[cfg(test)]
mod agreement;
mod convert;
mod correlation;
mod document;
mod filter;
mod grams;
mod index;
mod load;
mod matcher;
mod model;
pub mod oracle;
mod pattern;
mod program;
mod required;
mod search;

pub use convert::ConvertError;
pub use correlation::{Alias, Correlation, Kind, Threshold, Way, Window};
pub use document::{Document, documents};
pub(crate) use load::names;
pub use load::{FileRules, RuleProblem, RuleSet, read_file};
pub use matcher::{Matcher, Worker};
pub(crate) use model::{Expr, TECHNIQUE, Test};
pub use model::{LogSource, Meta, Rule};
