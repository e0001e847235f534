//! The rules that the server detects with: those that ship, those of packs, and those that the configuration names.

use crate::configuration::Configuration;
use crate::rules::{self, RuleText};
use cofferdam_detect::rule::RuleSet;
use cofferdam_serve::live::RuleSource;
use std::collections::hash_map::DefaultHasher;
use std::fs;
use std::hash::{Hash, Hasher};
use std::path::{Path, PathBuf};

/// Folders below folders that are looked through for changes.
const DEEP: usize = 32;

/// Rules where they lie.
pub struct OnDisk {
    builtin: bool,
    paths: Vec<PathBuf>,
}

impl OnDisk {
    /// The rules of this configuration.
    pub fn new(configuration: &Configuration) -> OnDisk {
        OnDisk { builtin: configuration.rules_builtin, paths: configuration.rules_paths.clone() }
    }

    fn texts(&self) -> Result<Vec<RuleText>, String> {
        let mut files = Vec::new();
        if self.builtin {
            files.extend(rules::builtin());
        }
        if let Some(home) = rules::home(None) {
            files.extend(rules::packs(&home).map_err(|failure| failure.to_string())?);
        }
        files.extend(rules::named(&self.paths).map_err(|failure| failure.to_string())?);
        Ok(files)
    }
}

impl RuleSource for OnDisk {
    fn mark(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        for path in self.paths.iter().cloned().chain(rules::home(None)) {
            mark(&path, DEEP, &mut hasher);
        }
        hasher.finish()
    }

    fn load(&self) -> Result<RuleSet, String> {
        Ok(rules::assemble(&self.texts()?))
    }
}

/// What changes when a file does, or one comes or goes.
fn mark(path: &Path, deep: usize, hasher: &mut DefaultHasher) {
    let Ok(metadata) = fs::metadata(path) else { return path.hash(hasher) };
    if !metadata.is_dir() {
        (path, metadata.len(), metadata.modified().ok()).hash(hasher);
        return;
    }
    let Ok(entries) = fs::read_dir(path) else { return path.hash(hasher) };
    let mut inside: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    inside.sort();
    if deep > 0 {
        inside.iter().for_each(|path| mark(path, deep - 1, hasher));
    }
}
