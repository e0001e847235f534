//! What a client is told when it does not get what it asked for: problem details (RFC 9457).
//!
//! A client and the log are told two different texts: nothing here names a file, a version or an inner error.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use std::borrow::Cow;
use utoipa::ToSchema;

/// Media type of problem details.
pub const PROBLEM_JSON: &str = "application/problem+json";

/// Why a request was not carried out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Problem {
    /// Which kind of problem: `urn:cofferdam:` and a name that stays the same.
    #[serde(rename = "type")]
    #[schema(example = "urn:cofferdam:not-found")]
    pub kind: &'static str,
    /// The kind in words.
    #[schema(example = "there is no such object")]
    pub title: &'static str,
    /// The status of the answer.
    #[schema(example = 404)]
    pub status: u16,
    /// What is wrong with this request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// What can be done about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub help: Option<Cow<'static, str>>,
    /// Seconds after which it may be tried again.
    #[serde(skip)]
    pub retry_after_s: Option<u64>,
    /// Methods that the path knows.
    #[serde(skip)]
    pub allow: Option<&'static str>,
}

/// The kinds, each with its name, status and title.
macro_rules! kinds {
    ($($(#[$doc:meta])* $function:ident: $status:ident, $name:literal, $title:literal;)*) => {
        impl Problem {
            $($(#[$doc])*
            pub fn $function() -> Problem {
                Problem::new(StatusCode::$status, concat!("urn:cofferdam:", $name), $title)
            })*

            /// All kinds: their names and titles.
            pub const KINDS: &'static [(&'static str, &'static str)] =
                &[$((concat!("urn:cofferdam:", $name), $title)),*];
        }
    };
}

kinds! {
    /// The request says nothing that is understood.
    bad_request: BAD_REQUEST, "bad-request", "the request is not understood";
    /// Nobody is signed in, or no longer.
    unauthenticated: UNAUTHORIZED, "unauthenticated", "sign in first";
    /// Account, password or code are not right; which one is not told.
    login_failed: UNAUTHORIZED, "login-failed", "the account or what proves it is not right";
    /// The password was right, and a code is needed with it.
    second_factor_required: UNAUTHORIZED, "second-factor-required", "a second factor is needed";
    /// The caller may not do this.
    forbidden: FORBIDDEN, "forbidden", "this needs a permission that you do not have";
    /// The caller must prove again who they are.
    step_up_required: FORBIDDEN, "step-up-required", "prove again who you are";
    /// The request came from a page of somebody else.
    foreign_origin: FORBIDDEN, "foreign-origin", "the request comes from another site";
    /// No such thing, or none that the caller may see.
    not_found: NOT_FOUND, "not-found", "there is no such object";
    /// The path does not know this method.
    method_not_allowed: METHOD_NOT_ALLOWED, "method-not-allowed", "this path does not know the method";
    /// Something else stands in the way.
    conflict: CONFLICT, "conflict", "it is not as the request takes it to be";
    /// The object changed since it was read.
    changed: PRECONDITION_FAILED, "changed", "the object changed since you read it";
    /// A condition is missing.
    precondition_required: PRECONDITION_REQUIRED, "precondition-required", "say which version you change";
    /// The body is larger than is taken.
    too_large: PAYLOAD_TOO_LARGE, "too-large", "the request is too large";
    /// The headers are larger than is taken.
    headers_too_large: REQUEST_HEADER_FIELDS_TOO_LARGE, "headers-too-large", "the headers are too large";
    /// The body is of another type than this route reads.
    unsupported_media_type: UNSUPPORTED_MEDIA_TYPE, "unsupported-media-type", "this route reads another content type";
    /// The request came to another name than this server has.
    misdirected: MISDIRECTED_REQUEST, "misdirected", "this server does not answer to that name";
    /// Understood, and not acceptable.
    invalid: UNPROCESSABLE_ENTITY, "invalid", "a value cannot be accepted";
    /// Too many in too short a time.
    throttled: TOO_MANY_REQUESTS, "throttled", "too many attempts";
    /// It took too long.
    timed_out: REQUEST_TIMEOUT, "timed-out", "the request took too long";
    /// Something failed here.
    internal: INTERNAL_SERVER_ERROR, "internal", "something failed here";
    /// It cannot be done now.
    unavailable: SERVICE_UNAVAILABLE, "unavailable", "the server cannot do this now";
}

impl Problem {
    fn new(status: StatusCode, kind: &'static str, title: &'static str) -> Problem {
        Problem {
            kind,
            title,
            status: status.as_u16(),
            detail: None,
            help: None,
            retry_after_s: None,
            allow: None,
        }
    }

    /// With what is wrong with this very request. Text of the client's may stand in it: JSON carries it as text.
    #[must_use]
    pub fn detail(mut self, detail: impl Into<String>) -> Problem {
        self.detail = Some(detail.into());
        self
    }

    /// With what can be done about it.
    #[must_use]
    pub fn help(mut self, help: impl Into<Cow<'static, str>>) -> Problem {
        self.help = Some(help.into());
        self
    }

    /// To be tried again after so many seconds.
    #[must_use]
    pub fn retry_after(mut self, seconds: u64) -> Problem {
        self.retry_after_s = Some(seconds);
        self
    }

    /// An inner failure: the log is told what it was, the client that there was one.
    pub fn from_failure(what: &str, failure: &dyn std::fmt::Display) -> Problem {
        tracing::error!(what, failure = %failure, "a request failed");
        Problem::internal()
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let (retry_after, allow) = (self.retry_after_s, self.allow);
        let mut response = (status, Json(&self)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(PROBLEM_JSON));
        if status == StatusCode::UNAUTHORIZED {
            // RFC 9110, section 11.6.1: whoever says 401 says how to do better.
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"cofferdam\""));
        }
        if let Some(seconds) = retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if let Some(methods) = allow {
            headers.insert(header::ALLOW, HeaderValue::from_static(methods));
        }
        // Interfaces of other products say it in another form.
        response.extensions_mut().insert(self);
        response
    }
}
