//! A new token, shown once.

use super::list::TokenView;
use crate::access::{Caller, Means};
use crate::http::{GivenName, HoldsSecret, Input, NoQuery, PermissionName, Problem};
use crate::identity::{Bearer, TOKEN_PREFIX};
use crate::server::Server;
use axum::extract::State;
use axum::http::StatusCode;
use axum::{Extension, Json};
use cofferdam_journal::Permission;
use cofferdam_journal::user::UserIntent;
use cofferdam_vocabulary::{ContentHash, TokenId};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::sync::Arc;
use utoipa::ToSchema;

/// Days that a token counts at most.
const DAYS: i64 = 366;

/// A token to be issued.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewToken {
    /// What it is for.
    name: GivenName,
    /// What it may do, of what you may do; all that you may read when it is left out.
    #[serde(default)]
    #[schema(value_type = Option<Vec<PermissionName>>, min_items = 1)]
    scope: Option<BTreeSet<Permission>>,
    /// Days that it counts.
    #[schema(minimum = 1, maximum = 366, example = 90)]
    expires_days: i64,
}

/// A token, and what it is: shown once.
#[derive(Serialize, ToSchema)]
pub struct IssuedToken {
    /// To be sent as `Authorization: Bearer …`.
    #[schema(example = "cfd_…")]
    secret: String,
    /// What there is to know of it later.
    token: TokenView,
}

/// Issue a token with which a program works for you. It is shown this once.
#[utoipa::path(
    post,
    path = "/api/v1/tokens",
    request_body = NewToken,
    responses((status = 201, description = "issued", body = IssuedToken))
)]
pub async fn issue(
    State(server): State<Arc<Server>>,
    caller: Caller,
    _: NoQuery,
    Input(new): Input<NewToken>,
) -> Result<(StatusCode, Extension<HoldsSecret>, Json<IssuedToken>), Problem> {
    if let Means::Token(_) = caller.means {
        return Err(Problem::forbidden().detail("a token issues no token; sign in"));
    }
    if !(1..=DAYS).contains(&new.expires_days) {
        return Err(Problem::invalid().detail(format!("`expires_days` is 1 to {DAYS}")));
    }
    let (now, bearer) = ((server.clock)(), Bearer::fresh(TOKEN_PREFIX));
    let mut id = [0; 8];
    getrandom::fill(&mut id).map_err(|error| Problem::from_failure("no random bytes", &error))?;
    let id = TokenId(id);
    let is_read = |permission: &Permission| permission.as_str().ends_with(":read");
    let lasts = SignedDuration::from_hours(24 * new.expires_days);
    let intent = UserIntent::IssueToken {
        token: id,
        name: new.name.read()?,
        hash: ContentHash(bearer.fingerprint().0),
        scope: new.scope.unwrap_or_else(|| caller.permissions.iter().copied().filter(is_read).collect()),
        expires: now.checked_add(lasts).unwrap_or(Timestamp::MAX),
        now,
    };
    server.change_user(&caller.actor(), caller.user, intent).await?;
    let user = server.identity.roster.user(caller.user).ok_or_else(Problem::unauthenticated)?;
    let token = user.profile.tokens.get(&id).ok_or_else(Problem::not_found)?;
    let token = TokenView::of(&user, token, now);
    Ok((
        StatusCode::CREATED,
        Extension(HoldsSecret),
        Json(IssuedToken { secret: bearer.reveal().to_owned(), token }),
    ))
}
