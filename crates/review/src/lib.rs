//! What is handed on after an investigation: the report in the forms that people and programs read.
//!
//! Pure: a folder of results comes in as values ([`Report`]), text goes out. One file for each form:
//! [`html`], [`markdown`], [`stix`], [`navigator`]; [`timeline`] filters and exports what happened.

mod evidence;
pub mod figures;
mod fold;
mod graph;
pub mod html;
pub mod markdown;
pub mod navigator;
mod report;
mod show;
pub mod stix;
mod summary;
mod techniques;
pub mod timeline;
mod words;

pub use report::Report;
pub use summary::{
    FileEntry, IndicatorCounts, ListEntry, ListProblem, ProblemEntry, RuleCounts, RuleProblemEntry,
    SourceEntry, Summary,
};
