//! Puts a file in its place whole: whoever looks finds what was there before or all that is new.

use crate::blob::private;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Where a file lies until it is whole. What a killed process left there is of no use to anybody.
pub(crate) fn aside(path: &Path) -> PathBuf {
    path.with_extension("partial")
}

/// Writes a file that only its owner can read aside, syncs it, moves it into its place, and syncs the folder.
pub(crate) fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let aside = aside(path);
    let _ = fs::remove_file(&aside);
    let mut file = private(&aside)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&aside, path)?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder)?.sync_all()
}
