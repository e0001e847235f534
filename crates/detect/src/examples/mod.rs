//! Runs rules on the example logs that their files bring along.
//!
//! `examples` is an attribute of ours (`docs/rules.md`): logs that must fire a rule, and logs that no
//! rule of the file may fire on.

mod bench;
mod file;
mod verdict;

pub use bench::{Bench, Fired, Place, documents, join, process, push, written};
pub use file::{Example, RuleFile};
pub use verdict::{Expected, Verdict, check, check_quiet, is_base, unshown};
