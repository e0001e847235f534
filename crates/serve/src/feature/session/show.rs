//! Who is signed in, and leaving.

use crate::access::{Caller, Means};
use crate::http::{NoQuery, Problem};
use crate::identity::clear_cookie;
use crate::server::Server;
use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use cofferdam_journal::session::SessionEnd;
use cofferdam_journal::user::Origin;
use cofferdam_journal::{Permission, TeamRole};
use cofferdam_vocabulary::{SessionId, UserId};
use jiff::Timestamp;
use serde::Serialize;
use std::collections::BTreeSet;
use std::sync::Arc;
use utoipa::ToSchema;

/// Who is signed in, and what they may do.
#[derive(Serialize, ToSchema)]
pub struct WhoAmI {
    /// Their id.
    #[schema(value_type = String, example = "USR-0001")]
    pub user: UserId,
    /// The account.
    pub account: String,
    /// Their roles.
    #[schema(value_type = Vec<String>)]
    pub roles: BTreeSet<TeamRole>,
    /// What they may do with what they sent.
    #[schema(value_type = Vec<String>)]
    pub permissions: BTreeSet<Permission>,
    /// The session; none for a token.
    #[schema(value_type = Option<String>)]
    pub session: Option<SessionId>,
    /// When the session ends at the latest.
    pub ends: Option<Timestamp>,
    /// Until when sensitive acts need no further proof.
    pub fresh_until: Option<Timestamp>,
    /// A second factor is set.
    pub second_factor: bool,
    /// Recovery codes that were not used.
    pub recovery_codes: u64,
    /// The OpenID provider at which they sign in; none when they sign in here.
    pub provider: Option<String>,
    /// The account is for the day on which nothing else works.
    pub break_glass: bool,
}

/// What is known of a caller.
pub fn described(server: &Server, caller: &Caller) -> WhoAmI {
    let sessions = server.identity.sessions.of(caller.user, (server.clock)());
    let session = sessions.iter().find(|session| Some(session.id) == caller.session());
    let user = server.identity.roster.user(caller.user);
    let profile = user.as_ref().map(|user| &user.profile);
    WhoAmI {
        user: caller.user,
        account: caller.account.clone(),
        roles: caller.roles.clone(),
        permissions: caller.permissions.clone(),
        session: caller.session(),
        ends: session.map(|session| server.identity.sessions.ends(session)),
        fresh_until: session.map(|session| session.fresh_until),
        second_factor: profile.is_some_and(|profile| profile.second_factor.is_some()),
        recovery_codes: profile.and_then(|profile| profile.recovery).map_or(0, |recovery| recovery.left),
        provider: profile.and_then(|profile| match &profile.origin {
            Origin::Local => None,
            Origin::Oidc { issuer, .. } => Some(issuer.clone()),
        }),
        break_glass: profile.is_some_and(|profile| profile.break_glass),
    }
}

/// Who is signed in.
#[utoipa::path(
    get,
    path = "/api/v1/session",
    responses((status = 200, description = "who sent this request", body = WhoAmI))
)]
pub async fn who_am_i(State(server): State<Arc<Server>>, caller: Caller, _: NoQuery) -> Json<WhoAmI> {
    Json(described(&server, &caller))
}

/// Leave: the session ends at once.
#[utoipa::path(delete, path = "/api/v1/session", responses((status = 204, description = "it ended")))]
pub async fn logout(
    State(server): State<Arc<Server>>,
    caller: Caller,
    _: NoQuery,
) -> Result<Response, Problem> {
    let Means::Session { id, .. } = caller.means else {
        return Err(Problem::conflict().detail("a token has no session").help("revoke it at /api/v1/tokens"));
    };
    server.identity.end(Some(&caller.actor()), SessionEnd::Logout, |session| session.id == id);
    let cookie = [(header::SET_COOKIE, clear_cookie())];
    Ok((StatusCode::NO_CONTENT, cookie).into_response())
}
