//! `cofferdam rules remove`: a pack is used no more.

use super::args::Remove;
use super::error::RulesError;
use super::home;
use crate::failure::Failure;
use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

/// Removes a pack.
///
/// # Errors
///
/// [`Failure`] when there is no such pack, or it cannot be removed.
pub fn run(args: &Remove) -> Result<ExitCode, Failure> {
    let home = home::required(args.home.home.as_deref())?;
    let packs = home::packs(&home)?;
    let Some(pack) = packs.iter().find(|pack| pack.name == args.name) else {
        let known = packs.into_iter().map(|pack| pack.name).collect();
        return Err(Failure::Rules(RulesError::NoPack { name: args.name.clone(), known }));
    };
    take_away(&home, &pack.name, &pack.folder)?;
    // Whoever reads may have enough of it; that is no failure of ours.
    let _ = writeln!(anstream::stdout().lock(), "Removed `{}`.", pack.name);
    Ok(ExitCode::SUCCESS)
}

/// Moves a pack's folder aside and deletes it there, so that no half of it is ever used.
///
/// # Errors
///
/// [`Failure::Unwritable`] with its folder.
fn take_away(home: &Path, name: &str, folder: &Path) -> Result<(), Failure> {
    let aside = home.join(format!(".removing-{name}-{}", std::process::id()));
    let removed = std::fs::rename(folder, &aside).and_then(|()| std::fs::remove_dir_all(&aside));
    removed.map_err(|cause| Failure::unwritable(folder, cause))
}
