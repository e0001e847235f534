//! The folder where packs of rules are kept: a folder for each, with its rules, licences and manifest.

use super::error::RulesError;
use crate::failure::Failure;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// The manifest's file in a pack's folder.
pub const MANIFEST: &str = "pack.json";
/// The folder for rules and licences in a pack's folder.
pub const RULES: &str = "rules";

/// What is said of a pack; later versions may say more.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Manifest {
    /// What it is called.
    pub name: String,
    /// The file or folder that it came from, without the folders around it.
    pub source: String,
    /// SHA-256 of the archive; none for a folder.
    pub sha256: Option<String>,
    /// Rules, correlations and filters kept.
    pub rules: u64,
    /// Licences that rules name.
    pub licenses: Vec<String>,
    /// Licence files that came with it, by their path below `rules`.
    pub license_files: Vec<String>,
    /// When it was added, RFC 3339, UTC.
    pub added: String,
}

/// A pack as it lies on disk.
#[derive(Clone, Debug)]
pub struct Pack {
    /// Its folder's name.
    pub name: String,
    /// Its folder.
    pub folder: PathBuf,
}

impl Pack {
    /// What its manifest says; what cannot be read says nothing.
    pub fn manifest(&self) -> Manifest {
        let text = std::fs::read_to_string(self.folder.join(MANIFEST)).unwrap_or_default();
        serde_json::from_str(&text).unwrap_or_default()
    }
}

/// Where packs are kept: as asked, else as the XDG base directories say.
///
/// Source: XDG Base Directory Specification 0.8 (a relative path is to be ignored).
pub fn folder(asked: Option<&Path>) -> Option<PathBuf> {
    let of = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let base = || of("XDG_DATA_HOME").or_else(|| Some(of("HOME")?.join(".local/share")));
    asked.map(Path::to_owned).or_else(|| Some(base().or_else(|| of("LOCALAPPDATA"))?.join("cofferdam/rules")))
}

/// As [`folder`], for those who must have one.
///
/// # Errors
///
/// [`RulesError::NoHome`] when nothing says where.
pub fn required(asked: Option<&Path>) -> Result<PathBuf, Failure> {
    folder(asked).ok_or(Failure::Rules(RulesError::NoHome))
}

/// Every pack in the folder, by name; none if there is no such folder.
///
/// # Errors
///
/// [`Failure`] when the folder is there and cannot be read.
pub fn packs(home: &Path) -> Result<Vec<Pack>, Failure> {
    let entries = match std::fs::read_dir(home) {
        Ok(entries) => entries,
        Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(cause) => return Err(Failure::unreadable("rules", home, cause)),
    };
    let mut packs = Vec::new();
    for entry in entries {
        let entry = entry.map_err(|cause| Failure::unreadable("rules", home, cause))?;
        let name = entry.file_name().to_string_lossy().into_owned();
        // What begins with a dot is being added, or somebody else's.
        if !name.starts_with('.') && entry.path().join(RULES).is_dir() {
            packs.push(Pack { name, folder: entry.path() });
        }
    }
    packs.sort_by(|one, two| one.name.cmp(&two.name));
    Ok(packs)
}
