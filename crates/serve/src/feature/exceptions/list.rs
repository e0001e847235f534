//! Exceptions, all of them and one by one.

use super::view::{ExceptionList, ExceptionView, hidden};
use crate::access::Caller;
use crate::http::{Id, NoQuery, Problem};
use crate::server::Server;
use axum::Json;
use axum::extract::State;
use axum::response::Response;
use cofferdam_vocabulary::ExceptionId;
use std::sync::Arc;

/// What hides alerts, and what it has hidden; those that are over, too.
#[utoipa::path(
    get,
    path = "/api/v1/exceptions",
    responses((status = 200, description = "all of them", body = ExceptionList))
)]
pub async fn exceptions(
    State(server): State<Arc<Server>>,
    caller: Caller,
    _: NoQuery,
) -> Json<ExceptionList> {
    let (hidden, now) = (hidden(&server, &caller), (server.clock)());
    let all = server.exceptions.all();
    let view = |(id, known): &(ExceptionId, Arc<_>)| {
        ExceptionView::of(*id, known, hidden.get(id).copied().unwrap_or_default(), now)
    };
    Json(ExceptionList { items: all.iter().filter_map(view).collect() })
}

/// One exception, with the version that a change must name.
#[utoipa::path(
    get,
    path = "/api/v1/exceptions/{id}",
    params(("id" = String, Path, description = "its number", example = "EXC-0001")),
    responses((status = 200, description = "the exception", body = ExceptionView))
)]
pub async fn exception(
    State(server): State<Arc<Server>>,
    Id(id): Id<ExceptionId>,
    caller: Caller,
    _: NoQuery,
) -> Result<Response, Problem> {
    let (view, version) = one(&server, &caller, id)?;
    Ok(view.answer(version))
}

/// One exception as it is now, and its version.
///
/// # Errors
///
/// 404 when there is none.
pub fn one(server: &Server, caller: &Caller, id: ExceptionId) -> Result<(ExceptionView, u64), Problem> {
    let known = server.exception(id)?;
    let hidden = hidden(server, caller).get(&id).copied().unwrap_or_default();
    let view = ExceptionView::of(id, &known, hidden, (server.clock)()).ok_or_else(Problem::not_found)?;
    Ok((view, known.version))
}
