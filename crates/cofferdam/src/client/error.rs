//! Why a command that asks a server ended early.

use serde::Deserialize;
use std::io;
use std::path::PathBuf;

/// A failure of a command that asks a server.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// Nobody said which server.
    #[error("no server is named")]
    NoServer,
    /// There is no token.
    #[error("there is no token for {server}")]
    NoToken {
        /// The server.
        server: String,
    },
    /// The address or the certificate cannot be used.
    #[error("{what}")]
    Unusable {
        /// What is wrong with it.
        what: String,
    },
    /// The server does not answer.
    #[error("{what}")]
    Silent {
        /// What happened.
        what: String,
    },
    /// The server said no.
    #[error("{}{}", refused.title, refused.detail.as_ref().map(|detail| format!(": {detail}")).unwrap_or_default())]
    Refused {
        /// What it said.
        refused: Refused,
    },
    /// The gate of a phase does not let the response go on.
    #[error("the response does not go on: {why}")]
    Gate {
        /// What is missing.
        why: String,
        /// The incident.
        incident: String,
    },
    /// The answer is none that a server of this version gives.
    #[error("the server answered what is not understood here: {what}")]
    Strange {
        /// What it answered, cut.
        what: String,
    },
    /// A file cannot be used.
    #[error("failed to use `{}`: {cause}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// What the system says.
        #[source]
        cause: io::Error,
    },
    /// What was typed cannot be used.
    #[error("{what}")]
    Input {
        /// What is wrong with it.
        what: String,
    },
}

/// Problem details as the server sends them.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Refused {
    /// Which kind.
    #[serde(rename = "type")]
    pub kind: String,
    /// The kind in words.
    pub title: String,
    /// The status.
    pub status: u16,
    /// What is wrong with this request.
    pub detail: Option<String>,
    /// What can be done about it.
    pub help: Option<String>,
}

impl ClientError {
    /// To search, alert and look up.
    pub fn code(&self) -> &'static str {
        match self {
            ClientError::NoServer => "client::no-server",
            ClientError::NoToken { .. } => "client::no-token",
            ClientError::Unusable { .. } => "client::unusable",
            ClientError::Silent { .. } => "client::no-answer",
            ClientError::Refused { .. } => "client::refused",
            ClientError::Gate { .. } => "client::gate",
            ClientError::Strange { .. } => "client::strange-answer",
            ClientError::File { .. } => "client::file",
            ClientError::Input { .. } => "client::input",
        }
    }

    /// What can be done about it.
    pub fn help(&self) -> Option<String> {
        match self {
            ClientError::NoServer => {
                Some("name it with --server or COFFERDAM_SERVER, or run `cofferdam login`".to_owned())
            }
            ClientError::NoToken { .. } => {
                Some("run `cofferdam login`, or give one with --token-file or COFFERDAM_TOKEN".to_owned())
            }
            ClientError::Silent { what } if what.to_lowercase().contains("certificate") => Some(
                "give the server's certificate with --ca; it lies in its data directory as server.crt"
                    .to_owned(),
            ),
            ClientError::Silent { .. } => {
                Some("see whether the server runs and the address is right".to_owned())
            }
            ClientError::Gate { incident, .. } => {
                Some(format!("`cofferdam incident gates {incident}` prints what each gate asks"))
            }
            ClientError::Refused { refused } => match refused.status {
                401 if refused.kind.ends_with("second-factor-required") => {
                    Some("give the code that your device shows with --code".to_owned())
                }
                401 if refused.kind.ends_with("unauthenticated") => {
                    Some("the token is not good, or no longer: run `cofferdam login`".to_owned())
                }
                _ => refused.help.clone(),
            },
            _ => None,
        }
    }

    /// 2 usage, 3 bad input, 4 refused, 5 environment.
    pub fn exit_code(&self) -> u8 {
        match self {
            ClientError::NoServer | ClientError::NoToken { .. } | ClientError::Unusable { .. } => 2,
            ClientError::Input { .. } => 3,
            ClientError::Refused { refused } => match refused.status {
                400 | 404 | 409 | 412 | 413 | 415 | 422 | 428 => 3,
                500.. => 5,
                _ => 4,
            },
            ClientError::Gate { .. } => 4,
            ClientError::Silent { .. } | ClientError::Strange { .. } | ClientError::File { .. } => 5,
        }
    }
}
