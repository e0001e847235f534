//! Proving once more who one is, before something sensitive.

use super::show::{WhoAmI, described};
use crate::access::{Caller, Means};
use crate::http::{Input, NoQuery, Problem, Source};
use crate::identity::set_cookie;
use crate::server::Server;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use cofferdam_journal::access::{LoginFailed, LoginFailure};
use cofferdam_journal::user::Origin;
use cofferdam_journal::{Fact, Personal};
use serde::Deserialize;
use std::sync::Arc;
use utoipa::ToSchema;

/// What proves it.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Proof {
    /// The code that the device shows; asked for where a second factor is set.
    #[serde(default)]
    #[schema(max_length = 20)]
    code: Option<String>,
    /// The password; asked for where none is set.
    #[serde(default)]
    #[schema(max_length = 1024, format = Password)]
    password: Option<String>,
}

/// Prove once more who you are. The session gets another cookie; the one before counts no more.
#[utoipa::path(
    post,
    path = "/api/v1/session/step-up",
    request_body = Proof,
    responses((status = 200, description = "proven", body = WhoAmI))
)]
pub async fn step_up(
    State(server): State<Arc<Server>>,
    Extension(source): Extension<Source>,
    caller: Caller,
    _: NoQuery,
    Input(proof): Input<Proof>,
) -> Result<Response, Problem> {
    let Means::Session { id, .. } = caller.means else {
        return Err(Problem::conflict().detail("a token is as good as it was when it was issued"));
    };
    let (identity, now) = (&server.identity, (server.clock)());
    let user = identity.roster.user(caller.user).ok_or_else(Problem::unauthenticated)?;
    if user.profile.origin != Origin::Local {
        return Err(Problem::conflict()
            .detail("you prove who you are to your provider")
            .help("open /api/v1/oidc/start?again=true in the browser"));
    }
    identity
        .attempts
        .take(&caller.account, source.place(), now)
        .map_err(|throttled| Problem::throttled().retry_after(throttled.retry_after_s))?;
    let (is_right, why) = if user.profile.second_factor.is_some() {
        let Some(code) = proof.code else { return Err(Problem::second_factor_required()) };
        (server.is_code(&user, &code).await, LoginFailure::SecondFactor)
    } else {
        let password = proof.password.unwrap_or_default();
        (identity.passwords.is_right(server.password_of(&user), password).await, LoginFailure::Password)
    };
    if !is_right {
        let failed = LoginFailed {
            account: Personal::of(&caller.account),
            user: Some(user.id),
            address: Personal::of(&source.0.to_string()),
            why,
        };
        server.note(server.program(), Fact::LoginFailed(failed)).await;
        return Err(Problem::login_failed());
    }
    identity.attempts.forgive(&caller.account, source.place());
    let began = server.raise_session(&caller, id, source).await?;
    let caller = identity.with_session(began.bearer.reveal(), now).ok_or_else(Problem::unauthenticated)?;
    let cookie = [(header::SET_COOKIE, set_cookie(began.bearer.reveal()))];
    Ok((cookie, Json(described(&server, &caller))).into_response())
}
