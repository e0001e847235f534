//! Asks the person at the terminal.

use super::ask::secret;
use super::error::ClientError;
use std::io::{self, BufRead, IsTerminal, Write};
use std::path::Path;

/// A password: from a file, or typed without being shown.
pub fn password(file: Option<&Path>, what: &str) -> Result<String, ClientError> {
    if let Some(file) = file {
        return secret(file);
    }
    if !io::stdin().is_terminal() {
        return Err(ClientError::Input {
            what: "there is no terminal to ask for a password; use --password-file".to_owned(),
        });
    }
    rpassword::prompt_password(format!("{what}: "))
        .map_err(|error| ClientError::Input { what: format!("the password could not be read: {error}") })
}

/// A line.
pub fn line(what: &str) -> Result<String, ClientError> {
    if !io::stdin().is_terminal() {
        return Err(ClientError::Input { what: format!("there is no terminal to ask for: {what}") });
    }
    eprint!("{what}: ");
    let _ = io::stderr().flush();
    let mut line = String::new();
    let read = io::stdin().lock().read_line(&mut line);
    read.map_err(|error| ClientError::Input { what: format!("nothing could be read: {error}") })?;
    Ok(line.trim().to_owned())
}
