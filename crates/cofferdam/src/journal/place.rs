//! Where the data directory is.

use super::error::JournalFailure;
use super::witness::{self, world};
use crate::investigate::DATA_FOLDER;
use clap::Args;
use cofferdam_store::{DATABASE, ReadOnly, Store};
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
    pub fn open(&self) -> Result<Store, JournalFailure> {
        let store = Store::open(&folder(&self.data), world())?;
        witness::note_silent(&store.silent);
        Ok(store)
    }

    /// Opens it for reading, beside whoever holds it.
    pub fn read(&self) -> Result<ReadOnly, JournalFailure> {
        Ok(ReadOnly::open(&folder(&self.data))?)
    }
}

/// The data directory at this place: the folder itself, or the one in a folder of results.
pub fn folder(path: &Path) -> PathBuf {
    let inside = path.join(DATA_FOLDER);
    if !path.join(DATABASE).is_file() && inside.join(DATABASE).is_file() { inside } else { path.to_owned() }
}
