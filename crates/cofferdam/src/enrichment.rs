//! Databases of networks and countries: which, and read from disk.

use crate::failure::Failure;
use clap::Args;
use cofferdam_detect::enrichment::{Database, Enrichment};
use std::io;
use std::path::{Path, PathBuf};

/// Which databases to ask.
#[derive(Args, Debug)]
pub struct EnrichmentArgs {
    /// Database that tells whose network an address is in (MaxMind format)
    #[arg(long, value_name = "FILE")]
    pub asn_db: Option<PathBuf>,
    /// Database that tells in which country an address is (MaxMind format)
    #[arg(long, value_name = "FILE")]
    pub country_db: Option<PathBuf>,
}

/// Reads the databases.
///
/// # Errors
///
/// [`Failure::Unreadable`] when a file cannot be read, or is no whole database.
pub fn load(args: &EnrichmentArgs) -> Result<Enrichment, Failure> {
    Ok(Enrichment {
        systems: args.asn_db.as_deref().map(database).transpose()?,
        countries: args.country_db.as_deref().map(database).transpose()?,
    })
}

fn database(path: &Path) -> Result<Database, Failure> {
    let read = std::fs::read(path).and_then(|bytes| {
        Database::open(bytes).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))
    });
    read.map_err(|cause| Failure::unreadable("database", path, cause))
}
