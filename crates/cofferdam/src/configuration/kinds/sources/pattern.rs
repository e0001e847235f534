//! Which files are followed: one, or those of one folder whose names are alike.

use super::super::super::given::{Given, Misread};
use std::path::{Path, PathBuf};

/// Reads a path whose last part may hold `*`.
///
/// # Errors
///
/// [`Misread`] for a path without a name at its end, or with `*` in its folders.
pub fn read(given: &Given, base: &Path) -> Result<PathBuf, Misread> {
    let text = given.text("a file")?;
    let (folder, name) = text.rsplit_once('/').unwrap_or(("", text));
    let message = match (folder, name) {
        _ if text.contains(char::is_control) => "holds control characters, which no path has",
        (_, "" | "." | "..") => "is no file, but a folder",
        (folder, _) if folder.contains('*') => "has a `*` in its folders",
        _ => return Ok(base.join(text)),
    };
    Err(Misread::new(message).help("name a file, or files of one folder: `/var/log/nginx/*.log`"))
}
