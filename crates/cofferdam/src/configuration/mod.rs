//! The configuration of the server: a closed table of settings, read from a file, the environment and flags.

pub mod args;
mod check;
mod file;
mod files;
mod gather;
mod given;
mod kinds;
mod layers;
mod origin;
mod problem;
mod setting;
mod show;
mod table;
#[cfg(test)]
mod tests;
mod together;

pub use kinds::{LogFormat, LogLevel, WhoReports};
pub use layers::Loaded;
pub use origin::Origin;
pub use problem::Rejected;
pub use setting::Setting;
pub use table::{Configuration, SETTINGS};

use crate::failure::Failure;
use args::ConfigCommand;

/// Does what was asked.
///
/// # Errors
///
/// [`Failure`] when the configuration cannot be read or is wrong.
pub fn run(command: &ConfigCommand) -> Result<(), Failure> {
    match command {
        ConfigCommand::Show(args) => show::run(args),
        ConfigCommand::Check(args) => check::run(args),
    }
}
