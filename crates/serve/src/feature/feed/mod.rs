//! The live feed: what is recorded, as it is recorded, to whoever may see it.
#![expect(unused_qualifications, reason = "utoipa writes parameters so")]

mod stream;

use crate::access::{Access, Caller};
use crate::http::{Problem, Query, filter};
use crate::routes::Routes;
use crate::server::Server;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use cofferdam_journal::Entry;
use serde::Deserialize;
use std::sync::Arc;
use utoipa::IntoParams;
use utoipa_axum::routes;

/// The header with which a browser says what it has seen.
const LAST_EVENT_ID: &str = "last-event-id";
/// Positions end where numbers of JavaScript end to be exact.
const LAST_POSITION: i64 = 9_007_199_254_740_991;
/// Seconds after which somebody for whom there is no place may ask again.
const RETRY_S: u64 = 10;

/// Adds the routes.
pub fn routes(routes: &mut Routes) {
    routes.add(Access::SignedIn, routes!(feed));
}

/// What is asked of the feed.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct FeedQuery {
    /// Only these entries, in the language of docs/filter.md.
    #[param(max_length = 1000, format = "filter")]
    filter: Option<String>,
    /// Begin behind this position, not with what comes next; `-1` begins with the first entry.
    #[param(minimum = -1, maximum = 9007199254740991_i64)]
    after: Option<i64>,
}

/// What is recorded, as it is recorded, as server-sent events. The id of an event is the position of its entry in the
/// journal; send the last one as `Last-Event-ID` to go on behind it, without gap or double.
#[utoipa::path(
    get,
    path = "/api/v1/feed",
    params(
        FeedQuery,
        ("Last-Event-ID" = Option<i64>, Header, minimum = -1, maximum = 9007199254740991_i64,
            description = "go on behind this entry")
    ),
    responses((status = 200, description = "events, until the caller or the server ends it", content_type = "text/event-stream", body = String))
)]
async fn feed(
    State(server): State<Arc<Server>>,
    caller: Caller,
    headers: HeaderMap,
    Query(query): Query<FeedQuery>,
) -> Result<Response, Problem> {
    let size = *server.ledger.grown().borrow();
    let from = match last_seen(&headers)?.or(query.after) {
        Some(seen) => behind(seen, size)?,
        None => size,
    };
    let filter = match query.filter.as_deref().unwrap_or_default() {
        "" => None,
        text => Some(filter::<Entry>(text, (server.clock)())?),
    };
    let place = server.feeds.take(caller.user).ok_or_else(|| {
        Problem::unavailable().detail("too many feeds are open, in all or of yours").retry_after(RETRY_S)
    })?;
    let events = stream::events(Arc::clone(&server), caller, filter, from, place);
    let mut response = Body::from_stream(events).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    // Proxies that collect answers would hold events back.
    headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
    Ok(response)
}

/// The entry that a client saw last; what is not written as our ids are is none of them.
fn last_seen(headers: &HeaderMap) -> Result<Option<i64>, Problem> {
    let mut values = headers.get_all(LAST_EVENT_ID).iter();
    let Some(value) = values.next() else { return Ok(None) };
    let text = value.to_str().map_err(|_| strange())?;
    let position = text.parse::<i64>().map_err(|_| strange())?;
    let is_ours = position.to_string() == text && values.next().is_none();
    if is_ours { Ok(Some(position)) } else { Err(strange()) }
}

/// The position behind an entry. Whoever saw more than there is saw another journal, such as the one before a
/// restore: to wait until this one is as long would leave out what comes until then.
fn behind(seen: i64, size: u64) -> Result<u64, Problem> {
    if !(-1..=LAST_POSITION).contains(&seen) {
        return Err(strange());
    }
    let from = u64::try_from(seen + 1).unwrap_or(0);
    if from <= size {
        return Ok(from);
    }
    Err(Problem::conflict()
        .detail("the journal ends before this position")
        .help("read again from `after=-1`, or without a position from what comes next"))
}

fn strange() -> Problem {
    Problem::bad_request()
        .detail("the last event is named by the position of an entry, or -1 before the first")
}
