//! The rules of the benches: every `.yml` file of a folder.

use cofferdam_detect::rule::{RuleSet, read_file};
use cofferdam_serve::live::RuleSource;
use std::path::{Path, PathBuf};

/// Rules in a folder, read once.
#[derive(Clone)]
pub struct Folder(pub PathBuf);

impl RuleSource for Folder {
    fn mark(&self) -> u64 {
        0
    }

    fn load(&self) -> Result<RuleSet, String> {
        let mut files = Vec::new();
        collect(&self.0, &mut files).map_err(|error| error.to_string())?;
        files.sort();
        let read = files.into_iter().map(|path| {
            let text = std::fs::read_to_string(&path).unwrap_or_default();
            read_file(&path.display().to_string(), &text)
        });
        Ok(RuleSet::assemble(read.collect()))
    }
}

fn collect(folder: &Path, out: &mut Vec<PathBuf>) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, out)?;
        } else if path.extension().is_some_and(|extension| extension == "yml") {
            out.push(path);
        }
    }
    Ok(())
}
