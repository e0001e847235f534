//! Live detection: what came into the spool is parsed and matched as it comes, and what comes of it is recorded.

pub mod checkpoint;
mod claims;
pub mod dedup;
pub mod facts;
pub mod hands;
mod keeper;
pub mod letters;
mod places;
mod product;
mod quiet;
mod recorder;
pub mod rules;
mod run;
pub mod silence;
pub mod status;
mod strangers;
pub mod streams;
pub mod uses;

pub use rules::{RuleSource, Rules};
pub use run::run;
pub use status::Status;
