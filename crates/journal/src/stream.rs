//! What a fact is about: each stream has its own count of facts.

use cofferdam_vocabulary::{AlertId, ContentHash, IncidentId};
use serde::{Deserialize, Serialize};
use std::fmt;

/// The stream of one thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum StreamId {
    /// The log itself: opened, restored, values erased.
    Log,
    /// One piece of evidence and who held it.
    Evidence(ContentHash),
    /// One alert.
    Alert(AlertId),
    /// One incident.
    Incident(IncidentId),
}

/// The text names no stream.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{text}` names no stream; one looks like `incident/INC-0001`, `alert/ALR-000001`, `evidence/SHA256` or `log`"
)]
pub struct StreamIdError {
    /// What was given, cut.
    pub text: String,
}

impl StreamId {
    /// Reads a stream's name as [`Display`](fmt::Display) writes it.
    ///
    /// # Errors
    ///
    /// [`StreamIdError`] for anything else.
    pub fn parse(text: &str) -> Result<StreamId, StreamIdError> {
        let id = match text.split_once('/') {
            None if text == "log" => Some(StreamId::Log),
            Some(("evidence", hash)) => ContentHash::parse(hash).ok().map(StreamId::Evidence),
            Some(("alert", id)) => AlertId::parse(id).ok().map(StreamId::Alert),
            Some(("incident", id)) => IncidentId::parse(id).ok().map(StreamId::Incident),
            _ => None,
        };
        id.filter(|id| id.to_string() == text)
            .ok_or_else(|| StreamIdError { text: text.chars().take(80).collect() })
    }
}

impl fmt::Display for StreamId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            StreamId::Log => f.write_str("log"),
            StreamId::Evidence(hash) => write!(f, "evidence/{hash}"),
            StreamId::Alert(id) => write!(f, "alert/{id}"),
            StreamId::Incident(id) => write!(f, "incident/{id}"),
        }
    }
}

impl From<StreamId> for String {
    fn from(id: StreamId) -> String {
        id.to_string()
    }
}

impl TryFrom<String> for StreamId {
    type Error = StreamIdError;

    fn try_from(text: String) -> Result<StreamId, StreamIdError> {
        StreamId::parse(&text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_has_one_name_and_reads_back() {
        let streams = [
            StreamId::Log,
            StreamId::Evidence(ContentHash([7; 32])),
            StreamId::Alert(AlertId(1)),
            StreamId::Incident(IncidentId(20_000)),
        ];
        for stream in streams {
            assert_eq!(StreamId::parse(&stream.to_string()), Ok(stream));
        }
        for bad in ["", "log/", "alert/1", "incident/inc-0001", "evidence/00", "user/kim", "LOG"] {
            assert!(StreamId::parse(bad).is_err(), "{bad}");
        }
    }
}
