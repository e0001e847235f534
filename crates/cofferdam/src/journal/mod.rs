//! `cofferdam journal`: verify, export, show, rebuild, erase, witness.

pub mod args;
mod bundle;
mod erase;
mod error;
mod export;
mod place;
mod rebuild;
mod show;
mod verify;
mod witness;

pub use error::JournalFailure;
pub use place::{Place, folder};
pub use witness::{note_silent, world};

use args::JournalCommand;

/// Does what was asked.
///
/// # Errors
///
/// [`JournalFailure`] with what to do about it.
pub fn run(command: &JournalCommand) -> Result<(), JournalFailure> {
    match command {
        JournalCommand::Verify(args) => verify::run(args),
        JournalCommand::Export(args) => export::run(args),
        JournalCommand::Show(args) => show::run(args),
        JournalCommand::Rebuild(place) => rebuild::run(place),
        JournalCommand::Erase(args) => erase::run(args),
        JournalCommand::Witness(command) => witness::run(command),
    }
}
