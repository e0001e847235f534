//! Tokens of a source: issued, shown once, and revoked.

use super::view::SourceTokenView;
use crate::access::Caller;
use crate::http::{HoldsSecret, Id, Ids, Input, NoQuery, Problem};
use crate::identity::Bearer;
use crate::intake::SOURCE_TOKEN_PREFIX;
use crate::server::Server;
use axum::extract::State;
use axum::http::StatusCode;
use axum::{Extension, Json};
use cofferdam_journal::source::{SourceIntent, SourceToken};
use cofferdam_vocabulary::{ContentHash, SourceName, TokenId};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::ToSchema;

/// Days that a token counts at most.
const DAYS: i64 = 366;

/// A token to be issued for a source.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewSourceToken {
    /// Days that it counts.
    #[schema(minimum = 1, maximum = 366, example = 366)]
    expires_days: i64,
}

/// A token of a source, and what it is: shown once.
#[derive(Serialize, ToSchema)]
pub struct IssuedSourceToken {
    /// To be sent as `Authorization: Bearer …`.
    #[schema(example = "cfs_…")]
    secret: String,
    /// What there is to know of it later.
    token: SourceTokenView,
}

/// Issue a token with which a source proves that it is it. It is shown this once.
#[utoipa::path(
    post,
    path = "/api/v1/sources/{name}/tokens",
    params(("name" = String, Path, description = "the source's name, such as web-proxy")),
    request_body = NewSourceToken,
    responses((status = 201, description = "issued", body = IssuedSourceToken))
)]
pub async fn issue(
    State(server): State<Arc<Server>>,
    Id(name): Id<SourceName>,
    caller: Caller,
    _: NoQuery,
    Input(new): Input<NewSourceToken>,
) -> Result<(StatusCode, Extension<HoldsSecret>, Json<IssuedSourceToken>), Problem> {
    if !(1..=DAYS).contains(&new.expires_days) {
        return Err(Problem::invalid().detail(format!("`expires_days` is 1 to {DAYS}")));
    }
    let (now, bearer) = ((server.clock)(), Bearer::fresh(SOURCE_TOKEN_PREFIX));
    let mut id = [0; 8];
    getrandom::fill(&mut id).map_err(|error| Problem::from_failure("no random bytes", &error))?;
    let (token, sha256) = (TokenId(id), ContentHash(bearer.fingerprint().0));
    let lasts = SignedDuration::from_hours(24 * new.expires_days);
    let expires = now.checked_add(lasts).unwrap_or(Timestamp::MAX);
    let intent = SourceIntent::IssueToken { token, sha256, expires, now };
    server.change_source(&caller, name, intent).await?;
    let token = SourceTokenView::of(&SourceToken { token, sha256, expires }, now);
    let secret = bearer.reveal().to_owned();
    Ok((StatusCode::CREATED, Extension(HoldsSecret), Json(IssuedSourceToken { secret, token })))
}

/// Revoke a token of a source: it counts no more at once.
#[utoipa::path(
    delete,
    path = "/api/v1/sources/{name}/tokens/{token}",
    params(
        ("name" = String, Path, description = "the source's name, such as web-proxy"),
        ("token" = String, Path, description = "the token's id")
    ),
    responses((status = 204, description = "revoked"))
)]
pub async fn revoke(
    State(server): State<Arc<Server>>,
    Ids(name, token): Ids<SourceName, TokenId>,
    caller: Caller,
    _: NoQuery,
) -> Result<StatusCode, Problem> {
    server.change_source(&caller, name, SourceIntent::RevokeToken { token }).await?;
    Ok(StatusCode::NO_CONTENT)
}
