//! Calls: of what people are told, how far that is, and that somebody takes care of it.

mod query;
mod view;

use crate::access::{Access, Caller};
use crate::http::{Id, NoQuery, Problem, Query};
use crate::routes::Routes;
use crate::server::Server;
use axum::Json;
use axum::extract::State;
use cofferdam_journal::call::{Call, CallIntent};
use cofferdam_journal::{Permission, StreamId};
use cofferdam_vocabulary::CallId;
use query::CallQuery;
use std::sync::Arc;
use utoipa_axum::routes;
use view::{CallList, CallView};

/// Calls on a page.
const MOST: u16 = 200;

/// Adds the routes.
pub fn routes(routes: &mut Routes) {
    let read = Access::Needs(Permission::IncidentsRead);
    routes.add(read, routes!(calls));
    routes.add(read, routes!(call));
    routes.add(Access::Needs(Permission::CallsAcknowledge), routes!(acknowledge));
}

/// Of what the server tells people, the last first.
#[utoipa::path(
    get,
    path = "/api/v1/calls",
    params(CallQuery),
    responses((status = 200, description = "a page of them", body = CallList))
)]
async fn calls(
    State(server): State<Arc<Server>>,
    caller: Caller,
    Query(which): Query<CallQuery>,
) -> Result<Json<CallList>, Problem> {
    let limit = which.limit.unwrap_or(50);
    if !(1..=MOST).contains(&limit) {
        return Err(Problem::bad_request().detail(format!("`limit` is 1 to {MOST}")));
    }
    let sight = server.sight(&caller);
    let is_wanted = |view: &CallView| {
        (which.open != Some(true) || view.is_open()) && (which.mine != Some(true) || view.tells(caller.user))
    };
    let all = server.calls.all().into_iter();
    let behind = all.filter(|(id, _)| which.cursor.is_none_or(|before| *id < before));
    let seen = behind.filter(|(id, _)| sight.sees(StreamId::Call(*id)));
    let mut views = seen.filter_map(|(id, known)| CallView::of(&sight, id, &known)).filter(is_wanted);
    let items: Vec<CallView> = views.by_ref().take(usize::from(limit)).collect();
    let next = views.next().and(items.last().map(CallView::id));
    Ok(Json(CallList { items, next }))
}

/// One call.
#[utoipa::path(
    get,
    path = "/api/v1/calls/{id}",
    params(("id" = String, Path, description = "its number", example = "CAL-000001")),
    responses((status = 200, description = "the call", body = CallView))
)]
async fn call(
    State(server): State<Arc<Server>>,
    Id(id): Id<CallId>,
    caller: Caller,
    _: NoQuery,
) -> Result<Json<CallView>, Problem> {
    one(&server, &caller, id).map(Json)
}

/// Say that you take care of it: nobody else is told. To say it again, or when what waited waits no more, changes
/// nothing.
#[utoipa::path(
    post,
    path = "/api/v1/calls/{id}/acknowledge",
    params(("id" = String, Path, description = "its number", example = "CAL-000001")),
    responses((status = 200, description = "the call as it is now", body = CallView))
)]
async fn acknowledge(
    State(server): State<Arc<Server>>,
    Id(id): Id<CallId>,
    caller: Caller,
    _: NoQuery,
) -> Result<Json<CallView>, Problem> {
    one(&server, &caller, id)?;
    let intent = CallIntent::Acknowledge { by: caller.user };
    let actor = caller.actor();
    let asked = server.ledger.ask::<Call>(StreamId::Call(id), actor, intent).await;
    asked.map_err(|error| Problem::from_failure("it cannot be recorded", &error))?;
    one(&server, &caller, id).map(Json)
}

fn one(server: &Server, caller: &Caller, id: CallId) -> Result<CallView, Problem> {
    let sight = server.sight(caller);
    let known = server.calls.get(id).filter(|_| sight.sees(StreamId::Call(id)));
    known.and_then(|known| CallView::of(&sight, id, &known)).ok_or_else(Problem::not_found)
}
