//! What `cofferdam login` keeps, so that later commands need no flags: the server, its certificate and a token, in
//! a file that only its owner can read.

use super::error::ClientError;
use serde::{Deserialize, Serialize};
use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// A login that is kept.
#[derive(Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Kept {
    /// The server's address.
    pub server: String,
    /// A file with its certificate.
    pub ca: Option<PathBuf>,
    /// The token's id, with which it is revoked.
    pub id: String,
    /// The token.
    pub token: String,
}

fn failed(path: &Path) -> impl Fn(io::Error) -> ClientError + '_ {
    move |cause| ClientError::File { path: path.to_owned(), cause }
}

/// Where it is kept: below the folder for settings of whoever runs this.
///
/// # Errors
///
/// [`ClientError::Input`] when there is no home.
pub fn path() -> Result<PathBuf, ClientError> {
    let named = |variable| std::env::var_os(variable).filter(|value| !value.is_empty()).map(PathBuf::from);
    let settings = named("XDG_CONFIG_HOME").or_else(|| named("HOME").map(|home| home.join(".config")));
    let settings = settings
        .ok_or_else(|| ClientError::Input { what: "neither HOME nor XDG_CONFIG_HOME is set".to_owned() })?;
    Ok(settings.join("cofferdam").join("login.json"))
}

/// The login that is kept, if there is one.
///
/// # Errors
///
/// [`ClientError`] when the file cannot be read, is open to others, or is not one of ours.
pub fn read() -> Result<Option<Kept>, ClientError> {
    let path = path()?;
    let text = match fs::read(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed(&path)(error)),
    };
    let mode = fs::metadata(&path).map_err(failed(&path))?.permissions().mode();
    if mode & 0o077 != 0 {
        let what = format!(
            "`{}` can be read by others (mode {:o}); run `chmod 600` on it",
            path.display(),
            mode & 0o777
        );
        return Err(ClientError::Input { what });
    }
    let strange = |error: serde_json::Error| {
        failed(&path)(io::Error::new(io::ErrorKind::InvalidData, error.to_string()))
    };
    serde_json::from_slice(&text).map(Some).map_err(strange)
}

/// Keeps a login in the place of the one before.
///
/// # Errors
///
/// [`ClientError::File`].
pub fn write(kept: &Kept) -> Result<PathBuf, ClientError> {
    let path = path()?;
    let write = || -> io::Result<()> {
        if let Some(folder) = path.parent() {
            fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        }
        let aside = path.with_extension("partial");
        let _ = fs::remove_file(&aside);
        let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&aside)?;
        serde_json::to_writer(&mut file, kept)?;
        file.write_all(b"\n")?;
        file.sync_all()?;
        fs::rename(&aside, &path)
    };
    write().map_err(failed(&path))?;
    Ok(path)
}

/// Forgets it.
///
/// # Errors
///
/// [`ClientError::File`].
pub fn forget() -> Result<(), ClientError> {
    let path = path()?;
    match fs::remove_file(&path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(failed(&path)(error)),
        _ => Ok(()),
    }
}
