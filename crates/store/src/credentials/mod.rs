//! What users and sources prove with who they are: hashes of passwords, second factors, recovery codes, secrets. One file, read by its
//! owner alone, replaced whole.
//!
//! Facts name a credential by its id and decide which one counts; the file only says what it is. So a credential
//! is put here before the fact that names it is recorded, and whatever no fact names is swept away at the next
//! start: whenever the process ends, each credential that counts is there.

mod file;

pub use file::CredentialsError;

use crate::whole::aside;
use cofferdam_vocabulary::CredentialId;
use file::{Held, Mode, damaged, read, write};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The file in a data directory.
pub const CREDENTIALS: &str = "credentials";

/// What somebody proves with who they are.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Credential {
    /// A password.
    Password {
        /// Its hash, as a PHC string.
        phc: String,
    },
    /// A second factor. Source: RFC 6238.
    SecondFactor {
        /// The shared secret in base32.
        secret: String,
        /// The step of the last code that was taken; no code of it or before is taken again.
        last_step: Option<u64>,
    },
    /// Codes that stand in for a second factor, each once.
    RecoveryCodes {
        /// Hashes of those that were not used.
        hashes: Vec<String>,
    },
    /// What a source signs with.
    Signing {
        /// The secret, as its sender has it.
        secret: String,
    },
}

/// Tells what it is and nothing of it.
impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Credential::Password { .. } => "Password(…)",
            Credential::SecondFactor { .. } => "SecondFactor(…)",
            Credential::RecoveryCodes { .. } => "RecoveryCodes(…)",
            Credential::Signing { .. } => "Signing(…)",
        })
    }
}

/// All credentials of a data directory. Threads may share them.
pub struct Credentials {
    path: PathBuf,
    held: Mutex<Held>,
}

impl Credentials {
    /// Opens the file for a process that alone writes it. One that is not there has no credentials in it, and is
    /// made with the first.
    ///
    /// # Errors
    ///
    /// [`CredentialsError`] when others may read the file, or it is not understood.
    pub fn open(path: &Path) -> Result<Credentials, CredentialsError> {
        let left = aside(path);
        match fs::remove_file(&left) {
            Err(cause) if cause.kind() != io::ErrorKind::NotFound => {
                return Err(CredentialsError::Io { path: left, cause });
            }
            _ => {}
        }
        let held = read(path, Mode::Checked)?.unwrap_or_default();
        Ok(Credentials { path: path.to_owned(), held: Mutex::new(held) })
    }

    /// What a credential is; none when there is none of this id.
    pub fn get(&self, id: CredentialId) -> Option<Credential> {
        self.lock().get(&id).cloned()
    }

    /// Keeps a credential, in the place of the one of this id. It is on disk when this returns.
    ///
    /// # Errors
    ///
    /// [`CredentialsError::Io`]; then either the old or the new one is kept, as [`Credentials::get`] says.
    pub fn put(&self, id: CredentialId, credential: Credential) -> Result<(), CredentialsError> {
        self.alter(|held| {
            held.insert(id, credential);
        })
    }

    /// Changes a credential while nobody else can: a code is compared and marked as used in one step. What
    /// `change` returns is returned when the change is on disk; none when there is no credential of this id.
    ///
    /// # Errors
    ///
    /// As [`Credentials::put`]; what `change` returned counts for nothing then.
    pub fn change<T>(
        &self,
        id: CredentialId,
        change: impl FnOnce(&mut Credential) -> T,
    ) -> Result<Option<T>, CredentialsError> {
        self.alter(|held| held.get_mut(&id).map(change))
    }

    /// Forgets a credential.
    ///
    /// # Errors
    ///
    /// As [`Credentials::put`].
    pub fn remove(&self, id: CredentialId) -> Result<(), CredentialsError> {
        self.alter(|held| {
            held.remove(&id);
        })
    }

    /// Forgets all that are not named, and says how many. For a start, when nobody is about to record a fact
    /// that names one.
    ///
    /// # Errors
    ///
    /// As [`Credentials::put`].
    pub fn sweep(&self, named: &BTreeSet<CredentialId>) -> Result<usize, CredentialsError> {
        self.alter(|held| {
            let before = held.len();
            held.retain(|id, _| named.contains(id));
            before - held.len()
        })
    }

    /// Ids of the credentials in a file that somebody else may be writing; none when there is no file.
    ///
    /// # Errors
    ///
    /// As [`Credentials::open`].
    pub fn look(path: &Path) -> Result<Option<BTreeSet<CredentialId>>, CredentialsError> {
        Ok(read(path, Mode::Checked)?.map(|held| held.into_keys().collect()))
    }

    /// Copies a file of credentials, whole, and reads the copy. How many it holds; none when there is no file,
    /// and then nothing is touched.
    pub(crate) fn copy(from: &Path, to: &Path) -> Result<Option<usize>, CredentialsError> {
        let Some(held) = read(from, Mode::Any)? else { return Ok(None) };
        write(to, &held)?;
        match read(to, Mode::Any)? {
            Some(copy) if copy == held => Ok(Some(held.len())),
            _ => Err(damaged(to, "it was written, and something else is read".to_owned())),
        }
    }

    /// Whether a file of a backup, which may lie where there are no permissions, is understood.
    pub(crate) fn check(path: &Path) -> Result<(), CredentialsError> {
        read(path, Mode::Any).map(|_| ())
    }

    fn lock(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes what is held, and writes it when it is something else than before.
    fn alter<T>(&self, alter: impl FnOnce(&mut Held) -> T) -> Result<T, CredentialsError> {
        let mut held = self.lock();
        let mut new = held.clone();
        let done = alter(&mut new);
        if new == *held {
            return Ok(done);
        }
        match write(&self.path, &new) {
            Ok(()) => {
                *held = new;
                Ok(done)
            }
            Err(error) => {
                // Whether it got into its place before something failed, the file says.
                if let Ok(Some(there)) = read(&self.path, Mode::Checked) {
                    *held = there;
                }
                Err(error)
            }
        }
    }
}

/// Tells how many there are and nothing of them.
impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} credentials in {}", self.lock().len(), self.path.display())
    }
}

#[cfg(test)]
mod tests;
