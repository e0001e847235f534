//! What a fact is about: each stream has its own count of facts.

use cofferdam_vocabulary::{
    AlertId, CallId, ContentHash, ExceptionId, IncidentId, ReportId, SessionId, SourceName, UserId,
};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::Offset;
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
    /// Somebody who may work with the server.
    User(UserId),
    /// One session of theirs.
    Session(SessionId),
    /// What happened at the door on a day, in UTC, and is nobody's.
    Access(Date),
    /// Something that sends events or alerts.
    Source(SourceName),
    /// What somebody reported.
    Report(ReportId),
    /// What hides alerts for a while.
    Exception(ExceptionId),
    /// Somebody is told of something.
    Call(CallId),
}

/// The text names no stream.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{text}` names no stream; one looks like `incident/INC-0001`, `alert/ALR-000001`, `evidence/SHA256`, \
     `user/USR-0001`, `session/0123456789abcdef`, `access/2026-11-22`, `source/web-proxy` or `log`"
)]
pub struct StreamIdError {
    /// What was given, cut.
    pub text: String,
}

impl StreamId {
    /// The stream of what happens at the door at this time.
    pub fn access(time: Timestamp) -> StreamId {
        StreamId::Access(Offset::UTC.to_datetime(time).date())
    }

    /// Reads a stream's name as [`Display`](fmt::Display) writes it.
    ///
    /// # Errors
    ///
    /// [`StreamIdError`] for anything else.
    pub fn parse(text: &str) -> Result<StreamId, StreamIdError> {
        // Ids are read in either case; a stream's name is written in one.
        let is_lower = |text: &str| !text.bytes().any(|byte| byte.is_ascii_uppercase());
        let is_upper = |text: &str| !text.bytes().any(|byte| byte.is_ascii_lowercase());
        let id = match text.split_once('/') {
            None if text == "log" => Some(StreamId::Log),
            Some(("evidence", hash)) if is_lower(hash) => {
                ContentHash::parse(hash).ok().map(StreamId::Evidence)
            }
            Some(("alert", id)) if is_upper(id) => AlertId::parse(id).ok().map(StreamId::Alert),
            Some(("incident", id)) if is_upper(id) => IncidentId::parse(id).ok().map(StreamId::Incident),
            Some(("user", id)) if is_upper(id) => UserId::parse(id).ok().map(StreamId::User),
            Some(("session", id)) if is_lower(id) => SessionId::parse(id).ok().map(StreamId::Session),
            Some(("access", day)) => {
                let date = day.parse().ok().filter(|date: &Date| date.to_string() == day);
                date.map(StreamId::Access)
            }
            Some(("report", id)) if is_upper(id) => ReportId::parse(id).ok().map(StreamId::Report),
            Some(("exception", id)) if is_upper(id) => ExceptionId::parse(id).ok().map(StreamId::Exception),
            Some(("call", id)) if is_upper(id) => CallId::parse(id).ok().map(StreamId::Call),
            Some(("source", name)) => SourceName::parse(name).ok().map(StreamId::Source),
            _ => None,
        };
        id.ok_or_else(|| StreamIdError { text: text.chars().take(80).collect() })
    }
}

impl fmt::Display for StreamId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            StreamId::Log => f.write_str("log"),
            StreamId::Evidence(hash) => write!(f, "evidence/{hash}"),
            StreamId::Alert(id) => write!(f, "alert/{id}"),
            StreamId::Incident(id) => write!(f, "incident/{id}"),
            StreamId::User(id) => write!(f, "user/{id}"),
            StreamId::Session(id) => write!(f, "session/{id}"),
            StreamId::Access(day) => write!(f, "access/{day}"),
            StreamId::Source(name) => write!(f, "source/{name}"),
            StreamId::Report(id) => write!(f, "report/{id}"),
            StreamId::Exception(id) => write!(f, "exception/{id}"),
            StreamId::Call(id) => write!(f, "call/{id}"),
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
            StreamId::User(UserId(1)),
            StreamId::Session(SessionId([0xab; 8])),
            StreamId::access(Timestamp::UNIX_EPOCH),
            StreamId::Source(SourceName::parse("web-proxy").unwrap()),
            StreamId::Report(ReportId(1)),
            StreamId::Exception(ExceptionId(1)),
            StreamId::Call(CallId(1)),
        ];
        for stream in streams {
            assert_eq!(StreamId::parse(&stream.to_string()), Ok(stream));
        }
        for bad in [
            "",
            "log/",
            "source/",
            "source/Web",
            "source/a/b",
            "alert/1",
            "incident/inc-0001",
            "exception/EXC-1",
            "evidence/00",
            "user/kim",
            "LOG",
            "ALERT/ALR-000001",
        ] {
            assert!(StreamId::parse(bad).is_err(), "{bad}");
        }
        let upper = format!("evidence/{}", ContentHash([0xab; 32]).to_string().to_uppercase());
        assert!(StreamId::parse(&upper).is_err());
        for bad in
            ["session/ABABABABABABABAB", "access/2026-11-31", "access/2026-11-22T00:00", "access/20261122"]
        {
            assert!(StreamId::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_day_at_the_door_is_one_of_utc() {
        let time: Timestamp = "2026-11-22T23:59:59.999+00:00".parse().unwrap();
        assert_eq!(StreamId::access(time).to_string(), "access/2026-11-22");
        assert_eq!(StreamId::parse("access/2026-11-22"), Ok(StreamId::access(time)));
    }
}
