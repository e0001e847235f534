//! Asks a server, and tells what it refused.

use super::args::ServerArgs;
use super::error::{ClientError, Refused};
use super::kept;
use cofferdam_connect::{Api, Said, With};
use serde_json::Value;
use std::fs;
use std::path::Path;

/// A file with a token or a password is read no further.
const SECRET_BYTES: usize = 4096;

impl ServerArgs {
    /// The server, with a token.
    ///
    /// # Errors
    ///
    /// [`ClientError`] when it is not said which one, or there is no token.
    pub fn api(&self) -> Result<Api, ClientError> {
        let kept = kept::read()?;
        let kept_server = kept.as_ref().map(|kept| kept.server.clone());
        let server = self.server.clone().or_else(|| kept_server.clone()).ok_or(ClientError::NoServer)?;
        // What is kept is for the server that it was got from, and for no other.
        let kept = kept.filter(|kept| kept.server == server.trim_end_matches('/'));
        let given = std::env::var("COFFERDAM_TOKEN").ok().filter(|token| !token.is_empty());
        let token = match &self.token_file {
            Some(path) => Some(secret(path)?),
            None => given.or_else(|| kept.as_ref().map(|kept| kept.token.clone())),
        };
        let token = token.ok_or_else(|| ClientError::NoToken { server: server.clone() })?;
        let ca = self.ca.clone().or_else(|| kept.and_then(|kept| kept.ca));
        Api::new(&server, Some(token), ca.as_deref()).map_err(|what| ClientError::Unusable { what })
    }

    /// The server, for whoever has no token yet.
    ///
    /// # Errors
    ///
    /// [`ClientError`] when it is not said which one.
    pub fn without_token(&self) -> Result<Api, ClientError> {
        let server =
            self.server.clone().or(kept::read()?.map(|kept| kept.server)).ok_or(ClientError::NoServer)?;
        Api::new(&server, None, self.ca.as_deref()).map_err(|what| ClientError::Unusable { what })
    }
}

/// The first line of a file.
///
/// # Errors
///
/// [`ClientError`] when there is none.
pub fn secret(path: &Path) -> Result<String, ClientError> {
    let text =
        fs::read_to_string(path).map_err(|cause| ClientError::File { path: path.to_owned(), cause })?;
    let line = text.lines().next().unwrap_or_default();
    if line.is_empty() || line.len() > SECRET_BYTES {
        return Err(ClientError::Input {
            what: format!("the first line of `{}` holds no secret", path.display()),
        });
    }
    Ok(line.to_owned())
}

/// Asks, and takes only what was carried out for an answer.
///
/// # Errors
///
/// [`ClientError`].
pub fn ask(api: &Api, method: &str, path: &str, with: With<'_>) -> Result<Said, ClientError> {
    let said = api.ask(method, path, with).map_err(|what| ClientError::Silent { what })?;
    if (200..300).contains(&said.status) { Ok(said) } else { Err(refused(said.status, &said.body)) }
}

/// Asks for JSON.
///
/// # Errors
///
/// [`ClientError`].
pub fn json(api: &Api, method: &str, path: &str, with: With<'_>) -> Result<Value, ClientError> {
    let said = ask(api, method, path, with)?;
    serde_json::from_slice(&said.body).map_err(|_| strange(&said.body))
}

/// What was refused, as far as it is understood.
pub fn refused(status: u16, body: &[u8]) -> ClientError {
    match serde_json::from_slice::<Refused>(body) {
        Ok(refused) if !refused.title.is_empty() => {
            ClientError::Refused { refused: Refused { status, ..refused } }
        }
        _ => ClientError::Strange { what: format!("status {status}") },
    }
}

fn strange(body: &[u8]) -> ClientError {
    ClientError::Strange { what: String::from_utf8_lossy(body).chars().take(60).collect() }
}

/// A text as it stands in a path or behind a question mark.
pub fn percent(text: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if is_plain(byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}
