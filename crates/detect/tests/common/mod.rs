//! The one door from these tests to the code: lines go through the parsers, the matcher and the
//! correlations as the command line sends them.

#![allow(dead_code, reason = "each test file uses a part of it")]

use cofferdam_detect::examples::{Bench, RuleFile};
use cofferdam_detect::rule::{RuleSet, read_file};
use std::path::{Path, PathBuf};

/// The repository's folder `content`.
pub fn content() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../content")
}

/// Every file below a folder, sorted, whose name ends so.
pub fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display())) {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.to_string_lossy().ends_with(ending) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// The rules of some files, which must load without a problem.
pub fn load<'t>(files: impl IntoIterator<Item = (&'t str, &'t str)>) -> RuleSet {
    let set = RuleSet::assemble(files.into_iter().map(|(path, text)| read_file(path, text)));
    assert!(set.problems.is_empty(), "rules with problems: {:#?}", set.problems);
    set
}

/// Rules of which each document must work.
pub fn bench(set: RuleSet) -> Bench {
    let bench = Bench::new(set);
    assert!(bench.rules().problems.is_empty(), "{:#?}", bench.rules().problems);
    bench
}

/// Every rule file that ships.
pub fn rule_files() -> Vec<RuleFile> {
    let root = content().join("rules");
    files(&root, ".yml").iter().map(|path| rule_file(&root, path)).collect()
}

fn rule_file(root: &Path, path: &Path) -> RuleFile {
    let text = std::fs::read_to_string(path).unwrap();
    let file = RuleFile::read(&path.strip_prefix(root).unwrap().display().to_string(), &text);
    assert!(file.broken.is_empty(), "{}: {:?}", file.path, file.broken);
    file
}
