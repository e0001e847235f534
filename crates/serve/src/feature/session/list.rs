//! Sessions that there are, and their end: one's own, and by administrators those of others.

use crate::access::Caller;
use crate::http::{Id, NoQuery, Problem};
use crate::identity::Session;
use crate::server::Server;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use cofferdam_journal::session::SessionEnd;
use cofferdam_vocabulary::{SessionId, UserId};
use jiff::Timestamp;
use serde::Serialize;
use std::sync::Arc;
use utoipa::ToSchema;

/// A session.
#[derive(Serialize, ToSchema)]
#[schema(as = Session)]
pub struct SessionView {
    /// Its id, which opens nothing.
    #[schema(value_type = String, example = "0123456789abcdef")]
    id: SessionId,
    /// When it began.
    began: Timestamp,
    /// When it was used last.
    used: Timestamp,
    /// When it ends at the latest.
    ends: Timestamp,
    /// From where it was begun: an address, or the first half of one of IPv6.
    place: String,
    /// It is the one that asks.
    is_this: bool,
}

/// Sessions of one user.
#[derive(Serialize, ToSchema)]
pub struct SessionList {
    /// The sessions, the one used last first; at most 20.
    items: Vec<SessionView>,
}

/// How many sessions ended.
#[derive(Serialize, ToSchema)]
pub struct SessionsEnded {
    /// So many.
    ended: usize,
}

fn listed(server: &Server, user: UserId, this: Option<SessionId>) -> Json<SessionList> {
    let sessions = &server.identity.sessions;
    let view = |session: &Session| SessionView {
        id: session.id,
        began: session.began,
        used: session.used,
        ends: sessions.ends(session),
        place: session.place.to_string(),
        is_this: Some(session.id) == this,
    };
    Json(SessionList { items: sessions.of(user, (server.clock)()).iter().map(view).collect() })
}

/// Your own sessions.
#[utoipa::path(
    get,
    path = "/api/v1/sessions",
    responses((status = 200, description = "all of them", body = SessionList))
)]
pub async fn own(State(server): State<Arc<Server>>, caller: Caller, _: NoQuery) -> Json<SessionList> {
    listed(&server, caller.user, caller.session())
}

/// End one of your own sessions.
#[utoipa::path(
    delete,
    path = "/api/v1/sessions/{id}",
    params(("id" = String, Path, description = "the session's id")),
    responses((status = 204, description = "it ended"))
)]
pub async fn end_own(
    State(server): State<Arc<Server>>,
    Id(id): Id<SessionId>,
    caller: Caller,
    _: NoQuery,
) -> Result<StatusCode, Problem> {
    let is_it = |session: &Session| session.user == caller.user && session.id == id;
    match server.identity.end(Some(&caller.actor()), SessionEnd::Logout, is_it) {
        0 => Err(Problem::not_found()),
        _ => Ok(StatusCode::NO_CONTENT),
    }
}

/// End all of your own sessions but the one that asks.
#[utoipa::path(
    delete,
    path = "/api/v1/sessions",
    responses((status = 200, description = "they ended", body = SessionsEnded))
)]
pub async fn end_others(
    State(server): State<Arc<Server>>,
    caller: Caller,
    _: NoQuery,
) -> Json<SessionsEnded> {
    let this = caller.session();
    let is_other = |session: &Session| session.user == caller.user && Some(session.id) != this;
    Json(SessionsEnded { ended: server.identity.end(Some(&caller.actor()), SessionEnd::Logout, is_other) })
}

/// Sessions of a user.
#[utoipa::path(
    get,
    path = "/api/v1/users/{id}/sessions",
    params(("id" = String, Path, description = "the user's id, such as USR-0001")),
    responses((status = 200, description = "all of them", body = SessionList))
)]
pub async fn of_user(
    State(server): State<Arc<Server>>,
    Id(id): Id<UserId>,
    caller: Caller,
    _: NoQuery,
) -> Result<Json<SessionList>, Problem> {
    server.identity.roster.user(id).ok_or_else(Problem::not_found)?;
    Ok(listed(&server, id, caller.session()))
}

/// End all sessions of a user at once.
#[utoipa::path(
    delete,
    path = "/api/v1/users/{id}/sessions",
    params(("id" = String, Path, description = "the user's id, such as USR-0001")),
    responses((status = 200, description = "they ended", body = SessionsEnded))
)]
pub async fn end_of_user(
    State(server): State<Arc<Server>>,
    Id(id): Id<UserId>,
    caller: Caller,
    _: NoQuery,
) -> Result<Json<SessionsEnded>, Problem> {
    server.identity.roster.user(id).ok_or_else(Problem::not_found)?;
    let (actor, why) = (caller.actor(), SessionEnd::EndedByAdministrator);
    Ok(Json(SessionsEnded { ended: server.identity.end(Some(&actor), why, |session| session.user == id) }))
}

/// End all sessions of everybody at once, the one that asks too.
#[utoipa::path(
    delete,
    path = "/api/v1/users/sessions",
    responses((status = 200, description = "they ended", body = SessionsEnded))
)]
pub async fn end_all(State(server): State<Arc<Server>>, caller: Caller, _: NoQuery) -> Json<SessionsEnded> {
    let (actor, why) = (caller.actor(), SessionEnd::EndedByAdministrator);
    Json(SessionsEnded { ended: server.identity.end(Some(&actor), why, |_| true) })
}
