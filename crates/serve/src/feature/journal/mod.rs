//! The journal itself: all entries that the caller may see, the last signed checkpoint, and the key that checks it.

mod query;

use crate::access::{Access, Caller};
use crate::http::{NoQuery, Problem, Query};
use crate::ledger::{EntryPage, EntryQuery};
use crate::routes::Routes;
use crate::server::Server;
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderName, HeaderValue, header};
use cofferdam_journal::{Permission, StreamId};
use query::LogQuery;
use std::sync::Arc;
use utoipa_axum::routes;

/// Adds the routes.
pub fn routes(routes: &mut Routes) {
    let read = Access::Needs(Permission::JournalRead);
    routes.add(read, routes!(entries)).add(read, routes!(checkpoint)).add(read, routes!(key));
}

/// Text of the journal's own form.
type Plain = ([(HeaderName, HeaderValue); 1], String);

fn plain(text: String) -> Plain {
    ([(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"))], text)
}

/// Entries of the log, the first first.
#[utoipa::path(
    get,
    path = "/api/v1/journal/entries",
    params(LogQuery),
    responses((status = 200, description = "a page of them", body = EntryPage))
)]
async fn entries(
    State(server): State<Arc<Server>>,
    caller: Caller,
    Query(query): Query<LogQuery>,
) -> Result<Json<EntryPage>, Problem> {
    let LogQuery { stream, filter, after, limit } = query;
    let (query, sight, now) = (EntryQuery { filter, after, limit }, server.sight(&caller), (server.clock)());
    let page = match stream {
        None => sight.log_page(&query, now).await,
        Some(text) => {
            let stream =
                StreamId::parse(&text).map_err(|error| Problem::bad_request().detail(error.to_string()))?;
            sight.stream_page(stream, &query, now).await
        }
    };
    page.map(Json)
}

/// The last signed checkpoint, as C2SP tlog-checkpoint has it.
#[utoipa::path(
    get,
    path = "/api/v1/journal/checkpoint",
    responses((status = 200, description = "the signed note", body = String, content_type = "text/plain"))
)]
async fn checkpoint(State(server): State<Arc<Server>>, caller: Caller, _: NoQuery) -> Result<Plain, Problem> {
    server.sight(&caller).checkpoint().await?.map(plain).ok_or_else(Problem::unavailable)
}

/// The key that checks checkpoints, as C2SP signed-note has it. Whoever relies on it gets it by another way, too.
#[utoipa::path(
    get,
    path = "/api/v1/journal/key",
    responses((status = 200, description = "one line", body = String, content_type = "text/plain"))
)]
async fn key(State(server): State<Arc<Server>>, _: NoQuery) -> Plain {
    plain(format!("{}\n", server.ledger.store().journal.verifier()))
}
