//! Gathers what file, environment and flags say of this machine.

use super::args::SourceArgs;
use super::file::ConfigurationFile;
use super::layers::{Loaded, Sources, default_file, load};
use super::setting::PREFIX;
use crate::failure::Failure;
use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// Largest file of settings that is read.
const FILE_BYTES: u64 = 1 << 20;

impl SourceArgs {
    /// The configuration that holds here and now.
    ///
    /// # Errors
    ///
    /// [`Failure`] when a file cannot be read, or a setting is wrong.
    pub fn load(&self) -> Result<Loaded, Failure> {
        let sources = Sources { file: self.file()?, environment: environment(), flags: self.flags.0.clone() };
        load(sources).map_err(Failure::Configuration)
    }

    /// The file that was named; else the usual one, if it is there.
    fn file(&self) -> Result<Option<ConfigurationFile>, Failure> {
        let (path, is_named) = match &self.config {
            Some(path) => (path.as_path(), true),
            None => (default_file(), false),
        };
        match read(path) {
            Ok(text) => Ok(Some(ConfigurationFile { path: path.to_owned(), text })),
            Err(error) if !is_named && error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(Failure::unreadable("configuration", path, error)),
        }
    }
}

fn read(path: &Path) -> io::Result<String> {
    let mut bytes = Vec::new();
    File::open(path)?.take(FILE_BYTES + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > FILE_BYTES {
        return Err(io::Error::other("it is larger than 1 MiB"));
    }
    String::from_utf8(bytes).map_err(|error| {
        let good = error.as_bytes().iter().take(error.utf8_error().valid_up_to());
        let line = good.filter(|byte| **byte == b'\n').count() + 1;
        io::Error::other(format!("line {line} is not UTF-8"))
    })
}

/// The variables that may be meant for us.
fn environment() -> Vec<(String, OsString)> {
    let named = std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value)));
    let mut ours: Vec<_> = named.filter(|(name, _)| name.starts_with(PREFIX)).collect();
    ours.sort();
    ours
}
