//! Makes the lists anew.

use super::error::JournalFailure;
use super::place::Place;
use crate::text::count;

/// Rebuilds and says of how many entries.
pub fn run(place: &Place) -> Result<(), JournalFailure> {
    let store = place.open()?;
    store.journal.rebuild()?;
    say!("The lists were made anew from {}.", count(store.found.size, "entry", "entries"));
    Ok(())
}
