//! Tokens that there are; never what they are.

use crate::access::Caller;
use crate::http::{Id, NoQuery, PermissionName, Problem};
use crate::identity::Known;
use crate::server::Server;
use axum::Json;
use axum::extract::State;
use cofferdam_journal::Permission;
use cofferdam_journal::user::Token;
use cofferdam_vocabulary::{TokenId, UserId};
use jiff::Timestamp;
use serde::Serialize;
use std::collections::BTreeSet;
use std::sync::Arc;
use utoipa::ToSchema;

/// A token.
#[derive(Serialize, ToSchema)]
#[schema(as = Token)]
pub struct TokenView {
    /// Its id, which opens nothing.
    #[schema(value_type = String, example = "0123456789abcdef")]
    pub id: TokenId,
    /// What its user calls it; none after it was erased.
    pub name: Option<String>,
    /// What it was issued for.
    #[schema(value_type = Vec<PermissionName>)]
    pub scope: BTreeSet<Permission>,
    /// What it may do now: what it was issued for, as far as its user may do it.
    #[schema(value_type = Vec<PermissionName>)]
    pub permits: BTreeSet<Permission>,
    /// From when on it counts no more.
    pub expires: Timestamp,
    /// It counts no more.
    pub expired: bool,
}

/// Tokens of one user.
#[derive(Serialize, ToSchema)]
pub struct TokenList {
    /// The tokens, the one that counts longest first.
    items: Vec<TokenView>,
}

impl TokenView {
    /// A token of a user as it is now.
    pub fn of(user: &Known, token: &Token, now: Timestamp) -> TokenView {
        let live = token.is_live(now);
        TokenView {
            id: token.token,
            name: token.name.known().map(ToOwned::to_owned),
            scope: token.scope.clone(),
            permits: if live { user.profile.permissions_with(token) } else { BTreeSet::new() },
            expires: token.expires,
            expired: !live,
        }
    }
}

fn listed(server: &Server, user: UserId) -> Result<Json<TokenList>, Problem> {
    let (user, now) = (server.identity.roster.user(user).ok_or_else(Problem::not_found)?, (server.clock)());
    let mut items: Vec<TokenView> =
        user.profile.tokens.values().map(|token| TokenView::of(&user, token, now)).collect();
    items.sort_by_key(|token| std::cmp::Reverse(token.expires));
    Ok(Json(TokenList { items }))
}

/// Your own tokens.
#[utoipa::path(
    get,
    path = "/api/v1/tokens",
    responses((status = 200, description = "all of them", body = TokenList))
)]
pub async fn own(
    State(server): State<Arc<Server>>,
    caller: Caller,
    _: NoQuery,
) -> Result<Json<TokenList>, Problem> {
    listed(&server, caller.user)
}

/// Tokens of a user.
#[utoipa::path(
    get,
    path = "/api/v1/users/{id}/tokens",
    params(("id" = String, Path, description = "the user's id, such as USR-0001")),
    responses((status = 200, description = "all of them", body = TokenList))
)]
pub async fn of_user(
    State(server): State<Arc<Server>>,
    Id(id): Id<UserId>,
    _: NoQuery,
) -> Result<Json<TokenList>, Problem> {
    listed(&server, id)
}
