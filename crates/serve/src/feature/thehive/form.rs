//! The two forms of the interface, ids in it, and how it says no.
//! Source: StrangeBee, "TheHive 5 HTTP API"; TheHive Project, "TheHive 4 API guide"; thehive4py 2.1 and 1.8.

use crate::http::Problem;
use axum::Json;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use cofferdam_vocabulary::{AlertId, IncidentId};
use jiff::Timestamp;
use serde_json::json;
use std::str::FromStr;

/// Which version's form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// That of TheHive 5, and of `/api/v1` of TheHive 4.
    V1,
    /// That of `/api` of TheHive 3 and 4, called v0.
    V0,
}

impl Form {
    /// Where its routes lie.
    pub fn root(self) -> &'static str {
        match self {
            Form::V1 => "/api/v1",
            Form::V0 => "/api",
        }
    }
}

/// A number in a path, with the `~` that stands before those of TheHive's database, or without.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Number(u64);

impl FromStr for Number {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Number, Self::Err> {
        text.strip_prefix('~').unwrap_or(text).parse().map(Number)
    }
}

impl Number {
    /// As the id of an alert.
    pub fn alert(self) -> AlertId {
        AlertId(self.0)
    }

    /// As the id of an incident, which is a case there.
    pub fn incident(self) -> IncidentId {
        IncidentId(self.0)
    }
}

/// A time as milliseconds since 1970.
pub fn millis(time: Timestamp) -> i64 {
    time.as_millisecond()
}

/// Says no.
pub fn refusal(status: StatusCode, kind: &str, message: &str) -> Response {
    (status, Json(json!({ "type": kind, "message": message }))).into_response()
}

/// A problem of ours as clients of TheHive read it. What it calls a bad request, we tell apart further.
pub fn say(problem: &Problem) -> Response {
    let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let (status, kind) = match status {
        StatusCode::UNAUTHORIZED => (status, "AuthenticationError"),
        StatusCode::FORBIDDEN => (status, "AuthorizationError"),
        StatusCode::NOT_FOUND => (status, "NotFoundError"),
        StatusCode::CONFLICT | StatusCode::UNPROCESSABLE_ENTITY => (StatusCode::BAD_REQUEST, "BadRequest"),
        status if status.is_server_error() => (status, "InternalError"),
        status => (status, "BadRequest"),
    };
    let parts = [Some(problem.detail.as_deref().unwrap_or(problem.title)), problem.help.as_deref()];
    let mut response = refusal(status, kind, &parts.into_iter().flatten().collect::<Vec<_>>().join("; "));
    if let Some(seconds) = problem.retry_after_s {
        response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_read_with_and_without_their_mark() {
        for (text, want) in [("~17", Some(17)), ("17", Some(17)), ("~0", Some(0))] {
            assert_eq!(text.parse().ok(), want.map(Number), "{text}");
        }
        for bad in ["", "~", "~~1", "-1", "~-1", "1.0", "_bulk", "ALR-000001", "18446744073709551616"] {
            assert!(bad.parse::<Number>().is_err(), "{bad}");
        }
    }
}
