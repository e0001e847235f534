//! Where the data directory is.

use super::error::JournalFailure;
use super::witness::{self, world};
use crate::investigate::DATA_FOLDER;
use clap::Args;
use cofferdam_store::{DATABASE, ReadOnly, Store};
use std::ops::Deref;
use std::path::{Path, PathBuf};

/// Which data directory.
#[derive(Args, Debug)]
pub struct Place {
    /// The data directory, or a folder of results that holds one
    #[arg(long, value_name = "DIR", env = "COFFERDAM_DATA", default_value = ".", hide_env_values = true)]
    pub data: PathBuf,
}

impl Place {
    /// Opens it, held by this process.
    pub fn open(&self) -> Result<Held, JournalFailure> {
        let store = Store::open(&folder(&self.data), world())?;
        witness::note_silent(&store.silent);
        Ok(Held(store))
    }

    /// Opens it for reading, beside whoever holds it.
    pub fn read(&self) -> Result<ReadOnly, JournalFailure> {
        Ok(ReadOnly::open(&folder(&self.data))?)
    }
}

/// A data directory that a command writes to. When it has done its work, witnesses see what is new: what they
/// have not seen can be taken back unnoticed.
pub struct Held(Store);

impl Deref for Held {
    type Target = Store;

    fn deref(&self) -> &Store {
        &self.0
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        // Who could not be reached when it was opened was told then.
        match self.0.witness() {
            Ok(said) => {
                let new: Vec<_> = said.into_iter().filter(|said| !self.0.silent.contains(said)).collect();
                witness::note_silent(&new);
            }
            Err(error) => eprintln!("note[journal::witness]: the last entries could not be signed: {error}"),
        }
    }
}

/// The data directory at this place: the folder itself, or the one in a folder of results.
pub fn folder(path: &Path) -> PathBuf {
    let inside = path.join(DATA_FOLDER);
    if !path.join(DATABASE).is_file() && inside.join(DATABASE).is_file() { inside } else { path.to_owned() }
}
