//! Folders and files. What a file of the configuration names is found from where that file lies.

use super::super::given::{Given, Misread};
use super::Kind;
use serde_json::{Value, json};
use std::fmt;
use std::path::{Path, PathBuf};

/// A folder.
pub struct Folder;

/// Files and folders.
pub struct Paths;

/// A file of certificates or keys.
pub struct PemFile;

/// A file that holds a secret and nothing else.
pub struct Secret;

/// Where a secret lies. It is not printed: whoever mistook the setting wrote the secret itself.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretFile(pub PathBuf);

impl fmt::Debug for SecretFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(SET)
    }
}

/// What is shown of a secret.
const SET: &str = "(set)";

fn path(given: &Given, base: &Path, wanted: &str) -> Result<PathBuf, Misread> {
    let text = given.text(wanted)?;
    if text.contains('\0') {
        return Err(Misread::new("holds a character that no path has"));
    }
    Ok(base.join(text))
}

impl Kind for Folder {
    type Value = PathBuf;

    fn name(&self) -> String {
        "folder".to_owned()
    }

    fn read(&self, given: &Given, base: &Path) -> Result<PathBuf, Misread> {
        path(given, base, "a folder")
    }

    fn show(&self, value: &PathBuf) -> Value {
        json!(value.display().to_string())
    }
}

impl Kind for Paths {
    type Value = Vec<PathBuf>;

    fn name(&self) -> String {
        "list of files and folders".to_owned()
    }

    fn read(&self, given: &Given, base: &Path) -> Result<Vec<PathBuf>, Misread> {
        match given {
            Given::Typed(text) => {
                let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
                Ok(parts.map(|part| base.join(part)).collect())
            }
            Given::List(spots) => spots
                .iter()
                .map(|spot| {
                    path(&spot.given, base, "a file or folder").map_err(|misread| misread.at(&spot.span))
                })
                .collect(),
            _ => Err(given.other("a list of files and folders, such as [\"rules\"]")),
        }
    }

    fn show(&self, value: &Vec<PathBuf>) -> Value {
        json!(value.iter().map(|path| path.display().to_string()).collect::<Vec<_>>())
    }
}

impl Kind for PemFile {
    type Value = PathBuf;

    fn name(&self) -> String {
        "PEM file".to_owned()
    }

    fn read(&self, given: &Given, base: &Path) -> Result<PathBuf, Misread> {
        path(given, base, "a file")
    }

    fn show(&self, value: &PathBuf) -> Value {
        json!(value.display().to_string())
    }
}

impl Kind for Secret {
    type Value = SecretFile;

    fn name(&self) -> String {
        "file with a secret".to_owned()
    }

    fn read(&self, given: &Given, base: &Path) -> Result<SecretFile, Misread> {
        path(given, base, "a file").map(SecretFile)
    }

    fn show(&self, _: &SecretFile) -> Value {
        json!(SET)
    }
}
