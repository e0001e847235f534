//! A folder as a witness: a file for each checkpoint that it saw, added and never changed.

use super::{Saw, Shown, WitnessError};
use cofferdam_journal::note::Checkpoint;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

pub fn see(root: &Path, shown: &Shown<'_>, keep: bool) -> Result<Saw, WitnessError> {
    let unreachable =
        |error: io::Error| WitnessError::Unreachable { what: format!("`{}`: {error}", root.display()) };
    if !root.is_dir() {
        return Err(unreachable(io::ErrorKind::NotFound.into()));
    }
    let folder = root.join(shown.verifier.name().as_str().replace('/', "-"));
    let size = shown.checkpoint.size;
    let known = if folder.is_dir() { checkpoints(&folder).map_err(unreachable)? } else { Vec::new() };
    for (seen, path) in &known {
        compare(*seen, path, shown)?;
    }
    let saw = if known.is_empty() { Saw::First } else { Saw::Before };
    if !keep {
        return Ok(saw);
    }
    fs::create_dir_all(&folder).map_err(unreachable)?;
    let path = folder.join(format!("{size:020}"));
    if !path.exists() {
        put(&path, shown.note).map_err(unreachable)?;
    }
    Ok(saw)
}

/// The first and the last that it saw: what lies between is part of the last one's tree.
fn checkpoints(folder: &Path) -> io::Result<Vec<(u64, PathBuf)>> {
    let mut found: Vec<(u64, PathBuf)> = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let size = path.file_name().and_then(|name| name.to_str()).and_then(|name| name.parse().ok());
        found.extend(size.map(|size| (size, path)));
    }
    found.sort();
    let last = found.pop();
    found.truncate(1);
    found.extend(last);
    Ok(found)
}

fn compare(seen: u64, path: &Path, shown: &Shown<'_>) -> Result<(), WitnessError> {
    let forked = |what: String| WitnessError::Forked { what };
    let note = fs::read_to_string(path)
        .map_err(|error| WitnessError::Unreachable { what: format!("`{}`: {error}", path.display()) })?;
    let checkpoint = Checkpoint::verified(&note, shown.verifier)
        .map_err(|error| forked(format!("`{}` is not what this log signed: {error}", path.display())))?;
    if checkpoint.size != seen {
        return Err(forked(format!("`{}` is of {} entries", path.display(), checkpoint.size)));
    }
    let ours = shown.tree.size();
    if seen > ours {
        return Err(WitnessError::RolledBack { seen, ours });
    }
    let root = shown.root(seen).map_err(|error| forked(error.to_string()))?;
    if root == checkpoint.root {
        Ok(())
    } else {
        Err(forked(format!(
            "its first {seen} entries had the root {}, and here it is {root}",
            checkpoint.root
        )))
    }
}

fn put(path: &Path, note: &str) -> io::Result<()> {
    let aside = path.with_extension("partial");
    let mut file = fs::File::create(&aside)?;
    file.write_all(note.as_bytes())?;
    file.sync_all()?;
    fs::rename(&aside, path)
}
