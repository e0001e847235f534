//! The files that settings name, and what has to be in them.

use super::kinds::SecretFile;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// Largest file of certificates.
const PEM_BYTES: u64 = 1 << 20;
/// Longest secret.
const SECRET_BYTES: u64 = 4 << 10;

/// Why a file cannot be what a setting wants it to be.
#[derive(Debug, thiserror::Error)]
pub enum Unfit {
    /// It cannot be read.
    #[error("cannot be read: {0}")]
    Unreadable(#[from] io::Error),
    /// It is no file of this kind.
    #[error("is too large: more than {0} bytes")]
    TooLarge(u64),
    /// What should be in it is not.
    #[error("holds no {0}")]
    Without(&'static str),
    /// Others can read what nobody should.
    #[error("can be read by everybody on this machine")]
    Open,
}

impl Unfit {
    /// What can be done about it.
    pub fn help(&self) -> &'static str {
        match self {
            Unfit::Unreadable(_) => "the account of the server has to be able to read it",
            Unfit::TooLarge(_) => "name the file itself, and nothing that holds more",
            Unfit::Without("secret") => "write the secret into it, on one line",
            Unfit::Without(_) => "it has to be in PEM, between BEGIN and END",
            Unfit::Open => "take that right away: `chmod o= FILE`, and change the secret if others were here",
        }
    }
}

/// Certificates in PEM.
///
/// # Errors
///
/// [`Unfit`] when there are none.
pub fn certificates(path: &Path) -> Result<(), Unfit> {
    let text = read(path, PEM_BYTES, false)?;
    if text.contains("-----BEGIN CERTIFICATE-----") { Ok(()) } else { Err(Unfit::Without("certificate")) }
}

/// A private key in PEM, that others cannot read.
///
/// # Errors
///
/// [`Unfit`] when there is none, or it is open to others.
pub fn private_key(path: &Path) -> Result<(), Unfit> {
    let text = read(path, PEM_BYTES, true)?;
    let is_key =
        |line: &str| line.starts_with("-----BEGIN ") && line.trim_end().ends_with("PRIVATE KEY-----");
    if text.lines().any(is_key) { Ok(()) } else { Err(Unfit::Without("private key")) }
}

impl SecretFile {
    /// The secret, without the line break at its end.
    ///
    /// # Errors
    ///
    /// [`Unfit`] when there is none, it is longer than 4 KiB, or it is open to others.
    pub fn read(&self) -> Result<String, Unfit> {
        let text = read(&self.0, SECRET_BYTES, true)?;
        let secret = text.trim_end_matches(['\r', '\n']);
        let is_one = !secret.is_empty() && !secret.contains(char::is_control);
        if is_one { Ok(secret.to_owned()) } else { Err(Unfit::Without("secret")) }
    }
}

fn read(path: &Path, most: u64, is_private: bool) -> Result<String, Unfit> {
    let file = File::open(path)?;
    if is_private && is_open(&file)? {
        return Err(Unfit::Open);
    }
    let mut text = String::new();
    file.take(most + 1).read_to_string(&mut text)?;
    if text.len() as u64 > most { Err(Unfit::TooLarge(most)) } else { Ok(text) }
}

#[cfg(unix)]
fn is_open(file: &File) -> io::Result<bool> {
    use std::os::unix::fs::PermissionsExt;
    Ok(file.metadata()?.permissions().mode() & 0o007 != 0)
}

#[cfg(not(unix))]
fn is_open(_: &File) -> io::Result<bool> {
    Ok(false)
}
