//! Rules: those that ship, those that were added as packs, those that are named; and what there is to
//! say of them.

mod add;
mod archive;
pub mod args;
mod check;
mod error;
mod fields;
mod home;
mod list;
mod load;
mod remove;
mod test_examples;

pub use error::RulesError;
pub use home::folder as home;
pub use load::{RuleText, assemble, builtin, load, named, packs};

use crate::failure::Failure;
use args::RulesCommand;
use std::process::ExitCode;

/// `cofferdam rules …`.
///
/// # Errors
///
/// [`Failure`] when something that was named cannot be read, or the rules home cannot be written.
pub fn run(command: &RulesCommand) -> Result<ExitCode, Failure> {
    match command {
        RulesCommand::Add(args) => add::run(args),
        RulesCommand::Remove(args) => remove::run(args),
        RulesCommand::List(args) => list::run(args),
        RulesCommand::Check(args) => check::run(args),
        RulesCommand::Test(args) => test_examples::run(args),
        RulesCommand::Fields(args) => Ok(fields::run(args)),
    }
}
