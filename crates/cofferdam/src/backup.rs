//! `cofferdam backup` and `cofferdam restore`.

use crate::journal::{JournalFailure, Place, folder, world};
use crate::operator;
use crate::text::{count, group, plain};
use clap::Args;
use cofferdam_journal::StreamId;
use cofferdam_journal::log::Log;
use cofferdam_journal::{Aggregate, Entry};
use cofferdam_store::{ReadOnly, entries};
use std::collections::BTreeSet;
use std::path::PathBuf;

/// `cofferdam backup`.
#[derive(Args, Debug)]
#[command(after_help = "\
The folder then holds all that was recorded and signed, evidence, personal values, the key
of the log and what users log in with: keep it as safe as the data directory itself. It is
verified at the end.")]
pub struct BackupArgs {
    #[command(flatten)]
    pub place: Place,
    /// The folder of the backup; one that is there is added to
    #[arg(long, value_name = "DIR")]
    pub to: PathBuf,
}

/// `cofferdam restore`.
#[derive(Args, Debug)]
pub struct RestoreArgs {
    /// The folder of the backup
    #[arg(value_name = "BACKUP")]
    pub backup: PathBuf,
    /// The data directory to make; it must not be one yet
    #[arg(long, value_name = "DIR")]
    pub to: PathBuf,
    /// A data directory or results that know of later orders to erase: what they name is not restored
    #[arg(long, value_name = "DIR")]
    pub erased_in: Option<PathBuf>,
}

/// Backs up and tells what was added.
///
/// # Errors
///
/// [`JournalFailure`] when the data directory cannot be read or the folder not be written.
pub fn back_up(args: &BackupArgs) -> Result<(), JournalFailure> {
    let done = cofferdam_store::backup(&folder(&args.place.data), &args.to)?;
    let new = count(done.entries - done.before, "new entry", "new entries");
    let evidence = count(done.evidence, "new piece of evidence", "new pieces of evidence");
    say!("{new}, {evidence}; {} in all.", count(done.entries, "entry", "entries"));
    credentials(done.credentials);
    for hash in &done.left_out {
        say!("LEFT OUT {hash}: its bytes are damaged or missing here");
    }
    say!("Verified: the backup in {} is whole.", plain(&args.to.display().to_string()));
    if done.left_out.is_empty() {
        return Ok(());
    }
    let misfits =
        count(done.left_out.len() as u64, "damaged piece of evidence", "damaged pieces of evidence");
    Err(JournalFailure::Misfit { misfits, path: args.place.data.clone() })
}

/// Restores and tells what came back.
///
/// # Errors
///
/// [`JournalFailure`] when the backup is damaged or the data directory cannot be made.
pub fn restore(args: &RestoreArgs) -> Result<(), JournalFailure> {
    let erased = match &args.erased_in {
        None => BTreeSet::new(),
        Some(path) => {
            let data = ReadOnly::open(&folder(path))?;
            let facts: Vec<_> = entries(data.reader.as_ref(), StreamId::Log)?
                .into_iter()
                .map(|entry: Entry| entry.fact)
                .collect();
            Log::replay(&facts).erased
        }
    };
    let done = cofferdam_store::restore(&args.backup, &args.to, &erased, &operator::person(), world())?;
    let evidence = count(done.evidence, "piece of evidence", "pieces of evidence");
    say!("Restored {} and {evidence}; the journal verifies.", count(done.entries, "entry", "entries"));
    credentials(done.credentials);
    if done.erased > 0 {
        say!("{} values of it had been erased by order since, and are not restored.", group(done.erased));
    }
    say!(
        "What was recorded after the backup is not in it; the journal says from here on\n\
         that it was restored. Name a new witness: the old one may have seen more."
    );
    Ok(())
}

/// Says that what users log in with is there, too.
fn credentials(number: usize) {
    if number > 0 {
        say!("{} that users log in with.", count(number as u64, "credential", "credentials"));
    }
}
