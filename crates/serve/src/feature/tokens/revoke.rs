//! Tokens that count no more.

use crate::access::{Caller, Means};
use crate::http::{Id, Ids, NoQuery, Problem};
use crate::server::Server;
use axum::extract::State;
use axum::http::StatusCode;
use cofferdam_journal::user::UserIntent;
use cofferdam_vocabulary::{TokenId, UserId};
use std::sync::Arc;

/// Revoke one of your own tokens: it counts no more at once. A token revokes no other than itself.
#[utoipa::path(
    delete,
    path = "/api/v1/tokens/{id}",
    params(("id" = String, Path, description = "the token's id")),
    responses((status = 204, description = "revoked"))
)]
pub async fn own(
    State(server): State<Arc<Server>>,
    Id(id): Id<TokenId>,
    caller: Caller,
    _: NoQuery,
) -> Result<StatusCode, Problem> {
    if matches!(caller.means, Means::Token(this) if this != id) {
        return Err(Problem::forbidden().detail("a token revokes no other than itself; sign in"));
    }
    server.change_user(&caller.actor(), caller.user, UserIntent::RevokeToken { token: id }).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Revoke a token of a user: it counts no more at once.
#[utoipa::path(
    delete,
    path = "/api/v1/users/{id}/tokens/{token}",
    params(
        ("id" = String, Path, description = "the user's id, such as USR-0001"),
        ("token" = String, Path, description = "the token's id")
    ),
    responses((status = 204, description = "revoked"))
)]
pub async fn of_user(
    State(server): State<Arc<Server>>,
    Ids(user, token): Ids<UserId, TokenId>,
    caller: Caller,
    _: NoQuery,
) -> Result<StatusCode, Problem> {
    server.change_user(&caller.actor(), user, UserIntent::RevokeToken { token }).await?;
    Ok(StatusCode::NO_CONTENT)
}
