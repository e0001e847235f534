//! The rules of the benches: every `.yml` file of a folder.

use cofferdam_detect::rule::{RuleSet, read_file};
use cofferdam_serve::live::RuleSource;
use std::path::{Path, PathBuf};

/// Stands in what shall be found.
pub const NEEDLE: &str = "needle";

/// Finds it, and nothing else.
const NEEDLES: &str = "
title: Needle
id: 6d3f7f0a-6f1b-4c1c-9d55-0c8f0f4e7a11
level: medium
logsource: {product: linux, service: sshd}
detection: {selection: ['for needle'], condition: selection}
";

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
        Ok(RuleSet::assemble(read.chain([read_file("needle.yml", NEEDLES)])))
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
