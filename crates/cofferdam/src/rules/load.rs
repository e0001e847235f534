//! Finds rule files, those that ship, those of packs and those of the user, and loads them.

use super::home;
use crate::cli::RuleArgs;
use crate::failure::Failure;
use cofferdam_detect::rule::{FileRules, RuleSet, read_file};
use include_dir::{Dir, include_dir};
use rayon::ThreadPool;
use rayon::prelude::*;
use std::path::{Path, PathBuf};

/// The rules that come with Cofferdam.
static BUILTIN: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../../content/rules");

/// What the rules that ship are called where packs are named.
pub const BUILTIN_PACK: &str = "builtin";

/// A rule file.
#[derive(Clone, Debug)]
pub struct RuleText {
    /// Where it lies; rules that ship lie below `builtin/`.
    pub path: String,
    /// What it says.
    pub text: String,
    /// The pack it belongs to, `builtin` for rules that ship; none for files that were named.
    pub pack: Option<String>,
}

/// Loads the rules that the arguments ask for. Broken rules are in the set's problems.
///
/// # Errors
///
/// [`Failure`] when a path that was named cannot be read.
pub fn load(args: &RuleArgs, crew: &ThreadPool) -> Result<RuleSet, Failure> {
    let mut files = Vec::new();
    if !args.no_builtin_rules {
        files.extend(builtin());
    }
    if let Some(home) = home::folder(None).filter(|_| !args.no_packs) {
        files.extend(packs(&home)?);
    }
    files.extend(named(&args.rules)?);
    let mut set = crew.install(|| assemble(&files));
    if let Some(level) = args.min_level {
        set.drop_below(level);
    }
    Ok(set)
}

/// Reads files on all threads and puts them together in their order.
pub fn assemble(files: &[RuleText]) -> RuleSet {
    let read: Vec<FileRules> = files.par_iter().map(|file| read_file(&file.path, &file.text)).collect();
    RuleSet::assemble(read)
}

/// The rules that ship.
pub fn builtin() -> Vec<RuleText> {
    fn collect(folder: &'static Dir<'static>, files: &mut Vec<RuleText>) {
        for file in folder.files() {
            if let Some(text) = file.contents_utf8() {
                let path = format!("{BUILTIN_PACK}/{}", file.path().display());
                files.push(RuleText { path, text: text.to_owned(), pack: Some(BUILTIN_PACK.to_owned()) });
            }
        }
        for folder in folder.dirs() {
            collect(folder, files);
        }
    }
    let mut files = Vec::new();
    collect(&BUILTIN, &mut files);
    files
}

/// The rules of every pack.
///
/// # Errors
///
/// [`Failure`] when one cannot be read.
pub fn packs(home: &Path) -> Result<Vec<RuleText>, Failure> {
    let mut files = Vec::new();
    for pack in home::packs(home)? {
        for file in named(&[pack.folder.join(home::RULES)])? {
            files.push(RuleText { pack: Some(pack.name.clone()), ..file });
        }
    }
    Ok(files)
}

/// Rule files that were named, and those in folders that were.
///
/// # Errors
///
/// [`Failure`] when one cannot be read.
pub fn named(paths: &[PathBuf]) -> Result<Vec<RuleText>, Failure> {
    let mut found = Vec::new();
    for path in paths {
        find(path, &mut found)?;
    }
    found.sort();
    found.dedup();
    let read = |path: PathBuf| match std::fs::read(&path) {
        Ok(bytes) => {
            let text = String::from_utf8_lossy(&bytes).into_owned();
            Ok(RuleText { path: path.display().to_string(), text, pack: None })
        }
        Err(cause) => Err(Failure::unreadable("rules", &path, cause)),
    };
    found.into_iter().map(read).collect()
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
