//! Finds rule files, those that ship and those of the user, and loads them.

use crate::cli::RuleArgs;
use crate::failure::Failure;
use cofferdam_detect::rule::{FileRules, RuleSet, read_file};
use include_dir::{Dir, include_dir};
use rayon::ThreadPool;
use rayon::prelude::*;
use std::path::{Path, PathBuf};

/// The rules that come with Cofferdam.
static BUILTIN: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../../content/rules");

/// Loads the rules that the arguments ask for. Broken rules are in the set's problems.
///
/// # Errors
///
/// [`Failure`] when a path that was named cannot be read.
pub fn load(args: &RuleArgs, crew: &ThreadPool) -> Result<RuleSet, Failure> {
    let mut files: Vec<(String, String)> = Vec::new();
    if !args.no_builtin_rules {
        builtin(&BUILTIN, &mut files);
    }
    let mut paths = Vec::new();
    for path in &args.rules {
        find(path, &mut paths)?;
    }
    paths.sort();
    for path in paths {
        match std::fs::read(&path) {
            Ok(bytes) => {
                files.push((path.display().to_string(), String::from_utf8_lossy(&bytes).into_owned()));
            }
            Err(cause) => return Err(Failure::unreadable("rules", &path, cause)),
        }
    }
    let read = |(path, text): &(String, String)| read_file(path, text);
    let read: Vec<FileRules> = crew.install(|| files.par_iter().map(read).collect());
    let mut set = RuleSet::assemble(read);
    if let Some(level) = args.min_level {
        set.drop_below(level);
    }
    Ok(set)
}

fn builtin(folder: &'static Dir<'static>, files: &mut Vec<(String, String)>) {
    for file in folder.files() {
        if let Some(text) = file.contents_utf8() {
            files.push((format!("builtin/{}", file.path().display()), text.to_owned()));
        }
    }
    for folder in folder.dirs() {
        builtin(folder, files);
    }
}

fn find(path: &Path, out: &mut Vec<PathBuf>) -> Result<(), Failure> {
    let unreadable = |cause| Failure::unreadable("rules", path, cause);
    if !std::fs::metadata(path).map_err(unreadable)?.is_dir() {
        out.push(path.to_owned());
        return Ok(());
    }
    for entry in std::fs::read_dir(path).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        let is_rule = path.extension().is_some_and(|extension| extension == "yml" || extension == "yaml");
        // A folder is entered only if it is one itself: a link could lead in a circle.
        if path.is_dir() && !path.is_symlink() {
            find(&path, out)?;
        } else if is_rule && path.is_file() {
            out.push(path);
        }
    }
    Ok(())
}
