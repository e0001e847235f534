//! Requests that are carried out once, however often they are sent: those with an `Idempotency-Key`.
//!
//! Source: draft-ietf-httpapi-idempotency-key-header, section 2.

use super::problem::Problem;
use super::{BodyLimit, body};
use crate::access::{Caller, Means};
use crate::answers::{Answer, Answers, Asked, BODY_BYTES, Found, Name};
use crate::server::Clock;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http_body_util::BodyExt;
use hyper::body::Body as _;
use sha2::{Digest, Sha256};
use std::sync::Arc;

/// The header with the key.
pub const KEY: &str = "idempotency-key";
/// Characters of a key.
pub const KEY_CHARS: usize = 255;
/// Says that an answer was given before.
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");
/// Headers that belong to an answer; all others are those of every answer.
const KEPT: [HeaderName; 3] = [header::CONTENT_TYPE, header::ETAG, header::LOCATION];

/// An extension of answers that tell a secret, which is told once: such an answer is kept for minutes only.
#[derive(Clone, Copy, Debug)]
pub struct HoldsSecret;

/// What it takes.
#[derive(Clone)]
pub struct Once {
    /// Answers that were given.
    pub answers: Arc<Answers>,
    /// What time it is.
    pub clock: Clock,
}

/// Carries a request with a key out once. It stands behind the gate: who asks is known, and that they may.
pub async fn once(State(once): State<Once>, request: Request, next: Next) -> Response {
    let key = match key(request.headers()) {
        Ok(Some(key)) => key,
        Ok(None) => return next.run(request).await,
        Err(problem) => return problem.into_response(),
    };
    let Some(caller) = request.extensions().get::<Caller>().cloned() else {
        return next.run(request).await;
    };
    match read(&caller, request).await {
        Ok((asked, request)) => answer(once, (caller.user, key), asked, request, next).await,
        Err(problem) => problem.into_response(),
    }
}

async fn answer(once: Once, name: Name, asked: Asked, request: Request, next: Next) -> Response {
    let turn = match once.answers.find(name, asked, (once.clock)()) {
        Found::New(turn) => turn,
        Found::Answered(answer) => return replayed(answer),
        Found::Done => {
            let detail = "a request with this Idempotency-Key was carried out, and its answer is not kept";
            return Problem::conflict().detail(detail).help("read what came of it").into_response();
        }
        Found::UnderWay => {
            let detail = "a request with this Idempotency-Key is being carried out";
            return Problem::conflict().detail(detail).retry_after(1).into_response();
        }
        Found::Other => {
            let detail = "this Idempotency-Key stands for another request";
            return Problem::invalid().detail(detail).help("send a new key").into_response();
        }
        Found::Full => {
            let detail = "too many requests with an Idempotency-Key are being carried out";
            return Problem::unavailable().detail(detail).retry_after(1).into_response();
        }
    };
    // It goes on when the client goes away, who could not know otherwise what came of it.
    let work = tokio::spawn(async move {
        let response = next.run(request).await;
        if !is_final(&response) {
            return response;
        }
        let holds_secret = response.extensions().get::<HoldsSecret>().is_some();
        let (response, answer) = kept(response).await;
        turn.answered(answer, holds_secret, (once.clock)());
        response
    });
    work.await.unwrap_or_else(|error| Problem::from_failure("a request with a key", &error).into_response())
}

/// The key, if there is one.
///
/// # Errors
///
/// 400 when it is no key.
pub fn key(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let mut values = headers.get_all(KEY).iter();
    let Some(value) = values.next() else { return Ok(None) };
    let is_key = |text: &&str| {
        (1..=KEY_CHARS).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
    };
    let key = value.to_str().ok().filter(is_key).filter(|_| values.next().is_none());
    key.map(|key| Some(key.to_owned())).ok_or_else(|| {
        Problem::bad_request().detail("an Idempotency-Key has 1 to 255 visible characters of ASCII")
    })
}

/// Reads a request whole, and says what it asks for: the same bytes of the same type sent to the same address, on the
/// same condition. What a session was told is not for a token, and the other way round.
async fn read(caller: &Caller, request: Request) -> Result<(Asked, Request), Problem> {
    let limit = request.extensions().get::<BodyLimit>().map_or(BODY_BYTES, |limit| limit.0);
    let (parts, body) = request.into_parts();
    let bytes = body::collect(body, limit).await?;
    let mut hash = Sha256::new();
    let target = parts.uri.path_and_query().map_or("", |target| target.as_str());
    let header = |name| parts.headers.get(name).map_or(&[][..], HeaderValue::as_bytes);
    let content_type = header(header::CONTENT_TYPE);
    let means = match caller.means {
        Means::Session { .. } => "session".to_owned(),
        Means::Token(id) => id.to_string(),
    };
    let condition = header(header::IF_MATCH);
    let method = parts.method.as_str().as_bytes();
    for part in [method, target.as_bytes(), content_type, condition, means.as_bytes()] {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hash.update(&bytes);
    Ok((hash.finalize().into(), Request::from_parts(parts, Body::from(bytes))))
}

/// Whether the same request would be answered so again. What failed here or came too often may be tried again, and a
/// cookie is told to nobody a second time.
fn is_final(response: &Response) -> bool {
    let status = response.status();
    !status.is_server_error()
        && !matches!(status, StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_MANY_REQUESTS)
        && !response.headers().contains_key(header::SET_COOKIE)
}

/// The response, and what is kept of it; nothing when its body is long or has no end that is known.
async fn kept(response: Response) -> (Response, Option<Answer>) {
    let size = response.body().size_hint().upper();
    if size.is_none_or(|size| size > BODY_BYTES as u64) {
        return (response, None);
    }
    let (parts, body) = response.into_parts();
    let Ok(body) = body.collect().await.map(http_body_util::Collected::to_bytes) else {
        return (Problem::internal().into_response(), None);
    };
    let headers = KEPT.into_iter().filter_map(|name| Some((name.clone(), parts.headers.get(&name)?.clone())));
    let answer = Answer { status: parts.status, headers: headers.collect(), body: body.clone() };
    (Response::from_parts(parts, Body::from(body)), Some(answer))
}

fn replayed(answer: Answer) -> Response {
    let mut response = (answer.status, Body::from(answer.body)).into_response();
    response.headers_mut().extend(answer.headers);
    response.headers_mut().insert(REPLAYED, HeaderValue::from_static("true"));
    response
}
