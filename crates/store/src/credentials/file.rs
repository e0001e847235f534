//! The file of credentials as it lies on disk.

use super::Credential;
use crate::whole::replace;
use cofferdam_vocabulary::CredentialId;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// The format that this version writes.
const FORMAT: u64 = 1;

/// Credentials by their ids.
pub(super) type Held = BTreeMap<CredentialId, Credential>;

/// Why credentials cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum CredentialsError {
    /// Others than its owner may read it, or worse.
    #[error("`{}` holds secrets and is open to others ({mode:o})", path.display())]
    Open {
        /// Where.
        path: PathBuf,
        /// Its permissions.
        mode: u32,
    },
    /// It is not what was written.
    #[error("the credentials in `{}` are not understood: {what}", path.display())]
    Damaged {
        /// Where.
        path: PathBuf,
        /// What is wrong; nothing of what the file holds.
        what: String,
    },
    /// A later version wrote it.
    #[error(
        "a later version of Cofferdam wrote `{}` (format {found}, this version knows {FORMAT})",
        path.display()
    )]
    Later {
        /// Where.
        path: PathBuf,
        /// The format found.
        found: u64,
    },
    /// The disk says no.
    #[error("failed to use `{}`", path.display())]
    Io {
        /// Where.
        path: PathBuf,
        /// What the system says.
        #[source]
        cause: io::Error,
    },
}

impl CredentialsError {
    /// What to do about it.
    pub fn help(&self) -> Option<&'static str> {
        match self {
            CredentialsError::Open { .. } => {
                Some("`chmod 600` it; whoever could read it may know passwords by now: set new ones")
            }
            CredentialsError::Damaged { .. } => {
                Some("a backup has the file; put it back, readable by its owner alone")
            }
            CredentialsError::Later { .. } | CredentialsError::Io { .. } => None,
        }
    }
}

/// The file as it is written.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Form {
    format: u64,
    credentials: Held,
}

/// What is asked of a file's permissions.
#[derive(Clone, Copy)]
pub(super) enum Mode {
    /// That nobody else may read it.
    Checked,
    /// Nothing.
    Any,
}

pub(super) fn damaged(path: &Path, what: String) -> CredentialsError {
    CredentialsError::Damaged { path: path.to_owned(), what }
}

/// What the file holds; none when there is none.
pub(super) fn read(path: &Path, mode: Mode) -> Result<Option<Held>, CredentialsError> {
    let io = |cause| CredentialsError::Io { path: path.to_owned(), cause };
    let mut file = match File::open(path) {
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => return Ok(None),
        opened => opened.map_err(io)?,
    };
    if let Mode::Checked = mode {
        closed(&file, path)?;
    }
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes).map_err(io)?;
    parse(path, &bytes).map(Some)
}

#[cfg(unix)]
fn closed(file: &File, path: &Path) -> Result<(), CredentialsError> {
    use std::os::unix::fs::PermissionsExt;
    let known = file.metadata().map_err(|cause| CredentialsError::Io { path: path.to_owned(), cause })?;
    match known.permissions().mode() & 0o7777 {
        mode if mode & !0o600 == 0 => Ok(()),
        mode => Err(CredentialsError::Open { path: path.to_owned(), mode }),
    }
}

#[cfg(not(unix))]
fn closed(_: &File, _: &Path) -> Result<(), CredentialsError> {
    Ok(())
}

/// Reads the file. What a JSON parser says of a value would show it, so only the place is told.
fn parse(path: &Path, bytes: &[u8]) -> Result<Held, CredentialsError> {
    #[derive(Deserialize)]
    struct Version {
        format: u64,
    }
    let place =
        |error: serde_json::Error| damaged(path, format!("line {}, column {}", error.line(), error.column()));
    match serde_json::from_slice(bytes).map_err(place)? {
        Version { format: FORMAT } => {}
        Version { format: found @ 2.. } => {
            return Err(CredentialsError::Later { path: path.to_owned(), found });
        }
        Version { format } => return Err(damaged(path, format!("there never was a format {format}"))),
    }
    let form: Form = serde_json::from_slice(bytes).map_err(place)?;
    Ok(form.credentials)
}

/// Puts a file of these in its place.
pub(super) fn write(path: &Path, held: &Held) -> Result<(), CredentialsError> {
    let io = |cause| CredentialsError::Io { path: path.to_owned(), cause };
    let form = Form { format: FORMAT, credentials: held.clone() };
    let mut bytes = serde_json::to_vec_pretty(&form).map_err(|error| io(error.into()))?;
    bytes.push(b'\n');
    replace(path, &bytes).map_err(io)
}
